import type { Consistency, SourceInspection } from '@findata/core'
import { expect, test } from 'vitest'
import { inspectionChecks } from './inspection-report.ts'

const moment = (label: Consistency['label']): Consistency => ({ label, fixedAt: '2026-03-08T09:00:00.000Z' })

const inspection: SourceInspection = {
  recordType: 'objects',
  columns: [{ name: 'ID', sourceType: 'NUMBER(10)', type: { kind: 'number' }, isNullable: false }],
  undeclared: [],
  fetch: { rows: 1_000, largeObjects: [], largeObjectPercent: 0 },
  consistency: moment('scn'),
  objects: [],
  findings: [],
  executions: 0,
}

test('a moment that a record type has only in a run of its own is not promised for the run of all', () => {
  const told = (label: Consistency['label']) => inspectionChecks(inspection, moment(label))[0]?.detail
  expect(told('scn')).toBe('1 column, scn')
  expect(told('read-only transaction')).toBe('1 column, read-only transaction (in a run of its own: scn)')
})
