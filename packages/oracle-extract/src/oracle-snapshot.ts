import {
  boundWindow,
  cursorKindOf,
  type ExtractOptions,
  PipelineError,
  type RecordType,
  type RowBatch,
  type SourceColumn,
  type SourceSnapshot,
  TerminalError,
  TransientError,
  type Window,
} from '@findata/core'
import type oracledb from 'oracledb'
import { createRowFinisher, toNumberText } from './column-values.ts'
import { describeQuery } from './describe-query.ts'
import { failed } from './errors.ts'
import { boundQuery, extractQuery, type OracleStatement, type Reading } from './extract-query.ts'
import type { Moment } from './moment.ts'
import type { OracleCall, OracleSession } from './oracle-session.ts'
import { refuseNullCursors } from './refuse-null-cursors.ts'
import { rowsPerFetch } from './rows-per-fetch.ts'
import { readHashObstacle, unhashableColumns } from './set-hash-support.ts'
import { ROW_ARRAYS, singleRow } from './single-row.ts'
import { noSetHash, totalsQuery } from './source-totals.ts'
import { executionsByMaximum, maximumQuery, windowCondition } from './window-condition.ts'
import { timeLimits } from './window-limits.ts'

/** For telling Oracle that a cursor is done with. */
const CLOSE_TIMEOUT_MS = 5_000
const NEVER = new AbortController().signal

/** Everything that is read at one moment through one connection. Disposing it closes the connection. Adds to `executions`. */
export function createOracleSnapshot(
  session: OracleSession,
  { consistency, scn, clock, uncovered }: Moment,
  executions: Map<string, number>,
): SourceSnapshot {
  const descriptions = new Map<RecordType, readonly SourceColumn[]>()
  const executed = new Map<string, number>()

  const spent = ({ name, maxExecutions }: RecordType, why: string) =>
    failed(TerminalError, 'EXECUTIONS_SPENT', {
      doing: `Executing the query of ${name}`,
      why: `${why}, and maxExecutions is ${maxExecutions}`,
      nextStep: `Raise maxExecutions of ${name} if the owner of its view agrees, or set sourceTotals to off.`,
      details: { recordType: name, maxExecutions },
    })

  const countExecution = (recordType: RecordType) => {
    const { name, maxExecutions } = recordType
    const ofSnapshot = (executed.get(name) ?? 0) + 1
    if (ofSnapshot > maxExecutions) {
      throw spent(recordType, `it would be execution number ${ofSnapshot} for one snapshot`)
    }
    executed.set(name, ofSnapshot)
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
    if (recordType.cursor) cursorKindOf(recordType, columns)
    if (uncovered.has(recordType.name)) {
      throw failed(TransientError, 'ORACLE_SNAPSHOT_TOO_OLD', {
        doing: call.doing,
        why: 'Oracle could not parse its query when the moment was fixed, and can only now',
        nextStep: 'Try again: the next moment will cover it.',
        details: { recordType: recordType.name },
      })
    }
    descriptions.set(recordType, columns)
    return columns
  }

  /** All rows of the moment, or those of a window. */
  const readingOf = (
    recordType: RecordType,
    columns: readonly SourceColumn[],
    window: Window | undefined,
  ): Reading => ({ scn, where: window && windowCondition(recordType, columns, window) })

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

    async window(recordType, { signal, ...request }) {
      const kind = cursorKindOf(recordType, await describe(recordType, signal))
      if (kind !== 'number') return boundWindow(kind, request, timeLimits(kind, clock))
      const { name, sourceTotals, maxExecutions } = recordType
      const all = (executed.get(name) ?? 0) + executionsByMaximum(recordType)
      if (all > maxExecutions) {
        const totals = sourceTotals === 'off' ? '' : ', of its totals'
        throw spent(
          recordType,
          `reading the highest number of its cursor${totals} and of its rows takes ${all}`,
        )
      }
      const { sql, binds } = maximumQuery(recordType, { scn })
      const call: OracleCall = {
        doing: `Looking for the highest cursor value of ${recordType.name}`,
        action: `window ${recordType.name}`,
        sql,
        signal,
        timeoutMs: recordType.statementTimeoutMs,
      }
      const [maximum = null] = await session.call(call, async (connection) => {
        countExecution(recordType)
        return await singleRow(connection, sql, binds)
      })
      return boundWindow(kind, request, { maximum: maximum === null ? null : toNumberText(maximum) })
    },

    async *extract(recordType: RecordType, options: ExtractOptions): AsyncGenerator<RowBatch> {
      const { window, signal } = options
      const columns = await describe(recordType, signal)
      const statement = extractQuery(recordType, columns, readingOf(recordType, columns, window))
      const batches = read(recordType, columns, statement, options)
      const mayBeNull = window === undefined || recordType.cursor?.nulls !== 'fail'
      yield* mayBeNull ? batches : refuseNullCursors(recordType, columns, batches)
    },

    async *keys(recordType, { batchSize, signal }) {
      const described = await describe(recordType, signal)
      const columns = recordType.entityKey.map(
        ({ column }) => described.find(({ name }) => name === column) as SourceColumn,
      )
      yield* read(recordType, columns, extractQuery(recordType, columns, { scn }), { batchSize, signal })
    },

    async totals(recordType, { window, signal, schema }) {
      const columns = await describe(recordType, signal)
      const obstacle = schema && (unhashableColumns(schema) ?? (await hashObstacle(recordType, signal)))
      const hashed = obstacle === undefined ? schema : undefined
      const { sql, binds, toTotals } = totalsQuery(
        recordType,
        columns,
        readingOf(recordType, columns, window),
        hashed,
      )
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
