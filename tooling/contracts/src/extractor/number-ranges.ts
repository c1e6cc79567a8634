import fc from 'fast-check'
import type { ColumnRange, Meant } from './column-range.ts'

const MOST_DIGITS = 38
/** Of 40 digits, which NUMBER holds where they fall into pairs. */
const PAIRED_DIGITS = 40
/** One more than the power of ten of the first digit of the largest and of the smallest amount. */
const LARGEST = 126
const SMALLEST = -129

/** NUMBER, NUMBER(p,s) and FLOAT at their limits, and binary floats. */
export const NUMBER_RANGES: readonly ColumnRange[] = [
  { sqlType: 'NUMBER', type: { kind: 'number' }, from: 'TO_NUMBER(?)', values: plainNumbers() },
  ...[
    [18, 2],
    [38, 0],
    [1, 0],
    [2, 1],
    [10, 0],
    [38, 38],
    [5, 5],
    [3, 10],
    [38, 127],
    [1, 127],
    [5, -2],
    [1, -84],
    [38, -84],
  ].map(([precision = 0, scale = 0]) => fixedNumber(precision, scale)),
  floatColumn(126, 38),
  floatColumn(63, 18),
  {
    sqlType: 'BINARY_DOUBLE',
    type: { kind: 'binary-double' },
    from: '?',
    values: fc
      .oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom(
          ...[-0, 0.1, 0.3, 1e21, 1e-7, -123456789012345680000, 2 ** 53],
          ...[Number.MIN_VALUE, -Number.MIN_VALUE, 2 ** -1022, Number.MAX_VALUE, -Number.MAX_VALUE],
        ),
      )
      .map((number) => ({ given: number, text: String(number) })),
  },
  {
    sqlType: 'BINARY_FLOAT',
    type: { kind: 'binary-float' },
    from: '?',
    values: fc
      .oneof(
        fc.float({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom(
          ...[-0, 0.1, 16777216, 2 ** -149, -(2 ** -126), 3.4028234663852886e38].map(Math.fround),
        ),
      )
      .map((number) => ({ given: number, text: shortestFloat(number) })),
  },
]

/** NUMBER(p,s), and all that it can hold. */
export function fixedNumber(precision: number, scale: number): ColumnRange {
  return {
    sqlType: `NUMBER(${precision},${scale})`,
    type: { kind: 'number', precision, scale },
    from: 'TO_NUMBER(?)',
    values: fc
      .tuple(fc.boolean(), digitsUpTo(precision))
      .map(([isNegative, digits]) => decimal(isNegative, digits, -scale)),
  }
}

/** Any that CREATE TABLE takes. */
export const fixedNumbers: fc.Arbitrary<ColumnRange> = fc
  .tuple(fc.integer({ min: 1, max: MOST_DIGITS }), fc.integer({ min: -84, max: 127 }))
  .map(([precision, scale]) => fixedNumber(precision, scale))

function floatColumn(binaryDigits: number, digits: number): ColumnRange {
  return {
    sqlType: `FLOAT(${binaryDigits})`,
    type: { kind: 'number' },
    from: 'TO_NUMBER(?)',
    values: fc
      .tuple(fc.boolean(), digitsUpTo(digits))
      .chain(([isNegative, text]) =>
        exponentsFor(text).map((exponent) => decimal(isNegative, text, exponent)),
      ),
  }
}

function plainNumbers(): fc.Arbitrary<Meant> {
  const paired = digitsUpTo(PAIRED_DIGITS, PAIRED_DIGITS).chain((digits) =>
    exponentsFor(digits).map((exponent) => [digits, exponent + (Math.abs(exponent) % 2)] as const),
  )
  const others = digitsUpTo(MOST_DIGITS).chain((digits) =>
    fc
      .oneof(exponentsFor(digits), fc.integer({ min: -digits.length - 2, max: 2 }))
      .map((exponent) => [digits, exponent] as const),
  )
  const ends = fc.constantFrom<readonly [string, number]>(
    ['1', 125],
    ['9'.repeat(PAIRED_DIGITS), 86],
    ['1', -130],
    ['9'.repeat(MOST_DIGITS), -167],
    ['9'.repeat(MOST_DIGITS), 0],
    ['5', -1],
  )
  return fc
    .tuple(
      fc.boolean(),
      fc.oneof(
        { weight: 6, arbitrary: others },
        { weight: 1, arbitrary: paired },
        { weight: 2, arbitrary: ends },
      ),
    )
    .map(([isNegative, [digits, exponent]]) => decimal(isNegative, digits, exponent))
}

function digitsUpTo(most: number, least = 1): fc.Arbitrary<string> {
  return fc.integer({ min: least, max: most }).chain((count) =>
    fc
      .oneof(
        {
          weight: 8,
          arbitrary: fc.bigInt({ min: 10n ** BigInt(count - 1), max: 10n ** BigInt(count) - 1n }),
        },
        { weight: 1, arbitrary: fc.constantFrom(10n ** BigInt(count - 1), 10n ** BigInt(count) - 1n) },
        { weight: 1, arbitrary: fc.constant(least === 1 ? 0n : 10n ** BigInt(count - 1) + 1n) },
      )
      .map(String),
  )
}

function exponentsFor(digits: string): fc.Arbitrary<number> {
  return fc.integer({ min: SMALLEST - digits.length, max: LARGEST - digits.length })
}

function decimal(isNegative: boolean, digits: string, exponent: number): Meant {
  const sign = isNegative ? '-' : ''
  const padded = exponent < 0 ? digits.padStart(1 - exponent, '0') : digits + '0'.repeat(exponent)
  const point = padded.length + Math.min(exponent, 0)
  const whole = padded.slice(0, point).replace(/^0+(?=\d)/, '')
  const fraction = padded.slice(point).replace(/0+$/, '')
  const text = fraction === '' ? whole : `${whole}.${fraction}`
  return { given: `${sign}${digits}E${exponent}`, text: text === '0' ? text : `${sign}${text}` }
}

/** Of all decimals with the fewest digits that round to the float, the nearest. */
function shortestFloat(float: number): string {
  const text = Array.from({ length: 9 }, (_, index) => float.toPrecision(index + 1))
    .map(Number)
    .find((candidate) => Math.fround(candidate) === float)
  return String(text)
}
