import { type DateTime, dateOfDay, dayNumber, daysInMonth } from './calendar.ts'
import { oracleError, unimplemented } from './errors.ts'

/** A moment with what TO_CHAR may want to know of its zone. */
export interface FormattedMoment extends DateTime {
  readonly offsetMinutes: number
}

/** What TO_DATE and TO_TIMESTAMP found in a text. */
export interface ScannedMoment extends DateTime {
  readonly offsetMinutes: number | undefined
}

export interface DateFormat {
  format(moment: FormattedMoment): string
  /** `today` supplies the year and month that the text leaves out. */
  scan(text: string, today: DateTime): ScannedMoment
  /** The most characters that `format` makes. */
  readonly maxLength: number
}

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
)
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

const ELEMENT =
  /^(SYYYY|YYYY|YYY|YY|Y,YYY|Y|RRRR|RR|IYYY|IYY|IY|I|SYEAR|YEAR|BC|AD|B\.C\.|A\.D\.|MONTH|MON|MM|DDD|DD|DAY|DY|D|HH24|HH12|HH|MI|SSSSS|SS|FF[1-9]?|AM|PM|A\.M\.|P\.M\.|TZH|TZM|TZR|TZD|WW|IW|W|Q|RM|SCC|CC|J|EE|E|DL|DS|TS|X)/i
const REFUSED = new Set([
  'Y,YYY',
  'IYYY',
  'IYY',
  'IY',
  'I',
  'SYEAR',
  'YEAR',
  'TZD',
  'RM',
  'SCC',
  'CC',
  'EE',
  'E',
  'DL',
  'DS',
  'TS',
])
const ONLY_OUTPUT = new Set(['Q', 'WW', 'IW', 'W', 'D'])
/** May be missing at the end of a text: midnight is meant. */
const TIME_OF_DAY = new Set(['HH24', 'HH12', 'HH', 'MI', 'SS', 'SSSSS', 'FF', 'X', 'AM'])

type Part =
  | { readonly literal: string; readonly isQuoted: boolean }
  | {
      readonly element: string
      readonly written: string
      readonly isFilled: boolean
      readonly isExact: boolean
    }

/** Compiles a format model of dates and timestamps; `fractionalDigits` is what a bare FF stands for. */
export function compileDateFormat(model: string, fractionalDigits = 6): DateFormat {
  const parts = split(model)
  checkDuplicates(parts)
  const writers = parts.map((part) =>
    'literal' in part ? () => part.literal : writer(part, fractionalDigits),
  )
  return {
    format: (moment) => {
      let text = ''
      for (const write of writers) text += write(moment)
      return text
    },
    scan: (text, today) => scan(parts, text, today),
    maxLength: parts.reduce((length, part) => length + maxLength(part, fractionalDigits), 0),
  }
}

function split(model: string): Part[] {
  const parts: Part[] = []
  let isFilled = true
  let isExact = false
  for (let rest = model; rest !== ''; ) {
    if (/^FM/i.test(rest)) {
      isFilled = !isFilled
      rest = rest.slice(2)
    } else if (/^FX/i.test(rest)) {
      isExact = !isExact
      rest = rest.slice(2)
    } else if (rest.startsWith('"')) {
      const end = rest.indexOf('"', 1)
      if (end < 0) throw oracleError(1821)
      parts.push({ literal: rest.slice(1, end), isQuoted: true })
      rest = rest.slice(end + 1)
    } else {
      const written = ELEMENT.exec(rest)?.[0]
      if (written === undefined) {
        const literal = rest[0] ?? ''
        if (!/[-/,.;: ]/.test(literal)) throw oracleError(1821)
        parts.push({ literal, isQuoted: false })
        rest = rest.slice(1)
        continue
      }
      const element = canonicalElement(written.toUpperCase())
      if (REFUSED.has(element)) throw unimplemented(`date format element ${element}`)
      rest = rest.slice(written.length)
      if (/^(TH|SP)/i.test(rest)) throw unimplemented(`date format suffix ${rest.slice(0, 2).toUpperCase()}`)
      parts.push({ element, written, isFilled, isExact })
    }
  }
  return parts
}

function canonicalElement(element: string): string {
  if (/^[AP]\.?M/.test(element)) return element.includes('.') ? 'A.M.' : 'AM'
  if (/^(B\.?C|A\.?D)/.test(element)) return element.includes('.') ? 'B.C.' : 'BC'
  return element === 'HH' ? 'HH12' : element
}

function checkDuplicates(parts: readonly Part[]): void {
  const seen = new Set<string>()
  for (const part of parts) {
    if ('literal' in part) continue
    if (seen.has(part.element)) throw oracleError(1810)
    seen.add(part.element)
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
      return ({ offsetMinutes }) =>
        `${offsetMinutes < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(offsetMinutes) / 60), 2)}:${pad(Math.abs(offsetMinutes) % 60, 2)}`
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
    TZR: 6,
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

interface Fields {
  year?: number
  month?: number
  day?: number
  dayOfYear?: number
  julianDay?: number
  hour?: number
  hour12?: number
  isPm?: boolean
  isBc?: boolean
  minute?: number
  second?: number
  secondOfDay?: number
  nanoseconds?: number
  zoneHour?: number
  zoneMinute?: number
  isZoneNegative?: boolean
}

function scan(parts: readonly Part[], text: string, today: DateTime): ScannedMoment {
  const fields: Fields = {}
  let offset = 0
  const skipSpaces = () => {
    while (text[offset] === ' ') offset++
  }
  skipSpaces()
  for (const [index, part] of parts.entries()) {
    if (offset >= text.length) {
      const isRestOptional = parts
        .slice(index)
        .every((rest) => 'literal' in rest || TIME_OF_DAY.has(rest.element) || rest.element.startsWith('FF'))
      if (isRestOptional) break
      throw oracleError(1840)
    }
    if ('literal' in part) {
      offset = scanLiteral(part, text, offset)
      continue
    }
    if (!part.isExact) skipSpaces()
    offset = scanElement(part, text, offset, fields, today, isFollowedByDigits(parts[index + 1]))
  }
  while (offset < text.length && text[offset] === ' ') offset++
  if (offset < text.length) throw oracleError(1830)
  return assemble(fields, today)
}

const isFollowedByDigits = (next: Part | undefined) => next !== undefined && !('literal' in next)

function scanLiteral(part: Extract<Part, { literal: string }>, text: string, offset: number): number {
  if (part.isQuoted) {
    if (!text.startsWith(part.literal, offset)) throw oracleError(1861)
    return offset + part.literal.length
  }
  // Any punctuation matches any other, and may be missing altogether.
  const character = text[offset] ?? ''
  if (part.literal === ' ') {
    let end = offset
    while (text[end] === ' ') end++
    return end > offset ? end : /[-/,.;:]/.test(character) ? offset + 1 : offset
  }
  if (/[\p{L}\p{N}]/u.test(character)) {
    if (/\p{L}/u.test(character)) throw oracleError(1861)
    return offset
  }
  return offset + 1
}

function scanElement(
  part: Extract<Part, { element: string }>,
  text: string,
  offset: number,
  fields: Fields,
  today: DateTime,
  isFixed: boolean,
): number {
  const { element } = part
  if (ONLY_OUTPUT.has(element)) throw oracleError(1820, 0, 'format code cannot appear in date input format')
  const digits = (most: number, least = 1): number => {
    const found = /^\d+/.exec(text.slice(offset, offset + most))?.[0] ?? ''
    if (found.length < (isFixed || part.isExact ? least : 1)) throw oracleError(found === '' ? 1858 : 1862)
    offset += found.length
    return Number(found)
  }
  const between = (value: number, low: number, high: number, code: number): number => {
    if (value < low || value > high) throw oracleError(code)
    return value
  }
  const word = (names: readonly string[], isShort: boolean, code: number): number => {
    const rest = text.slice(offset).toUpperCase()
    const index = names.findIndex((name) => rest.startsWith(name.toUpperCase()))
    if (index >= 0) {
      offset += names[index]?.length ?? 0
      return index
    }
    const short = names.findIndex((name) => rest.startsWith(name.slice(0, 3).toUpperCase()))
    if (short < 0 || (!isShort && part.isExact)) throw oracleError(code)
    offset += 3
    return short
  }
  switch (element) {
    case 'SYYYY': {
      const sign = /^[+-]/.exec(text.slice(offset))?.[0]
      if (sign !== undefined) offset++
      const year = digits(4)
      fields.year = sign === '-' ? -year : year
      break
    }
    case 'YYYY':
      fields.year = digits(4, 4)
      break
    case 'RRRR': {
      const start = offset
      const year = digits(4, 4)
      fields.year = offset - start <= 2 ? nearYear(year, today.year) : year
      break
    }
    case 'RR': {
      // Where the text has four digits, they are the year.
      const isWhole = !isFixed && /^\d{4}/.test(text.slice(offset))
      const year = digits(isWhole ? 4 : 2)
      fields.year = isWhole ? year : nearYear(year, today.year)
      break
    }
    case 'YYY':
      fields.year = today.year - (today.year % 1000) + digits(3)
      break
    case 'YY': {
      const isWhole = !isFixed && /^\d{4}/.test(text.slice(offset))
      const year = digits(isWhole ? 4 : 2)
      fields.year = isWhole ? year : today.year - (today.year % 100) + year
      break
    }
    case 'Y':
      fields.year = today.year - (today.year % 10) + digits(1)
      break
    case 'MM':
      if (/^\p{L}/u.test(text.slice(offset)) && !part.isExact) fields.month = word(MONTHS, true, 1843) + 1
      else fields.month = between(digits(2, 2), 1, 12, 1843)
      break
    case 'MON':
      fields.month = /^\d/.test(text.slice(offset)) ? failMonth() : word(MONTHS, true, 1843) + 1
      break
    case 'MONTH': {
      fields.month = word(MONTHS, false, 1843) + 1
      while (text[offset] === ' ' && text[offset + 1] === ' ') offset++
      break
    }
    case 'DD':
      fields.day = between(digits(2, 2), 1, 31, 1847)
      break
    case 'DDD':
      fields.dayOfYear = between(digits(3, 3), 1, 366, 1848)
      break
    case 'J':
      fields.julianDay = between(digits(7), 1, 5_373_484, 1854)
      break
    case 'DY':
    case 'DAY':
      word(DAYS, element === 'DY', 1846)
      break
    case 'HH24':
      fields.hour = between(digits(2, 2), 0, 23, 1850)
      break
    case 'HH12':
      fields.hour12 = between(digits(2, 2), 1, 12, 1849)
      break
    case 'MI':
      fields.minute = between(digits(2, 2), 0, 59, 1851)
      break
    case 'SS':
      fields.second = between(digits(2, 2), 0, 59, 1852)
      break
    case 'SSSSS':
      fields.secondOfDay = between(digits(5), 0, 86_399, 1853)
      break
    case 'AM':
    case 'A.M.': {
      const found = /^(a\.?m\.?|p\.?m\.?)/i.exec(text.slice(offset))?.[0]
      if (found === undefined) throw oracleError(1855)
      fields.isPm = /^p/i.test(found)
      offset += found.length
      break
    }
    case 'BC':
    case 'B.C.': {
      const found = /^(b\.?c\.?|a\.?d\.?)/i.exec(text.slice(offset))?.[0]
      if (found === undefined) throw oracleError(1856, 0, 'BC/B.C. or AD/A.D. required')
      fields.isBc = /^b/i.test(found)
      offset += found.length
      break
    }
    case 'X':
      if (text[offset] !== '.') throw oracleError(1861)
      offset++
      break
    case 'TZH': {
      const sign = /^[+-]/.exec(text.slice(offset))?.[0]
      if (sign !== undefined) offset++
      fields.isZoneNegative = sign === '-'
      fields.zoneHour = between(digits(2), 0, 15, 1874)
      break
    }
    case 'TZM':
      fields.zoneMinute = between(digits(2), 0, 59, 1875)
      break
    case 'TZR': {
      const found = /^([+-]?)(\d{1,2}):(\d{2})/.exec(text.slice(offset))
      const isUtc = /^(utc|gmt)/i.test(text.slice(offset))
      if (!found && !isUtc) throw unimplemented('time zone names in text')
      fields.isZoneNegative = found?.[1] === '-'
      fields.zoneHour = between(Number(found?.[2] ?? 0), 0, 15, 1874)
      fields.zoneMinute = Number(found?.[3] ?? 0)
      offset += found?.[0].length ?? 3
      break
    }
    default: {
      const found = /^\d{1,9}/.exec(text.slice(offset))?.[0]
      if (found === undefined) throw oracleError(1858)
      fields.nanoseconds = Number(found.padEnd(9, '0'))
      offset += found.length
    }
  }
  return offset
}

function failMonth(): never {
  throw oracleError(1843)
}

/** RR: the year within 50 years of now that ends in these two digits. */
function nearYear(twoDigits: number, currentYear: number): number {
  const century = currentYear - (currentYear % 100)
  const isLateHalf = currentYear % 100 >= 50
  if (twoDigits < 50) return century + twoDigits + (isLateHalf ? 100 : 0)
  return century + twoDigits - (isLateHalf ? 0 : 100)
}

function assemble(fields: Fields, today: DateTime): ScannedMoment {
  let year = fields.year ?? today.year
  if (year === 0) throw oracleError(1841)
  if (fields.isBc) year = -year
  let month = fields.month ?? (fields.dayOfYear === undefined ? today.month : 1)
  let day = fields.day ?? 1
  if (fields.julianDay !== undefined) ({ year, month, day } = dateOfDay(fields.julianDay))
  else if (fields.dayOfYear !== undefined)
    ({ year, month, day } = dateOfDay(dayNumber(year, 1, 1) + fields.dayOfYear - 1))
  if (day > daysInMonth(year, month)) throw oracleError(1839)
  const { secondOfDay } = fields
  const hour12 = fields.hour12 === undefined ? undefined : (fields.hour12 % 12) + (fields.isPm ? 12 : 0)
  const offset = fields.zoneHour === undefined ? undefined : fields.zoneHour * 60 + (fields.zoneMinute ?? 0)
  return {
    year,
    month,
    day,
    hour: fields.hour ?? hour12 ?? (secondOfDay === undefined ? 0 : Math.floor(secondOfDay / 3600)),
    minute: fields.minute ?? (secondOfDay === undefined ? 0 : Math.floor(secondOfDay / 60) % 60),
    second: fields.second ?? (secondOfDay === undefined ? 0 : secondOfDay % 60),
    nanoseconds: fields.nanoseconds ?? 0,
    offsetMinutes: offset === undefined ? undefined : fields.isZoneNegative ? -offset : offset,
  }
}
