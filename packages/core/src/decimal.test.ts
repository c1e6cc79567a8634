import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addDecimals,
  compareDecimals,
  createDecimalSum,
  digitsAfterPoint,
  formatDecimal,
  isCanonicalDecimal,
  subtractDecimals,
  toCanonicalDecimal,
  toSafeUnits,
} from './decimal.ts'

/** A decimal as whole units of 10^-scale: the slow, obvious form. */
interface Rational {
  readonly units: bigint
  readonly scale: number
}

const rationals = fc.oneof(
  fc.record({ units: fc.bigInt({ min: -999_999_999n, max: 999_999_999n }), scale: fc.nat(2) }),
  fc.record({ units: fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), scale: fc.nat(6) }),
  fc.record({ units: fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), scale: fc.nat(45) }),
)

/** Written out digit by digit, with all its trailing zeros. */
function written({ units, scale }: Rational): string {
  const sign = units < 0n ? '-' : ''
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

function reduced({ units, scale }: Rational): string {
  let [whole, digits] = [units, scale]
  while (digits > 0 && whole % 10n === 0n) {
    whole /= 10n
    digits--
  }
  return written({ units: whole, scale: digits })
}

const atScale = ({ units, scale }: Rational, wanted: number) => units * 10n ** BigInt(wanted - scale)
const plus = (a: Rational, b: Rational): Rational => {
  const scale = Math.max(a.scale, b.scale)
  return { units: atScale(a, scale) + atScale(b, scale), scale }
}

describe('canonical text', () => {
  test.each([
    ['.5', '0.5'],
    ['-.01', '-0.01'],
    ['+1', '1'],
    ['100.10', '100.1'],
    ['007', '7'],
    ['-0', '0'],
    ['-0.00', '0'],
    ['5.', '5'],
    ['1E+20', '100000000000000000000'],
    ['-12.5e-3', '-0.0125'],
    ['12.345e1', '123.45'],
    ['1e0', '1'],
    ['0e5', '0'],
    ['0.000', '0'],
    ['9999999999999999.99', '9999999999999999.99'],
  ])('of %s is %s', (text, canonical) => {
    expect(toCanonicalDecimal(text)).toBe(canonical)
  })

  test.each([
    '',
    '.',
    '-',
    '+',
    'e5',
    '.e1',
    '1,5',
    ' 1',
    '1 ',
    '1\n',
    '--1',
    '1e',
    '1e1.5',
    'NaN',
    'Infinity',
    '0x1',
    '١',
    '1e9999',
  ])('is refused for %j', (text) => {
    expect(() => toCanonicalDecimal(text)).toThrow(RangeError)
    expect(isCanonicalDecimal(text)).toBe(false)
  })

  test('A6: keeps every digit of any decimal, however it is written', () => {
    fc.assert(
      fc.property(rationals, fc.nat(3), fc.integer({ min: -60, max: 60 }), (rational, zeros, exponent) => {
        const text = toCanonicalDecimal(written(rational) + (rational.scale > 0 ? '0'.repeat(zeros) : ''))
        expect(text).toBe(reduced(rational))
        expect(isCanonicalDecimal(text)).toBe(true)

        const moved = { units: rational.units * 10n ** 60n, scale: rational.scale + 60 - exponent }
        const shifted =
          moved.scale < 0 ? { units: moved.units * 10n ** BigInt(-moved.scale), scale: 0 } : moved
        expect(toCanonicalDecimal(`${written(rational)}E${exponent}`)).toBe(reduced(shifted))
      }),
    )
  })

  test('is told apart from every other way to write the same number', () => {
    fc.assert(
      fc.property(rationals, (rational) => {
        expect(isCanonicalDecimal(written(rational))).toBe(written(rational) === reduced(rational))
      }),
    )
  })
})

describe('arithmetic', () => {
  test('agrees with whole numbers of units', () => {
    fc.assert(
      fc.property(rationals, rationals, (a, b) => {
        const [left, right] = [reduced(a), reduced(b)]
        const scale = Math.max(a.scale, b.scale)
        expect(addDecimals(left, right)).toBe(reduced(plus(a, b)))
        expect(subtractDecimals(left, right)).toBe(reduced(plus(a, { ...b, units: -b.units })))
        expect(Math.sign(compareDecimals(left, right))).toBe(
          Number(atScale(a, scale) > atScale(b, scale)) - Number(atScale(a, scale) < atScale(b, scale)),
        )
      }),
    )
  })

  test('A6: a running sum loses no digit of any scale or magnitude', () => {
    fc.assert(
      fc.property(fc.array(rationals, { maxLength: 40 }), fc.nat(4), (amounts, scale) => {
        const sum = createDecimalSum(scale)
        for (const amount of amounts) sum.add(reduced(amount))
        expect(sum.toString()).toBe(reduced(amounts.reduce(plus, { units: 0n, scale: 0 })))
      }),
    )
  })

  test('A6: a running sum is exact on both sides of the largest safe integer', () => {
    const nearTheEdge = fc.bigInt({ min: 10n ** 14n - 10n, max: 10n ** 15n - 1n })
    fc.assert(
      fc.property(
        fc.array(nearTheEdge, { minLength: 5, maxLength: 200 }),
        fc.boolean(),
        (all, isNegative) => {
          const sum = createDecimalSum(0)
          const amounts = all.map((units) => (isNegative ? -units : units))
          for (const amount of amounts) sum.add(amount.toString())
          expect(sum.toString()).toBe(amounts.reduce((a, b) => a + b, 0n).toString())
        },
      ),
    )
  })

  test('a running sum can be read in between and refuses what is not a decimal', () => {
    const sum = createDecimalSum()
    expect(sum.toString()).toBe('0')
    sum.add('100.1')
    expect(sum.toString()).toBe('100.1')
    sum.add('-0.005')
    expect(sum.toString()).toBe('100.095')
    for (const text of ['', '-', '.', '1,5', 'abc']) expect(() => sum.add(text)).toThrow(RangeError)
  })

  test('units are exact or not given at all', () => {
    fc.assert(
      fc.property(rationals, fc.nat(8), (rational, scale) => {
        const units = toSafeUnits(reduced(rational), scale)
        if (!Number.isNaN(units)) {
          expect(BigInt(units) * 10n ** BigInt(rational.scale)).toBe(rational.units * 10n ** BigInt(scale))
        }
      }),
    )
  })
})

describe('fixed scale', () => {
  test('an id column gets its zeros back', () => {
    expect(formatDecimal('13240.01', 3)).toBe('13240.010')
    expect(formatDecimal('7', 2)).toBe('7.00')
    expect(formatDecimal('-.5', 2)).toBe('-0.50')
    expect(formatDecimal('12', 0)).toBe('12')
  })

  test('no digit is lost', () => {
    expect(() => formatDecimal('1.005', 2)).toThrow('3 digits after the point, and only 2 fit')
    expect(digitsAfterPoint('1.005')).toBe(3)
    expect(digitsAfterPoint('1005')).toBe(0)
  })
})
