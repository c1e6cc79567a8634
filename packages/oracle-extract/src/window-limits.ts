import type { CursorKind, WindowLimits } from '@findata/core'
import type { SourceClock } from './moment.ts'

/** How far times are complete, in the cursor's own form: the clock of SYSDATE for columns without a zone, UTC for those with one. */
export function timeLimits(
  kind: Exclude<CursorKind, 'number'>,
  { local, utc, oldestTransaction, seesTransactions }: SourceClock,
): WindowLimits {
  if (kind !== 'timestamp-with-time-zone') return { clock: local, oldestTransaction, seesTransactions }
  // SYSDATE is cut to the second, and no zone is a part of a minute away from UTC.
  const offsetMs = Math.round((Date.parse(`${local}Z`) - Date.parse(utc)) / 60_000) * 60_000
  const toUtc = (time: string) =>
    `${new Date(Date.parse(`${time}Z`) - offsetMs).toISOString().slice(0, time.length)}Z`
  return {
    clock: utc,
    oldestTransaction: oldestTransaction === null ? null : toUtc(oldestTransaction),
    seesTransactions,
  }
}
