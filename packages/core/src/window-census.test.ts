import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { freezeOrdinals, type Value } from './row-schema.ts'
import type { WindowCensus, WindowTail } from './window.ts'
import { createWindowCounter, type WindowCounterOptions } from './window-census.ts'

const MINUTE = 60_000
const { schema } = freezeOrdinals([
  { name: 'ID', type: { kind: 'text' }, isNullable: false },
  { name: 'CHANGED', type: { kind: 'date' }, isNullable: true },
])
const recordType = {
  name: 'things',
  rowKey: [{ column: 'ID', isNullable: false }],
  cursor: { columns: ['CHANGED'], nulls: 'include' },
} as const
const at = (time: string) => `2026-03-01T${time}:00`

/** Rows as `A 09:30`; one without a time has NULL. */
function census(rows: readonly string[], given: Partial<WindowCounterOptions>): WindowCensus {
  const counter = createWindowCounter({
    recordType,
    schema,
    window: { from: null, to: at('10:00') },
    watermark: null,
    overlap: 0,
    ...given,
  })
  const values = rows.map((row): Value[] => {
    const [id = '', time] = row.split(' ')
    return [id, time === undefined ? null : at(time)]
  })
  counter.add(values.slice(0, 2))
  counter.add(values.slice(2))
  return counter.finish()
}

const clockOf = (minute: number) =>
  [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':')
const sizeOf = (tail: WindowTail) => tail.rows.length / 16

describe('the next watermark', () => {
  test('is the highest value that was read, not the end of the window', () => {
    const { watermark, rows, nullRows } = census(['A 09:10', 'B 09:50', 'C', 'D 09:20'], {})
    expect({ watermark, rows, nullRows }).toEqual({ watermark: at('09:50'), rows: 4, nullRows: 1 })
  })

  test('is never below the former one', () => {
    expect(census([], { watermark: at('09:00') }).watermark).toBe(at('09:00'))
    expect(census(['A 08:55'], { watermark: at('09:00') }).watermark).toBe(at('09:00'))
    expect(census(['C'], {}).watermark).toBeNull()
  })
})

describe('the tail', () => {
  test('has the rows that the next window reads again, in the order of their hashes', () => {
    const { tail } = census(['A 09:00', 'B 09:40', 'C 09:50', 'D 09:45', 'E'], { overlap: 10 * MINUTE })
    expect(tail).toMatchObject({ from: at('09:40'), to: at('10:00'), isComplete: true })
    expect(sizeOf(tail)).toBe(3)
    const hashes = Array.from({ length: 3 }, (_, place) =>
      Buffer.from(tail.rows).toString('hex', place * 16, place * 16 + 16),
    )
    expect(hashes).toEqual(hashes.toSorted())
  })

  test('is the same whatever the order of the rows', () => {
    const rows = ['A 09:00', 'B 09:40', 'C 09:50', 'D 09:45']
    const given = { overlap: 10 * MINUTE, maxTailRows: 3 }
    expect(census(rows, given).tail).toEqual(census(rows.toReversed(), given).tail)
  })

  test('knows nothing before its own window', () => {
    const window = { from: at('09:30'), to: at('10:00') }
    const { tail } = census(['A 09:35'], { window, watermark: at('09:30'), overlap: 60 * MINUTE })
    expect(tail).toMatchObject({ from: at('09:30') })
  })

  test('of rows without any value begins at the beginning', () => {
    expect(census(['A', 'B'], {}).tail).toMatchObject({ from: null, isComplete: true })
  })

  test('stays complete when what has no place in it is not read again', () => {
    const early = Array.from({ length: 50 }, (_, index) => `E${index} 09:${10 + (index % 20)}`)
    const { tail } = census([...early, 'A 09:50', 'B 09:49'], { overlap: MINUTE, maxTailRows: 2 })
    expect(tail).toMatchObject({ from: at('09:49'), isComplete: true })
    expect(sizeOf(tail)).toBe(2)
  })

  test.each([3, 4, 5, 50])('is not complete when one row in %i is too many', (count) => {
    const rows = Array.from({ length: count }, (_, index) => `A${index} 09:50`)
    const { tail } = census(rows, { maxTailRows: count - 1 })
    expect(tail).toMatchObject({ from: at('09:50'), isComplete: false, rows: new Uint8Array() })
    expect(census(rows, { maxTailRows: count }).tail.isComplete).toBe(true)
  })
})

test('a tail has what the next window reads again, or says that it was too much, whatever the order and the limit', () => {
  const anyOrder = fc.array(fc.nat(59), { maxLength: 40 })
  // Some close together, then a leap, so that what was too much may have no place after all.
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: -4, max: 4 }) },
    fc.integer({ min: 3, max: 9 }),
  )
  const leaping = fc.array(step, { maxLength: 20 }).map((steps) => {
    let minute = 100
    return steps.map((by) => (minute += by))
  })
  const limits = fc.integer({ min: 1, max: 4 })
  fc.assert(
    fc.property(fc.oneof(anyOrder, leaping), fc.nat(12), limits, (values, overlap, maxTailRows) => {
      const rows = values.map((minute, index) => `R${index} ${clockOf(minute)}`)
      const from = Math.max(...values) - overlap
      const wanted = rows.filter((_, index) => (values[index] as number) >= from)
      const { tail } = census(rows, { overlap: overlap * MINUTE, maxTailRows })
      expect(tail.isComplete).toBe(wanted.length <= maxTailRows)
      const ample = census(wanted, { overlap: overlap * MINUTE, maxTailRows: 50 }).tail
      expect(tail.rows).toEqual(tail.isComplete ? ample.rows : new Uint8Array())
    }),
    { numRuns: 2_000 },
  )
})

test('a tail is not complete either when the row that was too many makes way for one that is not read again', () => {
  const { tail } = census(['A 09:50', 'B 09:50', 'C 09:50', 'D 09:50', 'E 09:30'], { maxTailRows: 2 })
  expect(tail.isComplete).toBe(false)
})

describe('late rows', () => {
  const last = census(['A 09:40', 'B 09:50', 'C 09:55'], { overlap: 10 * MINUTE })
  const next = { watermark: last.watermark, overlap: 10 * MINUTE, tail: last.tail }
  const window = { from: at('09:45'), to: at('11:00') }

  test('are those up to the end of the last window that it did not have', () => {
    const rows = ['B 09:50', 'C 09:55', 'D 09:52', 'C 09:46', 'E 10:00', 'F 10:01', 'G']
    expect(census(rows, { ...next, window }).late).toEqual({
      rows: 3,
      worst: 14 * MINUTE,
      advisedOverlap: 30 * MINUTE,
    })
  })

  test('are none when the last window had them all', () => {
    expect(census(['B 09:50', 'C 09:55', 'F 10:01'], { ...next, window }).late).toEqual({
      rows: 0,
      worst: null,
      advisedOverlap: null,
    })
  })

  test('after the watermark need no overlap', () => {
    expect(census(['D 09:58'], { ...next, window }).late).toEqual({
      rows: 1,
      worst: 2 * MINUTE,
      advisedOverlap: null,
    })
  })

  test.each([
    { why: 'there was no run before', given: { tail: undefined } },
    { why: 'the last run had too many rows', given: { tail: { ...last.tail, isComplete: false } } },
    { why: 'the window begins earlier than its tail', given: { window: { ...window, from: at('09:44') } } },
    { why: 'the window begins at the beginning', given: { window: { ...window, from: null } } },
  ])('are not known when $why', ({ given }) => {
    expect(census(['D 09:52'], { ...next, window, ...given }).late).toBeUndefined()
  })

  test('are looked up in a tail that lies anywhere in a buffer, as a database gives it back', () => {
    const bytes = new Uint8Array(5 + last.tail.rows.length)
    bytes.set(last.tail.rows, 5)
    const tail = { ...last.tail, rows: bytes.subarray(5) }
    expect(census(['B 09:50', 'C 09:55'], { ...next, window, tail }).late).toMatchObject({ rows: 0 })
  })
})

test.each([
  [MINUTE, 2 * MINUTE],
  [4 * MINUTE, 10 * MINUTE],
  [20 * MINUTE, 60 * MINUTE],
  [7 * 60 * MINUTE, 24 * 60 * MINUTE],
  [40 * 24 * 60 * MINUTE, 80 * 24 * 60 * MINUTE],
])('a row %i ms behind the watermark asks for an overlap of %i ms', (behind, advised) => {
  const time = new Date(Date.parse(`${at('10:00')}Z`) - behind).toISOString().slice(0, 19)
  const counter = createWindowCounter({
    recordType,
    schema,
    window: { from: null, to: at('11:00') },
    watermark: at('10:00'),
    overlap: behind,
    tail: { from: null, to: at('10:30'), rows: new Uint8Array(), isComplete: true },
  })
  counter.add([['A', time]])
  expect(counter.finish().late?.advisedOverlap).toBe(advised)
})

test('numbers are advised in numbers', () => {
  const numbers = freezeOrdinals([{ name: 'ID', type: { kind: 'number' }, isNullable: false }]).schema
  const counter = createWindowCounter({
    recordType: { ...recordType, cursor: { columns: ['ID'], nulls: 'exclude' } },
    schema: numbers,
    window: { from: '900', to: '1100' },
    watermark: '1000',
    overlap: 100,
    tail: { from: '900', to: '1000', rows: new Uint8Array(), isComplete: true },
  })
  counter.add([['1099'], ['930'], ['1000']])
  expect(counter.finish()).toMatchObject({
    watermark: '1099',
    late: { rows: 2, worst: 70, advisedOverlap: 200 },
  })
})
