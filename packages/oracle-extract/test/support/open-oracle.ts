import type { RecordType } from '@findata/core'
import {
  createOracleDatabase,
  type OracleServer,
  type OracleServerOptions,
  startOracle,
} from '@findata/sandbox'
import {
  createOracleExtractor,
  type OraclePool,
  type OraclePoolOptions,
  openOraclePool,
} from '../../src/index.ts'
import { testRecordType } from './record-type.ts'

export const USER = 'FINANCE'

/** An Oracle with the table THINGS (ID, NAME, AMOUNT, CHANGED) of `rows` rows. */
export interface TestOracle extends AsyncDisposable {
  readonly server: OracleServer
  readonly things: RecordType
  /** What THINGS holds, as it must be read. */
  readonly expected: readonly (readonly string[])[]
  openPool(
    options?: OraclePoolOptions & { readonly password?: string; readonly connectString?: string },
  ): OraclePool
}

/** Retries without pauses and short grace, so that tests of failures take no time. */
export const IMPATIENT: OraclePoolOptions = {
  graceMs: 200,
  connectTimeoutMs: 2_000,
  retry: { attempts: 2, firstDelayMs: 0 },
}

export async function openTestOracle(
  rows: number,
  options: Partial<Omit<OracleServerOptions, 'database'>> = {},
): Promise<TestOracle> {
  const database = createOracleDatabase()
  const server = await startOracle({ database, users: { [USER]: 'correct horse' }, ...options })
  const expected = Array.from({ length: rows }, (_, index) => thing(index + 1))
  database.run(
    USER,
    'CREATE TABLE THINGS (ID NUMBER(10) NOT NULL, NAME VARCHAR2(40), AMOUNT NUMBER(18,2), CHANGED DATE)',
    ...expected.map(
      ([id, name, amount, changed]) =>
        `INSERT INTO THINGS VALUES (${id}, '${name}', ${amount}, TO_DATE('${changed?.replace('T', ' ')}', 'YYYY-MM-DD HH24:MI:SS'))`,
    ),
  )
  return {
    server,
    expected,
    things: testRecordType({
      query: 'SELECT ID, NAME, AMOUNT, CHANGED FROM THINGS',
      columns: ['ID', 'NAME', 'AMOUNT', 'CHANGED'],
      money: [{ column: 'AMOUNT', scale: 2 }],
      statementTimeoutMs: 10_000,
    }),
    openPool({ password = server.password, connectString = server.connectString, ...poolOptions } = {}) {
      const settings = { user: server.user, password: () => password, connectString }
      return openOraclePool(settings, { ...IMPATIENT, ...poolOptions })
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
    },
  }
}

function thing(id: number): readonly string[] {
  const cents = (id * 37) % 1000
  const amount = `${id % 3 === 0 ? '-' : ''}${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
  const canonical = amount.replace(/\.?0+$/, '').replace(/^-?0?$/, '0')
  return [String(id), `thing ${id}`, canonical, `2026-03-08T02:${String(id % 60).padStart(2, '0')}:00`]
}

/** All rows of a record type through a snapshot of its own, in the order of their first column. */
export async function readAll(
  pool: OraclePool,
  recordType: RecordType,
  { signal = new AbortController().signal, batchSize = 4 } = {},
): Promise<readonly (readonly (string | null)[])[]> {
  await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
  const rows = (await Array.fromAsync(snapshot.extract(recordType, { batchSize, signal }))).flat()
  return rows.sort(([a], [b]) => Number(a) - Number(b))
}
