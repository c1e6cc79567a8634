import { binaryText } from './binary-numbers.ts'
import {
  addMonths,
  type DateTime,
  formatDate,
  formatInstant,
  formatOffset,
  formatTimestamp,
  instantInZone,
  inZone,
  localOf,
  momentOfNanoseconds,
  momentOfSeconds,
  nanosecondsOf,
  parseDateTime,
  parseInstant,
  SECONDS_PER_DAY,
  secondsOf,
} from './calendar.ts'
import { type Compiled, derived, strict } from './compiled.ts'
import {
  BINARY_DOUBLE,
  BINARY_FLOAT,
  type ConversionContext,
  convert,
  formatLocalInstant,
  isMoment,
  unitsOf,
} from './conversion.ts'
import { inconsistentTypes, oracleError } from './errors.ts'
import {
  addNumbers,
  divideNumbers,
  multiplyNumbers,
  negateNumber,
  roundNumber,
  subtractNumbers,
} from './number-arithmetic.ts'
import type { ArithmeticOperator } from './syntax.ts'
import {
  CLOB,
  DATE,
  DAY_TO_SECOND,
  groupOf,
  isBlankPadded,
  isNational,
  MAX_VARCHAR2_BYTES,
  NUMBER,
  nvarchar2,
  type SqlType,
  textSize,
  timestamp,
  timestampWithTimeZone,
  typeLabel,
  varchar2,
} from './types.ts'

type NumberOperator = Exclude<ArithmeticOperator, '||'>

const NUMBER_OPERATIONS: Readonly<Record<NumberOperator, (left: string, right: string) => string>> = {
  '+': addNumbers,
  '-': subtractNumbers,
  '*': multiplyNumbers,
  '/': divideNumbers,
}
const BINARY_OPERATIONS: Readonly<Record<NumberOperator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
}

/** `+ - * / ||` over whatever types Oracle lets meet. */
export function compileArithmetic(
  operator: ArithmeticOperator,
  left: Compiled,
  right: Compiled,
  context: ConversionContext,
  position: number,
): Compiled {
  if (operator === '||') return concatenate(left, right, context, position)
  const moment = momentArithmetic(operator, left, right, context, position)
  if (moment) return moment
  const names = [left, right].map(({ type }) => type.name)
  if (names.includes('BINARY_DOUBLE'))
    return binaryArithmetic(operator, left, right, BINARY_DOUBLE, context, position)
  if (names.includes('BINARY_FLOAT'))
    return binaryArithmetic(operator, left, right, BINARY_FLOAT, context, position)
  return strict(
    [left, right].map((side) => toNumber(side, context, position)),
    NUMBER,
    NUMBER_OPERATIONS[operator],
  )
}

function binaryArithmetic(
  operator: NumberOperator,
  left: Compiled,
  right: Compiled,
  type: SqlType,
  context: ConversionContext,
  position: number,
): Compiled {
  const compute = BINARY_OPERATIONS[operator]
  const sides = [left, right].map((side) => convert(side, type, context, position))
  return strict(sides, type, (a, b) =>
    binaryText(compute(Number(a), Number(b)), type.name === 'BINARY_FLOAT'),
  )
}

function toNumber(side: Compiled, context: ConversionContext, position: number): Compiled {
  if (['number', 'text', 'null'].includes(groupOf(side.type))) return convert(side, NUMBER, context, position)
  throw inconsistentTypes('NUMBER', typeLabel(side.type), position)
}

export function negate(operand: Compiled, context: ConversionContext, position: number): Compiled {
  const group = groupOf(operand.type)
  if (group === 'binary') return strict([operand], operand.type, (value) => binaryText(-Number(value)))
  if (group === 'daySecond' || group === 'yearMonth') return strict([operand], operand.type, negateNumber)
  return strict([toNumber(operand, context, position)], NUMBER, negateNumber)
}

/** Null counts as nothing: `'a' || NULL` is `'a'`. */
function concatenate(
  left: Compiled,
  right: Compiled,
  context: ConversionContext,
  position: number,
): Compiled {
  const isClob = [left, right].some(({ type }) => groupOf(type) === 'clob')
  const [a, b] = [left, right].map((side) =>
    groupOf(side.type) === 'clob' ? side : convert(side, varchar2(MAX_VARCHAR2_BYTES), context, position),
  )
  if (a === undefined || b === undefined) throw oracleError(909, position)
  const evaluate = () => {
    const first = a.evaluate()
    const second = b.evaluate()
    if (first === null) return second
    if (second === null) return first
    const text = first + second
    const mayBeTooLong = !isClob && text.length * 3 > MAX_VARCHAR2_BYTES
    if (mayBeTooLong && Buffer.byteLength(text) > MAX_VARCHAR2_BYTES) throw oracleError(1489)
    return text
  }
  return derived([a, b], isClob ? clobOf([left, right]) : concatenatedType(left.type, right.type), evaluate)
}

const clobOf = (sides: readonly Compiled[]): SqlType =>
  sides.some(({ type }) => isNational(type) || type.name === 'NCLOB') ? { name: 'NCLOB' } : CLOB

function concatenatedType(left: SqlType, right: SqlType): SqlType {
  if (isNational(left) || isNational(right)) return nvarchar2(unitsOf(left) + unitsOf(right))
  const size = textSize(left) + textSize(right)
  return isBlankPadded(left) && isBlankPadded(right)
    ? { name: 'CHAR', size: Math.min(size, 2000) }
    : varchar2(size)
}

/** Undefined when neither side is a date, a timestamp or an interval. */
function momentArithmetic(
  operator: NumberOperator,
  left: Compiled,
  right: Compiled,
  context: ConversionContext,
  position: number,
): Compiled | undefined {
  const a = groupOf(left.type)
  const b = groupOf(right.type)
  const isInterval = (group: string) => group === 'daySecond' || group === 'yearMonth'
  if (![a, b].some((group) => isMoment(group) || isInterval(group))) return undefined
  if (operator === '+' && isMoment(b) && !isMoment(a))
    return momentArithmetic('+', right, left, context, position)
  const isShift = operator === '+' || operator === '-'
  if (isMoment(a) && isInterval(b) && isShift)
    return shiftByInterval(operator, left, right, context.session.timeZone)
  if (isMoment(a) && isMoment(b) && operator === '-') return difference(left, right, context, position)
  if (isMoment(a) && isShift && ['number', 'text', 'null'].includes(b)) {
    const days = convert(right, NUMBER, context, position)
    const date = convert(left, DATE, context, position)
    return strict([date, days], DATE, (value, count) =>
      shiftByDays(value, operator === '-' ? negateNumber(count) : count),
    )
  }
  if (isInterval(a) && a === b && isShift)
    return strict([left, right], left.type, NUMBER_OPERATIONS[operator])
  if (isInterval(a) && b === 'number' && (operator === '*' || operator === '/')) {
    return strict([left, right], left.type, (value, factor) =>
      roundNumber(NUMBER_OPERATIONS[operator](value, factor), 0),
    )
  }
  if (isMoment(a) && isMoment(b)) throw oracleError(975, position, 'date + date not allowed')
  throw inconsistentTypes(
    isMoment(a) ? 'NUMBER' : typeLabel(left.type),
    typeLabel(isMoment(a) ? right.type : left.type),
    position,
  )
}

/** To whole seconds, as a DATE holds them. */
function shiftByDays(date: string, days: string): string {
  const seconds = roundNumber(multiplyNumbers(days, String(SECONDS_PER_DAY)), 0)
  if (seconds.length > 14) throw oracleError(1841)
  return formatDate(momentOfSeconds(secondsOf(parseDateTime(date)) + Number(seconds)))
}

/** A zone's own calendar counts the months of an instant, UTC its seconds. */
function shiftByInterval(
  operator: '+' | '-',
  left: Compiled,
  right: Compiled,
  sessionZone: string,
): Compiled {
  const isMonths = groupOf(right.type) === 'yearMonth'
  const shift = (moment: DateTime, amount: string): DateTime => {
    const signed = operator === '-' ? negateNumber(amount) : amount
    if (isMonths) return addMonths(moment, Number(signed), false)
    return momentOfNanoseconds(nanosecondsOf(moment) + BigInt(signed))
  }
  switch (groupOf(left.type)) {
    case 'date':
      return strict([left, right], left.type, (value, amount) =>
        formatDate(shift(parseDateTime(value), amount)),
      )
    case 'timestamp':
      return strict([left, right], left.type, (value, amount) =>
        formatTimestamp(shift(parseDateTime(value), amount)),
      )
    case 'localInstant':
      return strict([left, right], left.type, (value, amount) => {
        const utc = parseDateTime(value)
        if (!isMonths) return `${formatTimestamp(shift(utc, amount))}Z`
        return formatLocalInstant(
          instantInZone(shift(localOf(inZone(utc, sessionZone)), amount), sessionZone),
        )
      })
    default:
      return strict([left, right], left.type, (value, amount) => {
        const instant = parseInstant(value)
        const zone = instant.region ?? formatOffset(instant.offsetMinutes)
        return formatInstant(
          isMonths
            ? instantInZone(shift(localOf(instant), amount), zone)
            : inZone(shift(instant.utc, amount), zone),
        )
      })
  }
}

/** Days for two DATEs, an interval as soon as a TIMESTAMP takes part. */
function difference(left: Compiled, right: Compiled, context: ConversionContext, position: number): Compiled {
  const groups = [left, right].map(({ type }) => groupOf(type))
  if (groups.every((group) => group === 'date')) {
    return strict([left, right], NUMBER, (a, b) => {
      const seconds = secondsOf(parseDateTime(a)) - secondsOf(parseDateTime(b))
      return divideNumbers(String(seconds), String(SECONDS_PER_DAY))
    })
  }
  const common =
    groups.includes('instant') || groups.includes('localInstant') ? timestampWithTimeZone(9) : timestamp(9)
  const sides = [left, right].map((side) => convert(side, common, context, position))
  return strict(sides, DAY_TO_SECOND, (a, b) =>
    String(nanosecondsOf(parseDateTime(a)) - nanosecondsOf(parseDateTime(b))),
  )
}
