import { toCanonicalTimestamp } from '@findata/core'
import { isRefusal } from './errors.ts'
import type { SourceClock } from './moment.ts'
import { isPassing, type OracleCall, type OracleSession } from './oracle-session.ts'
import { singleRow } from './single-row.ts'

const SECONDS = `'YYYY-MM-DD"T"HH24:MI:SS', 'NLS_CALENDAR=GREGORIAN'`
const CLOCK =
  `SELECT TO_CHAR(SYSDATE, ${SECONDS}), ` +
  `TO_CHAR(SYS_EXTRACT_UTC(SYSTIMESTAMP), 'YYYY-MM-DD"T"HH24:MI:SS.FF3', 'NLS_CALENDAR=GREGORIAN'), USER, SYS_CONTEXT('USERENV', 'DATABASE_ROLE') FROM DUAL`
const EXACT_SCN = [
  'SELECT DBMS_FLASHBACK.GET_SYSTEM_CHANGE_NUMBER FROM DUAL',
  'SELECT CURRENT_SCN FROM V$DATABASE',
]
const NEARBY_SCN = 'SELECT TIMESTAMP_TO_SCN(SYSTIMESTAMP) FROM DUAL'

/** The clock first, then the transactions: one that begins in between is younger than the clock. */
export async function readClock(
  session: OracleSession,
  call: OracleCall,
): Promise<{
  readonly clock: SourceClock
  readonly user: string
  /** Whether a grant would show more of the transactions that are open in this database. */
  readonly lacksTransactions: boolean
}> {
  const [local, utc, user, role] = await session.call(call, (connection) => singleRow(connection, CLOCK))
  const now = { local: local ?? '', utc: `${toCanonicalTimestamp(utc ?? '')}Z` }
  const { oldestTransaction, isOfAll } = await readTransactions(session, call)
  // A standby shows none of those that are open on its primary.
  const isPrimary = role === 'PRIMARY'
  return {
    clock: { ...now, oldestTransaction, seesTransactions: isOfAll && isPrimary },
    user: user ?? '',
    lacksTransactions: !isOfAll && isPrimary,
  }
}

/** The start of the oldest transaction that is seen, and whether those of all instances are. */
async function readTransactions(session: OracleSession, call: OracleCall) {
  const oldestIn = (view: string) =>
    ifTold(session, call, `SELECT TO_CHAR(MIN(START_DATE), ${SECONDS}) FROM ${view}`)
  const ofAll = await oldestIn('GV$TRANSACTION')
  if (ofAll) return { oldestTransaction: ofAll[0] ?? null, isOfAll: true }
  const ofInstance = await oldestIn('V$TRANSACTION')
  const instance = ofInstance && (await ifTold(session, call, 'SELECT PARALLEL FROM V$INSTANCE'))
  return { oldestTransaction: ofInstance?.[0] ?? null, isOfAll: instance?.[0] === 'NO' }
}

/** An SCN that has just been; undefined where the database tells none. */
export async function readScn(
  session: OracleSession,
  call: OracleCall,
): Promise<
  | {
      readonly scn: string
      /** False for one that may be some seconds older than the call. */
      readonly isExact: boolean
    }
  | undefined
> {
  for (const sql of [...EXACT_SCN, NEARBY_SCN]) {
    const scn = (await ifTold(session, call, sql))?.[0]
    if (scn) return { scn, isExact: sql !== NEARBY_SCN }
  }
  return undefined
}

async function ifTold(session: OracleSession, call: OracleCall, sql: string) {
  try {
    return await session.call(call, (connection) => singleRow(connection, sql))
  } catch (cause) {
    if (isRefusal(cause) || isPassing(cause, session)) return undefined
    throw cause
  }
}
