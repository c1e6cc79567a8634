import { describe, expect, test } from 'vitest'
import { isCanonical, toCanonicalDouble, toCanonicalFloat, toCanonicalTimestamp } from './canonical.ts'
import type { ColumnType } from './row-schema.ts'

const number: ColumnType = { kind: 'number' }
const text: ColumnType = { kind: 'text' }
const date: ColumnType = { kind: 'date' }
const timestamp: ColumnType = { kind: 'timestamp', fractionalDigits: 9 }
const instant: ColumnType = { kind: 'timestamp-with-time-zone', fractionalDigits: 9 }
const raw: ColumnType = { kind: 'raw' }
const float: ColumnType = { kind: 'binary-float' }
const double: ColumnType = { kind: 'binary-double' }

describe('canonical text', () => {
  test.each<[ColumnType, string]>([
    [number, '0'],
    [number, '-0.25'],
    [number, '9999999999999999.99'],
    [text, ''],
    [text, 'ซ่อมถนน 🛣️'],
    [date, '2024-02-29T23:59:59'],
    [timestamp, '2026-03-08T02:30:00'],
    [timestamp, '2026-03-08T02:30:00.000000001'],
    [instant, '2026-03-08T08:30:00Z'],
    [instant, '2026-03-08T08:30:00.5Z'],
    [raw, '00ff'],
    [raw, ''],
    [double, '0.1'],
    [double, '1e+21'],
    [float, '0.1'],
    [float, '16777216'],
  ])('of %j: %j', (type, value) => {
    expect(isCanonical(type, value)).toBe(true)
  })

  test.each<[ColumnType, string]>([
    [number, '.5'],
    [number, '1.50'],
    [number, '-0'],
    [number, '1E5'],
    [text, 'half \ud83d'],
    [date, '2026-02-29T00:00:00'],
    [date, '2026-01-01'],
    [date, '2026-01-01T00:00:00.5'],
    [date, '2026-01-01T24:00:00'],
    [date, '2026-13-01T00:00:00'],
    [timestamp, '2026-01-01T00:00:00.50'],
    [timestamp, '2026-01-01T00:00:00.0'],
    [timestamp, '2026-01-01T00:00:00.1234567891'],
    [timestamp, '2026-01-01T00:00:00Z'],
    [instant, '2026-01-01T00:00:00'],
    [instant, '2026-01-01T00:00:00.10Z'],
    [instant, '2026-01-01T00:00:00+00:00'],
    [raw, '0F'],
    [raw, '0'],
    [double, '0.10'],
    [double, 'NaN'],
    [double, 'Infinity'],
    [float, '0.10000000149011612'],
    [float, '1e39'],
  ])('is never, for %j, %j', (type, value) => {
    expect(isCanonical(type, value)).toBe(false)
  })
})

test('binary floats are written as the shortest text that reads back the same', () => {
  expect(toCanonicalDouble(0.1 + 0.2)).toBe('0.30000000000000004')
  expect(toCanonicalDouble(-0)).toBe('0')
  expect(toCanonicalFloat(Math.fround(0.1))).toBe('0.1')
  expect(toCanonicalFloat(Math.fround(3.4028234663852886e38))).toBe('3.4028235e+38')
  expect(() => toCanonicalDouble(Number.NaN)).toThrow(RangeError)
  expect(() => toCanonicalFloat(Number.NEGATIVE_INFINITY)).toThrow(RangeError)
  expect(() => toCanonicalFloat(0.1)).toThrow(RangeError)
})

test('fractions of a second lose their trailing zeros and nothing else', () => {
  expect(toCanonicalTimestamp('2026-01-02T03:04:05.120000')).toBe('2026-01-02T03:04:05.12')
  expect(toCanonicalTimestamp('2026-01-02T03:04:10.000000')).toBe('2026-01-02T03:04:10')
  expect(toCanonicalTimestamp('2026-01-02T03:04:10')).toBe('2026-01-02T03:04:10')
  expect(toCanonicalTimestamp('2026-01-02T03:04:10.000Z')).toBe('2026-01-02T03:04:10Z')
  expect(toCanonicalTimestamp('2026-01-02T03:04:10.100200Z')).toBe('2026-01-02T03:04:10.1002Z')
  expect(toCanonicalTimestamp('2026-01-02T03:04:10Z')).toBe('2026-01-02T03:04:10Z')
})
