import type { CurrentIndex, SnapshotEntry } from '@findata/core'

/** A snapshot is dropped only when both limits say so. */
export interface Retention {
  readonly keepLast: number
  readonly keepDays: number
}

const DAY_MS = 24 * 60 * 60 * 1000

/** The snapshots that stay in an index, newest first: the last ones, the young ones and always the current one. */
export function retainedSnapshots(
  { snapshots, current }: Pick<CurrentIndex, 'snapshots' | 'current'>,
  { keepLast, keepDays }: Retention,
  now: Date,
): readonly SnapshotEntry[] {
  const oldest = now.getTime() - keepDays * DAY_MS
  return snapshots.filter(
    ({ runId, takenAt }, position) =>
      position < keepLast || Date.parse(takenAt) >= oldest || runId === current.runId,
  )
}
