import { RejectedRowError } from '@findata/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { convertValue } from './convert.ts'

const text = fc.string({ unit: fc.constantFrom('<', '>', ' ', '\n', 'a', '1', '/', 'é'), maxLength: 30 })
const pad = (value: string) => convertValue('pad-angle-brackets', value) as string

test.each([
  ['a<b>c', 'a < b > c'],
  ['already < spaced > here', 'already < spaced > here'],
  ['<br>', '< br >'],
  ['x<<y', 'x < < y'],
  ['if a <5', 'if a < 5'],
  ['line\n<next', 'line\n< next'],
])('A30: %j is padded as %j', (before, after) => {
  expect(pad(before)).toBe(after)
})

test('A30: padding adds nothing but spaces, leaves no bracket beside another character, and does nothing the second time', () => {
  fc.assert(
    fc.property(text, (value) => {
      const padded = pad(value)
      expect(padded.replaceAll(' ', '')).toBe(value.replaceAll(' ', ''))
      expect(padded).not.toMatch(/\S[<>]|[<>]\S/)
      expect(pad(padded)).toBe(padded)
      if (!/[<>]/.test(value)) expect(padded).toBe(value)
    }),
  )
})

test.each([
  [null, '0.00'],
  ['0', '0.00'],
  ['-1997.78', '-1,997.78'],
  ['100.4', '100.40'],
  ['-0.01', '-0.01'],
  ['999', '999.00'],
  ['1000', '1,000.00'],
  ['99999999999999999.99', '99,999,999,999,999,999.99'],
  ['0.005', '0.00'],
  ['0.015', '0.02'],
  ['-0.015', '-0.02'],
  ['-0.005', '0.00'],
  ['0.0150000000000000000001', '0.02'],
  ['2.0049', '2.00'],
])('A31: %j is the currency %j', (value, currency) => {
  expect(convertValue('currency', value)).toBe(currency)
})

test('A31: currency keeps every digit of an amount', () => {
  const cents = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n })
  fc.assert(
    fc.property(cents, (amount) => {
      const digits = String(amount < 0n ? -amount : amount).padStart(3, '0')
      const decimal = `${amount < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
      const currency = convertValue('currency', decimal) as string
      expect(currency).toMatch(/^-?\d{1,3}(,\d{3})*\.\d\d$/)
      expect(currency.replaceAll(',', '')).toBe(decimal)
    }),
  )
})

test('A31: an amount that is no number is rejected, not sent', () => {
  expect(() => convertValue('currency', 'NaN')).toThrow(RejectedRowError)
  expect(() => convertValue('currency', '')).toThrow(RejectedRowError)
})

test('A29: a list is sorted by code unit, each value once', () => {
  const list = '5610 2400 4200,\n5610 2400 4100,\nb,\nB,\n5610 2400 4200'

  expect(convertValue('sorted-list', list)).toBe('5610 2400 4100,\n5610 2400 4200,\nB,\nb')
  expect(convertValue('sorted-list', null)).toBeNull()
  expect(convertValue('sorted-list', '')).toBeNull()
})

test('A29: the order of a list as read makes no difference', () => {
  const lists = fc
    .array(fc.stringMatching(/^[A-Za-z0-9 ]{1,8}$/), { minLength: 1 })
    .chain((parts) => fc.tuple(fc.constant(parts), fc.shuffledSubarray(parts, { minLength: parts.length })))
  fc.assert(
    fc.property(lists, ([parts, shuffled]) => {
      const sorted = convertValue('sorted-list', parts.join(',\n'))
      expect(convertValue('sorted-list', shuffled.join(',\n'))).toBe(sorted)
      expect(new Set((sorted as string).split(',\n'))).toEqual(new Set(parts))
    }),
  )
})

test.each([
  ['13240.01', 3, '13240.010'],
  ['13240', 3, '13240.000'],
  ['13240.0101', 3, '13240.0101'],
  ['7120', 0, '7120'],
  ['007', 0, '007'],
  ['-1.5', 2, '-1.50'],
  ['99999999999999999999.9', 3, '99999999999999999999.900'],
  ['24ROW51000', 3, '24ROW51000'],
])('A33, A63: %j with scale %i is the text %j', (value, scale, expected) => {
  expect(convertValue({ numberText: { scale } }, value)).toBe(expected)
})

test('A33: no value stays no value', () => {
  expect(convertValue({ numberText: { scale: 3 } }, null)).toBeNull()
  expect(convertValue('pad-angle-brackets', null)).toBeNull()
  expect(convertValue('none', null)).toBeNull()
})
