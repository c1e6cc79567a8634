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
  localOf,
  momentOfClock,
  offsetAt,
  parseDateTime,
  parseInstant,
} from './calendar.ts'
import { type Compiled, constant, rememberLatest, strict } from './compiled.ts'
import { compileDateFormat, type FormattedMoment } from './date-format.ts'
import { inconsistentTypes, oracleError, unimplemented } from './errors.ts'
import { compareNumbers, parseNumber, truncateNumber } from './number-arithmetic.ts'
import { numberToText } from './number-format.ts'
import type { SessionState } from './session-state.ts'
import { compareTexts, withoutTrailingBlanks } from './text-values.ts'
import {
  CLOB,
  DATE,
  groupOf,
  isBlankPadded,
  MAX_VARCHAR2_BYTES,
  NUMBER,
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
export function instantAt(now: Date, zone: string): Instant {
  const utc = momentOfClock(now)
  return { utc, offsetMinutes: offsetAt(zone, utc) }
}

/** TO_NUMBER of text without a model; ORA-01722 for anything that is no number. */
export function textToNumber(text: string): string {
  const number = parseNumber(text)
  if (number === undefined) throw oracleError(1722)
  return number
}

function binaryToNumber(text: string): string {
  const number = parseNumber(text)
  if (number === undefined) throw oracleError(1426)
  return number
}

/** The fields that TO_CHAR shows of a DATE, a TIMESTAMP or an instant (in its own zone). */
export function momentToFormat(group: TypeGroup): (value: string) => FormattedMoment {
  if (group !== 'instant') return (value) => ({ ...parseDateTime(value), offsetMinutes: 0 })
  return (value) => {
    const instant = parseInstant(value)
    return { ...localOf(instant), offsetMinutes: instant.offsetMinutes }
  }
}

const fractionalDigitsOf = (type: SqlType): number => ('fractionalDigits' in type ? type.fractionalDigits : 6)

/** The session's format for a type. */
export function defaultFormat(group: TypeGroup, session: SessionState): string {
  if (group === 'date') return session.dateFormat
  return group === 'timestamp' ? session.timestampFormat : session.timestampTzFormat
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
  if (scanned.offsetMinutes === undefined)
    return formatInstant(instantInZone(scanned, context.session.timeZone))
  return formatInstant(instantOfLocal(scanned, scanned.offsetMinutes))
}

/** Converts as Oracle does without being asked; ORA-00932 where it does not. */
export function convert(from: Compiled, to: SqlType, context: ConversionContext, position = 0): Compiled {
  const source = groupOf(from.type)
  const target = groupOf(to)
  if (source === 'null') return constant(to, null)
  if (source === target && !(source === 'binary' && to.name !== from.type.name)) return from
  const apply = (compute: (value: string) => OracleValue, type: SqlType = to) => strict([from], type, compute)
  if (target === 'text') return toText(from, context, position)
  if (target === 'clob') return strict([toText(from, context, position)], CLOB, (value) => value)
  if (target === 'number') {
    if (source === 'text') return apply(textToNumber, NUMBER)
    if (source === 'binary') return apply(binaryToNumber, NUMBER)
  }
  if (target === 'binary') {
    const isFloat = to.name === 'BINARY_FLOAT'
    if (source === 'number') return apply((value) => binaryText(Number(value), isFloat))
    if (source === 'binary') return apply((value) => binaryText(Math.fround(Number(value)), isFloat))
    if (source === 'text') return apply((value) => binaryText(Number(textToNumber(value)), isFloat))
  }
  if (target === 'date' || target === 'timestamp' || target === 'instant') {
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

function momentConversion(
  source: TypeGroup,
  target: 'date' | 'timestamp' | 'instant',
  context: ConversionContext,
) {
  const { session } = context
  switch (source) {
    case 'text': {
      const format = defaultFormat(target, session)
      return (value: string) => scanMoment(value, format, target, context)
    }
    case 'date':
      if (target === 'timestamp') return (value: string) => `${value}.000000000`
      return (value: string) => formatInstant(instantInZone(parseDateTime(value), session.timeZone))
    case 'timestamp':
      if (target === 'date') return (value: string) => value.slice(0, value.indexOf('.'))
      return (value: string) => formatInstant(instantInZone(parseDateTime(value), session.timeZone))
    case 'instant':
      if (target === 'date') return (value: string) => formatDate(localOf(parseInstant(value)))
      return (value: string) => formatTimestamp(localOf(parseInstant(value)))
    default:
      return undefined
  }
}

function toText(from: Compiled, { session }: ConversionContext, position: number): Compiled {
  const group = groupOf(from.type)
  const type = varchar2(textSize(from.type))
  switch (group) {
    case 'text':
      return from
    case 'number':
      return strict([from], type, numberToText)
    case 'binary':
      return strict([from], type, (value) => value)
    case 'clob':
      return strict([from], varchar2(MAX_VARCHAR2_BYTES), (value) => {
        if (Buffer.byteLength(value) > MAX_VARCHAR2_BYTES) {
          throw oracleError(22835, 0, 'Buffer too small for CLOB to CHAR or BLOB to RAW conversion')
        }
        return value
      })
    case 'raw':
      return strict([from], type, (value) => value.toUpperCase())
    case 'date':
    case 'timestamp':
    case 'instant': {
      const digits = fractionalDigitsOf(from.type)
      const formatOf = rememberLatest((model) => compileDateFormat(model, digits))
      const moment = momentToFormat(group)
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
      return compareDateTimes
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

const MOMENTS: readonly TypeGroup[] = ['date', 'timestamp', 'instant']

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
  const isMomentOrText = (group: TypeGroup) => MOMENTS.includes(group) || group === 'text'
  if (groups.every(isMomentOrText)) {
    if (groups.includes('instant')) return timestampWithTimeZone(9)
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
    if (groups.has('clob')) return CLOB
    const isNational = known.some(({ name }) => name === 'NVARCHAR2' || name === 'NCHAR')
    const size = Math.max(...known.map(textSize))
    return isNational ? { name: 'NVARCHAR2', size } : varchar2(size)
  }
  if ([...groups].every((group) => MOMENTS.includes(group))) {
    const digits = Math.max(
      0,
      ...known.map((type) => ('fractionalDigits' in type ? type.fractionalDigits : 0)),
    )
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

/** The integer that a NUMBER argument such as a length stands for, cut towards zero. */
export const integerOf = (number: string): number => Number(truncateNumber(number, 0))
