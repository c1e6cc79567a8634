import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CursorKind,
  compareCursorValues,
  cursorBefore,
  cursorDistance,
  describeDistance,
  isCursorValue,
} from './cursor-values.ts'
import { addDecimals, compareDecimals } from './decimal.ts'

const NANOSECONDS_PER_DAY = 86_400_000_000_000n
const NANOSECONDS_PER_MS = 1_000_000n
const TIMES = ['date', 'timestamp', 'timestamp-with-time-zone'] as const

/** Days since 1970 by counting years and months, not by any calendar of the platform. */
function daysOf(year: number, month: number, day: number): number {
  const isLeap = (y: number) => y % 4 === 0 && (y % 100 !== 0 || y % 400 === 0)
  let days = day - 1
  for (let m = 1; m < month; m++) {
    days += m === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(m) ? 30 : 31
  }
  for (let y = 1970; y < year; y++) days += isLeap(y) ? 366 : 365
  for (let y = year; y < 1970; y++) days -= isLeap(y) ? 366 : 365
  return days
}

interface Moment {
  /** Astronomical: 0 is 1 BC. */
  readonly year: number
  readonly month: number
  readonly day: number
  /** Within the day. */
  readonly nanoseconds: bigint
}

const nanosecondsOf = ({ year, month, day, nanoseconds }: Moment): bigint =>
  BigInt(daysOf(year, month, day)) * NANOSECONDS_PER_DAY + nanoseconds

function textOf(kind: (typeof TIMES)[number], { year, month, day, nanoseconds }: Moment): string {
  const two = (value: bigint | number) => String(value).padStart(2, '0')
  const seconds = nanoseconds / 1_000_000_000n
  const fraction = String(nanoseconds % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '')
  const written = year <= 0 ? `-${String(1 - year).padStart(4, '0')}` : String(year).padStart(4, '0')
  const time = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`
  return `${written}-${two(month)}-${two(day)}T${time}${fraction && `.${fraction}`}${kind === 'timestamp-with-time-zone' ? 'Z' : ''}`
}

const moments = (kind: (typeof TIMES)[number]) =>
  fc.record({
    year: fc.oneof(
      fc.integer({ min: -4000, max: 9999 }),
      fc.integer({ min: -1, max: 1 }),
      fc.constantFrom(2026),
    ),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 28 }),
    nanoseconds: fc
      .oneof(
        fc.bigInt({ min: 0n, max: NANOSECONDS_PER_DAY - 1n }),
        fc.bigInt({ min: 0n, max: 86_399n }).map((seconds) => seconds * 1_000_000_000n),
        fc.bigInt({ min: 0n, max: 86_399_999n }).map((ms) => ms * NANOSECONDS_PER_MS),
      )
      .map((nanoseconds) => (kind === 'date' ? nanoseconds - (nanoseconds % 1_000_000_000n) : nanoseconds)),
  })

const sign = (value: bigint | number) => (value < 0 ? -1 : value > 0 ? 1 : 0)

describe.each(TIMES)('values of a %s cursor', (kind) => {
  test('are known by their canonical text', () => {
    fc.assert(
      fc.property(moments(kind), (moment) => {
        expect(isCursorValue(kind, textOf(kind, moment))).toBe(true)
      }),
    )
  })

  test('are in the order of their nanoseconds, years before Christ included', () => {
    fc.assert(
      fc.property(moments(kind), moments(kind), (a, b) => {
        const compared = compareCursorValues(kind, textOf(kind, a), textOf(kind, b))
        expect(sign(compared)).toBe(sign(nanosecondsOf(a) - nanosecondsOf(b)))
      }),
    )
  })

  test('are as far apart as their nanoseconds, in milliseconds rounded up', () => {
    fc.assert(
      fc.property(moments(kind), moments(kind), (a, b) => {
        const distance = nanosecondsOf(a) - nanosecondsOf(b)
        const roundedUp =
          sign(distance) > 0
            ? (distance + NANOSECONDS_PER_MS - 1n) / NANOSECONDS_PER_MS
            : distance / NANOSECONDS_PER_MS
        expect(BigInt(cursorDistance(kind, textOf(kind, a), textOf(kind, b)))).toBe(roundedUp)
      }),
    )
  })

  test('less a distance are exactly that far back, for a DATE at most a second farther', () => {
    const distances = fc.oneof(fc.nat(100_000), fc.integer({ min: 0, max: 700 * 86_400_000 }))
    fc.assert(
      fc.property(moments(kind), distances, (moment, distance) => {
        const value = textOf(kind, moment)
        const before = cursorBefore(kind, value, distance)
        expect(isCursorValue(kind, before)).toBe(true)
        const moved = cursorDistance(kind, value, before)
        if (kind === 'date') expect(moved).toBe(Math.ceil(distance / 1_000) * 1_000)
        else expect(moved).toBe(distance)
      }),
    )
  })
})

describe('values of a number cursor', () => {
  const decimals = fc
    .tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.nat(9))
    .map(([units, scale]) => addDecimals(`${units}E-${scale}`, '0'))
  const counts = fc.integer({ min: -1_000, max: 1_000 }).map(String)

  test('are in the order of their amounts', () => {
    fc.assert(
      fc.property(fc.oneof(decimals, counts), fc.oneof(decimals, counts), (a, b) => {
        expect(sign(compareCursorValues('number', a, b))).toBe(compareDecimals(a, b))
      }),
    )
  })

  test('less a number of units keep every digit', () => {
    fc.assert(
      fc.property(decimals, fc.nat(), (value, units) => {
        expect(addDecimals(cursorBefore('number', value, units), String(units))).toBe(value)
      }),
    )
    expect(cursorBefore('number', '1', 0.1)).toBe('0.9')
    expect(cursorBefore('number', '1', 1e-7)).toBe('0.9999999')
    expect(cursorDistance('number', '10.5', '3')).toBe(7.5)
  })
})

test.each<[CursorKind, string]>([
  ['date', '2026-02-29T00:00:00'],
  ['date', '2026-02-28T24:00:00'],
  ['date', '2026-02-28T00:00:00.5'],
  ['date', '2026-02-28T00:00:00Z'],
  ['date', '2026-02-28'],
  ['timestamp', '2026-02-28T00:00:00.50'],
  ['timestamp', '2026-02-28T00:00:00Z'],
  ['timestamp', "2026-02-28T00:00:00' OR '1'='1"],
  ['timestamp-with-time-zone', '2026-02-28T00:00:00'],
  ['timestamp-with-time-zone', '2026-02-28T00:00:00+01:00'],
  ['timestamp', '0000-01-01T00:00:00'],
  ['number', '1.0'],
  ['number', '1e3'],
  ['number', ''],
])('a %s cursor has no value %s', (kind, text) => {
  expect(isCursorValue(kind, text)).toBe(false)
})

test.each<[CursorKind, string, string]>([
  ['timestamp', '2026-01-01T00:00:00', '2026-01-01T00:00:00.000000001'],
  ['timestamp-with-time-zone', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00.5Z'],
  ['timestamp-with-time-zone', '2026-01-01T00:00:00.5Z', '2026-01-01T00:00:00.51Z'],
  ['timestamp-with-time-zone', '-0044-03-15T00:00:00Z', '-0044-03-15T00:00:00.5Z'],
  ['number', '9007199254740992', '9007199254740993'],
  ['number', '-9007199254740993', '-9007199254740992'],
])('a %s cursor has %s before %s', (kind, earlier, later) => {
  expect(compareCursorValues(kind, earlier, later)).toBeLessThan(0)
  expect(compareCursorValues(kind, later, earlier)).toBeGreaterThan(0)
})

test('a part of a millisecond is never less of a distance than was asked for', () => {
  expect(cursorBefore('timestamp', '2026-01-01T00:00:00', 0.5)).toBe('2025-12-31T23:59:59.999')
})

test('nothing lies before the first day of Oracle', () => {
  expect(cursorBefore('date', '-4712-01-02T00:00:00', 5 * 86_400_000)).toBe('-4712-01-01T00:00:00')
  expect(cursorBefore('timestamp-with-time-zone', '2026-01-01T00:00:00Z', 1e18)).toBe('-4712-01-01T00:00:00Z')
})

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('%s is no distance', (distance) => {
  expect(() => cursorBefore('date', '2026-01-01T00:00:00', distance)).toThrow('is no distance')
})

test.each<[CursorKind, number, string]>([
  ['date', 0, '0 s'],
  ['date', 250_000, '4 min 10 s'],
  ['date', 3_600_000, '1 h'],
  ['date', 93_784_005, '1 d 2 h'],
  ['timestamp', 1_500, '1 s 500 ms'],
  ['number', 1000, '1000'],
])('a %s distance of %i is told as %s', (kind, distance, text) => {
  expect(describeDistance(kind, distance)).toBe(text)
})
