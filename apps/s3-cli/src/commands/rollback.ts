import {
  createRunId,
  EXIT_CODES,
  formatCount,
  openScratchFolder,
  restoreSnapshot,
  TerminalError,
} from '@findata/core'
import type { CommandContext, CommandResult } from '../command.ts'
import { findSnapshot, parseSnapshotReference } from '../snapshot-reference.ts'

/** Makes an older snapshot current again; `snapshot` is `units~1`, `units@<run id>`, or without the record type. */
export async function runRollback(
  context: CommandContext,
  recordType: string,
  snapshot: string,
  reason: string,
): Promise<CommandResult> {
  const text = /^[~@]/.test(snapshot)
    ? `${recordType}${snapshot}`
    : snapshot.startsWith(recordType)
      ? snapshot
      : `${recordType}@${snapshot}`
  const reference = parseSnapshotReference(text)
  if (reference?.recordType !== recordType || (reference.back ?? reference.runId) === undefined) {
    throw new TerminalError(
      'USAGE',
      `'${snapshot}' does not name a snapshot of ${recordType}. Write ${recordType}~1 (a shell may replace a bare ~1), or a run id from s3-cli list ${recordType}.`,
    )
  }
  const store = context.openStore()
  if (!(await store.readCurrent(recordType))) context.catalogue.get(recordType)
  await using scratch = await openScratchFolder()
  const manifest = await restoreSnapshot(store, recordType, {
    id: createRunId(context.now()),
    signal: context.signal,
    scratch,
    reason: `${context.environment.account}: ${reason}`,
    now: context.now,
    choose: ({ snapshots, current }) => findSnapshot(reference, snapshots, current.runId),
  })
  context.print(
    `${recordType}: ${manifest.runId} is current again, ${formatCount(manifest.totals.rows)} rows`,
  )
  return {
    exitCode: EXIT_CODES.done,
    result: { recordType, current: manifest.runId, rows: manifest.totals.rows, reason },
  }
}
