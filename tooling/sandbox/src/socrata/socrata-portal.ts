import type { Clock } from '@findata/core'
import { parseExactJson } from './exact-json.ts'
import {
  createSocrataDataset,
  type SocrataDataset,
  type SocrataDatasetDefinition,
  type SocrataInput,
  type SocrataRow,
  type StoredRow,
} from './socrata-dataset.ts'
import { SocrataError } from './socrata-error.ts'

/** The datasets, and what tests do to them behind the API's back. */
export interface SocrataPortal {
  readonly datasets: readonly SocrataDataset[]
  /** @throws SocrataError for an unknown one */
  dataset(id: string): SocrataDataset
  /** What a read of the dataset shows, which may lag behind. */
  visibleRows(id: string): readonly StoredRow[]
  /** Keeps the present state before the eyes of readers for so long. */
  lag(id: string, lagMs: number): void
  /** Does work once its time has come; in the order of those times. */
  schedule(afterMs: number, work: () => void): void
  /** Does what is due by now. */
  settle(): void
  rows(id: string): readonly SocrataRow[]
  insert(id: string, rows: readonly SocrataInput[]): void
  edit(id: string, rowId: string, changes: SocrataInput): void
  remove(id: string, rowId: string): void
}

export function createSocrataPortal(
  definitions: readonly SocrataDatasetDefinition[],
  clock: Clock,
): SocrataPortal {
  const datasets = new Map(definitions.map((definition) => [definition.id, createSocrataDataset(definition)]))
  if (datasets.size < definitions.length) throw new Error('startSocrata was given two datasets of one id')
  const lags = new Map<string, { readonly until: number; readonly rows: readonly StoredRow[] }[]>()
  let scheduled: { readonly dueAt: number; readonly work: () => void }[] = []

  const portal: SocrataPortal = {
    datasets: [...datasets.values()],
    dataset(id) {
      const dataset = datasets.get(id)
      if (!dataset) throw new SocrataError('not_found', `Cannot find view with id ${id}`)
      return dataset
    },
    visibleRows(id) {
      const now = clock.now().getTime()
      const current = (lags.get(id) ?? []).filter(({ until }) => until > now)
      lags.set(id, current)
      return current[0]?.rows ?? portal.dataset(id).rows()
    },
    lag(id, lagMs) {
      const entry = { until: clock.now().getTime() + lagMs, rows: portal.dataset(id).rows() }
      lags.set(id, [...(lags.get(id) ?? []), entry])
    },
    schedule(afterMs, work) {
      scheduled.push({ dueAt: clock.now().getTime() + afterMs, work })
      scheduled.sort((a, b) => a.dueAt - b.dueAt)
    },
    settle() {
      const now = clock.now().getTime()
      const due = scheduled.filter(({ dueAt }) => dueAt <= now)
      scheduled = scheduled.filter(({ dueAt }) => dueAt > now)
      for (const { work } of due) work()
    },
    rows(id) {
      portal.settle()
      return portal
        .dataset(id)
        .rows()
        .map(({ cells }) => cells)
    },
    insert(id, inputs) {
      portal.settle()
      const dataset = portal.dataset(id)
      const writes = dataset.toWrites(parseExactJson(JSON.stringify(inputs)))
      const taken = writes.find(({ key }) => key !== undefined && dataset.find(key) !== undefined)
      if (taken) throw new Error(`${id} already has a row ${taken.key}`)
      dataset.upsert(writes, clock.now())
    },
    edit(id, rowId, changes) {
      portal.settle()
      const dataset = portal.dataset(id)
      const { sid } = requireRow(dataset, rowId)
      dataset.upsert(
        dataset.toWrites(parseExactJson(JSON.stringify({ ...changes, ':id': sid }))),
        clock.now(),
      )
    },
    remove(id, rowId) {
      portal.settle()
      const dataset = portal.dataset(id)
      const { sid } = requireRow(dataset, rowId)
      dataset.upsert(dataset.toWrites({ ':id': sid, ':deleted': true }), clock.now())
    },
  }
  for (const { id, rows = [] } of definitions) if (rows.length > 0) portal.insert(id, rows)
  return portal
}

export function requireRow(dataset: SocrataDataset, rowId: string): StoredRow {
  const row = dataset.find(rowId)
  if (!row) throw new SocrataError('not_found', `The dataset ${dataset.definition.id} has no row ${rowId}`)
  return row
}
