import { type CertificateFacts, compareHops, createCertificate, type Hop } from '../src/certificate.ts'
import type { ControlTotals } from '../src/control-totals.ts'

const totals: ControlTotals = {
  rows: 5,
  money: { AMOUNT: { nonNull: 5, sum: '206.7', min: '-0.25', max: '100.1' } },
  distinctEntityKeys: 3,
  setHash: 'ab2ff8bb8391ffcf8192066bd1eecf3e',
}
const { setHash: _, ...sourceTotals } = totals

const source: Hop = { name: 'source', of: 'rows', totals: sourceTotals }
const read: Hop = { name: 'read', of: 'rows', totals }
const file: Hop = { name: 'file', of: 'rows', totals }
const entities: Hop = {
  name: 'entities',
  of: 'entities',
  totals: { rows: 3, money: { AMOUNT: { nonNull: 3, sum: '106.85', min: '-0.25', max: '100.1' } } },
}

/** The worked example as a certificate, with its bridge. */
export const exampleFacts: CertificateFacts = {
  runId: '20261122T140000Z-task_orders',
  recordType: 'task_orders',
  startedAt: '2026-11-22T14:00:00.000Z',
  finishedAt: '2026-11-22T14:00:04.250Z',
  consistency: { label: 'read-only transaction', scn: '981347', fixedAt: '2026-11-22T14:00:00Z' },
  columns: [
    { name: 'DEPT', type: { kind: 'text', size: 4 }, isNullable: false, ordinal: 1 },
    { name: 'ID', type: { kind: 'text', size: 20 }, isNullable: false, ordinal: 2 },
    { name: 'AMOUNT', type: { kind: 'number', precision: 18, scale: 2 }, isNullable: true, ordinal: 3 },
    { name: 'BYR_FDU', type: { kind: 'text' }, isNullable: true, ordinal: 4 },
  ],
  rowKey: [
    { column: 'DEPT', isNullable: false },
    { column: 'ID', isNullable: false },
    { column: 'BYR_FDU', isNullable: true },
  ],
  entityKey: [
    { column: 'DEPT', isNullable: false },
    { column: 'ID', isNullable: false },
  ],
  money: [{ column: 'AMOUNT', scale: 2 }],
  hops: [source, read, file, entities],
  leftOut: [],
  bridge: {
    read: { rows: 5, sums: { AMOUNT: '206.7' } },
    rejected: { rows: 0, sums: { AMOUNT: '0' } },
    filtered: { rows: 0, sums: { AMOUNT: '0' } },
    exactDuplicates: { rows: 1, sums: { AMOUNT: '-0.25' } },
    folded: { rows: 1, sums: { AMOUNT: '100.1' } },
    entities: { rows: 3, sums: { AMOUNT: '106.85' } },
  },
  comparisons: [compareHops(source, read), compareHops(read, file)],
  guards: [
    { guard: 'rows', passed: true, evidence: '5 rows, at least 1', examples: [] },
    {
      guard: 'duplicates',
      passed: false,
      evidence: '1 of 5 rows repeats an earlier one (20 %, limit 5 %)',
      examples: ['DEPT=2400, ID=24ROW51000, BYR_FDU=8400 2507 9042'],
      overridden: { guard: 'duplicates', by: 'ana', reason: 'known since spring' },
    },
  ],
  overrides: [{ guard: 'duplicates', by: 'ana', reason: 'known since spring' }],
  objects: [
    { key: 'snapshots/task_orders/20261122T140000Z/data.json.gz', bytes: 181, sha256: 'a1'.repeat(32) },
  ],
  executions: 2,
  versions: { node: '24.21.0', findata: '0.0.0' },
}

export const exampleCertificate = createCertificate(exampleFacts)
