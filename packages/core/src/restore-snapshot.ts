import { TerminalError } from './errors.ts'
import type { CurrentIndex, SnapshotEntry, SnapshotManifest, SnapshotStore } from './snapshot-store.ts'
import type { ScratchFolder } from './spill-files.ts'
import { untilCommit } from './until-commit.ts'
import { verifySnapshot } from './verify-snapshot.ts'

export interface RestoreRun {
  readonly id: string
  readonly signal: AbortSignal
  readonly scratch: ScratchFolder
  /** Who restores it and why; kept in the index. */
  readonly reason: string
  now(): Date
  /** Picks the snapshot to restore from what is kept. */
  choose(index: CurrentIndex): SnapshotEntry
}

/** Makes an older snapshot current again, after recomputing it from its files. Newer snapshots are kept. */
export async function restoreSnapshot(
  store: SnapshotStore,
  recordType: string,
  run: RestoreRun,
): Promise<SnapshotManifest> {
  await using lock = await store.lock(recordType, run.id, { signal: run.signal })
  const previous = await store.readCurrent(recordType)
  if (!previous) {
    throw new TerminalError(
      'SNAPSHOT_MISSING',
      `There is no snapshot of '${recordType}' in the bucket. See s3-cli list.`,
    )
  }
  const entry = run.choose(previous.index)
  const manifest = await store.readManifest(entry)
  const certificate = await store.readCertificate(entry)

  const stop = untilCommit(run.signal)
  await using plainFile = store.stagePlainFile(recordType, run.id, manifest.data, {
    signal: AbortSignal.any([stop.signal, lock.lost]),
  })
  const { differences } = await verifySnapshot({
    manifest,
    certificate,
    chunks: plainFile.chunks,
    scratch: run.scratch,
  })
  if (differences.length > 0) {
    throw new TerminalError(
      'FILE_INVALID',
      [
        `${recordType}@${entry.runId} cannot be restored, because its files have changed:`,
        ...differences.map((line) => `  ${line}`),
        'Choose another snapshot; what is current stays.',
      ].join('\n'),
      { details: { recordType, runId: entry.runId, differences } },
    )
  }
  lock.lost.throwIfAborted()
  stop.beginCommit()
  const { reason: _, ...index } = previous.index
  await store.commit(
    recordType,
    {
      ...index,
      current: manifest,
      committedBy: run.id,
      committedAt: run.now().toISOString(),
      reason: run.reason,
      previousRunId: index.current.runId,
    },
    previous,
  )
  await plainFile.publish()
  return manifest
}
