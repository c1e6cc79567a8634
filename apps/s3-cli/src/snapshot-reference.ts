import { type SnapshotEntry, TerminalError } from '@findata/core'

/** How a person names a snapshot: `task_orders` (current), `task_orders~1` (the one before), `task_orders@20261122T` (a run id or its beginning). */
export interface SnapshotReference {
  readonly recordType: string
  readonly back?: number
  readonly runId?: string
}

const SHAPE = /^(?<recordType>[a-z][a-z0-9_]*)(?:~(?<back>\d{1,6})|@(?<runId>[0-9A-Za-z-]+))?$/

/** Reads a reference, or gives undefined if the text has another shape. */
export function parseSnapshotReference(text: string): SnapshotReference | undefined {
  const groups = SHAPE.exec(text)?.groups
  if (!groups?.recordType) return undefined
  return {
    recordType: groups.recordType,
    ...(groups.back !== undefined && { back: Number(groups.back) }),
    ...(groups.runId !== undefined && { runId: groups.runId }),
  }
}

/** Finds the snapshot that a reference means among those kept, newest first; `currentRunId` is what a bare name means. */
export function findSnapshot(
  reference: SnapshotReference,
  snapshots: readonly SnapshotEntry[],
  currentRunId: string,
): SnapshotEntry {
  const { recordType, back, runId } = reference
  const matches =
    runId !== undefined
      ? snapshots.filter((snapshot) => snapshot.runId.startsWith(runId))
      : back !== undefined
        ? snapshots.slice(back, back + 1)
        : snapshots.filter((snapshot) => snapshot.runId === currentRunId)
  const [match, second] = matches
  if (match && !second) return match
  const asked = runId !== undefined ? `@${runId}` : back !== undefined ? `~${back}` : ''
  throw new TerminalError(
    'SNAPSHOT_MISSING',
    second
      ? `${recordType}${asked} could mean ${matches.length} snapshots. Give more of the run id; see s3-cli list ${recordType}.`
      : `No snapshot ${recordType}${asked} is kept (there are ${snapshots.length}). See s3-cli list ${recordType}.`,
  )
}
