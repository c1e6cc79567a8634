import { createHash } from 'node:crypto'
import {
  type Certificate,
  type CurrentIndex,
  type CurrentSnapshot,
  createCertificate,
  createRunId,
  type SnapshotEntry,
  type SnapshotManifest,
  type SnapshotStore,
  type StoredData,
  type StoredManifest,
} from '@findata/core'

/** A record type with one column, for tests of what is kept rather than of what it says. */
export const SAMPLE_RECORD_TYPE = 'sample'

const NEVER = new AbortController().signal
const COLUMNS = [{ name: 'ID', ordinal: 1, type: { kind: 'text', size: 20 }, isNullable: false }] as const
const ROW_KEY = [{ column: 'ID', isNullable: false }] as const

export interface SampleRun {
  readonly store: SnapshotStore
  readonly recordType?: string
  readonly runId?: string
  /** The JSON text of the snapshot, in pieces. */
  readonly pieces?: Iterable<Uint8Array>
  readonly takenAt?: Date
  readonly signal?: AbortSignal
}

/** What a run does between its lock and its end, on bytes that no database made up. */
export async function takeSampleSnapshot(run: SampleRun): Promise<CurrentSnapshot> {
  const { store, recordType = SAMPLE_RECORD_TYPE, runId = sampleRunId(), signal = NEVER } = run
  await using _ = await store.lock(recordType, runId, { signal })
  const previous = await store.readCurrent(recordType)
  await store.sweep(recordType, previous)
  const data = await writeSampleData({ ...run, runId })
  await using plainFile = store.stagePlainFile(recordType, runId, data, { signal })
  for await (const _chunk of plainFile.chunks);
  const current = await commitSample({ ...run, runId }, data, previous)
  await plainFile.publish()
  await store.sweep(recordType, current)
  return current
}

/** The first step: the data object. */
export async function writeSampleData({
  store,
  recordType = SAMPLE_RECORD_TYPE,
  runId = sampleRunId(),
  pieces = [Buffer.from('[]')],
  signal = NEVER,
}: SampleRun): Promise<StoredData> {
  await using writer = store.writeData(recordType, runId, { signal })
  for (const piece of pieces) await writer.write(piece)
  return await writer.finish()
}

/** The steps that make written data current; under the lock. */
export async function commitSample(
  { store, recordType = SAMPLE_RECORD_TYPE, runId = sampleRunId(), takenAt = new Date() }: SampleRun,
  data: StoredData,
  previous: CurrentSnapshot | undefined,
): Promise<CurrentSnapshot> {
  const manifest = sampleManifest(recordType, runId, data, takenAt)
  const stored = await store.writeManifest(manifest, sampleCertificate(manifest))
  return await store.commit(recordType, sampleIndex(manifest, stored, previous), previous)
}

/** The bytes of a snapshot, all at once. */
export async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

export function sampleRunId(): string {
  return createRunId(new Date())
}

export function sampleIndex(
  manifest: SnapshotManifest,
  stored: StoredManifest,
  previous: CurrentSnapshot | undefined,
): CurrentIndex {
  const entry: SnapshotEntry = {
    ...stored,
    runId: manifest.runId,
    takenAt: manifest.finishedAt,
    rows: manifest.totals.rows,
    sums: {},
    setHash: manifest.totals.setHash ?? '',
    dataKey: manifest.data.key,
    bytes: manifest.data.bytes,
  }
  return {
    version: 1,
    kind: 'findata-current',
    recordType: manifest.recordType,
    current: manifest,
    committedBy: manifest.runId,
    committedAt: manifest.finishedAt,
    ordinals: { ID: 1 },
    snapshots: [entry, ...(previous?.index.snapshots ?? [])],
  }
}

export function sampleManifest(
  recordType: string,
  runId: string,
  data: StoredData,
  takenAt = new Date(),
): SnapshotManifest {
  return {
    version: 1,
    kind: 'findata-snapshot',
    recordType,
    runId,
    startedAt: takenAt.toISOString(),
    finishedAt: takenAt.toISOString(),
    consistency: { label: 'per statement', fixedAt: takenAt.toISOString() },
    querySha256: createHash('sha256').update('SELECT ID FROM SAMPLE').digest('hex'),
    columns: COLUMNS,
    rowKey: ROW_KEY,
    entityKey: ROW_KEY,
    money: [],
    totals: { rows: 0, money: {}, distinctEntityKeys: 0, setHash: '0'.repeat(32) },
    data,
  }
}

export function sampleCertificate(manifest: SnapshotManifest): Certificate {
  const { recordType, runId, startedAt, finishedAt, consistency, columns, rowKey, entityKey, money, data } =
    manifest
  return createCertificate({
    runId,
    recordType,
    startedAt,
    finishedAt,
    consistency,
    columns,
    rowKey,
    entityKey,
    money,
    hops: [{ name: 'read', of: 'rows', totals: manifest.totals }],
    leftOut: ['source: a sample has none'],
    comparisons: [],
    guards: [],
    overrides: [],
    objects: [{ key: data.key, bytes: data.bytes, sha256: data.sha256 }],
    executions: 1,
    versions: {},
  })
}
