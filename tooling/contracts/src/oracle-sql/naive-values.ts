/** A number as a fraction: exact, and nothing like the digits that a database keeps. */
export interface Fraction {
  readonly numerator: bigint
  /** Positive. */
  readonly denominator: bigint
}

/** Seconds since 1970 stand for a DATE. */
export interface Day {
  readonly seconds: number
}

export type NaiveValue = Fraction | Day | string | null

export const fraction = (numerator: bigint, denominator = 1n): Fraction => {
  const sign = denominator < 0n ? -1n : 1n
  const divisor = greatestCommonDivisor(numerator, denominator)
  return { numerator: (numerator * sign) / divisor, denominator: (denominator * sign) / divisor }
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [left, right] = [a < 0n ? -a : a, b < 0n ? -b : b]
  while (right > 0n) [left, right] = [right, left % right]
  return left === 0n ? 1n : left
}

export function fractionOf(text: string): Fraction {
  const [integer = '', decimals = ''] = text.split('.')
  return fraction(BigInt(integer + decimals), 10n ** BigInt(decimals.length))
}

export const add = (a: Fraction, b: Fraction) =>
  fraction(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
export const negate = (a: Fraction) => fraction(-a.numerator, a.denominator)
export const multiply = (a: Fraction, b: Fraction) =>
  fraction(a.numerator * b.numerator, a.denominator * b.denominator)
export const divide = (a: Fraction, b: Fraction) =>
  fraction(a.numerator * b.denominator, a.denominator * b.numerator)

/** The largest integer that is not above the fraction. */
export function floor({ numerator, denominator }: Fraction): bigint {
  const quotient = numerator / denominator
  return numerator % denominator < 0n ? quotient - 1n : quotient
}

const HALF = fraction(1n, 2n)

/** Half away from zero at a decimal place. */
export function round(value: Fraction, places: number): Fraction {
  if (value.numerator < 0n) return negate(round(negate(value), places))
  const scale = fraction(10n ** BigInt(places))
  return divide(fraction(floor(add(multiply(value, scale), HALF))), scale)
}

export function truncate(value: Fraction, places: number): Fraction {
  if (value.numerator < 0n) return negate(truncate(negate(value), places))
  const scale = fraction(10n ** BigInt(places))
  return divide(fraction(floor(multiply(value, scale))), scale)
}

/** Plain decimal digits of a fraction that has finitely many. */
export function decimalText(value: Fraction): string {
  if (value.numerator < 0n) return `-${decimalText(negate(value))}`
  const integer = floor(value)
  let rest = add(value, fraction(-integer))
  let decimals = ''
  while (rest.numerator > 0n) {
    rest = multiply(rest, fraction(10n))
    const digit = floor(rest)
    decimals += digit
    rest = add(rest, fraction(-digit))
    if (decimals.length > 60) throw new Error('A generated query has a result without an end; round it.')
  }
  return decimals === '' ? String(integer) : `${integer}.${decimals}`
}

/** As Oracle turns a NUMBER into text: no zero before the point. */
export const oracleText = (value: Fraction): string => decimalText(value).replace(/^(-?)0\./, '$1.')

/** Of two values of one kind: negative, zero or positive. */
export function compare(a: Exclude<NaiveValue, null>, b: Exclude<NaiveValue, null>): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
  if (typeof a === 'object' && typeof b === 'object' && 'seconds' in a && 'seconds' in b)
    return a.seconds - b.seconds
  if (typeof a === 'object' && typeof b === 'object' && 'numerator' in a && 'numerator' in b) {
    const difference = add(a, negate(b)).numerator
    return difference < 0n ? -1 : difference > 0n ? 1 : 0
  }
  throw new Error('A generated query compares values of two kinds.')
}

const two = (value: number) => String(value).padStart(2, '0')

export const dayOf = (text: string): Day => ({ seconds: Date.parse(`${text}Z`) / 1000 })
export const inUtc = ({ seconds }: Day): Date => new Date(seconds * 1000)
export const isoDate = (day: Day): string => inUtc(day).toISOString().slice(0, 10)
export const isoTime = (day: Day): string =>
  `${isoDate(day)}T${two(inUtc(day).getUTCHours())}:${two(inUtc(day).getUTCMinutes())}:${two(inUtc(day).getUTCSeconds())}`

/** The same in SQL and here for GROUP BY, DISTINCT and set operators: null is equal to null. */
export function identity(value: NaiveValue): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return `'${value}'`
  return 'seconds' in value ? `@${value.seconds}` : `${value.numerator}/${value.denominator}`
}
