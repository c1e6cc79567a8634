import { gunzipSync } from 'node:zlib'
import type { Intent, Receipt } from '@findata/core'

/** The id of the first, second, … run that publishes. */
export function sampleJournalRunId(run: number): string {
  return `20261122T133643Z-${String(run).padStart(8, '0')}`
}

/** A write of record `K<sequence>` that a run is about to send. */
export function sampleIntent(run: number, sequence: number, kind: Intent['kind'] = 'create'): Intent {
  return {
    runId: sampleJournalRunId(run),
    sequence,
    sentBefore: '2026-11-22T13:36:43.000Z',
    kind,
    key: `K${sequence}`,
    id: kind === 'create' ? null : '5f3a0b1c2d4e5f60718293a4',
    changes: [{ field: 'field_1276', from: null, to: '2400' }],
  }
}

/** What came of the write. */
export function sampleReceipt(
  run: number,
  sequence: number,
  outcome: Receipt['outcome'] = 'done',
  answer = '200',
): Receipt {
  return {
    runId: sampleJournalRunId(run),
    sequence,
    at: '2026-11-22T13:36:44.000Z',
    outcome,
    id: outcome === 'done' ? '5f3a0b1c2d4e5f60718293a4' : null,
    answer,
  }
}

/** The header and the entries of a finished run's object. */
export function receiptLines(bytes: Uint8Array | undefined) {
  const text = gunzipSync(bytes ?? Buffer.alloc(0)).toString()
  type Line = { readonly part?: string; readonly intent?: Intent; readonly receipt?: Receipt }
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}
