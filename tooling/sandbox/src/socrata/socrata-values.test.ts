import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseExactJson } from './exact-json.ts'
import { comparePlainNumbers, type SocrataType, toCell, toPlainNumber } from './socrata-values.ts'

describe('toPlainNumber', () => {
  test('reads any number of units and scale as the digits that make it up', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.nat(45), (units, scale) => {
        expect(toPlainNumber(`${units}e-${scale}`)).toBe(pointed(units, scale))
      }),
    )
  })

  test('reads a number the same with zeros around it and with an exponent', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.nat(20), fc.integer({ min: -30, max: 30 }), (units, scale, shift) => {
        const plain = pointed(units, scale)
        const sign = plain.startsWith('-') ? '-' : '+'
        const padded = `${sign}00${plain.replace('-', '')}${plain.includes('.') ? '' : '.'}000`

        expect(toPlainNumber(padded)).toBe(plain)
        expect(toPlainNumber(`${toPlainNumber(`${padded}e${shift}`)}E${-shift}`)).toBe(plain)
      }),
    )
  })

  test.for([
    ['.5', '0.5'],
    ['5.', '5'],
    ['-0.00', '0'],
    ['1E+3', '1000'],
    [' 7 ', '7'],
  ])('reads %s as %s', ([text, plain]) => {
    expect(toPlainNumber(text ?? '')).toBe(plain)
  })

  test.for(['', '.', '-', 'NaN', 'Infinity', '1,000', '$5', '0x10', 'e5', '1 2'])('refuses %s', (text) => {
    expect(toPlainNumber(text)).toBeUndefined()
  })
})

test('compares numbers by their values', () => {
  fc.assert(
    fc.property(fc.bigInt(), fc.bigInt(), fc.nat(10), (a, b, scale) => {
      const compared = comparePlainNumbers(pointed(a, scale), pointed(b, scale))

      expect(compared).toBe(a < b ? -1 : a > b ? 1 : 0)
    }),
  )
  expect(comparePlainNumbers('-0.5', '-0.25')).toBe(-1)
  expect(comparePlainNumbers('10', '9.99')).toBe(1)
})

test('a number of a JSON text keeps its digits', () => {
  fc.assert(
    fc.property(fc.bigInt(), (units) => {
      expect(parseExactJson(`[{"x": ${units}.10}]`)).toEqual([{ x: { text: `${units}.10` } }])
    }),
  )
})

test.for<[SocrataType, string, unknown]>([
  ['text', '"10.00"', '10.00'],
  ['text', '10', undefined],
  ['text', 'true', undefined],
  ['number', '-1.50', '-1.5'],
  ['number', '"-1.50"', '-1.5'],
  ['number', '""', undefined],
  ['number', 'true', undefined],
  ['number', 'null', null],
  ['calendar_date', '"2024-02-29"', '2024-02-29T00:00:00.000'],
  ['calendar_date', '"2026-11-22T07:08:09.5"', '2026-11-22T07:08:09.500'],
  ['calendar_date', '"2026-11-22T07:08:09.123456"', '2026-11-22T07:08:09.123'],
  ['calendar_date', '"2023-02-29"', undefined],
  ['calendar_date', '"2026-11-22T24:00:00"', undefined],
  ['calendar_date', '"2026-11-22T07:08:09Z"', undefined],
  ['calendar_date', '"11/22/2026"', undefined],
  ['calendar_date', '20261122', undefined],
  ['checkbox', 'false', false],
  ['checkbox', '"true"', undefined],
  ['checkbox', '1', undefined],
  ['point', '{"type":"Point","coordinates":[-97.74,30.27]}', { type: 'Point', coordinates: [-97.74, 30.27] }],
  ['point', '{"type":"Point","coordinates":[-97.74]}', undefined],
  ['point', '"POINT (-97.74 30.27)"', undefined],
  ['url', '{"url":"https://example.org"}', { url: 'https://example.org' }],
  [
    'url',
    '{"url":"https://example.org","description":"x"}',
    { url: 'https://example.org', description: 'x' },
  ],
  ['url', '"https://example.org"', undefined],
])('a %s column takes %s as %j', ([type, sent, cell]) => {
  expect(toCell(type, parseExactJson(sent))).toEqual(cell)
})

function pointed(units: bigint, scale: number): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0')
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '')
  const whole = digits.slice(0, digits.length - scale)
  return `${units < 0n ? '-' : ''}${whole}${scale > 0 && fraction !== '' ? `.${fraction}` : ''}`
}
