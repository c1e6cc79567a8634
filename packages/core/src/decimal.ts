const PLAIN = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/
const CANONICAL = /^(?:0|-?(?:[1-9]\d*|0(?=\.))(?:\.\d*[1-9])?)$/

/** Beyond every type of Oracle; an exponent is limited so that a short text cannot ask for a gigabyte of zeros. */
const MAX_EXPONENT = 1_000

/** Numbers up to here add up to another safe integer. */
const SAFE = 2 ** 52

const POWERS = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent)

/** Canonical decimal text: no exponent, no plus, a digit before the point, no trailing zeros after it, never `-0`. */
export function isCanonicalDecimal(text: string): boolean {
  return CANONICAL.test(text)
}

/** Any decimal, such as `.5`, `-.01`, `+1.50` or `1E+20`, in its canonical text. Throws RangeError on anything else. */
export function toCanonicalDecimal(text: string): string {
  if (CANONICAL.test(text)) return text
  const [, sign, whole = '', fraction = '', exponentText = '0'] = PLAIN.exec(text) ?? []
  const exponent = Number(exponentText)
  if (whole.length + fraction.length === 0 || Math.abs(exponent) > MAX_EXPONENT) {
    throw new RangeError(`${quoted(text)} is not a decimal number`)
  }
  const point = whole.length + exponent
  const digits = '0'.repeat(Math.max(0, -point)) + (whole + fraction).padEnd(point, '0')
  const split = Math.max(0, point)
  const integer = digits.slice(0, split).replace(/^0+/, '') || '0'
  const rest = digits.slice(split).replace(/0+$/, '')
  const magnitude = rest === '' ? integer : `${integer}.${rest}`
  return sign === '-' && magnitude !== '0' ? `-${magnitude}` : magnitude
}

/** How many digits a canonical decimal has after its point. */
export function digitsAfterPoint(text: string): number {
  const point = text.indexOf('.')
  return point === -1 ? 0 : text.length - point - 1
}

/** Negative, zero or positive, as `a` is below, equal to or above `b`. */
export function compareDecimals(a: string, b: string): number {
  if (a === b) return 0
  const [left, right] = onOneScale(a, b)
  return left < right ? -1 : left > right ? 1 : 0
}

/** The exact sum, in canonical text. */
export function addDecimals(a: string, b: string): string {
  const [left, right, scale] = onOneScale(a, b)
  return toText(left + right, scale)
}

/** The exact difference, in canonical text. */
export function subtractDecimals(a: string, b: string): string {
  const [left, right, scale] = onOneScale(a, b)
  return toText(left - right, scale)
}

/** With exactly `scale` digits after the point, as `13240.010`. Throws RangeError rather than lose a digit. */
export function formatDecimal(text: string, scale: number): string {
  const canonical = toCanonicalDecimal(text)
  const digits = digitsAfterPoint(canonical)
  if (digits > scale) {
    throw new RangeError(`${quoted(text)} has ${digits} digits after the point, and only ${scale} fit`)
  }
  if (scale === 0) return canonical
  return `${canonical}${digits === 0 ? '.' : ''}${'0'.repeat(scale - digits)}`
}

/** An exact running sum of canonical decimals, of any scale and magnitude. */
export interface DecimalSum {
  /** `units` spares the work where the caller has them: `toSafeUnits` of the text and the expected scale. */
  add(text: string, units?: number): void
  /** Canonical text; `0` before the first amount. */
  toString(): string
}

/** Starts at zero. `expectedScale` is the number of digits expected after the point: a hint that makes it fast, not a limit. */
export function createDecimalSum(expectedScale = 2): DecimalSum {
  let scale = expectedScale
  let fast = 0
  let total = 0n

  const flush = () => {
    total += BigInt(fast) * 10n ** BigInt(scale - expectedScale)
    fast = 0
  }

  const addSlowly = (text: string) => {
    const amount = parse(text)
    flush()
    if (amount.scale > scale) {
      total *= 10n ** BigInt(amount.scale - scale)
      scale = amount.scale
    }
    total += amount.units * 10n ** BigInt(scale - amount.scale)
  }

  return {
    add(text, units = toSafeUnits(text, expectedScale)) {
      if (Number.isNaN(units)) return addSlowly(text)
      fast += units
      if (fast > SAFE || fast < -SAFE) flush()
    },
    toString() {
      flush()
      return toText(total, scale)
    },
  }
}

/**
 * The decimal times 10^scale as a whole number, or NaN where that would not be exact: too large, too many digits after
 * the point, or not a decimal at all.
 */
export function toSafeUnits(text: string, scale: number): number {
  const { length } = text
  const isNegative = text.charCodeAt(0) === 45
  let index = isNegative ? 1 : 0
  if (length === index) return Number.NaN
  let units = 0
  let missing = scale
  let isFraction = false
  for (; index < length; index++) {
    const digit = text.charCodeAt(index) - 48
    if (digit >= 0 && digit <= 9) {
      units = units * 10 + digit
      if (isFraction) missing--
    } else {
      if (digit !== -2 || isFraction || index === length - 1) return Number.NaN
      isFraction = true
    }
  }
  const power = POWERS[missing]
  if (power === undefined) return Number.NaN
  units *= power
  if (units > SAFE) return Number.NaN
  return isNegative ? -units : units
}

function onOneScale(a: string, b: string): [bigint, bigint, number] {
  const left = parse(a)
  const right = parse(b)
  const scale = Math.max(left.scale, right.scale)
  return [
    left.units * 10n ** BigInt(scale - left.scale),
    right.units * 10n ** BigInt(scale - right.scale),
    scale,
  ]
}

function parse(text: string): { units: bigint; scale: number } {
  const canonical = toCanonicalDecimal(text)
  return { units: BigInt(canonical.replace('.', '')), scale: digitsAfterPoint(canonical) }
}

function toText(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  const point = digits.length - scale
  return toCanonicalDecimal(`${units < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`)
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
