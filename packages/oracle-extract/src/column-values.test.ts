import { type ColumnType, isCanonicalDecimal, type Value } from '@findata/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { testRecordType } from '../test/support/record-type.ts'
import { createRowFinisher, toNumberText } from './column-values.ts'

const things = testRecordType({ query: 'SELECT V FROM THINGS', columns: ['V'], maxLobLength: 5 })

function finish(type: ColumnType, ...values: readonly unknown[]): readonly (Value | undefined)[] {
  const rows = values.map((value) => [value])
  return createRowFinisher(things, [{ name: 'V', type, isNullable: true }])(rows).map((row) => row[0])
}

test('A6: a number keeps its digits and gets back the zero that the driver leaves out', () => {
  const texts = ['0', '.5', '-.01', '12345678901234567890.123456789', '-7', '-1e126']
  expect(finish({ kind: 'number' }, ...texts)).toEqual([
    '0',
    '0.5',
    '-0.01',
    '12345678901234567890.123456789',
    '-7',
    `-1${'0'.repeat(126)}`,
  ])
})

test('A6: whatever decimal the driver writes, its text is canonical and its value the same', () => {
  const digits = fc.bigInt({ min: 1n, max: 10n ** 38n - 1n })
  fc.assert(
    fc.property(digits, fc.integer({ min: -20, max: 60 }), fc.boolean(), (units, scale, isNegative) => {
      const canonical = decimalOf(units, scale, isNegative)
      // As the driver does: no zero before the point.
      const fromDriver = canonical.replace(/^(-?)0\./, '$1.')
      expect(toNumberText(fromDriver)).toBe(canonical)
      expect(isCanonicalDecimal(canonical)).toBe(true)
    }),
  )
})

function decimalOf(units: bigint, scale: number, isNegative: boolean): string {
  const sign = isNegative ? '-' : ''
  if (scale <= 0) return `${sign}${units}${'0'.repeat(-scale)}`
  const padded = units.toString().padStart(scale + 1, '0')
  const fraction = padded.slice(-scale).replace(/0+$/, '')
  return `${sign}${padded.slice(0, -scale)}${fraction === '' ? '' : `.${fraction}`}`
}

test('A6: a declared whole number is what the driver writes', () => {
  const type: ColumnType = { kind: 'number', precision: 38, scale: 0 }
  const texts = ['0', '-7', '9'.repeat(38), null]
  expect(finish(type, ...texts)).toEqual(texts)
})

test('A3: a date loses the space that stands for its sign', () => {
  const dates = [' 2026-03-08T02:30:00', '-0044-03-15T12:00:00', null]
  expect(finish({ kind: 'date' }, ...dates)).toEqual(['2026-03-08T02:30:00', '-0044-03-15T12:00:00', null])
})

test('a timestamp loses the zeros at its end and nothing else', () => {
  const type: ColumnType = { kind: 'timestamp', fractionalDigits: 6 }
  expect(finish(type, ' 2026-01-02T03:04:05.120300', ' 2026-01-02T03:04:50.000000')).toEqual([
    '2026-01-02T03:04:05.1203',
    '2026-01-02T03:04:50',
  ])
  expect(finish({ kind: 'timestamp', fractionalDigits: 0 }, ' 2026-01-02T03:04:50')).toEqual([
    '2026-01-02T03:04:50',
  ])
})

test('an instant ends in Z', () => {
  const type: ColumnType = { kind: 'timestamp-with-time-zone', fractionalDigits: 9 }
  expect(finish(type, ' 2026-01-02T03:04:05.000000001', ' 2026-01-02T03:04:05.000000000')).toEqual([
    '2026-01-02T03:04:05.000000001Z',
    '2026-01-02T03:04:05Z',
  ])
})

test('binary numbers become the shortest text of their own width', () => {
  expect(finish({ kind: 'binary-double' }, 0.1, -0, 1e21, 5e-324)).toEqual(['0.1', '0', '1e+21', '5e-324'])
  expect(finish({ kind: 'binary-float' }, Math.fround(0.1), Math.fround(16777216))).toEqual([
    '0.1',
    '16777216',
  ])
})

test.each([Number.NaN, Number.POSITIVE_INFINITY])(
  'A9: %s is refused with the name of its column',
  (value) => {
    expect(() => finish({ kind: 'binary-double' }, value)).toThrow(
      expect.objectContaining({
        code: 'ORACLE_VALUE_UNSUPPORTED',
        message: expect.stringContaining('column V'),
      }),
    )
  },
)

test('RAW and BLOB become lower-case hex', () => {
  expect(finish({ kind: 'raw' }, Buffer.from('00FF0A', 'hex'))).toEqual(['00ff0a'])
  expect(finish({ kind: 'blob' }, Buffer.from('ABCD', 'hex'))).toEqual(['abcd'])
})

test('a large object beyond the limit is named with its length, and never cut', () => {
  expect(finish({ kind: 'clob' }, 'five!')).toEqual(['five!'])
  expect(() => finish({ kind: 'clob' }, 'six!!!')).toThrow(
    'column V has 6 characters, more than the limit of 5',
  )
  expect(() => finish({ kind: 'blob' }, Buffer.alloc(7))).toThrow(
    'column V has 7 bytes, more than the limit of 5',
  )
})

test('text is what Oracle holds, blanks of a CHAR included', () => {
  expect(finish({ kind: 'text' }, 'ก <b  ', '.5', null)).toEqual(['ก <b  ', '.5', null])
})
