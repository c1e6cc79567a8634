import { toCanonicalTimestamp } from '@findata/core'
import { isRefusal } from './errors.ts'
import type { OracleCall, OracleSession } from './oracle-session.ts'
import { type SourceClock, singleRow } from './oracle-snapshot.ts'

const SECONDS = `'YYYY-MM-DD"T"HH24:MI:SS', 'NLS_CALENDAR=GREGORIAN'`
const CLOCK =
  `SELECT TO_CHAR(SYSDATE, ${SECONDS}), ` +
  `TO_CHAR(SYS_EXTRACT_UTC(SYSTIMESTAMP), 'YYYY-MM-DD"T"HH24:MI:SS.FF3', 'NLS_CALENDAR=GREGORIAN'), USER FROM DUAL`
const TRANSACTION_VIEWS = ['GV$TRANSACTION', 'V$TRANSACTION']
const EXACT_SCN = [
  'SELECT DBMS_FLASHBACK.GET_SYSTEM_CHANGE_NUMBER FROM DUAL',
  'SELECT CURRENT_SCN FROM V$DATABASE',
]
const NEARBY_SCN = 'SELECT TIMESTAMP_TO_SCN(SYSTIMESTAMP) FROM DUAL'

/** The clock first, then the transactions: one that begins in between is younger than the clock. */
export async function readClock(
  session: OracleSession,
  call: OracleCall,
): Promise<{ readonly clock: SourceClock; readonly user: string }> {
  const [local, utc, user] = await session.call(call, (connection) => singleRow(connection, CLOCK))
  const now = { local: local ?? '', utc: `${toCanonicalTimestamp(utc ?? '')}Z` }
  const tell = (oldestTransaction: string | null, seesTransactions: boolean) => ({
    clock: { ...now, oldestTransaction, seesTransactions },
    user: user ?? '',
  })
  for (const view of TRANSACTION_VIEWS) {
    const row = await unlessRefused(session, call, `SELECT TO_CHAR(MIN(START_DATE), ${SECONDS}) FROM ${view}`)
    if (row) return tell(row[0] ?? null, true)
  }
  return tell(null, false)
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
    const scn = (await unlessRefused(session, call, sql))?.[0]
    if (scn) return { scn, isExact: sql !== NEARBY_SCN }
  }
  return undefined
}

async function unlessRefused(session: OracleSession, call: OracleCall, sql: string) {
  try {
    return await session.call(call, (connection) => singleRow(connection, sql))
  } catch (cause) {
    if (isRefusal(cause)) return undefined
    throw cause
  }
}
