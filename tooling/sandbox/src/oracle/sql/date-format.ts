import { type DateTime, dateOfDay, dayNumber, formatOffset } from './calendar.ts'
import { DAYS, MONTHS, type Part, splitModel } from './date-model.ts'
import { type ScannedMoment, scanMoment } from './date-scan.ts'

/** A moment with what TO_CHAR may want to know of its zone. */
export interface FormattedMoment extends DateTime {
  readonly offsetMinutes: number
  readonly region?: string | undefined
}

export interface DateFormat {
  format(moment: FormattedMoment): string
  /** `today` supplies the year and month that the text leaves out. */
  scan(text: string, today: DateTime): ScannedMoment
  /** The most characters that `format` makes. */
  readonly maxLength: number
}

/** Compiles a format model of dates and timestamps; `fractionalDigits` is what a bare FF stands for. */
export function compileDateFormat(model: string, fractionalDigits = 6): DateFormat {
  const parts = splitModel(model)
  const writers = parts.map((part) =>
    'literal' in part ? () => part.literal : writer(part, fractionalDigits),
  )
  return {
    format: (moment) => {
      let text = ''
      for (const write of writers) text += write(moment)
      return text
    },
    scan: (text, today) => scanMoment(parts, text, today),
    maxLength: parts.reduce((length, part) => length + maxLength(part, fractionalDigits), 0),
  }
}

const pad = (value: number, length: number) => String(value).padStart(length, '0')

function writer(
  part: Extract<Part, { element: string }>,
  fractionalDigits: number,
): (moment: FormattedMoment) => string {
  const { element, written, isFilled } = part
  const number = (of: (moment: FormattedMoment) => number, width: number) =>
    isFilled
      ? (moment: FormattedMoment) => pad(of(moment), width)
      : (moment: FormattedMoment) => String(of(moment))
  switch (element) {
    case 'SYYYY':
      return ({ year }) => (year < 0 ? '-' : isFilled ? ' ' : '') + pad(Math.abs(year), isFilled ? 4 : 1)
    case 'YYYY':
    case 'RRRR':
      return number(({ year }) => Math.abs(year), 4)
    case 'YYY':
      return number(({ year }) => Math.abs(year) % 1000, 3)
    case 'YY':
    case 'RR':
      return number(({ year }) => Math.abs(year) % 100, 2)
    case 'Y':
      return number(({ year }) => Math.abs(year) % 10, 1)
    case 'BC':
    case 'B.C.':
      return ({ year }) =>
        sameCase(written, element === 'BC' ? (year < 0 ? 'BC' : 'AD') : year < 0 ? 'B.C.' : 'A.D.')
    case 'MM':
      return number(({ month }) => month, 2)
    case 'MON':
      return ({ month }) => sameCase(written, (MONTHS[month - 1] ?? '').slice(0, 3))
    case 'MONTH':
      return ({ month }) => sameCase(written, MONTHS[month - 1] ?? '').padEnd(isFilled ? 9 : 0)
    case 'DD':
      return number(({ day }) => day, 2)
    case 'DDD':
      return number((moment) => dayOfYear(moment), 3)
    case 'J':
      return number(({ year, month, day }) => dayNumber(year, month, day), 7)
    case 'DY':
      return (moment) => sameCase(written, (DAYS[dayOfWeek(moment)] ?? '').slice(0, 3))
    case 'DAY':
      return (moment) => sameCase(written, DAYS[dayOfWeek(moment)] ?? '').padEnd(isFilled ? 9 : 0)
    case 'D':
      return (moment) => String(dayOfWeek(moment) + 1)
    case 'HH24':
      return number(({ hour }) => hour, 2)
    case 'HH12':
      return number(({ hour }) => hour % 12 || 12, 2)
    case 'MI':
      return number(({ minute }) => minute, 2)
    case 'SS':
      return number(({ second }) => second, 2)
    case 'SSSSS':
      return number(({ hour, minute, second }) => hour * 3600 + minute * 60 + second, 5)
    case 'AM':
    case 'A.M.':
      return ({ hour }) =>
        sameCase(written, element === 'AM' ? (hour < 12 ? 'AM' : 'PM') : hour < 12 ? 'A.M.' : 'P.M.')
    case 'X':
      return () => '.'
    case 'Q':
      return ({ month }) => String(Math.ceil(month / 3))
    case 'W':
      return ({ day }) => String(Math.ceil(day / 7))
    case 'WW':
      return number((moment) => Math.ceil(dayOfYear(moment) / 7), 2)
    case 'IW':
      return number(isoWeek, 2)
    case 'TZH':
      return ({ offsetMinutes }) =>
        (offsetMinutes < 0 ? '-' : '+') + pad(Math.floor(Math.abs(offsetMinutes) / 60), 2)
    case 'TZM':
      return ({ offsetMinutes }) => pad(Math.abs(offsetMinutes) % 60, 2)
    case 'TZR':
      return ({ offsetMinutes, region }) =>
        region === undefined ? formatOffset(offsetMinutes) : region.toUpperCase()
    default: {
      const digits = element === 'FF' ? fractionalDigits : Number(element.slice(2))
      return ({ nanoseconds }) => pad(nanoseconds, 9).slice(0, digits)
    }
  }
}

function maxLength(part: Part, fractionalDigits: number): number {
  if ('literal' in part) return Buffer.byteLength(part.literal)
  const lengths: Readonly<Record<string, number>> = {
    SYYYY: 5,
    RRRR: 4,
    RR: 2,
    MON: 3,
    MONTH: 9,
    DAY: 9,
    DY: 3,
    HH24: 2,
    HH12: 2,
    J: 7,
    TZH: 3,
    TZM: 2,
    TZR: 64,
    FF: fractionalDigits,
  }
  return (
    lengths[part.element] ??
    (part.element.startsWith('FF') ? Number(part.element.slice(2)) : part.element.length)
  )
}

/** `MON` is upper, `Mon` capitalised, `mon` lower: the first two letters of the model decide. */
function sameCase(written: string, text: string): string {
  if (written[0] === written[0]?.toLowerCase()) return text.toLowerCase()
  return written[1] === written[1]?.toLowerCase() && /[a-z]/i.test(written[1] ?? '')
    ? text
    : text.toUpperCase()
}

const dayOfWeek = ({ year, month, day }: DateTime) => (dayNumber(year, month, day) + 1) % 7
const dayOfYear = ({ year, month, day }: DateTime) => dayNumber(year, month, day) - dayNumber(year, 1, 1) + 1

function isoWeek({ year, month, day }: DateTime): number {
  const today = dayNumber(year, month, day)
  const thursday = today - (today % 7) + 3
  return Math.floor((thursday - dayNumber(dateOfDay(thursday).year, 1, 1)) / 7) + 1
}
