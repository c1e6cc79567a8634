import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dateOfDay, dayNumber } from '../src/oracle/sql/calendar.ts'
import {
  addNumbers,
  canonicalNumber,
  compareNumbers,
  createNumberSum,
  divideNumbers,
  moduloNumbers,
  multiplyNumbers,
  roundNumber,
  subtractNumbers,
} from '../src/oracle/sql/number-arithmetic.ts'

/** An integer of at most 18 digits and where its point stands: products of two of them are still exact. */
const decimals = fc
  .tuple(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.integer({ min: 0, max: 9 }))
  .map(([units, scale]) => ({
    units,
    scale,
    text: canonicalNumber(`${units}e-${scale}`),
  }))

const scaled = ({ units, scale }: { units: bigint; scale: number }, to: number) =>
  units * 10n ** BigInt(to - scale)

test('sums, differences, products and order agree with integers', () => {
  fc.assert(
    fc.property(decimals, decimals, (a, b) => {
      const [x, y] = [scaled(a, 9), scaled(b, 9)]
      expect(addNumbers(a.text, b.text)).toBe(canonicalNumber(`${x + y}e-9`))
      expect(subtractNumbers(a.text, b.text)).toBe(canonicalNumber(`${x - y}e-9`))
      expect(multiplyNumbers(a.text, b.text)).toBe(
        canonicalNumber(`${a.units * b.units}e-${a.scale + b.scale}`),
      )
      expect(Math.sign(compareNumbers(a.text, b.text))).toBe(x < y ? -1 : x > y ? 1 : 0)
      if (y !== 0n) expect(moduloNumbers(a.text, b.text)).toBe(canonicalNumber(`${x % y}e-9`))
    }),
  )
})

test('canonical text has no needless digit, and is read back as itself', () => {
  fc.assert(
    fc.property(decimals, ({ text }) => {
      expect(text).toMatch(/^(0|-?(0|[1-9]\d*)(\.\d*[1-9])?)$/)
      expect(text).not.toBe('-0')
      expect(canonicalNumber(text)).toBe(text)
    }),
  )
})

test('a quotient times its divisor is the dividend up to the last of its 39 digits', () => {
  fc.assert(
    fc.property(decimals, decimals, (a, b) => {
      fc.pre(b.units !== 0n && a.units !== 0n)
      const quotient = divideNumbers(a.text, b.text)
      const digits = quotient.replace(/^-?0?\.?0*/, '').replace('.', '').length
      expect(digits).toBeLessThanOrEqual(40)
      const back = multiplyNumbers(quotient, b.text)
      expect(roundNumber(subtractNumbers(back, a.text), 15)).toBe('0')
    }),
  )
})

test('a sum does not depend on the order of its values', () => {
  fc.assert(
    fc.property(fc.array(decimals, { maxLength: 30 }), (values) => {
      const total = (list: typeof values) => {
        const sum = createNumberSum()
        for (const { text } of list) sum.add(text)
        return sum.total()
      }
      expect(total(values.toReversed())).toBe(total(values))
      expect(total(values)).toBe(
        canonicalNumber(`${values.reduce((sum, value) => sum + scaled(value, 9), 0n)}e-9`),
      )
    }),
  )
})

test('day numbers run on without a gap and agree with the Gregorian calendar', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5_373_484 }), (number) => {
      const { year, month, day } = dateOfDay(number)
      expect(dayNumber(year, month, day)).toBe(number)
      if (year < 1600) return
      const date = new Date(Date.UTC(2000, 0, 1))
      date.setUTCFullYear(year, month - 1, day)
      expect(number - dayNumber(2000, 1, 1)).toBe((date.getTime() - Date.UTC(2000, 0, 1)) / 86_400_000)
    }),
  )
})
