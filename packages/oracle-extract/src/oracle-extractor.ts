import {
  type Consistency,
  type Extractor,
  PipelineError,
  TransientError,
  toCanonicalTimestamp,
} from '@findata/core'
import type { OraclePool } from './oracle-pool.ts'
import type { OracleCall, OracleSession } from './oracle-session.ts'
import { createOracleSnapshot, type Moment, type SourceClock, singleRow } from './oracle-snapshot.ts'

const SECONDS = `'YYYY-MM-DD"T"HH24:MI:SS', 'NLS_CALENDAR=GREGORIAN'`
const CLOCK =
  `SELECT TO_CHAR(SYSDATE, ${SECONDS}), ` +
  `TO_CHAR(SYS_EXTRACT_UTC(SYSTIMESTAMP), 'YYYY-MM-DD"T"HH24:MI:SS.FF3', 'NLS_CALENDAR=GREGORIAN') FROM DUAL`

/** Reads record types out of Oracle; one connection for each snapshot. The pool stays the caller's. */
export function createOracleExtractor(pool: OraclePool): Extractor {
  const executions = new Map<string, number>()
  return {
    async openSnapshot({ signal }) {
      const session = await pool.openSession({ signal })
      try {
        return createOracleSnapshot(
          session,
          await fixMoment(session, { signal, timeoutMs: pool.connectTimeoutMs }),
          executions,
        )
      } catch (cause) {
        await session[Symbol.asyncDispose]()
        throw cause
      }
    },
  }
}

/** All queries of a read-only transaction see the database as of its first statement, whatever commits meanwhile. */
export async function fixMoment(
  session: OracleSession,
  limits: Pick<OracleCall, 'signal' | 'timeoutMs'>,
): Promise<Moment> {
  const call: OracleCall = {
    doing: 'Fixing the moment to read',
    action: 'open snapshot',
    ...limits,
  }
  // The driver gives the session the zone of the process, and a view may compute with it.
  await session.call(call, (connection) => connection.execute(`ALTER SESSION SET TIME_ZONE = '+00:00'`))
  const clock = await readClock(session, call)
  let label: Consistency['label'] = 'read-only transaction'
  try {
    await session.call(call, (connection) => connection.execute('SET TRANSACTION READ ONLY'))
  } catch (cause) {
    if (!isRefusal(cause)) throw cause
    label = 'per statement'
  }
  return { consistency: { label, fixedAt: clock.utc }, clock }
}

/** The clock first, then the transactions: one that begins in between is younger than the clock. */
async function readClock(session: OracleSession, call: OracleCall): Promise<SourceClock> {
  const [local, utc] = await session.call(call, (connection) => singleRow(connection, CLOCK))
  const clock = { local: local ?? '', utc: `${toCanonicalTimestamp(utc ?? '')}Z` }
  for (const view of ['GV$TRANSACTION', 'V$TRANSACTION']) {
    try {
      const [oldest = null] = await session.call(call, (connection) =>
        singleRow(connection, `SELECT TO_CHAR(MIN(START_DATE), ${SECONDS}) FROM ${view}`),
      )
      return { ...clock, oldestTransaction: oldest, seesTransactions: true }
    } catch (cause) {
      if (!isRefusal(cause)) throw cause
    }
  }
  return { ...clock, oldestTransaction: null, seesTransactions: false }
}

/** Oracle answered that it does not do this, to this user or at all. */
function isRefusal(cause: unknown): boolean {
  return (
    cause instanceof PipelineError &&
    !(cause instanceof TransientError) &&
    [
      'ORACLE_PERMISSION_REFUSED',
      'ORACLE_VIEW_MISSING',
      'ORACLE_QUERY_INVALID',
      'ORACLE_QUERY_FAILED',
    ].includes(cause.code)
  )
}
