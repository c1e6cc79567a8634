import type { CurrentIndex } from '@findata/core'
import type { Bucket, ListedObject } from './bucket.ts'
import { runOfCertificateKey, runOfSnapshotKey, snapshotKey } from './snapshot-key.ts'
import { abortUnfinishedUploads } from './unfinished-uploads.ts'

const KEPT_REFUSALS = 30

export interface SweepOptions {
  /** The run that sweeps; its own data goes too when no index has it. */
  readonly runId: string
  /** Uploads of this process that are under way. */
  readonly openUploads: ReadonlySet<string>
  /** Younger data may belong to a run that is only stalled. */
  readonly olderThan: Date
}

export interface Swept {
  readonly removed: readonly string[]
  /** What no committed run owns either, but only a commit may remove. */
  readonly leftovers: readonly string[]
}

/**
 * Removes unfinished uploads, old data and certificates outside the index, those of the sweeping run, and refusals beyond the last 30.
 * Without an index, others' data stays whatever its age: the index may be what is missing.
 */
export async function sweepRecordType(
  bucket: Bucket,
  recordType: string,
  index: CurrentIndex | undefined,
  { runId: ownRunId, openUploads, olderThan }: SweepOptions,
): Promise<Swept> {
  const plainKey = snapshotKey.plain(recordType)
  const aborted = [
    ...(await abortUnfinishedUploads(bucket, snapshotKey.snapshots(recordType), openUploads)),
    ...(await abortUnfinishedUploads(bucket, plainKey, openUploads, (key) => key === plainKey)),
  ]

  const kept = new Set(index && [index.current.runId, ...index.snapshots.map(({ runId }) => runId)])
  const due: string[] = []
  const leftovers: string[] = []
  const addOrphan = (runId: string, { key, modifiedAt }: ListedObject) => {
    const isOld = index !== undefined && modifiedAt !== undefined && modifiedAt < olderThan
    const keys = runId === ownRunId || isOld ? due : leftovers
    keys.push(key)
  }

  for (const folder of await collect(bucket.list(snapshotKey.snapshots(recordType), { folders: true }))) {
    const runId = runOfSnapshotKey(recordType, folder.key)
    if (runId === undefined || kept.has(runId)) continue
    for await (const object of bucket.list(folder.key)) addOrphan(runId, object)
  }

  const refusals: ListedObject[] = []
  // Folders: the certificates of published runs are nobody's to sweep.
  for await (const object of bucket.list(snapshotKey.certificates(recordType), { folders: true })) {
    const owner = runOfCertificateKey(recordType, object.key)
    if (owner?.isRefusal) refusals.push(object)
    else if (owner && !kept.has(owner.runId)) addOrphan(owner.runId, object)
  }
  refusals.sort((a, b) => (b.modifiedAt?.getTime() ?? 0) - (a.modifiedAt?.getTime() ?? 0))
  due.push(...refusals.slice(KEPT_REFUSALS).map(({ key }) => key))

  await bucket.delete(due)
  return { removed: [...aborted, ...due], leftovers }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
