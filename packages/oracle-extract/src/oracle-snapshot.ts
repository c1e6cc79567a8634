import {
  type Consistency,
  type ExtractOptions,
  PipelineError,
  type RecordType,
  type RowBatch,
  type SourceColumn,
  type SourceSnapshot,
  TerminalError,
} from '@findata/core'
import oracledb, { type Connection, type ExecuteOptions } from 'oracledb'
import { createRowFinisher, fetchTypeHandler } from './column-values.ts'
import { describeQuery } from './describe-query.ts'
import { failed } from './errors.ts'
import { boundQuery, extractQuery, type OracleStatement } from './extract-query.ts'
import type { OracleCall, OracleSession } from './oracle-session.ts'
import { rowsPerFetch } from './rows-per-fetch.ts'
import { readHashObstacle, unhashableColumns } from './set-hash-support.ts'
import { noSetHash, totalsQuery } from './source-totals.ts'

const ROW_ARRAYS: ExecuteOptions = { outFormat: oracledb.OUT_FORMAT_ARRAY, fetchTypeHandler }
/** For telling Oracle that a cursor is done with. */
const CLOSE_TIMEOUT_MS = 5_000
const NEVER = new AbortController().signal

/** What every statement of a snapshot reads. */
export interface Moment {
  readonly consistency: Consistency
  /** Set when statements read as of it; else they see what their transaction sees. */
  readonly scn?: string
  readonly clock: SourceClock
}

/** Read before the moment was fixed: what had committed by then is seen at the moment. */
export interface SourceClock {
  /** SYSDATE, in canonical text. */
  readonly local: string
  /** The same instant in UTC, in canonical text. */
  readonly utc: string
  /** When the oldest open transaction of any instance began, on the clock of SYSDATE; null when there is none or none is seen. */
  readonly oldestTransaction: string | null
  /** False when the user may not see the transactions of others. */
  readonly seesTransactions: boolean
}

/** Everything that is read at one moment through one connection. Disposing it closes the connection. Adds to `executions`. */
export function createOracleSnapshot(
  session: OracleSession,
  { consistency, scn }: Moment,
  executions: Map<string, number>,
): SourceSnapshot {
  const descriptions = new Map<RecordType, readonly SourceColumn[]>()
  const executed = new Map<RecordType, number>()

  const countExecution = (recordType: RecordType) => {
    const { name, maxExecutions } = recordType
    const ofSnapshot = (executed.get(recordType) ?? 0) + 1
    if (ofSnapshot > maxExecutions) {
      throw failed(TerminalError, 'EXECUTIONS_SPENT', {
        doing: `Executing the query of ${name}`,
        why: `one more would be the ${ofSnapshot}th in one run, and maxExecutions is ${maxExecutions}`,
        nextStep: `Raise maxExecutions of ${name} if its owner agrees, or set sourceTotals to off.`,
        details: { recordType: name, maxExecutions },
      })
    }
    executed.set(recordType, ofSnapshot)
    executions.set(name, (executions.get(name) ?? 0) + 1)
  }

  /** Remembered, since columns, rows and totals all need it. */
  async function describe(recordType: RecordType, signal: AbortSignal): Promise<readonly SourceColumn[]> {
    const known = descriptions.get(recordType)
    if (known) return known
    const call: OracleCall = {
      doing: `Describing ${recordType.name}`,
      action: `describe ${recordType.name}`,
      sql: boundQuery(recordType).sql,
      signal,
      timeoutMs: recordType.statementTimeoutMs,
    }
    const columns = await session.call(call, (connection) => describeQuery(connection, recordType))
    descriptions.set(recordType, columns)
    return columns
  }

  let hashing: { readonly obstacle: string | undefined } | undefined
  /** Why no row can be hashed in this database. */
  async function hashObstacle(
    { statementTimeoutMs }: RecordType,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const call: OracleCall = {
      doing: 'Reading the character set of the database',
      action: 'character set',
      signal,
      timeoutMs: statementTimeoutMs,
    }
    hashing ??= { obstacle: await session.call(call, readHashObstacle) }
    return hashing.obstacle
  }

  /** The rows of one statement, which executes the record type's query once. */
  async function* read(
    recordType: RecordType,
    columns: readonly SourceColumn[],
    { sql, binds }: OracleStatement,
    { batchSize, signal }: Pick<ExtractOptions, 'batchSize' | 'signal'>,
  ): AsyncGenerator<RowBatch> {
    const finishRows = createRowFinisher(recordType, columns)
    const rowCount = rowsPerFetch(recordType, columns, batchSize)
    const call: OracleCall = {
      doing: `Reading ${recordType.name}`,
      action: `extract ${recordType.name}`,
      sql,
      signal,
      timeoutMs: recordType.statementTimeoutMs,
    }

    const rows = await session.call(call, async (connection) => {
      countExecution(recordType)
      const { resultSet } = await connection.execute<unknown[]>(sql, binds, {
        ...ROW_ARRAYS,
        resultSet: true,
        fetchArraySize: rowCount,
        prefetchRows: rowCount,
      })
      return resultSet as oracledb.ResultSet<unknown[]>
    })
    let isFinished = false
    try {
      for (;;) {
        const batch = await session.call(call, () => rows.getRows(rowCount))
        if (batch.length === 0) {
          isFinished = true
          return
        }
        yield finishRows(batch)
      }
    } finally {
      await closeCursor(session, call, rows, isFinished)
    }
  }

  return {
    consistency,

    async describe(recordType, { signal }) {
      return await describe(recordType, signal)
    },

    async *extract(recordType: RecordType, { batchSize, signal }: ExtractOptions): AsyncGenerator<RowBatch> {
      const columns = await describe(recordType, signal)
      yield* read(recordType, columns, extractQuery(recordType, columns, { scn }), { batchSize, signal })
    },

    async *keys(recordType, { batchSize, signal }) {
      const described = await describe(recordType, signal)
      const columns = recordType.entityKey.map(
        ({ column }) => described.find(({ name }) => name === column) as SourceColumn,
      )
      yield* read(recordType, columns, extractQuery(recordType, columns, { scn }), { batchSize, signal })
    },

    async totals(recordType, { signal, schema }) {
      const columns = await describe(recordType, signal)
      const obstacle = schema && (unhashableColumns(schema) ?? (await hashObstacle(recordType, signal)))
      const hashed = obstacle === undefined ? schema : undefined
      const { sql, binds, toTotals } = totalsQuery(recordType, columns, { scn }, hashed)
      const call: OracleCall = {
        doing: `Counting ${recordType.name} in Oracle`,
        action: `totals ${recordType.name}`,
        sql,
        signal,
        timeoutMs: recordType.statementTimeoutMs,
      }
      const row = await session.call(call, async (connection) => {
        countExecution(recordType)
        return await singleRow(connection, sql, binds)
      })
      const { totals, leftOut } = toTotals(row)
      return { totals, leftOut: obstacle === undefined ? leftOut : [noSetHash(obstacle), ...leftOut] }
    },

    executions({ name }) {
      return executions.get(name) ?? 0
    },

    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]()
    },
  }
}

/** The driver closes a cursor with the next call; a reader who stops early may be a long time from making one. */
async function closeCursor(
  session: OracleSession,
  call: OracleCall,
  rows: oracledb.ResultSet<unknown[]>,
  isFinished: boolean,
): Promise<void> {
  if (session.isLost) return
  try {
    await session.call({ ...call, signal: NEVER, timeoutMs: CLOSE_TIMEOUT_MS }, async (connection) => {
      await rows.close()
      if (!isFinished) await connection.ping()
    })
  } catch (cause) {
    // The reader has all its rows, or another error, or wants no more.
    if (!(cause instanceof PipelineError)) throw cause
  }
}

/** The one row of a query, its numbers as text. */
export async function singleRow(
  connection: Connection,
  sql: string,
  binds: oracledb.BindParameters = {},
): Promise<readonly (string | null)[]> {
  const { rows } = await connection.execute<(string | null)[]>(sql, binds, ROW_ARRAYS)
  return rows?.[0] ?? []
}
