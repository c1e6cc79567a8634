import {
  type DateTime,
  daysInMonth,
  formatDate,
  formatInstant,
  formatTimestamp,
  instantInZone,
} from './calendar.ts'
import { oracleError, unimplemented } from './errors.ts'
import { canonicalNumber, multiplyNumbers, truncateNumber } from './number-arithmetic.ts'

const NANOSECONDS_PER_UNIT: Readonly<Record<string, string>> = {
  DAY: '86400000000000',
  HOUR: '3600000000000',
  MINUTE: '60000000000',
  SECOND: '1000000000',
}

/** `DATE '2026-01-31'`: the format of this literal is fixed. */
export function dateLiteral(text: string, position: number): string {
  const match = /^\s*([+-]?\d{1,4})-(\d{1,2})-(\d{1,2})\s*$/.exec(text)
  if (!match) throw oracleError(1861, position)
  return formatDate(checked(match.slice(1).map(Number), position))
}

/** `TIMESTAMP '2026-01-31 10:20:30.5 +02:00'`, with as many fractional digits as are written. */
export function timestampLiteral(
  text: string,
  position: number,
): { canonical: string; digits: number; hasZone: boolean } {
  const match =
    /^\s*([+-]?\d{1,4})-(\d{1,2})-(\d{1,2})[ T]+(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?\s*(\S.*?)?\s*$/.exec(
      text,
    )
  if (!match) throw oracleError(1861, position)
  const fraction = match[7] ?? ''
  const moment = {
    ...checked(match.slice(1, 7).map(Number), position),
    nanoseconds: Number(fraction.padEnd(9, '0')),
  }
  const zone = match[8]
  if (zone === undefined)
    return { canonical: formatTimestamp(moment), digits: fraction.length, hasZone: false }
  return { canonical: formatInstant(instantInZone(moment, zone)), digits: fraction.length, hasZone: true }
}

function checked(fields: readonly number[], position: number): DateTime {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields
  if (year === 0 || year < -4712) throw oracleError(1841, position)
  if (month < 1 || month > 12) throw oracleError(1843, position)
  if (day < 1 || day > 31) throw oracleError(1847, position)
  if (day > daysInMonth(year, month)) throw oracleError(1839, position)
  if (hour > 23) throw oracleError(1850, position)
  if (minute > 59) throw oracleError(1851, position)
  if (second > 59) throw oracleError(1852, position)
  return { year, month, day, hour, minute, second, nanoseconds: 0 }
}

/** Nanoseconds, or months for YEAR and MONTH, as integer text. */
export function intervalLiteral(
  text: string,
  unit: string,
  position: number,
): { value: string; isMonths: boolean } {
  const count = canonicalNumber(text)
  const nanoseconds = NANOSECONDS_PER_UNIT[unit]
  if (nanoseconds !== undefined)
    return { value: truncateNumber(multiplyNumbers(count, nanoseconds), 0), isMonths: false }
  if (unit === 'MONTH') return { value: count, isMonths: true }
  if (unit === 'YEAR') return { value: multiplyNumbers(count, '12'), isMonths: true }
  throw unimplemented(`INTERVAL in ${unit}`, position)
}
