import type { Consistency, RecordType, SourceSnapshot } from '@findata/core'
import { createOracleDatabase, startOracle } from '@findata/sandbox'
import { createOracleExtractor, type OraclePoolOptions, openOraclePool } from '../../src/index.ts'
import { IMPATIENT } from './open-oracle.ts'
import { testRecordType } from './record-type.ts'

const { signal } = new AbortController()
const EVERY_GRANT = [
  'GRANT EXECUTE ON DBMS_FLASHBACK TO READER',
  'GRANT FLASHBACK ON FIN.LINES_VW TO READER',
  'GRANT SELECT ON GV_$TRANSACTION TO READER',
]

export type Warehouse = Awaited<ReturnType<typeof openWarehouse>>

/** FIN has LINES of four amounts that add up to 100, and a view over them that READER may read, now and in the past. */
export async function openWarehouse(now = () => new Date(), options: OraclePoolOptions = {}) {
  const database = createOracleDatabase({ name: 'HERE', now, timeZone: '+07:00' })
  const server = await startOracle({ database, users: { READER: 'correct horse' } })
  database.run(
    'FIN',
    'CREATE TABLE LINES (ID NUMBER(10) NOT NULL, AMOUNT NUMBER(18,2))',
    ...[10, 20, 30, 40].map((amount, index) => `INSERT INTO LINES VALUES (${index + 1}, ${amount})`),
    'CREATE VIEW LINES_VW AS SELECT ID, AMOUNT FROM LINES',
    'GRANT SELECT ON LINES_VW TO READER',
  )
  database.run('SYS', ...EVERY_GRANT, 'GRANT CREATE PUBLIC SYNONYM TO FIN')
  const { user, password, connectString } = server
  const pool = openOraclePool({ user, password: () => password, connectString }, { ...IMPATIENT, ...options })
  const extractor = createOracleExtractor(pool)
  return {
    database,
    server,
    extractor,
    fin: (...statements: string[]) => database.run('FIN', ...statements),
    sys: (...statements: string[]) => database.run('SYS', ...statements),
    open: (recordTypes: readonly RecordType[], resumed?: Consistency) =>
      extractor.openSnapshot({ signal, recordTypes, ...(resumed && { resumed }) }),
    async labelOf(...recordTypes: readonly RecordType[]) {
      await using snapshot = await extractor.openSnapshot({ signal, recordTypes })
      const { label, because = [] } = snapshot.consistency
      return { label, because }
    },
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** Amounts from a view, a table or a subquery. */
export function reading(source: string, name = 'lines'): RecordType {
  return testRecordType({
    name,
    query: `SELECT ID, AMOUNT FROM ${source}`,
    columns: ['ID', 'AMOUNT'],
    money: [{ column: 'AMOUNT', scale: 2 }],
  })
}
export const lines = reading('FIN.LINES_VW')

/** Of the rows, read one by one. */
export async function sumOf(snapshot: SourceSnapshot, recordType: RecordType, betweenBatches = () => {}) {
  let sum = 0
  for await (const batch of snapshot.extract(recordType, { batchSize: 1, signal })) {
    for (const [, amount] of batch) sum += Number(amount)
    betweenBatches()
  }
  return sum
}
/** As the database adds it up. */
export const countedSum = async (snapshot: SourceSnapshot, recordType: RecordType) =>
  (await snapshot.totals(recordType, { signal })).totals.money.AMOUNT?.sum
