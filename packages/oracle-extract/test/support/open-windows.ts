import {
  type BoundedWindow,
  createWindowCounter,
  defineRecordType,
  freezeOrdinals,
  type RecordType,
  type RecordTypeInput,
  type Value,
  type WindowCensus,
  type WindowTail,
} from '@findata/core'
import {
  createOracleDatabase,
  type OracleDatabaseOptions,
  type OracleServer,
  startOracle,
} from '@findata/sandbox'
import { createOracleExtractor, type OraclePool, openOraclePool } from '../../src/index.ts'
import { IMPATIENT } from './open-oracle.ts'

const { signal } = new AbortController()
export const MINUTE = 60_000
/** A time of the day that all windows of these tests lie in. */
export const at = (time: string) => `2026-03-01T${time}`

/** What one run read, its totals by Oracle, and what it leaves to the next. */
export interface WindowRun {
  readonly window: BoundedWindow
  /** The first column, sorted. */
  readonly ids: readonly Value[]
  readonly rows: readonly (readonly Value[])[]
  readonly countedRows: number
  /** The key sweep of the same moment. */
  readonly sweptKeys: readonly Value[]
  readonly census: WindowCensus
  readonly sql: readonly string[]
}

export interface RunOptions {
  /** Of the run before. */
  readonly after?: WindowRun | undefined
  /** Milliseconds, or units of the number. */
  readonly overlap?: number
  readonly marginMs?: number
}

/** A session of the owner that commits when it is told to. */
export interface Writer {
  write(...statements: string[]): void
  commit(): void
}

/** An Oracle whose clock stands until it is set, with the tables of FIN that READER may read. */
export interface WindowScene extends AsyncDisposable {
  readonly server: OracleServer
  /** Sets SYSDATE: `10:00:00`. */
  setClock(time: string): void
  fin(...statements: string[]): void
  sys(...statements: string[]): void
  openWriter(): Writer
  openPool(): OraclePool
  /** While it is evaluated once, by a function SLOWLY of FIN, the clock moves on to this time. */
  moveDuringSlowly(time: string): void
  run(recordType: RecordType, options?: RunOptions): Promise<WindowRun>
}

const ZONE_MS = { '+00:00': 0, '-06:00': -6 * 60 * MINUTE, '+07:00': 7 * 60 * MINUTE }

export async function openWindowScene(
  tables: readonly string[],
  {
    timeZone = '+00:00',
    ...options
  }: Pick<OracleDatabaseOptions, 'role' | 'isCluster'> & { readonly timeZone?: keyof typeof ZONE_MS } = {},
): Promise<WindowScene> {
  const instantOf = (time: string) => Date.parse(`${at(time)}Z`) - ZONE_MS[timeZone]
  let now = instantOf('09:00:00')
  let afterSlowly = now
  const database = createOracleDatabase({ now: () => new Date(now), timeZone, ...options })
  const server = await startOracle({ database, users: { READER: 'correct horse' } })
  database.run('FIN', ...tables)
  database.addFunction('FIN', {
    name: 'SLOWLY',
    returns: { name: 'NUMBER' },
    evaluate() {
      now = afterSlowly
      return '1'
    },
  })
  const names = tables.map((table) => /^CREATE (?:TABLE|VIEW) (\S+)/.exec(table)?.[1] ?? '')
  database.run(
    'FIN',
    ...names.flatMap((name) => [`GRANT SELECT ON ${name} TO READER`, `GRANT FLASHBACK ON ${name} TO READER`]),
  )
  database.run(
    'SYS',
    'GRANT EXECUTE ON DBMS_FLASHBACK TO READER',
    'GRANT SELECT ON GV_$TRANSACTION TO READER',
  )
  const { user, password, connectString } = server
  const openPool = () => openOraclePool({ user, password: () => password, connectString }, IMPATIENT)
  const pool = openPool()
  const extractor = createOracleExtractor(pool)

  return {
    server,
    openPool,
    setClock: (time) => {
      now = instantOf(time)
    },
    fin: (...statements) => database.run('FIN', ...statements),
    sys: (...statements) => database.run('SYS', ...statements),
    moveDuringSlowly: (time) => {
      afterSlowly = instantOf(time)
    },
    openWriter() {
      const session = database.openSession('FIN')
      return {
        write(...statements) {
          for (const sql of statements) session.parse(sql).execute([])
        },
        commit: () => session.commit(),
      }
    },
    async run(recordType, { after, overlap = 0, marginMs = 0 } = {}) {
      const watermark = after?.census.watermark ?? null
      await using snapshot = await extractor.openSnapshot({ signal, recordTypes: [recordType] })
      const window = await snapshot.window(recordType, { watermark, overlap, marginMs, signal })
      const { schema } = freezeOrdinals(await snapshot.describe(recordType, { signal }))
      const tail: WindowTail | undefined = after?.census.tail
      const counter = createWindowCounter({ recordType, schema, window, watermark, overlap, tail })
      const rows: (readonly Value[])[] = []
      for await (const batch of snapshot.extract(recordType, { window, batchSize: 3, signal })) {
        counter.add(batch)
        rows.push(...batch)
      }
      const { totals } = await snapshot.totals(recordType, { window, signal })
      const keys = await Array.fromAsync(snapshot.keys(recordType, { batchSize: 10, signal }))
      const sorted = (values: readonly (readonly Value[])[]) => values.map(([first = null]) => first).sort()
      return {
        window,
        ids: sorted(rows),
        rows,
        countedRows: totals.rows,
        sweptKeys: sorted(keys.flat()),
        census: counter.finish(),
        sql: server.statements().map(({ sql }) => sql),
      }
    },
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** A record type over a table of FIN, with room for a window, totals and a sweep. */
export function windowed(
  table: string,
  columns: readonly string[],
  cursor: NonNullable<RecordTypeInput['cursor']>,
): RecordType {
  return defineRecordType({
    name: 'ledger',
    query: `SELECT * FROM FIN.${table}`,
    columns,
    rowKey: [columns[0] ?? ''],
    cursor,
    maxExecutions: 100,
    statementTimeoutMs: 20_000,
  })
}

export const LEDGER = 'CREATE TABLE LEDGER (ID VARCHAR2(10) NOT NULL, CHANGED DATE)'
export const ledger = windowed('LEDGER', ['ID', 'CHANGED'], 'CHANGED')
/** At the time of the statement unless given. */
export const insert = (id: string, time = 'SYSDATE') => `INSERT INTO LEDGER VALUES ('${id}', ${time})`
