import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  add,
  decimalText,
  divide,
  floor,
  fraction,
  fractionOf,
  multiply,
  oracleText,
  round,
  truncate,
} from './naive-values.ts'

const amounts = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map((cents) => fraction(cents, 100n))

test('a number keeps its digits as a fraction', () => {
  expect(
    ['0.1', '-1234.5', '99999999999999999999.99', '7'].map((text) => decimalText(fractionOf(text))),
  ).toEqual(['0.1', '-1234.5', '99999999999999999999.99', '7'])
})

test('a third times three is one, which no decimal can say', () => {
  expect(multiply(divide(fraction(1n), fraction(3n)), fraction(3n))).toEqual(fraction(1n))
})

test('text for Oracle has no zero before the point', () => {
  expect(['0.5', '-0.25', '10.5'].map((text) => oracleText(fractionOf(text)))).toEqual(['.5', '-.25', '10.5'])
})

test('halves round away from zero, and nothing else moves by half a place or more', () => {
  expect(['0.125', '-0.125', '0.124'].map((text) => decimalText(round(fractionOf(text), 2)))).toEqual([
    '0.13',
    '-0.13',
    '0.12',
  ])
  fc.assert(
    fc.property(amounts, fc.integer({ min: 0, max: 1 }), (amount, places) => {
      const moved = add(round(amount, places), multiply(amount, fraction(-1n)))
      const half = fraction(1n, 2n * 10n ** BigInt(places))
      expect(moved.numerator * half.denominator <= half.numerator * moved.denominator).toBe(true)
    }),
  )
})

test('truncating goes towards zero, the floor downwards', () => {
  expect(decimalText(truncate(fractionOf('-1.29'), 1))).toBe('-1.2')
  expect(floor(fractionOf('-1.29'))).toBe(-2n)
})
