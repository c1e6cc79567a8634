import { compareDecimals, isCanonicalDecimal, subtractDecimals, toCanonicalDecimal } from './decimal.ts'
import type { ColumnType } from './row-schema.ts'

/** The types that windows can go by: values with an order and a distance. */
export type CursorKind = Extract<
  ColumnType['kind'],
  'number' | 'date' | 'timestamp' | 'timestamp-with-time-zone'
>

const TIME = /^(-?\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z?)$/
const NANOSECONDS_PER_MS = 1_000_000n
const NANOSECONDS_PER_SECOND = 1_000_000_000n
const FIRST_YEAR = -4712

/** Whether a text is the canonical text of a value of this kind, years before Christ included. */
export function isCursorValue(kind: CursorKind, text: string): boolean {
  if (kind === 'number') return isCanonicalDecimal(text)
  const zone = TIME.exec(text)?.[8]
  if (zone !== (kind === 'timestamp-with-time-zone' ? 'Z' : '')) return false
  return toTime(kind, toNanoseconds(text)) === text
}

/** Negative, zero or positive, as `a` lies before, at or after `b`. Both are canonical texts of the kind. */
export function compareCursorValues(kind: CursorKind, a: string, b: string): number {
  if (a === b) return 0
  if (kind === 'number') return compareNumbers(a, b)
  if (a.startsWith('-') || b.startsWith('-')) return compareBigInts(toNanoseconds(a), toNanoseconds(b))
  // Without the Z, which sorts after the point of a fraction, texts sort as times do.
  return withoutZone(a) < withoutZone(b) ? -1 : 1
}

/** How far `later` lies after `earlier`: in milliseconds, rounded up, for times; in units, as near as a float can be, for numbers. */
export function cursorDistance(kind: CursorKind, later: string, earlier: string): number {
  if (kind === 'number') return Number(subtractDecimals(later, earlier))
  const distance = toNanoseconds(later) - toNanoseconds(earlier)
  const whole = distance / NANOSECONDS_PER_MS
  return Number(distance > whole * NANOSECONDS_PER_MS ? whole + 1n : whole)
}

/**
 * The value that lies this far before another: milliseconds for times (by the Gregorian calendar throughout), units for
 * numbers. What a DATE cannot hold is rounded down. Throws RangeError for a distance that is negative or no number.
 */
export function cursorBefore(kind: CursorKind, value: string, distance: number): string {
  if (!Number.isFinite(distance) || distance < 0) throw new RangeError(`${distance} is no distance`)
  if (kind === 'number') return subtractDecimals(value, String(distance))
  return toTime(kind, toNanoseconds(value) - BigInt(Math.ceil(distance)) * NANOSECONDS_PER_MS)
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const

/** A distance for a person: `1 d 2 h`, `4 min 10 s`; the two largest units, rounded down to the smaller. Numbers as they are. */
export function describeDistance(kind: CursorKind, distance: number): string {
  if (kind === 'number') return toCanonicalDecimal(String(distance))
  const largest = UNITS.findIndex(([, ms]) => distance >= ms)
  if (largest === -1) return '0 s'
  const parts: string[] = []
  let rest = distance
  for (const [unit, ms] of UNITS.slice(largest, largest + 2)) {
    const count = Math.floor(rest / ms)
    if (count > 0) parts.push(`${count} ${unit}`)
    rest -= count * ms
  }
  return parts.join(' ')
}

function compareNumbers(a: string, b: string): number {
  // A whole number of up to 15 digits is a float exactly.
  if (a.length < 16 && b.length < 16 && !a.includes('.') && !b.includes('.')) return Number(a) - Number(b)
  return compareDecimals(a, b)
}

function compareBigInts(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function withoutZone(text: string): string {
  return text.endsWith('Z') ? text.slice(0, -1) : text
}

/** Since 1970, of the fields as they stand. Throws RangeError for what is no time. */
function toNanoseconds(text: string): bigint {
  const [, year, month, day, hour, minute, second, fraction = '', zone] = TIME.exec(text) ?? []
  if (zone === undefined) throw new RangeError(`${JSON.stringify(text)} is no time in canonical text`)
  const moment = new Date(0)
  // 1 BC is written -0001 and is the year 0 of a Date.
  moment.setUTCFullYear(Number(year) < 0 ? Number(year) + 1 : Number(year), Number(month) - 1, Number(day))
  moment.setUTCHours(Number(hour), Number(minute), Number(second))
  return BigInt(moment.getTime()) * NANOSECONDS_PER_MS + BigInt(fraction.padEnd(9, '0'))
}

/** Not before the first year that Oracle has. */
function toTime(kind: Exclude<CursorKind, 'number'>, nanoseconds: bigint): string {
  let seconds = nanoseconds / NANOSECONDS_PER_SECOND
  let rest = nanoseconds % NANOSECONDS_PER_SECOND
  if (rest < 0n) {
    seconds -= 1n
    rest += NANOSECONDS_PER_SECOND
  }
  const moment = new Date(Number(seconds) * 1_000)
  const year = moment.getUTCFullYear() <= 0 ? moment.getUTCFullYear() - 1 : moment.getUTCFullYear()
  const zone = kind === 'timestamp-with-time-zone' ? 'Z' : ''
  if (Number.isNaN(year) || year < FIRST_YEAR) return `${FIRST_YEAR}-01-01T00:00:00${zone}`
  const fraction = kind === 'date' ? '' : String(rest).padStart(9, '0').replace(/0+$/, '')
  const fields = moment.toISOString().slice(-20, -5)
  return `${year < 0 ? '-' : ''}${String(Math.abs(year)).padStart(4, '0')}${fields}${fraction && `.${fraction}`}${zone}`
}
