import type { OracleValue } from '../values.ts'
import { binaryText, compareBinary } from './binary-numbers.ts'
import {
  compareDateTimes,
  type DateTime,
  formatDate,
  formatInstant,
  formatTimestamp,
  type Instant,
  instantInZone,
  instantOfLocal,
  inZone,
  localOf,
  momentOfClock,
  parseDateTime,
  parseInstant,
} from './calendar.ts'
import { type Compiled, constant, rememberLatest, strict } from './compiled.ts'
import { compileDateFormat, type FormattedMoment } from './date-format.ts'
import { inconsistentTypes, oracleError, unimplemented } from './errors.ts'
import { compareNumbers, parseNumber, truncateNumber } from './number-arithmetic.ts'
import { numberToText } from './number-format.ts'
import type { SessionState } from './session-state.ts'
import { compareTexts, orNull, withoutTrailingBlanks } from './text-values.ts'
import {
  CLOB,
  DATE,
  fractionalDigitsOf,
  groupOf,
  isBlankPadded,
  isNational,
  MAX_NVARCHAR2_UNITS,
  MAX_VARCHAR2_BYTES,
  NUMBER,
  nvarchar2,
  type SqlType,
  sameType,
  type TypeGroup,
  textSize,
  timestamp,
  timestampWithTimeZone,
  typeLabel,
  varchar2,
} from './types.ts'

/** What conversions depend on beside the value. */
export interface ConversionContext {
  readonly session: SessionState
  readonly now: Date
}

export const RAW_TYPE: SqlType = { name: 'RAW', size: 2000 }
export const BINARY_DOUBLE: SqlType = { name: 'BINARY_DOUBLE' }
export const BINARY_FLOAT: SqlType = { name: 'BINARY_FLOAT' }

/** The session's wall clock: what TO_DATE takes missing years and months from. */
export const today = ({ session, now }: ConversionContext): DateTime =>
  localOf(instantAt(now, session.timeZone))

/** The clock's time as an instant of a zone. */
export const instantAt = (now: Date, zone: string): Instant => inZone(momentOfClock(now), zone)

/** An instant without a zone of its own: TIMESTAMP WITH LOCAL TIME ZONE. */
export const formatLocalInstant = ({ utc }: Instant): string => `${formatTimestamp(utc)}Z`

/** TO_NUMBER of text without a model; ORA-01722 for anything that is no number. */
export function textToNumber(text: string, { decimalMark }: Pick<SessionState, 'decimalMark'>): string {
  const number = parseNumber(withDecimalMark(text, { decimalMark }))
  if (number === undefined) throw oracleError(1722)
  return number
}

/** From the point to the mark of the session, and back. */
export function withDecimalMark(text: string, { decimalMark }: Pick<SessionState, 'decimalMark'>): string {
  return decimalMark === '.' ? text : text.replace(/[.,]/g, (mark) => (mark === ',' ? '.' : ','))
}

function binaryToNumber(text: string): string {
  const number = parseNumber(text)
  if (number === undefined) throw oracleError(1426)
  return number
}

/** What the calendar of the Buddhist era is ahead of the Gregorian one. */
const BUDDHIST_YEARS = 543

/** The fields that TO_CHAR shows of a DATE, a TIMESTAMP or an instant: in its own zone, without one in the session's. */
export function momentToFormat(
  group: TypeGroup,
  { timeZone }: SessionState,
  calendar: SessionState['calendar'],
): (value: string) => FormattedMoment {
  return (value) => {
    const moment = groupMoment(value)
    return calendar === 'GREGORIAN' ? moment : { ...moment, year: moment.year + BUDDHIST_YEARS }
  }

  function groupMoment(value: string): FormattedMoment {
    if (group !== 'instant' && group !== 'localInstant') return { ...parseDateTime(value), offsetMinutes: 0 }
    const instant = group === 'instant' ? parseInstant(value) : inZone(parseDateTime(value), timeZone)
    const { offsetMinutes, region } = instant
    return { ...localOf(instant), offsetMinutes, region }
  }
}

/** The session's format for a type. */
export function defaultFormat(group: TypeGroup, session: SessionState): string {
  if (group === 'date') return session.dateFormat
  return group === 'instant' ? session.timestampTzFormat : session.timestampFormat
}

/** Text without a calendar of its own would be counted in the session's. */
export function refuseOtherCalendar({ calendar }: SessionState): void {
  if (calendar !== 'GREGORIAN') throw unimplemented(`dates made of text in the calendar ${calendar}`)
}

/** Reads text as a DATE, a TIMESTAMP or an instant. */
export function scanMoment(
  text: string,
  format: string,
  group: TypeGroup,
  context: ConversionContext,
): string {
  const scanned = compileDateFormat(format, 9).scan(text, today(context))
  if (group === 'date') return formatDate(scanned)
  if (group === 'timestamp') return formatTimestamp(scanned)
  const instant =
    scanned.offsetMinutes === undefined
      ? instantInZone(scanned, scanned.region ?? context.session.timeZone)
      : instantOfLocal(scanned, scanned.offsetMinutes)
  return group === 'instant' ? formatInstant(instant) : formatLocalInstant(instant)
}

/** Converts as Oracle does without being asked; ORA-00932 where it does not. */
export function convert(from: Compiled, to: SqlType, context: ConversionContext, position = 0): Compiled {
  const source = groupOf(from.type)
  const target = groupOf(to)
  if (source === 'null') return constant(to, null)
  if (source === target && !(source === 'binary' && to.name !== from.type.name)) return from
  const apply = (compute: (value: string) => OracleValue, type: SqlType = to) => strict([from], type, compute)
  if (target === 'text') return toText(from, context, position)
  if (target === 'clob') return strict([toText(from, context, position)], to, (value) => value)
  if (target === 'rowid' && source === 'text') return apply(checkedRowId)
  if (target === 'number') {
    if (source === 'text') return apply((value) => textToNumber(value, context.session), NUMBER)
    if (source === 'binary') return apply(binaryToNumber, NUMBER)
  }
  if (target === 'binary') {
    const isFloat = to.name === 'BINARY_FLOAT'
    if (source === 'number') return apply((value) => binaryText(Number(value), isFloat))
    if (source === 'binary') return apply((value) => binaryText(Math.fround(Number(value)), isFloat))
    if (source === 'text')
      return apply((value) => binaryText(Number(textToNumber(value, context.session)), isFloat))
  }
  if (isMoment(target)) {
    const converted = momentConversion(source, target, context)
    if (converted) return apply(converted)
  }
  if (target === 'raw' && source === 'text') return apply(textToHex)
  if (target === 'blob' && (source === 'raw' || source === 'text'))
    return apply(source === 'raw' ? (value) => value : textToHex)
  if (target === 'raw' && source === 'blob') return apply((value) => value)
  throw inconsistentTypes(typeLabel(to), typeLabel(from.type), position)
}

export function textToHex(text: string): string {
  const hex = text.length % 2 === 0 ? text : `0${text}`
  if (!/^[0-9a-f]*$/i.test(hex)) throw oracleError(1465)
  return hex.toLowerCase()
}

type Moment = 'date' | 'timestamp' | 'instant' | 'localInstant'

const ROWID_FORM = /^[A-Za-z0-9+/]{18}$/

function checkedRowId(text: string): string {
  if (!ROWID_FORM.test(text)) throw oracleError(1410, 0, 'invalid ROWID')
  return text
}

function momentConversion(source: TypeGroup, target: Moment, context: ConversionContext) {
  const { session } = context
  if (source === 'text') {
    const format = defaultFormat(target, session)
    return (value: string) => {
      refuseOtherCalendar(context.session)
      return scanMoment(value, format, target, context)
    }
  }
  if (source === 'date' && target === 'timestamp') return (value: string) => `${value}.000000000`
  if (source === 'timestamp' && target === 'date')
    return (value: string) => value.slice(0, value.indexOf('.'))
  if (!isMoment(source)) return undefined
  const write = { date: formatDate, timestamp: formatTimestamp } as const
  const read = (value: string): Instant => {
    if (source === 'instant') return parseInstant(value)
    const moment = parseDateTime(value)
    return source === 'localInstant'
      ? inZone(moment, session.timeZone)
      : instantInZone(moment, session.timeZone)
  }
  if (target === 'instant') return (value: string) => formatInstant(read(value))
  if (target === 'localInstant') return (value: string) => formatLocalInstant(read(value))
  return (value: string) => write[target](localOf(read(value)))
}

function toText(from: Compiled, { session }: ConversionContext, position: number): Compiled {
  const group = groupOf(from.type)
  const type = varchar2(textSize(from.type))
  switch (group) {
    case 'text':
      return from
    case 'rowid':
      return strict([from], type, (value) => value)
    case 'number':
      return strict([from], type, (value) => withDecimalMark(numberToText(value), session))
    case 'binary':
      return strict([from], type, (value) => withDecimalMark(value, session))
    case 'clob':
      return strict(
        [from],
        from.type.name === 'NCLOB' ? nvarchar2(MAX_NVARCHAR2_UNITS) : varchar2(MAX_VARCHAR2_BYTES),
        (value) => {
          if (Buffer.byteLength(value) > MAX_VARCHAR2_BYTES) {
            throw oracleError(22835, 0, 'Buffer too small for CLOB to CHAR or BLOB to RAW conversion')
          }
          return orNull(value)
        },
      )
    case 'raw':
      return strict([from], type, (value) => value.toUpperCase())
    case 'date':
    case 'timestamp':
    case 'instant':
    case 'localInstant': {
      const digits = fractionalDigitsOf(from.type, 6)
      const formatOf = rememberLatest((model) => compileDateFormat(model, digits))
      const moment = momentToFormat(group, session, session.calendar)
      return strict([from], type, (value) => formatOf(defaultFormat(group, session)).format(moment(value)))
    }
    case 'daySecond':
    case 'yearMonth':
      throw unimplemented('the text of an interval', position)
    default:
      throw inconsistentTypes('CHAR', typeLabel(from.type), position)
  }
}

/** How two values of one group compare. */
export function comparatorOf(group: TypeGroup, isPadded: boolean): (left: string, right: string) => number {
  switch (group) {
    case 'number':
      return compareNumbers
    case 'daySecond':
    case 'yearMonth':
      return compareNumbers
    case 'binary':
      return compareBinary
    case 'date':
    case 'timestamp':
    case 'localInstant':
      return compareDateTimes
    case 'rowid':
      return compareRowIds
    case 'instant':
      return (left, right) => compareDateTimes(instantKey(left), instantKey(right))
    case 'text':
      return isPadded
        ? (left, right) => compareTexts(withoutTrailingBlanks(left), withoutTrailingBlanks(right))
        : compareTexts
    default:
      return compareTexts
  }
}

/** By the digits of base 64, whose order is not that of their characters. */
function compareRowIds(left: string, right: string): number {
  for (let index = 0; index < left.length; index++) {
    const order = rowIdDigit(left, index) - rowIdDigit(right, index)
    if (order !== 0) return order
  }
  return 0
}

function rowIdDigit(text: string, index: number): number {
  const code = text.charCodeAt(index)
  if (code >= 97) return code - 71
  if (code >= 65) return code - 65
  if (code >= 48) return code + 4
  return code === 43 ? 62 : 63
}

const instantKey = (value: string) => value.slice(0, value.indexOf('Z'))

/** Two values of one group are equal exactly when their keys are. */
export function keyOf(group: TypeGroup, isPadded: boolean): (value: string) => string {
  if (group === 'instant') return instantKey
  return group === 'text' && isPadded ? withoutTrailingBlanks : (value) => value
}

export interface Comparison {
  readonly left: Compiled
  readonly right: Compiled
  readonly compare: (left: string, right: string) => number
  readonly key: (value: string) => string
  readonly group: TypeGroup
  /** Blanks at the end do not count: both sides are CHAR. */
  readonly isPadded: boolean
}

/** Brings both sides to the type that Oracle compares them in. */
export function comparison(
  left: Compiled,
  right: Compiled,
  context: ConversionContext,
  position = 0,
): Comparison {
  const type = comparisonType(left.type, right.type, position)
  const group = groupOf(type)
  const isPadded =
    (isBlankPadded(left.type) || left.type.name === 'NULL') &&
    (isBlankPadded(right.type) || right.type.name === 'NULL')
  return {
    left: convert(left, type, context, position),
    right: convert(right, type, context, position),
    compare: comparatorOf(group, isPadded),
    key: keyOf(group, isPadded),
    group,
    isPadded,
  }
}

/** Dates and timestamps of every kind. */
export const isMoment = (group: TypeGroup): group is Moment =>
  group === 'date' || group === 'timestamp' || group === 'instant' || group === 'localInstant'
const ROWID: SqlType = { name: 'ROWID' }

function comparisonType(left: SqlType, right: SqlType, position: number): SqlType {
  const a = groupOf(left)
  const b = groupOf(right)
  for (const [type, group] of [
    [left, a],
    [right, b],
  ] as const) {
    if (group === 'clob' || group === 'blob') throw inconsistentTypes('-', type.name, position)
  }
  if (a === 'null') return right
  if (b === 'null' || a === b) return left
  const groups = [a, b]
  if (groups.includes('binary') && groups.every((group) => ['binary', 'number', 'text'].includes(group)))
    return BINARY_DOUBLE
  if (groups.includes('number') && groups.includes('text')) return NUMBER
  if (groups.includes('raw') && groups.includes('text')) return RAW_TYPE
  if (groups.includes('rowid') && groups.includes('text')) return ROWID
  if (groups.every((group) => isMoment(group) || group === 'text')) {
    if (groups.includes('instant') || groups.includes('localInstant')) return timestampWithTimeZone(9)
    return groups.includes('timestamp') ? timestamp(9) : DATE
  }
  throw inconsistentTypes(typeLabel(left), typeLabel(right), position)
}

/** The one type for the branches of CASE, COALESCE, NVL, DECODE or a set operator, when they are of one family. */
export function commonType(types: readonly SqlType[]): SqlType | undefined {
  const known = types.filter((type) => type.name !== 'NULL')
  const [first] = known
  if (first === undefined) return types[0]
  if (known.every((type) => sameType(type, first))) return first
  const groups = new Set(known.map(groupOf))
  if ([...groups].every((group) => group === 'number' || group === 'binary'))
    return groups.has('binary') ? BINARY_DOUBLE : NUMBER
  if ([...groups].every((group) => group === 'text' || group === 'clob')) {
    const isOfNational = known.some((type) => isNational(type) || type.name === 'NCLOB')
    if (groups.has('clob')) return isOfNational ? { name: 'NCLOB' } : CLOB
    return isOfNational
      ? nvarchar2(Math.max(...known.map(unitsOf)))
      : varchar2(Math.max(...known.map(textSize)))
  }
  if ([...groups].every(isMoment) && !groups.has('localInstant')) {
    const digits = Math.max(0, ...known.map((type) => fractionalDigitsOf(type, 0)))
    return groups.has('instant')
      ? timestampWithTimeZone(digits)
      : groups.has('timestamp')
        ? timestamp(digits)
        : DATE
  }
  if (groups.size > 1) return undefined
  return first.name === 'RAW'
    ? { name: 'RAW', size: Math.max(...known.map((type) => ('size' in type ? type.size : 0))) }
    : first
}

/** ORA-12704: CASE, COALESCE and set operators do not bring national and other text together. */
export function refuseMixedCharacterSets(types: readonly SqlType[], position: number): void {
  const texts = types.filter((type) => groupOf(type) === 'text' || groupOf(type) === 'clob')
  const national = texts.filter((type) => isNational(type) || type.name === 'NCLOB')
  if (national.length > 0 && national.length < texts.length) throw oracleError(12704, position)
}

/** The most UTF-16 units that text of a type takes. */
export const unitsOf = (type: SqlType): number =>
  isNational(type) && 'size' in type ? type.size : textSize(type)

/** The integer that a NUMBER argument such as a length stands for, cut towards zero. */
export const integerOf = (number: string): number => Number(truncateNumber(number, 0))
