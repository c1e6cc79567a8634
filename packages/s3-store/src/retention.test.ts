import type { SnapshotEntry, SnapshotManifest } from '@findata/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { retainedSnapshots } from './retention.ts'

const NOW = new Date('2026-11-22T12:00:00Z')
const DAY_MS = 24 * 60 * 60 * 1000

function entry(runId: string, ageDays: number): SnapshotEntry {
  const takenAt = new Date(NOW.getTime() - ageDays * DAY_MS).toISOString()
  return { runId, takenAt } as SnapshotEntry
}

function retained(ages: readonly number[], current: string, limits: { keepLast: number; keepDays: number }) {
  const snapshots = ages.map((age, position) => entry(`run-${position}`, age))
  const index = { snapshots, current: { runId: current } as SnapshotManifest }
  return retainedSnapshots(index, limits, NOW).map(({ runId }) => runId)
}

test('a snapshot stays while it is among the last or young enough', () => {
  expect(retained([0, 1, 2, 3], 'run-0', { keepLast: 2, keepDays: 2 })).toEqual(['run-0', 'run-1', 'run-2'])
})

test('many young snapshots stay, and the last few however old', () => {
  expect(retained([0, 0, 0], 'run-0', { keepLast: 1, keepDays: 1 }).length).toBe(3)
  expect(retained([400, 500, 600], 'run-0', { keepLast: 2, keepDays: 1 })).toEqual(['run-0', 'run-1'])
})

test('the current snapshot stays even when it is old and far down, as after a rollback', () => {
  expect(retained([100, 200, 300], 'run-2', { keepLast: 1, keepDays: 1 })).toEqual(['run-0', 'run-2'])
})

test('what is dropped is beyond both limits and not current', () => {
  const ages = fc.array(fc.integer({ min: 0, max: 50 })).map((list) => list.toSorted((a, b) => a - b))
  fc.assert(
    fc.property(ages, fc.nat(60), fc.nat(50), fc.nat(50), (list, current, keepLast, keepDays) => {
      const kept = new Set(retained(list, `run-${current}`, { keepLast, keepDays }))
      list.forEach((age, position) => {
        const mayGo = position >= keepLast && age > keepDays && position !== current
        expect(kept.has(`run-${position}`)).toBe(!mayGo)
      })
    }),
  )
})
