import { oracleError } from './errors.ts'

/** An exact decimal: units × 10^-scale, scale not negative. */
interface Decimal {
  readonly units: bigint
  readonly scale: number
}

/** NUMBER keeps 20 digits of base 100: 40 decimal digits, or 39 when the leading one holds a single digit. */
const MAX_DIGITS = 40
const LARGEST_EXPONENT = 126
const SMALLEST_EXPONENT = -129

const powers: bigint[] = []
const powerOf10 = (exponent: number): bigint => (powers[exponent] ??= 10n ** BigInt(exponent))
const absolute = (value: bigint) => (value < 0n ? -value : value)

function parse(text: string): Decimal {
  const dot = text.indexOf('.')
  if (dot < 0) return { units: BigInt(text), scale: 0 }
  return { units: BigInt(text.slice(0, dot) + text.slice(dot + 1)), scale: text.length - dot - 1 }
}

function format(units: bigint, scale: number): string {
  if (scale === 0) return units.toString()
  const isNegative = units < 0n
  const digits = absolute(units)
    .toString()
    .padStart(scale + 1, '0')
  const point = digits.length - scale
  let end = digits.length
  while (end > point && digits.charCodeAt(end - 1) === 48) end--
  const text =
    end === point ? digits.slice(0, point) : `${digits.slice(0, point)}.${digits.slice(point, end)}`
  return isNegative && text !== '0' ? `-${text}` : text
}

/** Half away from zero, as Oracle rounds. */
function divideRounding(units: bigint, divisor: bigint): bigint {
  const quotient = units / divisor
  const remainder = absolute(units % divisor)
  if (remainder * 2n < divisor) return quotient
  return units < 0n ? quotient - 1n : quotient + 1n
}

/** The result as a NUMBER holds it. */
function toNumber(units: bigint, scale: number): string {
  if (units === 0n) return '0'
  const digits = absolute(units).toString().length
  const exponent = digits - scale
  if (exponent > LARGEST_EXPONENT) throw oracleError(1426)
  if (exponent < SMALLEST_EXPONENT) return '0'
  const surplus = digits - (exponent % 2 === 0 ? MAX_DIGITS : MAX_DIGITS - 1)
  if (surplus <= 0) return format(units, scale)
  const rounded = divideRounding(units, powerOf10(surplus))
  return surplus <= scale ? format(rounded, scale - surplus) : format(rounded * powerOf10(surplus - scale), 0)
}

export function addNumbers(left: string, right: string): string {
  const a = parse(left)
  const b = parse(right)
  const scale = Math.max(a.scale, b.scale)
  return toNumber(a.units * powerOf10(scale - a.scale) + b.units * powerOf10(scale - b.scale), scale)
}

export const negateNumber = (text: string): string =>
  text === '0' ? text : text.startsWith('-') ? text.slice(1) : `-${text}`

export const subtractNumbers = (left: string, right: string): string => addNumbers(left, negateNumber(right))

export function multiplyNumbers(left: string, right: string): string {
  const a = parse(left)
  const b = parse(right)
  return toNumber(a.units * b.units, a.scale + b.scale)
}

export function divideNumbers(left: string, right: string): string {
  const a = parse(left)
  const b = parse(right)
  if (b.units === 0n) throw oracleError(1476)
  // Two digits more than a NUMBER keeps: rounding half up looks at the first digit cut off only.
  const shift = Math.max(
    0,
    MAX_DIGITS + 2 + absolute(b.units).toString().length - absolute(a.units).toString().length,
    a.scale - b.scale,
  )
  return toNumber((a.units * powerOf10(shift)) / b.units, a.scale + shift - b.scale)
}

/** Negative, zero or positive; both sides in canonical form. */
export function compareNumbers(left: string, right: string): number {
  if (left === right) return 0
  const isLeftNegative = left.charCodeAt(0) === 45
  const isRightNegative = right.charCodeAt(0) === 45
  if (isLeftNegative !== isRightNegative) return isLeftNegative ? -1 : 1
  return isLeftNegative ? compareMagnitudes(right, left) : compareMagnitudes(left, right)
}

function compareMagnitudes(left: string, right: string): number {
  const leftPoint = left.indexOf('.')
  const rightPoint = right.indexOf('.')
  const leftLength = leftPoint < 0 ? left.length : leftPoint
  const rightLength = rightPoint < 0 ? right.length : rightPoint
  if (leftLength !== rightLength) return leftLength - rightLength
  // Of equal integer length, canonical texts compare digit by digit, and a longer fraction wins.
  return left < right ? -1 : 1
}

/** Rounds half away from zero to a scale, which may be negative. */
export function roundNumber(text: string, scale: number): string {
  const { units, scale: from } = parse(text)
  if (from <= scale) return text
  const rounded = divideRounding(units, powerOf10(from - scale))
  return scale >= 0 ? format(rounded, scale) : format(rounded * powerOf10(-scale), 0)
}

export function truncateNumber(text: string, scale: number): string {
  const { units, scale: from } = parse(text)
  if (from <= scale) return text
  const cut = units / powerOf10(from - scale)
  return scale >= 0 ? format(cut, scale) : format(cut * powerOf10(-scale), 0)
}

export function floorNumber(text: string): string {
  const cut = truncateNumber(text, 0)
  return text.startsWith('-') && cut !== text ? addNumbers(cut, '-1') : cut
}

export const ceilNumber = (text: string): string => negateNumber(floorNumber(negateNumber(text)))

/** MOD as Oracle defines it: the sign of the dividend, and the dividend itself for a divisor of 0. */
export function moduloNumbers(left: string, right: string): string {
  if (right === '0') return left
  const a = parse(left)
  const b = parse(right)
  const scale = Math.max(a.scale, b.scale)
  return toNumber((a.units * powerOf10(scale - a.scale)) % (b.units * powerOf10(scale - b.scale)), scale)
}

/** What is left of the nearest whole quotient, of two equally near ones the even one. */
export function remainderNumbers(left: string, right: string): string {
  const a = parse(left)
  const b = parse(right)
  if (b.units === 0n) throw oracleError(1476)
  const scale = Math.max(a.scale, b.scale)
  const dividend = a.units * powerOf10(scale - a.scale)
  const divisor = absolute(b.units * powerOf10(scale - b.scale))
  const rest = ((dividend % divisor) + divisor) % divisor
  const isQuotientOdd = ((dividend - rest) / divisor) % 2n !== 0n
  const isAbove = rest * 2n > divisor || (rest * 2n === divisor && isQuotientOdd)
  return toNumber(isAbove ? rest - divisor : rest, scale)
}

/** Undefined when the exponent is not a whole number: that needs logarithms. */
export function powerNumber(base: string, exponent: string): string | undefined {
  if (exponent.includes('.')) return undefined
  if (exponent.startsWith('-')) {
    const power = powerNumber(base, negateNumber(exponent))
    return power === undefined ? undefined : divideNumbers('1', power)
  }
  let result = '1'
  let square = base
  for (let rest = BigInt(exponent); rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = multiplyNumbers(result, square)
    if (rest > 1n) square = multiplyNumbers(square, square)
  }
  return result
}

/** Sums exactly however many values there are; the result is rounded once. */
export function createNumberSum(): { add(value: string): void; total(): string } {
  let units = 0n
  let scale = 0
  return {
    add(value) {
      const decimal = parse(value)
      if (decimal.scale > scale) {
        units *= powerOf10(decimal.scale - scale)
        scale = decimal.scale
      }
      units += decimal.scale === scale ? decimal.units : decimal.units * powerOf10(scale - decimal.scale)
    },
    total: () => toNumber(units, scale),
  }
}

/** A number literal or text with optional sign and exponent in canonical form; undefined when it is not a number. */
export function parseNumber(text: string): string | undefined {
  const match = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?\s*$/.exec(text)
  if (!match) return undefined
  const [, sign, integer = '', fraction = '', exponentText] = match
  if (integer === '' && fraction === '') return undefined
  const exponent = Number(exponentText ?? 0) - fraction.length
  if (exponent > 200 || exponent < -400) return exponent > 0 ? overflow() : '0'
  const units = BigInt(`${sign === '-' ? '-' : ''}${integer}${fraction}`)
  return exponent >= 0 ? toNumber(units * powerOf10(exponent), 0) : toNumber(units, -exponent)
}

function overflow(): never {
  throw oracleError(1426)
}

/** The same for text that is known to be a number. */
export function canonicalNumber(text: string): string {
  const number = parseNumber(text)
  if (number === undefined) throw oracleError(1722)
  return number
}

/** The NUMBER as NUMBER(precision, scale) stores it; ORA-01438 when it does not fit. */
export function fitNumber(text: string, precision: number, scale: number): string {
  const rounded = roundNumber(text, scale)
  const { units, scale: from } = parse(rounded)
  const digits = absolute(units).toString().length - from + scale
  if (units !== 0n && digits > precision) throw oracleError(1438)
  return rounded
}

/** Rounds to so many significant digits. */
export function roundToDigits(text: string, digits: number): string {
  const { units, scale } = parse(text)
  return units === 0n ? text : roundNumber(text, digits - (absolute(units).toString().length - scale))
}

/** How many digits stand left of the point (0 for .5), and how many right of it. */
export function digitsOf(text: string): { isNegative: boolean; integer: string; fraction: string } {
  const isNegative = text.startsWith('-')
  const [integer = '', fraction = ''] = (isNegative ? text.slice(1) : text).split('.')
  return { isNegative, integer: integer === '0' ? '' : integer, fraction }
}
