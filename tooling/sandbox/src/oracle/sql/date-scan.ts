import { type DateTime, dateOfDay, dayNumber, daysInMonth } from './calendar.ts'
import { DAYS, MONTHS, type Part } from './date-model.ts'
import { oracleError } from './errors.ts'

/** What TO_DATE and TO_TIMESTAMP found in a text. */
export interface ScannedMoment extends DateTime {
  readonly offsetMinutes: number | undefined
  /** The name of the zone, where the text has one. */
  readonly region: string | undefined
}

const ONLY_OUTPUT = new Set(['Q', 'WW', 'IW', 'W', 'D'])
/** May be missing at the end of a text: midnight is meant. */
const TIME_OF_DAY = new Set(['HH24', 'HH12', 'HH', 'MI', 'SS', 'SSSSS', 'FF', 'X', 'AM', 'A.M.'])

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
  region?: string
}

/** Reads a text by a format model, with the leniency that TO_DATE has. */
export function scanMoment(parts: readonly Part[], text: string, today: DateTime): ScannedMoment {
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
      if (!found) {
        const region = /^[A-Za-z][\w/+-]*/.exec(text.slice(offset))?.[0]
        if (region === undefined) throw oracleError(1882)
        fields.region = region
        offset += region.length
        break
      }
      fields.isZoneNegative = found[1] === '-'
      fields.zoneHour = between(Number(found[2]), 0, 15, 1874)
      fields.zoneMinute = Number(found[3])
      offset += found[0].length
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
    region: fields.region,
  }
}
