import { expect, test } from 'vitest'
import { createRunId, isRunId } from './run-id.ts'

const noon = new Date('2026-11-22T13:36:43.999Z')

test('a run id is the second in UTC and eight random digits', () => {
  expect(createRunId(noon, () => Uint8Array.of(0x1a, 0x2b, 0x3c, 0x4d))).toBe('20261122T133643Z-1a2b3c4d')
})

test('run ids of one second differ', () => {
  expect(new Set(Array.from({ length: 100 }, () => createRunId(noon))).size).toBe(100)
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
