import { type FieldKind, isCanonical, toCanonicalDecimal, type Value } from '@findata/core'

/** Before a text that cannot be read as its kind, so that it equals no value that can. */
const UNREADABLE = '\0'

/**
 * The one text that two values share exactly when a field of this kind treats them as the same; null for empty ones. Equal means:
 *
 * - text: the same but for white space (runs of it count as one space) and HTML entities; case counts
 * - number and currency: the same amount, `10` and `10.00`, `$1,997.78` and `1997.78`. An empty amount is missing and not zero:
 *   where `0.00` is wanted, one update writes it, and from then on it is read as zero.
 * - date: the same wall clock; a date without a time is midnight
 * - list and connection: the same parts between commas and line feeds, in any order, however often
 * - boolean: what Knack takes for yes and no
 *
 * What cannot be read as its kind compares as text, and never equals what can.
 */
export function toComparable(kind: FieldKind, value: Value): Value {
  if (value === null) return null
  if (kind === 'list' || kind === 'connection') {
    return [...new Set(partsOf(value))].sort().join(',\n') || null
  }
  const text = toPlainText(value)
  if (text === '') return null
  return READERS[kind](text) ?? UNREADABLE + text
}

/** What a value is compared as where it is one of the words for yes and no; undefined for every other. */
export function toYesOrNo(value: Value): boolean | undefined {
  const word = toComparable('boolean', value)
  return word === 'true' ? true : word === 'false' ? false : undefined
}

/** Whether a value can stand in a field of this kind, and is not empty there. */
export function isReadable(kind: FieldKind, value: Value): boolean {
  const comparable = toComparable(kind, value)
  return comparable !== null && !comparable.startsWith(UNREADABLE)
}

/** Why two values are equal although their texts are not, for people; undefined where the texts are the same or the values differ. */
export function equalityReason(kind: FieldKind, a: Value, b: Value): string | undefined {
  if (a === b) return undefined
  const comparable = toComparable(kind, a)
  if (comparable !== toComparable(kind, b)) return undefined
  if (a === null || b === null || comparable === null) return 'empty only'
  if (collapseSpace(a) === collapseSpace(b)) return 'white space only'
  if (toPlainText(a) === toPlainText(b)) return 'entities only'
  return FORM_REASONS[kind](a, b)
}

const READERS: Readonly<
  Record<Exclude<FieldKind, 'list' | 'connection'>, (text: string) => string | undefined>
> = {
  text: (text) => text,
  number: readNumber,
  currency: (text) => readNumber(text.replace(/^\((.*)\)$/, '-$1').replace(/^(-?) ?\p{Sc} ?/u, '$1')),
  date: readDate,
  boolean(text) {
    const word = text.toLowerCase()
    return YES.has(word) ? 'true' : NO.has(word) ? 'false' : undefined
  },
}

const FORM_REASONS: Readonly<Record<FieldKind, (a: string, b: string) => string>> = {
  text: () => 'entities only',
  number: () => '10 = 10.00',
  currency: () => '10 = $10.00',
  date: () => 'form of the date only',
  boolean: () => 'Yes = true',
  list: listReason,
  connection: listReason,
}

const YES = new Set(['true', 'yes', 'on', '1', 't', 'y'])
const NO = new Set(['false', 'no', 'off', '0', 'f', 'n'])

const GROUPED = /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$/

function readNumber(text: string): string | undefined {
  try {
    return toCanonicalDecimal(GROUPED.test(text) ? text.replaceAll(',', '') : text)
  } catch {
    return undefined
  }
}

const ISO_DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?Z?)?$/
const US_DATE = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?: (\d{1,2}):(\d\d)(?::(\d\d))?(?: ?([ap]m))?)?$/i

/** A `Z` is dropped: Knack dresses the app's wall clock as UTC. */
function readDate(text: string): string | undefined {
  const iso = ISO_DATE.exec(text)
  if (iso) {
    const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = ''] = iso
    const digits = fraction.replace(/0+$/, '')
    return ifDate(`${year}-${month}-${day}T${hour}:${minute}:${second}${digits === '' ? '' : `.${digits}`}`)
  }
  const [, month, day, year, hour = '0', minute = '00', second = '00', half] = US_DATE.exec(text) ?? []
  if (!month || !day || !year) return undefined
  const two = (number: number | string) => String(number).padStart(2, '0')
  const isHalf = half !== undefined && Number(hour) >= 1 && Number(hour) <= 12
  if (half !== undefined && !isHalf) return undefined
  const hours = isHalf ? (Number(hour) % 12) + (half.toLowerCase() === 'pm' ? 12 : 0) : hour
  return ifDate(`${year}-${two(month)}-${two(day)}T${two(hours)}:${minute}:${second}`)
}

function ifDate(text: string): string | undefined {
  return isCanonical({ kind: 'timestamp', fractionalDigits: 9 }, text) ? text : undefined
}

function partsOf(value: string): string[] {
  return decodeEntities(value)
    .split(/[,\r\n]/)
    .map(toPlainText)
    .filter((part) => part !== '')
}

function listReason(a: string, b: string): string {
  const left = partsOf(a)
  const right = partsOf(b)
  if (left.length !== right.length) return 'repeated parts only'
  return left.every((part, index) => part === right[index]) ? 'white space only' : 'order only'
}

function toPlainText(value: string): string {
  return collapseSpace(decodeEntities(value))
}

/** A NUL counts as white space, so that `UNREADABLE` is no part of any text. */
const UNUSUAL_SPACE = /[^\S ]|\0| {2}|^ | $/

function collapseSpace(text: string): string {
  return UNUSUAL_SPACE.test(text) ? text.replace(/[\s\0]+/g, ' ').trim() : text
}

const ENTITY = /&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#x[\da-f]{1,6});/gi
const NAMED: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&nbsp;': ' ',
}

/** Until none is left: text that was encoded twice on its way is still the same text. */
function decodeEntities(text: string): string {
  let decoded = text
  for (let before = ''; decoded !== before && decoded.includes('&'); ) {
    before = decoded
    decoded = decoded.replace(ENTITY, (entity) => NAMED[entity.toLowerCase()] ?? decodeNumeric(entity))
  }
  return decoded
}

function decodeNumeric(entity: string): string {
  const digits = entity.slice(2, -1)
  const point = /^x/i.test(digits) ? Number.parseInt(digits.slice(1), 16) : Number(digits)
  const isCharacter = point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff)
  return isCharacter ? String.fromCodePoint(point) : entity
}
