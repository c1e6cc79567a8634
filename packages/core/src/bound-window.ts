import {
  type CursorKind,
  compareCursorValues,
  cursorBefore,
  cursorDistance,
  describeDistance,
  isCursorValue,
} from './cursor-values.ts'
import { TerminalError } from './errors.ts'
import type { BoundedWindow, WindowRequest } from './window.ts'

/** What a source tells about how far its rows are complete, in the form of the cursor. */
export type WindowLimits =
  /** For times: both read before the moment was fixed, the clock first. */
  | {
      readonly clock: string
      /** When the oldest open transaction began; null when there is none. */
      readonly oldestTransaction: string | null
      readonly seesTransactions: boolean
    }
  /** For numbers: the highest value at the moment; null when there is none. */
  | { readonly maximum: string | null }

/** Of numbers where there are none: it has an end all the same, so that rows without a value are read as the cursor says. */
const NO_NUMBERS = { to: '0', boundedBy: 'maximum' } as const

/**
 * The stretch of cursor values to read next.
 *
 * It ends by what is complete, but never before the watermark: a clock that was set back, or a transaction that is older
 * than the watermark and was not seen before, means that rows may still appear before the watermark. So everything up
 * to it is read again, it stays where it is, and `notProven` says what the overlap does not reach.
 *
 * Throws CONFIG_INVALID for a watermark that is no value of the cursor.
 */
export function boundWindow(kind: CursorKind, request: WindowRequest, limits: WindowLimits): BoundedWindow {
  const { watermark, overlap } = request
  const complete = completeUpTo(kind, request, limits)
  const notProven = [unproven(kind, request, limits)]
  if (watermark === null) return { from: null, ...(complete ?? NO_NUMBERS), notProven }

  if (!isCursorValue(kind, watermark)) throw foreignWatermark(kind, watermark)
  const from = cursorBefore(kind, watermark, overlap)
  if (complete && compareCursorValues(kind, complete.to, watermark) >= 0) {
    return { from, ...complete, notProven }
  }
  if (complete) notProven.push(behind(kind, watermark, from, complete))
  return { from, to: watermark, boundedBy: 'watermark', notProven }
}

interface Completeness {
  readonly to: string
  readonly boundedBy: 'clock' | 'open transaction' | 'maximum'
}

function completeUpTo(
  kind: CursorKind,
  { marginMs }: WindowRequest,
  limits: WindowLimits,
): Completeness | undefined {
  if ('maximum' in limits) {
    return limits.maximum === null ? undefined : { to: limits.maximum, boundedBy: 'maximum' }
  }
  const { clock, oldestTransaction } = limits
  const byClock = cursorBefore(kind, clock, marginMs)
  return oldestTransaction !== null && compareCursorValues(kind, oldestTransaction, byClock) < 0
    ? { to: oldestTransaction, boundedBy: 'open transaction' }
    : { to: byClock, boundedBy: 'clock' }
}

function unproven(kind: CursorKind, { overlap }: WindowRequest, limits: WindowLimits): string {
  const catches =
    overlap === 0
      ? 'no overlap reads it again'
      : `only the overlap of ${describeDistance(kind, overlap)} reads it again`
  if ('maximum' in limits) {
    return (
      `Numbers are given out before the commit, so a row may be committed later with a lower one, and ${catches}. ` +
      'Let the overlap cover the numbers given out during the longest transaction, or take a time as the cursor.'
    )
  }
  if (!limits.seesTransactions) {
    return (
      `The transactions that were open at the moment are not known, so a row may be committed later with an earlier time, and ${catches}. ` +
      'SELECT ON SYS.GV_$TRANSACTION, with EXECUTE ON SYS.DBMS_FLASHBACK, lets a window end before the oldest one, unless its rows come from another database: by a link, or from the primary of a standby.'
    )
  }
  return (
    'A long statement may give a row its time before it shows as a transaction, and ' +
    `${catches}. Let the overlap be longer than the longest statement that writes.`
  )
}

function behind(kind: CursorKind, watermark: string, from: string, { to, boundedBy }: Completeness): string {
  const distance = `${describeDistance(kind, cursorDistance(kind, watermark, to))} before the watermark`
  const unread = `what is written below ${from} meanwhile is not read`
  switch (boundedBy) {
    case 'clock':
      return `The database's clock less the margin shows ${to}, ${distance}: it was set back, and ${unread}. Let the overlap be longer than that until it has caught up, or reconcile.`
    case 'open transaction':
      return `A transaction that is still open began at ${to}, ${distance}: it was not seen before, and ${unread}. Let the overlap be longer than that until it has ended, or reconcile.`
    case 'maximum':
      return `The highest number is ${to}, ${distance}: rows were deleted or numbers begin anew, and ${unread}. If they begin anew, read everything once.`
  }
}

function foreignWatermark(kind: CursorKind, watermark: string): TerminalError {
  return new TerminalError(
    'CONFIG_INVALID',
    `The watermark ${JSON.stringify(watermark)} is no ${kind}, which the cursor is: its column may have changed its type. Set the watermark anew, or read everything once.`,
    { details: { watermark, kind } },
  )
}
