import { isCanonicalDecimal } from './decimal.ts'
import type { ColumnType } from './row-schema.ts'

const HEX = /^(?:[0-9a-f]{2})*$/
const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.(?!\d*0(?:Z|$))\d{1,9})?(Z?)$/

/** Whether a text is the one canonical text of some value of this type (certificate.md 2). */
export function isCanonical(type: ColumnType, text: string): boolean {
  switch (type.kind) {
    case 'number':
      return isCanonicalDecimal(text)
    case 'text':
    case 'clob':
      return text.isWellFormed()
    case 'date':
      return !text.includes('.') && isDateTime(text, '')
    case 'timestamp':
      return isDateTime(text, '')
    case 'timestamp-with-time-zone':
      return isDateTime(text, 'Z')
    case 'raw':
    case 'blob':
      return HEX.test(text)
    case 'binary-double':
      return Number.isFinite(Number(text)) && toCanonicalDouble(Number(text)) === text
    case 'binary-float':
      return (
        Number.isFinite(Math.fround(Number(text))) && toCanonicalFloat(Math.fround(Number(text))) === text
      )
  }
}

/** The shortest text that reads back as the same double. Throws RangeError for NaN and infinity. */
export function toCanonicalDouble(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} has no exact decimal text`)
  return String(value)
}

/** Of the decimals nearest to it, the shortest that reads back as the same 32-bit float. Throws RangeError for NaN, infinity and what is no such float. */
export function toCanonicalFloat(value: number): string {
  if (!Number.isFinite(value) || Math.fround(value) !== value) {
    throw new RangeError(`${value} is not a finite 32-bit float`)
  }
  for (let precision = 1; precision < 9; precision++) {
    const shorter = Number(value.toPrecision(precision))
    if (Math.fround(shorter) === value) return String(shorter)
  }
  return String(Number(value.toPrecision(9)))
}

/** Drops the trailing zeros of a fraction of a second: `…05.120000` becomes `…05.12`, `…05.000Z` becomes `…05Z`. */
export function toCanonicalTimestamp(text: string): string {
  return text.includes('.') ? text.replace(/\.?0*(Z?)$/, '$1') : text
}

function isDateTime(text: string, zone: string): boolean {
  const [, year, month, day, , zoneFound] = DATE_TIME.exec(text) ?? []
  return (
    year !== undefined &&
    zoneFound === zone &&
    Number(day) >= 1 &&
    Number(day) <= daysIn(+year, Number(month))
  )
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month < 1 || month > 12 ? 0 : [4, 6, 9, 11].includes(month) ? 30 : 31
}
