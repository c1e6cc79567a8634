import oracledb from 'oracledb'
import { serveWork } from './serve-work.ts'

export interface FetchInput {
  /** The statement that the pipeline sent; it reads as of an SCN. */
  readonly sql: string
}

export interface FetchOutput {
  readonly rows: number
  readonly fetchMs: number
  /** Of this thread. */
  readonly cpuMs: number
}

const ROWS_PER_FETCH = 1000

// Nothing but the driver: what it hands over is counted and dropped. Settings as in oracle-extract.
serveWork(async ({ sql }: FetchInput): Promise<FetchOutput> => {
  const { ORACLE_USER, ORACLE_PASSWORD, ORACLE_CONNECT_STRING } = process.env
  const connection = await oracledb.getConnection({
    user: ORACLE_USER,
    password: ORACLE_PASSWORD,
    connectString: ORACLE_CONNECT_STRING,
    stmtCacheSize: 0,
  })
  try {
    const { rows: [scn] = [] } = await connection.execute<[string]>(
      'SELECT TO_CHAR(TIMESTAMP_TO_SCN(SYSTIMESTAMP)) FROM DUAL',
    )
    const start = performance.now()
    const cpuStart = process.threadCpuUsage()
    const { resultSet } = await connection.execute<unknown[]>(sql, scn ?? [], {
      resultSet: true,
      outFormat: oracledb.OUT_FORMAT_ARRAY,
      fetchArraySize: ROWS_PER_FETCH,
      prefetchRows: ROWS_PER_FETCH,
      fetchTypeHandler: ({ dbType }) =>
        dbType === oracledb.DB_TYPE_NUMBER ? { type: oracledb.DB_TYPE_VARCHAR } : undefined,
    })
    if (!resultSet) throw new Error('the statement has no rows to fetch')
    let rows = 0
    for (;;) {
      const batch = await resultSet.getRows(ROWS_PER_FETCH)
      if (batch.length === 0) break
      rows += batch.length
    }
    await resultSet.close()
    const { user, system } = process.threadCpuUsage(cpuStart)
    return { rows, fetchMs: performance.now() - start, cpuMs: (user + system) / 1000 }
  } finally {
    await connection.close()
  }
})
