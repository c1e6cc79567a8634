import { type Consistency, type Extractor, PipelineError, TransientError } from '@findata/core'
import type { OraclePool } from './oracle-pool.ts'
import type { OracleCall, OracleSession } from './oracle-session.ts'
import { createOracleSnapshot, type Moment, singleRow } from './oracle-snapshot.ts'

const CLOCK = `SELECT TO_CHAR(SYS_EXTRACT_UTC(SYSTIMESTAMP), 'YYYY-MM-DD"T"HH24:MI:SS.FF3', 'NLS_CALENDAR=GREGORIAN') FROM DUAL`

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
  let label: Consistency['label'] = 'read-only transaction'
  try {
    await session.call(call, (connection) => connection.execute('SET TRANSACTION READ ONLY'))
  } catch (cause) {
    if (!isRefusal(cause)) throw cause
    label = 'per statement'
  }
  const [clock] = await session.call(call, (connection) => singleRow(connection, CLOCK))
  return { consistency: { label, fixedAt: clock ? `${clock}Z` : new Date().toISOString() } }
}

/** Oracle answered that it does not do this, to this user or at all. */
function isRefusal(cause: unknown): boolean {
  return (
    cause instanceof PipelineError &&
    !(cause instanceof TransientError) &&
    ['ORACLE_PERMISSION_REFUSED', 'ORACLE_QUERY_INVALID', 'ORACLE_QUERY_FAILED'].includes(cause.code)
  )
}
