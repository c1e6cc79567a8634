import {
  type CurrentSnapshot,
  EXIT_CODES,
  type ExitCode,
  PipelineError,
  type SnapshotEntry,
  type SnapshotStore,
} from '@findata/core'
import type { CommandContext, CommandResult } from '../command.ts'
import { errorResult, formatCount, linesOf, sumLines } from '../report.ts'

/** What is current of every record type, or every snapshot kept of one. */
export async function runList(
  context: CommandContext,
  recordType: string | undefined,
): Promise<CommandResult> {
  return recordType === undefined ? await listRecordTypes(context) : await listSnapshots(context, recordType)
}

async function listRecordTypes({ catalogue, openStore, print }: CommandContext): Promise<CommandResult> {
  const store = openStore()
  const stored = await store.listRecordTypes()
  const names = [...new Set([...catalogue.names, ...stored])]
  const recordTypes = []
  let exitCode: ExitCode = EXIT_CODES.done
  const width = Math.max(0, ...names.map(({ length }) => length)) + 1
  for (const name of names) {
    const current = stored.includes(name) ? await readCurrent(store, name) : undefined
    if (current instanceof PipelineError) {
      exitCode = EXIT_CODES.differences
      recordTypes.push({ recordType: name, current: null, ...errorResult(current) })
      print([`${name.padEnd(width)} cannot be read`, ...linesOf(current)].join('\n  '))
      continue
    }
    if (!current) {
      recordTypes.push({ recordType: name, current: null })
      print(`${name.padEnd(width)} no snapshot yet: s3-cli extract ${name}`)
      continue
    }
    const { current: manifest, snapshots } = current.index
    recordTypes.push({
      recordType: name,
      current: manifest.runId,
      rows: manifest.totals.rows,
      snapshots: snapshots.length,
    })
    print(
      `${name.padEnd(width)} ${formatCount(manifest.totals.rows).padStart(10)} rows  ${toMinute(manifest.finishedAt)}  ${formatCount(snapshots.length)} kept`,
    )
  }
  return { exitCode, result: { recordTypes } }
}

/** One index that somebody spoiled does not hide the others. */
async function readCurrent(
  store: SnapshotStore,
  recordType: string,
): Promise<CurrentSnapshot | PipelineError | undefined> {
  try {
    return await store.readCurrent(recordType)
  } catch (error) {
    if (error instanceof PipelineError && error.code === 'FILE_INVALID') return error
    throw error
  }
}

async function listSnapshots(
  { catalogue, openStore, print }: CommandContext,
  recordType: string,
): Promise<CommandResult> {
  const store = openStore()
  const current = await store.readCurrent(recordType)
  if (!current) {
    if (!(await store.listRecordTypes()).includes(recordType)) catalogue.get(recordType)
    print(`${recordType}: no snapshot yet: s3-cli extract ${recordType}`)
    return { exitCode: EXIT_CODES.done, result: { recordType, snapshots: [] } }
  }
  const { current: manifest, snapshots, committedBy, reason } = current.index
  snapshots.forEach((snapshot, back) => {
    const isCurrent = snapshot.runId === manifest.runId
    print(
      `${isCurrent ? '*' : ' '} ~${String(back).padEnd(3)} ${snapshot.runId}  ${formatCount(snapshot.rows).padStart(10)} rows  ${toMinute(snapshot.takenAt)}`,
    )
    for (const line of sumLines(manifest.money, snapshot.sums)) print(`       ${line}`)
  })
  print(`* is current${reason === undefined ? '' : `, by the rollback ${committedBy} (${reason})`}`)
  return {
    exitCode: EXIT_CODES.done,
    result: {
      recordType,
      current: manifest.runId,
      ...(reason !== undefined && { rollback: { runId: committedBy, reason } }),
      snapshots: snapshots.map(toResult),
    },
  }
}

function toResult({ runId, takenAt, rows, sums, setHash, dataKey, bytes }: SnapshotEntry) {
  return { runId, takenAt, rows, sums, setHash, snapshot: dataKey, bytes }
}

/** `2026-11-22 13:36 UTC` of an ISO time. */
function toMinute(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}
