import type { FieldKind, Value } from '@findata/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { equalityReason, toComparable } from './canonical-compare.ts'

const KINDS: readonly FieldKind[] = ['text', 'number', 'currency', 'date', 'list', 'boolean', 'connection']

function isEqual(kind: FieldKind, a: Value, b: Value): boolean {
  return toComparable(kind, a) === toComparable(kind, b)
}

describe('values that a destination treats as the same', () => {
  test.each<[FieldKind, Value, Value, string]>([
    ['text', 'Main St', 'Main St   ', 'white space only'],
    ['text', 'one\r\ntwo', 'one\ntwo', 'white space only'],
    ['text', 'a < b', 'a  <\u00a0 b', 'white space only'],
    ['text', 'R&D < 5', 'R&amp;D &lt;&nbsp;5', 'entities only'],
    ['text', 'R&D', 'R&amp;amp;D', 'entities only'],
    ['text', "it's \u2013", 'it&#39;s &#x2013;', 'entities only'],
    ['number', '10', '10.00', '10 = 10.00'],
    ['number', '1997.78', '1,997.78', '10 = 10.00'],
    ['number', '99999999999999999999.01', '99,999,999,999,999,999,999.010', '10 = 10.00'],
    ['number', '10', ' 10', 'white space only'],
    ['currency', '1,997.78', '$1,997.78', '10 = $10.00'],
    ['currency', '-1,997.78', '($1997.780)', '10 = $10.00'],
    ['currency', '-5.00', '-$5', '10 = $10.00'],
    ['currency', '-5.00', '$-5', '10 = $10.00'],
    ['date', '2026-03-04T00:00:00', '03/04/2026', 'form of the date only'],
    ['date', '2026-03-04T13:05:00', '03/04/2026 1:05 pm', 'form of the date only'],
    ['date', '2026-03-04T00:05:00', '3/4/2026 12:05am', 'form of the date only'],
    ['date', '2026-03-04T10:26:00', '2026-03-04T10:26:00.000', 'form of the date only'],
    ['date', '2026-03-04 10:26', '2026-03-04T10:26:00.000Z', 'form of the date only'],
    ['boolean', 'true', 'Yes', 'Yes = true'],
    ['boolean', 'off', 'false', 'Yes = true'],
    ['connection', '5f00aa,\n5f00bb', '5f00bb, 5f00aa', 'order only'],
  ])('%s: %j and %j', (kind, a, b, reason) => {
    expect(isEqual(kind, a, b)).toBe(true)
    expect(equalityReason(kind, a, b)).toBe(reason)
    expect(equalityReason(kind, b, a)).toBe(reason)
  })

  test('A29: a list is equal in any order, with blanks around its parts and parts twice', () => {
    const list = '5610 2400 4100,\n5610 2400 4200'
    expect(equalityReason('list', list, '5610 2400 4200,\n5610 2400 4100')).toBe('order only')
    expect(equalityReason('list', list, '5610 2400 4100, 5610 2400 4200')).toBe('white space only')
    expect(equalityReason('list', list, `${list},\n5610 2400 4100`)).toBe('repeated parts only')
    expect(isEqual('list', list, '5610 2400 4100')).toBe(false)
    expect(isEqual('text', list, '5610 2400 4200,\n5610 2400 4100')).toBe(false)
  })

  test('A30: text that is padded once more is the same text', () => {
    expect(isEqual('text', 'depth < 5 ft', 'depth  <  5 ft')).toBe(true)
    expect(isEqual('text', 'depth < 5 ft', 'depth<5 ft')).toBe(false)
  })

  test.each(KINDS)('A35: empty text, an empty list and null are one value: %s', (kind) => {
    for (const empty of [null, '', '  ', '\n', '&nbsp;']) expect(toComparable(kind, empty)).toBeNull()
    expect(equalityReason(kind, null, '')).toBe('empty only')
    expect(toComparable('list', ', ,\n')).toBeNull()
  })
})

describe('values that differ', () => {
  test.each<[FieldKind, Value, Value]>([
    ['text', 'active', 'Active'],
    ['text', 'Main St', 'MainSt'],
    ['number', '99999999999999999999.01', '99999999999999999999.02'],
    ['number', '1,5', '15'],
    ['number', '1,5', '1.5'],
    ['number', '10', 'ten'],
    ['currency', '1.00', '-1.00'],
    ['date', '2026-03-04T10:26:00', '2026-03-04T10:26:01'],
    ['date', '2026-03-04', '2026-03-05'],
    ['boolean', 'true', 'false'],
    ['boolean', 'true', 'maybe'],
    ['list', 'a,\nb', 'a b'],
  ])('%s: %j and %j', (kind, a, b) => {
    expect(isEqual(kind, a, b)).toBe(false)
    expect(equalityReason(kind, a, b)).toBeUndefined()
  })

  test('A33: are ids whose zeros differ where the field is text, and not where it is a number', () => {
    expect(isEqual('text', '13240.010', '13240.01')).toBe(false)
    expect(isEqual('number', '13240.010', '13240.01')).toBe(true)
  })

  test('A34: the kind of the field decides, not the form of the values', () => {
    expect(isEqual('text', '2507', '2,507')).toBe(false)
    expect(isEqual('number', '2507', '2,507')).toBe(true)
    expect(isEqual('number', '$2,507', '2507')).toBe(false)
    expect(isEqual('currency', '$2,507', '2507')).toBe(true)
  })

  test('A31: a missing amount is not zero: one update writes it, and then it is read as zero', () => {
    expect(isEqual('currency', '0.00', '')).toBe(false)
    expect(isEqual('currency', '0.00', null)).toBe(false)
    expect(isEqual('currency', '0.00', '$0.00')).toBe(true)
    expect(isEqual('currency', '0.00', '-0')).toBe(true)
  })

  test.each<[FieldKind, string]>([
    ['number', 'abc'],
    ['currency', '$'],
    ['date', '2026-02-30'],
    ['date', '13/13/2026'],
    ['date', '03/04/2026 13:00 pm'],
    ['boolean', 'perhaps'],
  ])('%s: what cannot be read as one, %j, equals only itself', (kind, text) => {
    expect(toComparable(kind, text)).not.toBe(toComparable('text', text))
    expect(isEqual(kind, text, ` ${text}`)).toBe(true)
  })
})

describe('for any two values', () => {
  const piece = fc.constantFrom(
    ...[' ', '  ', '\n', ',', ',\n', '&', 'amp;', '&amp;', '&lt;', '&#48;', '&#x2c;', '\0', '<', '$', '-'],
    ...['(', ')', '.', '0', '1', '00', '10', '1,000', '2026-01-02', 'T10:00', '01/02/2026', 'yes', 'No', 'é'],
  )
  const value = fc.oneof(
    fc.constant(null),
    fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')),
    fc.string({ unit: 'binary' }),
  )
  const kind = fc.constantFrom(...KINDS)

  test('what a value is compared as is compared as itself', () => {
    fc.assert(
      fc.property(kind, value, (kind, value) => {
        const comparable = toComparable(kind, value)
        expect(toComparable(kind, comparable)).toBe(comparable)
      }),
      { numRuns: 3000 },
    )
  })

  test('a reason is given exactly when they are equal and their texts are not, the same both ways', () => {
    fc.assert(
      fc.property(kind, value, value, (kind, a, b) => {
        const reason = equalityReason(kind, a, b)
        expect(reason !== undefined).toBe(a !== b && isEqual(kind, a, b))
        expect(equalityReason(kind, b, a)).toBe(reason)
      }),
      { numRuns: 3000 },
    )
  })

  test('amounts are equal exactly when their digits are, however large', () => {
    const amount = fc.tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat({ max: 99 }))
    fc.assert(
      fc.property(amount, amount, ([a, cents], [b, otherCents]) => {
        const left = `${a}.${String(cents).padStart(2, '0')}`
        const right = `${b}.${String(otherCents).padStart(2, '0')}`
        const grouped = (text: string) => text.replace(/\B(?=(?:\d{3})+\.)/g, ',')
        expect(isEqual('currency', left, `$${grouped(left)}`)).toBe(true)
        expect(isEqual('currency', left, grouped(right))).toBe(
          left === right || [left, right].every((text) => /^-?0\.00$/.test(text)),
        )
      }),
    )
  })
})
