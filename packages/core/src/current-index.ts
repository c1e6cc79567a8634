import { isDeepStrictEqual } from 'node:util'
import type { CurrentIndex, SnapshotEntry, SnapshotManifest, StoredManifest } from './snapshot-store.ts'

/** What the index keeps of a snapshot. */
export function toIndexEntry(manifest: SnapshotManifest, stored: StoredManifest): SnapshotEntry {
  const { runId, finishedAt, totals, data } = manifest
  const sums = Object.entries(totals.money).map(([column, { sum }]) => [column, sum])
  return {
    manifestKey: stored.manifestKey,
    manifestSha256: stored.manifestSha256,
    certificateKey: stored.certificateKey,
    certificateSha256: stored.certificateSha256,
    runId,
    takenAt: finishedAt,
    rows: totals.rows,
    sums: Object.fromEntries(sums),
    setHash: totals.setHash ?? '',
    dataKey: data.key,
    bytes: data.bytes,
  }
}

/** One line for each thing that the index says of a kept snapshot and its manifest does not. */
export function checkIndexEntry(
  index: CurrentIndex,
  entry: SnapshotEntry,
  manifest: SnapshotManifest,
): readonly string[] {
  const expected = toIndexEntry(manifest, entry)
  const differences = differingKeys(entry, expected).map(
    (key) =>
      `the index gives ${entry.runId} ${key} ${JSON.stringify(entry[key])}, its manifest ${JSON.stringify(expected[key])}`,
  )
  if (index.current.runId !== entry.runId) return differences
  return [
    ...differences,
    ...differingKeys(index.current, manifest).map(
      (key) =>
        `the index describes ${entry.runId}, which is current, with a different ${key} than its manifest`,
    ),
    ...manifest.columns
      .filter(({ name, ordinal }) => index.ordinals[name] !== ordinal)
      .map(
        ({ name, ordinal }) =>
          `the index gives column ${name} ordinal ${index.ordinals[name] ?? 'none'}, the manifest of ${entry.runId} ${ordinal}`,
      ),
  ]
}

function differingKeys<T extends object>(left: T, right: T): readonly (keyof T & string)[] {
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])] as (keyof T & string)[]
  return keys.filter((key) => !isDeepStrictEqual(left[key], right[key]))
}
