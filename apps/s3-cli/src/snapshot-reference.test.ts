import type { SnapshotEntry } from '@findata/core'
import { describe, expect, test } from 'vitest'
import { findSnapshot, parseSnapshotReference } from './snapshot-reference.ts'

test.each([
  ['units', { recordType: 'units' }],
  ['units~0', { recordType: 'units', back: 0 }],
  ['task_orders~12', { recordType: 'task_orders', back: 12 }],
  ['fdus@20261122T133659Z-9f3c2a', { recordType: 'fdus', runId: '20261122T133659Z-9f3c2a' }],
])('%s is a reference', (text, reference) => {
  expect(parseSnapshotReference(text)).toEqual(reference)
})

test.each(['', 'Units', 'units~', 'units@', 'units~x', 'units.json', './units', 'units~1@2', 'units units'])(
  '%j is not a reference',
  (text) => {
    expect(parseSnapshotReference(text)).toBeUndefined()
  },
)

describe('among the snapshots kept', () => {
  const snapshots = ['20261124T', '20261123T', '20261122T'].map(
    (day) => ({ runId: `${day}060000Z-aaaaaaaa` }) as SnapshotEntry,
  )
  const find = (text: string, current = '20261123T060000Z-aaaaaaaa') =>
    findSnapshot(parseSnapshotReference(text) ?? { recordType: '' }, snapshots, current).runId

  test('a bare name is the current one, also after a rollback', () => {
    expect(find('units')).toBe('20261123T060000Z-aaaaaaaa')
  })

  test('~n counts back from the newest', () => {
    expect(find('units~0')).toBe('20261124T060000Z-aaaaaaaa')
    expect(find('units~2')).toBe('20261122T060000Z-aaaaaaaa')
  })

  test('the beginning of a run id is enough if only one begins so', () => {
    expect(find('units@20261122')).toBe('20261122T060000Z-aaaaaaaa')
    expect(() => find('units@2026')).toThrow('units@2026 could mean 3 snapshots')
  })

  test('what is not kept is said with how many are', () => {
    expect(() => find('units~3')).toThrow('No snapshot units~3 is kept (there are 3). See s3-cli list units.')
    expect(() => find('units@1999')).toThrow('No snapshot units@1999 is kept')
  })
})
