import { expect, test } from 'vitest'
import { createRunId, isRunId } from './run-id.ts'

const noon = new Date('2026-11-22T13:36:43.999Z')

test('a run id is the second in UTC and eight digits', () => {
  expect(createRunId(noon, () => Uint8Array.of(0x1a, 0x2b, 0x3c, 0x4d))).toBe('20261122T133643Z-f9c68acf')
})

test('run ids sort by the millisecond', () => {
  const times = [0, 1, 9, 10, 500, 999].map(
    (ms) => new Date(`2026-11-22T13:36:43.${String(ms).padStart(3, '0')}Z`),
  )
  const ids = [0xff, 0].flatMap((byte) =>
    times.map((now) => createRunId(now, () => new Uint8Array(4).fill(byte))),
  )
  expect(ids.toSorted().map((id) => ids.indexOf(id) % times.length)).toEqual(
    times.flatMap((_, index) => [index, index]),
  )
})

test('run ids of one millisecond differ', () => {
  expect(new Set(Array.from({ length: 10 }, () => createRunId(noon))).size).toBe(10)
})

test('a run id is told from other text', () => {
  expect(isRunId(createRunId(noon))).toBe(true)
  const others = [
    '',
    'latest',
    '20261122T133643Z',
    '20261122T133643Z-1A2B3C4D',
    '../20261122T133643Z-1a2b3c4d',
  ]
  expect(others.filter(isRunId)).toEqual([])
})
