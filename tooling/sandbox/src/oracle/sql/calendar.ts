import { oracleError, unimplemented } from './errors.ts'

/** A moment on the wall clock. `year` is -4712 to 9999 without a year 0, as Oracle counts. */
export interface DateTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly nanoseconds: number
}

export const SECONDS_PER_DAY = 86_400
const FIRST_GREGORIAN_DAY = 2_299_161
const MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

const pad = (value: number, length: number) => String(value).padStart(length, '0')

/** Julian day number: Julian calendar up to 1582-10-04, Gregorian from 1582-10-15, as in Oracle. */
export function dayNumber(year: number, month: number, day: number): number {
  const isGregorian = year > 1582 || (year === 1582 && (month > 10 || (month === 10 && day >= 15)))
  const shift = month <= 2 ? 1 : 0
  const y = (year < 0 ? year + 1 : year) + 4800 - shift
  const m = month + 12 * shift - 3
  const days = day + Math.floor((153 * m + 2) / 5) + 365 * y + Math.floor(y / 4)
  return isGregorian ? days - Math.floor(y / 100) + Math.floor(y / 400) - 32_045 : days - 32_083
}

export function dateOfDay(number: number): { year: number; month: number; day: number } {
  const isGregorian = number >= FIRST_GREGORIAN_DAY
  const a = number + (isGregorian ? 32_044 : 32_082)
  const century = isGregorian ? Math.floor((4 * a + 3) / 146_097) : 0
  const c = isGregorian ? a - Math.floor((146_097 * century) / 4) : a
  const d = Math.floor((4 * c + 3) / 1461)
  const e = c - Math.floor((1461 * d) / 4)
  const m = Math.floor((5 * e + 2) / 153)
  const year = 100 * century + d - 4800 + Math.floor(m / 10)
  return {
    year: year <= 0 ? year - 1 : year,
    month: m + 3 - 12 * Math.floor(m / 10),
    day: e - Math.floor((153 * m + 2) / 5) + 1,
  }
}

export function daysInMonth(year: number, month: number): number {
  const astronomical = year < 0 ? year + 1 : year
  const isLeap =
    astronomical % 4 === 0 && (astronomical <= 1582 || astronomical % 100 !== 0 || astronomical % 400 === 0)
  return month === 2 && isLeap ? 29 : (MONTH_LENGTHS[month - 1] ?? 31)
}

/** Reads canonical DATE or TIMESTAMP text; of an instant, its UTC fields. */
export function parseDateTime(text: string): DateTime {
  const from = text.startsWith('-') ? 1 : 0
  const number = (start: number, end: number) => Number(text.slice(from + start, from + end))
  return {
    year: from === 1 ? -number(0, 4) : number(0, 4),
    month: number(5, 7),
    day: number(8, 10),
    hour: number(11, 13),
    minute: number(14, 16),
    second: number(17, 19),
    nanoseconds: text[from + 19] === '.' ? number(20, 29) : 0,
  }
}

export function formatDate({ year, month, day, hour, minute, second }: DateTime): string {
  const text = `${year < 0 ? '-' : ''}${pad(Math.abs(year), 4)}-${pad(month, 2)}-${pad(day, 2)}`
  return `${text}T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}`
}

export const formatTimestamp = (moment: DateTime): string =>
  `${formatDate(moment)}.${pad(moment.nanoseconds, 9)}`

/** Whole seconds since the start of day number 0; a safe integer over the whole range. */
export function secondsOf(moment: DateTime): number {
  const days = dayNumber(moment.year, moment.month, moment.day)
  return days * SECONDS_PER_DAY + moment.hour * 3600 + moment.minute * 60 + moment.second
}

export function momentOfSeconds(seconds: number, nanoseconds = 0): DateTime {
  const days = Math.floor(seconds / SECONDS_PER_DAY)
  const rest = seconds - days * SECONDS_PER_DAY
  const date = dateOfDay(days)
  if (days < 0 || date.year > 9999) throw oracleError(1841)
  return {
    ...date,
    hour: Math.floor(rest / 3600),
    minute: Math.floor(rest / 60) % 60,
    second: rest % 60,
    nanoseconds,
  }
}

/** Nanoseconds since the start of day number 0. */
export const nanosecondsOf = (moment: DateTime): bigint =>
  BigInt(secondsOf(moment)) * 1_000_000_000n + BigInt(moment.nanoseconds)

export const momentOfNanoseconds = (value: bigint): DateTime => {
  const rest = ((value % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  return momentOfSeconds(Number((value - rest) / 1_000_000_000n), Number(rest))
}

/** ADD_MONTHS keeps the last day of a month the last day. */
export function addMonths(moment: DateTime, months: number, keepsLastDay: boolean): DateTime {
  const astronomical = moment.year < 0 ? moment.year + 1 : moment.year
  const index = astronomical * 12 + moment.month - 1 + months
  const target = Math.floor(index / 12)
  const year = target <= 0 ? target - 1 : target
  const month = index - target * 12 + 1
  if (year > 9999 || year < -4712) throw oracleError(1841)
  const last = daysInMonth(year, month)
  const isLast = moment.day === daysInMonth(moment.year, moment.month)
  if (keepsLastDay) return { ...moment, year, month, day: isLast ? last : Math.min(moment.day, last) }
  if (moment.day > last) throw oracleError(1839)
  return { ...moment, year, month }
}

/** Orders canonical DATE or TIMESTAMP texts of one kind. */
export function compareDateTimes(left: string, right: string): number {
  if (left === right) return 0
  const isLeftBc = left.charCodeAt(0) === 45
  const isRightBc = right.charCodeAt(0) === 45
  if (!isLeftBc && !isRightBc) return left < right ? -1 : 1
  if (isLeftBc !== isRightBc) return isLeftBc ? -1 : 1
  const difference = nanosecondsOf(parseDateTime(left)) - nanosecondsOf(parseDateTime(right))
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

export interface Instant {
  readonly utc: DateTime
  readonly offsetMinutes: number
  /** The name of its zone, where that was not given as an offset. */
  readonly region?: string | undefined
}

export function parseInstant(text: string): Instant {
  const [offset = '', region] = text.slice(text.indexOf('Z') + 1).split('[')
  const utc = parseDateTime(text)
  const offsetMinutes = parseOffset(offset)
  return region === undefined ? { utc, offsetMinutes } : { utc, offsetMinutes, region: region.slice(0, -1) }
}

export const formatInstant = ({ utc, offsetMinutes, region }: Instant): string =>
  `${formatTimestamp(utc)}Z${formatOffset(offsetMinutes)}${region === undefined ? '' : `[${region}]`}`

/** An instant as a zone shows it. */
export function inZone(utc: DateTime, zone: string): Instant {
  const offsetMinutes = offsetAt(zone, utc)
  return isOffset(zone) ? { utc, offsetMinutes } : { utc, offsetMinutes, region: zone.trim() }
}

const isOffset = (zone: string): boolean => /^\s*[+-]?\d/.test(zone)

/** The wall clock of an instant in its own zone. */
export const localOf = ({ utc, offsetMinutes }: Instant): DateTime => shiftSeconds(utc, offsetMinutes * 60)

export const instantOfLocal = (local: DateTime, offsetMinutes: number): Instant => ({
  utc: shiftSeconds(local, -offsetMinutes * 60),
  offsetMinutes,
})

export const shiftSeconds = (moment: DateTime, seconds: number): DateTime =>
  seconds === 0 ? moment : momentOfSeconds(secondsOf(moment) + seconds, moment.nanoseconds)

export const formatOffset = (minutes: number): string =>
  `${minutes < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(minutes) / 60), 2)}:${pad(Math.abs(minutes) % 60, 2)}`

export function parseOffset(text: string): number {
  const match = /^([+-]?)(\d{1,2}):(\d{2})$/.exec(text.trim())
  if (!match) throw oracleError(1882)
  const minutes = Number(match[2]) * 60 + Number(match[3])
  if (minutes > 15 * 60 || Number(match[3]) > 59) throw oracleError(1874)
  return match[1] === '-' ? -minutes : minutes
}

const offsetFormats = new Map<string, Intl.DateTimeFormat>()

/** Kept, because making one takes far longer than using it. */
function offsetFormat(timeZone: string): Intl.DateTimeFormat {
  const known = offsetFormats.get(timeZone)
  if (known !== undefined) return known
  try {
    const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    offsetFormats.set(timeZone, format)
    return format
  } catch {
    throw oracleError(1882)
  }
}

/** The offset that a zone (`+05:30`, `UTC`, `America/Chicago`) has at an instant given in UTC. */
export function offsetAt(zone: string, utc: DateTime): number {
  if (isOffset(zone)) return parseOffset(zone)
  if (/^(utc|gmt|etc\/utc)$/i.test(zone.trim())) return 0
  const epochMilliseconds = Date.UTC(utc.year, utc.month - 1, utc.day, utc.hour, utc.minute, utc.second)
  const parts = offsetFormat(zone.trim()).formatToParts(epochMilliseconds)
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value
  const offset = name?.replace('GMT', '') ?? ''
  if (/:\d\d:/.test(offset)) throw unimplemented(`the offset of ${zone.trim()} while it had seconds`)
  return offset === '' ? 0 : parseOffset(offset)
}

/** The instant that a wall clock in a zone shows; in the doubled hour, the first one. */
export function instantInZone(local: DateTime, zone: string): Instant {
  const first = offsetAt(zone, shiftSeconds(local, -offsetAt(zone, local) * 60))
  const before = offsetAt(zone, shiftSeconds(local, -(first + 60) * 60))
  const offset =
    before === first + 60 &&
    localOf({ utc: shiftSeconds(local, -before * 60), offsetMinutes: before }).hour === local.hour
      ? before
      : first
  return inZone(instantOfLocal(local, offset).utc, zone)
}

/** The clock's time in UTC, with the microseconds that a Date lacks set to 0. */
export function momentOfClock(clock: Date): DateTime {
  const milliseconds = clock.getTime()
  const seconds = Math.floor(milliseconds / 1000)
  return momentOfSeconds(
    dayNumber(1970, 1, 1) * SECONDS_PER_DAY + seconds,
    (milliseconds - seconds * 1000) * 1_000_000,
  )
}
