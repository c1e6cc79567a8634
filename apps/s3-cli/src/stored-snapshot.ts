import {
  type Catalogue,
  type Certificate,
  type CurrentIndex,
  type SnapshotEntry,
  type SnapshotManifest,
  type SnapshotStore,
  TerminalError,
} from '@findata/core'
import { findSnapshot, parseSnapshotReference } from './snapshot-reference.ts'

/** A snapshot that is kept, with all that describes it. */
export interface StoredSnapshot {
  readonly index: CurrentIndex
  readonly entry: SnapshotEntry
  readonly manifest: SnapshotManifest
  readonly certificate: Certificate
  readonly isCurrent: boolean
  /** The one taken before it, if that is still kept. */
  readonly before: SnapshotEntry | undefined
}

/** Finds what a reference such as `task_orders~1` means and reads its manifest and certificate; a record type without any must at least be in the catalogue. */
export async function openSnapshotOf(
  store: SnapshotStore,
  text: string,
  catalogue: Catalogue,
): Promise<StoredSnapshot> {
  const reference = parseSnapshotReference(text)
  if (!reference) {
    throw new TerminalError(
      'USAGE',
      `'${text}' does not name a snapshot. Write task_orders, task_orders~1 or task_orders@<run id>.`,
    )
  }
  const current = await store.readCurrent(reference.recordType)
  if (!current) {
    catalogue.get(reference.recordType)
    throw new TerminalError(
      'SNAPSHOT_MISSING',
      `There is no snapshot of '${reference.recordType}' in the bucket. See s3-cli list, or run s3-cli extract ${reference.recordType}.`,
    )
  }
  const { current: manifest, snapshots } = current.index
  const entry = findSnapshot(reference, snapshots, manifest.runId)
  return {
    index: current.index,
    entry,
    manifest: await store.readManifest(entry),
    certificate: await store.readCertificate(entry),
    isCurrent: entry.runId === manifest.runId,
    before: snapshots[snapshots.indexOf(entry) + 1],
  }
}
