import fc from 'fast-check'
import type { ColumnRange, Meant } from './column-range.ts'

/** A time on the wall; no year is 0, and a year before Christ is negative. */
interface LocalTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly secondOfDay: number
  readonly nanoseconds: number
}

const SECONDS_PER_DAY = 86_400
const CALENDAR = `'NLS_CALENDAR=GREGORIAN'`
/** Hours that a clock in Chicago or Bangkok does not show, or shows twice, and the ends of calendars. */
const NOTEWORTHY = [
  '2026-03-08 02:00:00',
  '2026-03-08 02:30:00',
  '2026-03-08 02:59:59',
  '2026-11-01 01:30:00',
  '1883-11-18 12:05:00',
  '1920-04-01 00:00:10',
  '1969-12-31 23:59:59',
  '1970-01-01 00:00:00',
  '1582-10-04 23:59:59',
  '1582-10-15 00:00:00',
  '1500-02-29 12:00:00',
  '2000-02-29 00:00:00',
  '0001-01-01 00:00:00',
  '-0001-12-31 23:59:59',
  '-4712-01-01 00:00:00',
  '9999-12-31 23:59:59',
].map(parseLocalTime)
const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
/** `-12:00` to `+14:00`, quarters of an hour included. */
const OFFSETS = [0, 420, -300, -360, 345, 525, -570, 765, 840, -720, 1]
const REGIONS = ['America/Chicago', 'Asia/Bangkok', 'Europe/London', 'Asia/Kathmandu', 'Australia/Lord_Howe']

/** DATE and all timestamps with every number of fractional digits. */
export const MOMENT_RANGES: readonly ColumnRange[] = [
  {
    sqlType: 'DATE',
    type: { kind: 'date' },
    from: `TO_DATE(?, 'SYYYY-MM-DD HH24:MI:SS', ${CALENDAR})`,
    values: localTimes(0).map((time) => ({ given: formatTime(time, 0), text: canonicalTime(time) })),
  },
  ...DIGITS.map(timestampColumn),
  ...DIGITS.map((digits) => instantColumn(`TIMESTAMP(${digits}) WITH TIME ZONE`, digits)),
  ...DIGITS.map((digits) => instantColumn(`TIMESTAMP(${digits}) WITH LOCAL TIME ZONE`, digits)),
  {
    sqlType: 'TIMESTAMP(9) WITH TIME ZONE',
    type: { kind: 'timestamp-with-time-zone', fractionalDigits: 9 },
    from: `TO_TIMESTAMP_TZ(?, 'SYYYY-MM-DD HH24:MI:SS.FF9 TZR', ${CALENDAR})`,
    values: instantsOfRegions(),
  },
]

function timestampColumn(fractionalDigits: number): ColumnRange {
  return {
    sqlType: `TIMESTAMP(${fractionalDigits})`,
    type: { kind: 'timestamp', fractionalDigits },
    from: `TO_TIMESTAMP(?, '${modelOf(fractionalDigits)}', ${CALENDAR})`,
    values: localTimes(fractionalDigits).map((time) => ({
      given: formatTime(time, fractionalDigits),
      text: canonicalTime(time),
    })),
  }
}

function instantColumn(sqlType: string, fractionalDigits: number): ColumnRange {
  const anyOffset = fc.oneof(fc.integer({ min: -720, max: -60 }), fc.integer({ min: 0, max: 840 }))
  const offsets = fc.oneof(fc.constantFrom(...OFFSETS), anyOffset)
  return {
    sqlType,
    type: { kind: 'timestamp-with-time-zone', fractionalDigits },
    from: `TO_TIMESTAMP_TZ(?, '${modelOf(fractionalDigits)} TZH:TZM', ${CALENDAR})`,
    values: fc.tuple(localTimes(fractionalDigits).map(awayFromTheEnds), offsets).map(([time, minutes]) => ({
      given: `${formatTime(time, fractionalDigits)} ${formatOffset(minutes)}`,
      text: `${canonicalTime(shift(time, -minutes))}Z`,
    })),
  }
}

/** Of times that a clock in the region shows once. */
function instantsOfRegions(): fc.Arbitrary<Meant> {
  const seconds = fc.integer({ min: Date.UTC(1990, 0) / 1_000, max: Date.UTC(2036, 0) / 1_000 })
  return fc
    .tuple(fc.constantFrom(...REGIONS), seconds, fractions(9))
    .filter(([region, second]) =>
      [-3_600, -1_800, 1_800, 3_600].every(
        (away) => clockIn(region, second) !== clockIn(region, second + away),
      ),
    )
    .map(([region, second, nanoseconds]) => {
      const utc = { ...parseLocalTime(new Date(second * 1_000).toISOString().slice(0, 19)), nanoseconds }
      const local = { ...parseLocalTime(clockIn(region, second)), nanoseconds }
      return { given: `${formatTime(local, 9)} ${region}`, text: `${canonicalTime(utc)}Z` }
    })
}

const clocks = new Map(
  REGIONS.map((timeZone) => [
    timeZone,
    // Sweden writes 2026-03-08 02:30:00.
    new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }),
  ]),
)

function clockIn(region: string, second: number): string {
  return clocks.get(region)?.format(second * 1_000) ?? ''
}

function localTimes(fractionalDigits: number): fc.Arbitrary<LocalTime> {
  const anywhere = fc
    .record({
      year: fc.oneof(
        fc.integer({ min: -4712, max: -1 }),
        fc.integer({ min: 1, max: 9999 }),
        fc.integer({ min: 1900, max: 2100 }),
      ),
      month: fc.integer({ min: 1, max: 12 }),
      day: fc.integer({ min: 1, max: 31 }),
      secondOfDay: fc.integer({ min: 0, max: SECONDS_PER_DAY - 1 }),
    })
    .map((time) => ({ ...time, day: Math.min(time.day, daysIn(time.year, time.month)) }))
    .map((time) => (isInGap(time) ? { ...time, day: 15 } : time))
  return fc
    .tuple(
      fc.oneof({ weight: 3, arbitrary: anywhere }, { weight: 1, arbitrary: fc.constantFrom(...NOTEWORTHY) }),
      fractions(fractionalDigits),
    )
    .map(([time, nanoseconds]) => ({ ...time, nanoseconds }))
}

/** In nanoseconds, of which so many digits may not be zero. */
function fractions(digits: number): fc.Arbitrary<number> {
  const unit = 10 ** (9 - digits)
  const most = 10 ** digits - 1
  return fc
    .oneof(
      fc.constantFrom(0, most, Math.min(1, most), Math.floor(most / 2)),
      fc.integer({ min: 0, max: most }),
    )
    .map((units) => units * unit)
}

/** So that a change of zone stays where all agree on the calendar: which years before Christ had a 29th of February is not agreed. */
function awayFromTheEnds(time: LocalTime): LocalTime {
  if (time.year < 0) return { ...time, day: Math.min(Math.max(time.day, 2), 27) }
  return { ...time, year: Math.min(Math.max(time.year, 2), 9998) }
}

/** Ten days that the change to the Gregorian calendar left out. */
function isInGap({ year, month, day }: Pick<LocalTime, 'year' | 'month' | 'day'>): boolean {
  return year === 1582 && month === 10 && day >= 5 && day <= 14
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31
  const isLeap = year > 0 && year % 4 === 0 && (year <= 1582 || year % 100 !== 0 || year % 400 === 0)
  return isLeap ? 29 : 28
}

/** By less than a day. */
function shift(time: LocalTime, minutes: number): LocalTime {
  const second = time.secondOfDay + minutes * 60
  const secondOfDay = (second + SECONDS_PER_DAY) % SECONDS_PER_DAY
  if (second < 0) return { ...dayBefore(time), secondOfDay }
  return second < SECONDS_PER_DAY ? { ...time, secondOfDay } : { ...dayAfter(time), secondOfDay }
}

function dayAfter(time: LocalTime): LocalTime {
  const { year, month, day } = time
  if (day < daysIn(year, month)) {
    const next = { ...time, day: day + 1 }
    return isInGap(next) ? { ...next, day: 15 } : next
  }
  return month < 12 ? { ...time, month: month + 1, day: 1 } : { ...time, year: year + 1, month: 1, day: 1 }
}

function dayBefore(time: LocalTime): LocalTime {
  const { year, month, day } = time
  if (day > 1) {
    const previous = { ...time, day: day - 1 }
    return isInGap(previous) ? { ...previous, day: 4 } : previous
  }
  return month > 1
    ? { ...time, month: month - 1, day: daysIn(year, month - 1) }
    : { ...time, year: year - 1, month: 12, day: 31 }
}

function parseLocalTime(text: string): LocalTime {
  const [, year, month, day, hour, minute, second] = (
    /^(-?\d+)-(\d+)-(\d+)[ T](\d+):(\d+):(\d+)$/.exec(text) ?? []
  ).map(Number) as [number, number, number, number, number, number, number]
  return { year, month, day, secondOfDay: hour * 3_600 + minute * 60 + second, nanoseconds: 0 }
}

function modelOf(fractionalDigits: number): string {
  return `SYYYY-MM-DD HH24:MI:SS${fractionalDigits > 0 ? `.FF${fractionalDigits}` : ''}`
}

function formatTime(time: LocalTime, fractionalDigits: number, separator = ' '): string {
  const { year, month, day, secondOfDay, nanoseconds } = time
  const date = `${year < 0 ? '-' : ''}${padded(Math.abs(year), 4)}-${padded(month)}-${padded(day)}`
  const clock = [secondOfDay / 3_600, (secondOfDay / 60) % 60, secondOfDay % 60]
    .map((part) => padded(Math.floor(part)))
    .join(':')
  const fraction = fractionalDigits > 0 ? `.${padded(nanoseconds, 9).slice(0, fractionalDigits)}` : ''
  return `${date}${separator}${clock}${fraction}`
}

function canonicalTime(time: LocalTime): string {
  const isWhole = time.nanoseconds === 0
  return isWhole ? formatTime(time, 0, 'T') : formatTime(time, 9, 'T').replace(/0+$/, '')
}

function formatOffset(minutes: number): string {
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${padded(Math.floor(size / 60))}:${padded(size % 60)}`
}

function padded(number: number, digits = 2): string {
  return String(number).padStart(digits, '0')
}
