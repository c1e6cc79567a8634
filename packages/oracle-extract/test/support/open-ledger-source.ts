import { defineRecordType, type InspectOptions, type RecordType } from '@findata/core'
import { createOracleDatabase, startOracle } from '@findata/sandbox'
import { createOracleExtractor, type OraclePoolOptions, openOraclePool } from '../../src/index.ts'
import { IMPATIENT } from './open-oracle.ts'

export type LedgerSource = Awaited<ReturnType<typeof openLedgerSource>>

/** FINDW has ENTRIES and views over it, which READER may read. */
export async function openLedgerSource() {
  const database = createOracleDatabase()
  database.run(
    'FINDW',
    `CREATE TABLE ENTRIES (ID NUMBER(10) NOT NULL PRIMARY KEY, DEPT VARCHAR2(4 CHAR), BYR_FDU VARCHAR2(40),
       AMOUNT NUMBER(18,2), RATE NUMBER, SCOPE CLOB, CHANGED DATE)`,
    `INSERT INTO ENTRIES VALUES (1, '2400', 'A', 100.10, 1, NULL, NULL)`,
    `INSERT INTO ENTRIES VALUES (2, '2400', NULL, 7, 1, NULL, NULL)`,
    `INSERT INTO ENTRIES VALUES (3, '6200', NULL, -0.25, 1, NULL, NULL)`,
    `COMMENT ON COLUMN ENTRIES.AMOUNT IS 'What was charged'`,
    'CREATE VIEW LEDGER AS SELECT ID, DEPT, BYR_FDU, AMOUNT, RATE, SCOPE, CHANGED FROM ENTRIES',
    `COMMENT ON COLUMN LEDGER.AMOUNT IS 'Charged, in dollars'`,
    `COMMENT ON COLUMN LEDGER.DEPT IS 'Department'`,
    'CREATE VIEW PAIRS AS SELECT a.ID, b.AMOUNT FROM ENTRIES a JOIN LEDGER b ON b.ID = a.ID',
    'GRANT SELECT ON LEDGER TO READER',
    'GRANT SELECT ON PAIRS TO READER',
  )
  const server = await startOracle({ database, users: { READER: 'correct horse', FINDW: 'battery staple' } })
  const openPool = (options: OraclePoolOptions = {}) =>
    openOraclePool(
      { connectString: server.connectString, user: 'READER', password: () => 'correct horse' },
      { ...IMPATIENT, ...options },
    )
  const pool = openPool()
  return {
    database,
    server,
    pool,
    openPool,
    inspect: (recordType: RecordType, options: Partial<InspectOptions> = {}) =>
      createOracleExtractor(pool).inspect(recordType, { signal: new AbortController().signal, ...options }),
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

export const ledger = defineRecordType({
  name: 'ledger',
  query: 'SELECT ID, DEPT, BYR_FDU, AMOUNT, RATE, SCOPE, CHANGED FROM FINDW.LEDGER',
  columns: ['ID', 'DEPT', 'AMOUNT', 'SCOPE'],
  rowKey: ['ID'],
  money: ['AMOUNT'],
})
