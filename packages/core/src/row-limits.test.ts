import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toCanonicalDecimal } from './decimal.ts'
import { type ColumnLimit, compileRowScreen } from './row-limits.ts'
import type { ColumnType, RowSchema, Value } from './row-schema.ts'

const columns = {
  DEPT: { kind: 'text' },
  ID: { kind: 'number' },
  AMOUNT: { kind: 'number' },
  RATE: { kind: 'binary-double' },
  CHANGED: { kind: 'date' },
  STAMP: { kind: 'timestamp-with-time-zone', fractionalDigits: 9 },
  NOTE: { kind: 'clob' },
  TOKEN: { kind: 'raw' },
} as const satisfies Record<string, ColumnType>

const schema: RowSchema = {
  columns: Object.entries(columns).map(([name, type], index) => ({
    name,
    type,
    isNullable: true,
    ordinal: index + 1,
  })),
}
const rowKey = [
  { column: 'DEPT', isNullable: true },
  { column: 'ID', isNullable: false },
]

function screenOf(limits: Partial<Record<keyof typeof columns, ColumnLimit>>) {
  return compileRowScreen(schema, limits as Record<string, ColumnLimit>, rowKey)
}

function rowOf(values: Partial<Record<keyof typeof columns, Value>>): Value[] {
  const all: Record<string, Value> = { DEPT: '2400', ID: '7', ...values }
  return schema.columns.map(({ name }) => all[name] ?? null)
}

/** What the screen says of one value, without the key. */
function misfitOf(column: keyof typeof columns, limit: ColumnLimit, value: Value) {
  const rejection = screenOf({ [column]: limit })(rowOf({ [column]: value }))
  return rejection && { kind: rejection.kind, reason: rejection.reason }
}

const number = (digitsBeforePoint: number, digitsAfterPoint: number, more = {}): ColumnLimit => ({
  kind: 'number',
  digitsBeforePoint,
  digitsAfterPoint,
  ...more,
})
const time = (fractionalDigits: number): ColumnLimit => ({
  kind: 'time',
  earliest: '1900-01-01T00:00:00',
  latest: '9999-12-31T23:59:59.999999',
  fractionalDigits,
})

describe('a row', () => {
  test('that fits passes, with NULL wherever it may be', () => {
    const screen = screenOf({ AMOUNT: number(3, 2), NOTE: { kind: 'text', maxCharacters: 1 } })
    expect(screen(rowOf({ AMOUNT: '-999.99', NOTE: 'ก' }))).toBeUndefined()
    expect(screen(rowOf({ DEPT: null, AMOUNT: null }))).toBeUndefined()
  })

  test('is rejected with its key, the column, the kind and the reason', () => {
    expect(screenOf({ AMOUNT: number(3, 2) })(rowOf({ DEPT: null, AMOUNT: '1.125' }))).toEqual({
      key: 'DEPT=NULL, ID=7',
      column: 'AMOUNT',
      kind: 'scale',
      reason: '1.125 has 3 digits after the point, and 2 fit',
    })
  })

  test('is rejected for its key first, then for its first column that does not fit', () => {
    const screen = screenOf({ NOTE: { kind: 'text', maxCharacters: 1 }, AMOUNT: number(1, 0) })
    expect(screen(rowOf({ ID: null, AMOUNT: '10' }))).toEqual({
      key: 'DEPT=2400, ID=NULL',
      column: 'ID',
      kind: 'null key',
      reason: 'NULL in a key column',
    })
    expect(screen(rowOf({ AMOUNT: '10', NOTE: 'too long' }))).toMatchObject({ column: 'AMOUNT' })
  })
})

describe('a number', () => {
  test.each([
    ['999', undefined],
    ['0.99', undefined],
    ['1000', { kind: 'range', reason: '1000 has 4 digits before the point, and 3 fit' }],
    ['-1000.5', { kind: 'range', reason: '-1000.5 has 4 digits before the point, and 3 fit' }],
    ['0.125', { kind: 'scale', reason: '0.125 has 3 digits after the point, and 2 fit' }],
    [
      `1${'0'.repeat(99)}`,
      { kind: 'range', reason: '100000000000000000000000… has 100 digits before the point, and 3 fit' },
    ],
  ])('%s in three digits and two after the point', (value, misfit) => {
    expect(misfitOf('AMOUNT', number(3, 2), value)).toEqual(misfit)
  })

  test('below one needs no digit before the point', () => {
    expect(misfitOf('AMOUNT', number(0, 2), '-0.25')).toBeUndefined()
    expect(misfitOf('AMOUNT', number(0, 2), '0')).toBeUndefined()
    expect(misfitOf('AMOUNT', number(0, 2), '1')).toMatchObject({ kind: 'range' })
  })

  test('stays within bounds that digits cannot say', () => {
    const limit = number(19, 0, { lowest: '-9223372036854775808', highest: '9223372036854775807' })
    expect(misfitOf('AMOUNT', limit, '9223372036854775807')).toBeUndefined()
    expect(misfitOf('AMOUNT', limit, '-9223372036854775808')).toBeUndefined()
    expect(misfitOf('AMOUNT', limit, '9223372036854775808')).toEqual({
      kind: 'range',
      reason: '9223372036854775808 is above 9223372036854775807',
    })
    expect(misfitOf('AMOUNT', limit, '-9223372036854775809')).toMatchObject({ kind: 'range' })
  })

  test('that is a binary float is judged without its exponent', () => {
    expect(misfitOf('RATE', number(22, 0), '1e+21')).toBeUndefined()
    expect(misfitOf('RATE', number(21, 0), '1e+21')).toMatchObject({ kind: 'range' })
    expect(misfitOf('RATE', number(1, 7), '2.5e-7')).toMatchObject({ kind: 'scale' })
    expect(misfitOf('RATE', number(1, 8), '2.5e-7')).toBeUndefined()
  })

  test('of any size fits just where integer arithmetic says so', () => {
    const digits = fc.integer({ min: 0, max: 40 })
    const scaled = fc.record({ units: fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }), scale: digits })
    const small = fc.record({ units: fc.bigInt({ min: -2000n, max: 2000n }), scale: fc.nat(4) })
    const near = fc.record({ power: digits, scale: digits, by: fc.constantFrom(-1n, 0n, 1n) })
    const value = fc.oneof(
      scaled,
      small,
      near.map(({ power, scale, by }) => ({ units: 10n ** BigInt(power) + by, scale })),
    )
    fc.assert(
      fc.property(
        value,
        fc.oneof(fc.nat(3), digits),
        fc.oneof(fc.nat(3), digits),
        (amount, before, after) => {
          const text = toCanonicalDecimal(`${amount.units}e-${amount.scale}`)
          const size = amount.units < 0n ? -amount.units : amount.units
          const isWhole = (size * 10n ** BigInt(after)) % 10n ** BigInt(amount.scale) === 0n
          const isSmall = size < 10n ** BigInt(before + amount.scale)
          const misfit = misfitOf('AMOUNT', number(before, after), text)
          expect(misfit?.kind).toBe(isWhole ? (isSmall ? undefined : 'range') : 'scale')
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('a time', () => {
  test.each([
    ['1900-01-01T00:00:00', undefined],
    ['9999-12-31T23:59:59', undefined],
    ['1899-12-31T23:59:59', { kind: 'range', reason: '1899-12-31T23:59:59 is before 1900-01-01T00:00:00' }],
    ['-0044-03-15T12:00:00', { kind: 'range', reason: '-0044-03-15T12:00:00 is before 1900-01-01T00:00:00' }],
  ])('%s from 1900 to 9999', (value, misfit) => {
    expect(misfitOf('CHANGED', time(0), value)).toEqual(misfit)
  })

  test('with a zone is judged as the instant that it is', () => {
    const limit: ColumnLimit = { ...time(3), kind: 'time', latest: '2026-01-01T00:00:00' } as ColumnLimit
    expect(misfitOf('STAMP', limit, '2026-01-01T00:00:00Z')).toBeUndefined()
    expect(misfitOf('STAMP', limit, '2026-01-01T00:00:00.001Z')).toEqual({
      kind: 'range',
      reason: '2026-01-01T00:00:00.001Z is after 2026-01-01T00:00:00',
    })
    expect(misfitOf('STAMP', limit, '1900-01-01T00:00:00Z')).toBeUndefined()
  })

  test('with more digits of a second than fit is rejected, not cut', () => {
    expect(misfitOf('STAMP', time(6), '2026-01-01T00:00:00.123456Z')).toBeUndefined()
    expect(misfitOf('STAMP', time(6), '2026-01-01T00:00:00.1234567Z')).toEqual({
      kind: 'scale',
      reason: '2026-01-01T00:00:00.1234567Z has 7 fractional digits, and 6 fit',
    })
  })
})

describe('text', () => {
  test('is counted in characters, not in halves of them', () => {
    expect(misfitOf('NOTE', { kind: 'text', maxCharacters: 2 }, '🛣️')).toBeUndefined()
    expect(misfitOf('NOTE', { kind: 'text', maxCharacters: 2 }, '🛣️a')).toEqual({
      kind: 'length',
      reason: 'its text has 3 characters, and 2 fit',
    })
  })

  test('is counted in bytes of UTF-8', () => {
    expect(misfitOf('NOTE', { kind: 'text', maxBytes: 6 }, 'กข')).toBeUndefined()
    expect(misfitOf('NOTE', { kind: 'text', maxBytes: 5 }, 'กข')).toEqual({
      kind: 'length',
      reason: 'its text takes 6 bytes in UTF-8, and 5 fit',
    })
    expect(misfitOf('NOTE', { kind: 'text', maxBytes: 5 }, 'abcde')).toBeUndefined()
  })

  test('with half of a surrogate pair never fits, with a NUL only where it may be', () => {
    expect(misfitOf('NOTE', { kind: 'text' }, 'a\ud83d')).toMatchObject({ kind: 'text' })
    expect(misfitOf('NOTE', { kind: 'text' }, 'a\0b')).toEqual({
      kind: 'text',
      reason: 'its text has a NUL character',
    })
    expect(misfitOf('NOTE', { kind: 'text', holdsNul: true }, 'a\0b')).toBeUndefined()
  })

  test('of any kind is judged by its length and never shown', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(text, fc.nat(30), fc.nat(60), (value, maxCharacters, maxBytes) => {
        const secret = `secret ${value}`
        const misfit = misfitOf('NOTE', { kind: 'text', maxCharacters, maxBytes, holdsNul: true }, secret)
        const fits = [...secret].length <= maxCharacters && Buffer.from(secret).length <= maxBytes
        expect(misfit === undefined).toBe(fits)
        expect(misfit?.reason ?? '').not.toContain('secret')
      }),
    )
  })
})

test('bytes are counted, and not their hexadecimal digits', () => {
  expect(misfitOf('TOKEN', { kind: 'bytes', maxBytes: 2 }, 'cafe')).toBeUndefined()
  expect(misfitOf('TOKEN', { kind: 'bytes', maxBytes: 2 }, 'cafe00')).toEqual({
    kind: 'length',
    reason: 'its value takes 3 bytes, and 2 fit',
  })
})

describe('a limit', () => {
  test('that cannot be is refused when it is made', () => {
    expect(() => compileRowScreen(schema, { AMONT: number(1, 1) }, rowKey)).toThrow('no column AMONT')
    expect(() => screenOf({ NOTE: number(1, 1) })).toThrow(
      'The limit of column NOTE is for a number, and the column is a clob',
    )
    expect(() => screenOf({ AMOUNT: number(1, -2) })).toThrow('digitsAfterPoint -2, which is no count')
    expect(() => screenOf({ AMOUNT: number(1, 1, { highest: '1.50' }) })).toThrow('"1.50"')
    expect(() => screenOf({ CHANGED: { ...time(0), latest: '9999-12-31' } as ColumnLimit })).toThrow(
      '"9999-12-31", which is no canonical text',
    )
  })
})
