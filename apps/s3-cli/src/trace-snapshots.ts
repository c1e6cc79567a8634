import {
  PipelineError,
  type RecordType,
  type Row,
  type RowSchema,
  readableKey,
  readJsonArray,
  type SnapshotEntry,
  type SnapshotManifest,
  type SnapshotStore,
  type Value,
} from '@findata/core'
import { compileKeyMatch, type TraceKey } from './trace-key.ts'

/** The rows of the entities of a key, by readable entity key, in one set of rows. */
export interface KeyRows {
  readonly schema: RowSchema
  readonly entities: ReadonlyMap<string, readonly Row[]>
}

export interface TracedSnapshot extends KeyRows {
  readonly runId: string
  readonly takenAt: string
  readonly isCurrent: boolean
}

/** How the rows of one entity in a snapshot differ from those in the snapshot before it. */
export interface RowsChange {
  readonly kind: 'first' | 'new' | 'changed' | 'gone'
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** Row by row, by the readable row key. */
  readonly changed: readonly { readonly row: string; readonly columns: readonly ColumnChange[] }[]
}

export interface ColumnChange {
  readonly column: string
  readonly from: Value
  readonly to: Value
}

export interface SnapshotSearch {
  readonly recordType: RecordType
  readonly key: TraceKey
  /** Most entities that are followed; others are counted. */
  readonly maxEntities: number
  readonly signal: AbortSignal
  onProgress(text: string): void
}

export interface SnapshotsFound {
  /** Oldest first. */
  readonly snapshots: readonly TracedSnapshot[]
  /** Older snapshots whose files are not what was stored. */
  readonly spoiled: readonly { readonly runId: string; readonly problem: PipelineError }[]
  /** Snapshots that are kept and were not looked into. */
  readonly left: number
  /** Of the current snapshot. */
  readonly manifest: SnapshotManifest | undefined
  /** Keys of the current snapshot that may have been meant. */
  readonly similar: readonly string[]
  readonly isCut: boolean
}

/**
 * Looks for a key in the stored files of the newest `limit` snapshots, a batch of rows in memory at a time. Throws FILE_INVALID when
 * that of the current one is spoiled.
 */
export async function searchSnapshots(
  store: SnapshotStore,
  search: SnapshotSearch,
  limit = Number.POSITIVE_INFINITY,
): Promise<SnapshotsFound> {
  const { recordType } = search
  const current = await store.readCurrent(recordType.name)
  if (!current) return { snapshots: [], spoiled: [], left: 0, manifest: undefined, similar: [], isCut: false }
  const { current: manifest, snapshots: kept } = current.index
  // The current one is always looked into: it is what publishing works with.
  const chosen = kept.filter(({ runId }, back) => back < limit || runId === manifest.runId)
  const similar = new Set<string>()
  const known = new Set<string>()
  let isCut = false

  const read = async (entry: SnapshotEntry, place: number): Promise<TracedSnapshot> => {
    const isCurrent = entry.runId === manifest.runId
    const { data, columns } = isCurrent ? manifest : await store.readManifest(entry)
    const schema = { columns }
    const isMatch = compileKeyMatch(search.key, recordType.entityKey, schema)
    const keyOf = compileReadableKey(recordType.entityKey, schema)
    const isSimilar = isCurrent ? compileSimilar(search.key, recordType, schema) : () => false
    const entities = new Map<string, Row[]>()
    const { chunks } = store.readBack(data, { signal: search.signal })
    let rows = 0
    for await (const batch of readJsonArray(chunks, columns, { name: data.key })) {
      rows += batch.length
      search.onProgress(
        `${recordType.name}: snapshot ${place + 1} of ${chosen.length}, ${rows} of ${entry.rows} rows`,
      )
      for (const row of batch) {
        if (isMatch(row)) {
          const key = keyOf(row)
          if (known.size >= search.maxEntities && !known.has(key)) {
            isCut = true
            continue
          }
          known.add(key)
          const found = entities.get(key)
          if (found) found.push(row)
          else entities.set(key, [row])
        } else if (similar.size < MOST_SIMILAR && isSimilar(row)) similar.add(keyOf(row))
      }
    }
    return { runId: entry.runId, takenAt: entry.takenAt, isCurrent, schema, entities }
  }

  const snapshots: TracedSnapshot[] = []
  const spoiled: SnapshotsFound['spoiled'][number][] = []
  for (const [place, entry] of chosen.toReversed().entries()) {
    try {
      snapshots.push(await read(entry, place))
    } catch (error) {
      if (!(error instanceof PipelineError) || error.code !== 'FILE_INVALID') throw error
      // Without the current one nobody can say what is wanted anywhere.
      if (entry.runId === manifest.runId) throw error
      spoiled.push({ runId: entry.runId, problem: error })
    }
  }
  return { snapshots, spoiled, left: kept.length - chosen.length, manifest, similar: [...similar], isCut }
}

const MOST_SIMILAR = 5

export function compileReadableKey(
  key: readonly { readonly column: string; readonly isNullable: boolean }[],
  { columns }: RowSchema,
): (row: Row) => string {
  const places = key.map(({ column }) => columns.findIndex(({ name }) => name === column))
  return (row) =>
    readableKey(
      key,
      places.map((place) => row[place] ?? null),
    )
}

/** Rows whose key is nearly the one that was asked for: another case, a part of it, one character otherwise. */
function compileSimilar(key: TraceKey, { entityKey }: RecordType, { columns }: RowSchema) {
  const asked =
    'anyColumn' in key
      ? entityKey.map(({ column }) => ({ column, value: key.anyColumn }))
      : key.columns.map(({ column, value }) => ({ column, value: value ?? '' }))
  const tests = asked.map(({ column, value }) => ({
    place: columns.findIndex(({ name }) => name === column),
    value: plain(value),
  }))
  return (row: Row) =>
    tests.some(({ place, value }) => value.length >= 3 && isNear(value, plain(row[place] ?? '')))
}

function plain(text: string): string {
  return text.toUpperCase().replaceAll(/[^\p{L}\p{N}]/gu, '')
}

function isNear(a: string, b: string): boolean {
  if (b.includes(a) || (b.length >= 5 && a.includes(b))) return true
  if (a.length < 5 || Math.abs(a.length - b.length) > 1) return false
  let same = 0
  while (same < a.length && a[same] === b[same]) same++
  const [restA, restB] = [a.slice(same), b.slice(same)]
  return restA.slice(1) === restB.slice(1) || restA === restB.slice(1) || restA.slice(1) === restB
}

/** What became of one entity from one set of rows to the next; undefined if nothing did. */
export function compareKeyRows(
  key: string,
  { rowKey }: RecordType,
  before: KeyRows | undefined,
  after: KeyRows,
): RowsChange | undefined {
  const older = before?.entities.get(key) ?? []
  const newer = after.entities.get(key) ?? []
  const nameNew = compileReadableKey(rowKey, after.schema)
  const nothing = { added: [], removed: [], changed: [] }
  if (newer.length === 0) return older.length === 0 ? undefined : { kind: 'gone', ...nothing }
  if (older.length === 0) return { kind: before ? 'new' : 'first', ...nothing, added: newer.map(nameNew) }

  const nameOld = compileReadableKey(rowKey, before?.schema ?? after.schema)
  const newerByName = Map.groupBy(newer, nameNew)
  const olderByName = Map.groupBy(older, nameOld)
  const added: string[] = []
  const removed: string[] = []
  const changed: { row: string; columns: ColumnChange[] }[] = []
  for (const name of new Set([...olderByName.keys(), ...newerByName.keys()])) {
    const left = sorted(olderByName.get(name))
    const right = sorted(newerByName.get(name))
    for (let place = 0; place < Math.max(left.length, right.length); place++) {
      const from = left[place]
      const to = right[place]
      if (!from) added.push(name)
      else if (!to) removed.push(name)
      else {
        const columns = columnChanges(from, before?.schema ?? after.schema, to, after.schema)
        if (columns.length > 0) changed.push({ row: name, columns })
      }
    }
  }
  if (added.length + removed.length + changed.length === 0) return undefined
  return { kind: 'changed', added, removed, changed }
}

/** Rows that share their key are compared in one order. */
function sorted(rows: readonly Row[] = []): readonly Row[] {
  return rows.length < 2 ? rows : rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

function columnChanges(from: Row, fromSchema: RowSchema, to: Row, toSchema: RowSchema): ColumnChange[] {
  const names = new Set([...fromSchema.columns, ...toSchema.columns].map(({ name }) => name))
  const valueIn = (row: Row, { columns }: RowSchema, name: string) =>
    row[columns.findIndex((column) => column.name === name)] ?? null
  return [...names].flatMap((column) => {
    const change = { column, from: valueIn(from, fromSchema, column), to: valueIn(to, toSchema, column) }
    return change.from === change.to ? [] : [change]
  })
}
