import { EXIT_CODES, type SnapshotEntry } from '@findata/core'
import type { CommandContext, CommandResult } from '../command.ts'
import { formatAmount, formatCount } from '../report.ts'

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
  for (const name of names) {
    const current = stored.includes(name) ? await store.readCurrent(name) : undefined
    if (!current) {
      recordTypes.push({ recordType: name, current: null })
      print(`${name.padEnd(20)} no snapshot yet: s3-cli extract ${name}`)
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
      `${name.padEnd(20)} ${formatCount(manifest.totals.rows).padStart(10)} rows  ${toMinute(manifest.finishedAt)}  ${formatCount(snapshots.length)} kept`,
    )
  }
  return { exitCode: EXIT_CODES.done, result: { recordTypes } }
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
  const { current: manifest, snapshots } = current.index
  snapshots.forEach((snapshot, back) => {
    const isCurrent = snapshot.runId === manifest.runId
    print(
      `${isCurrent ? '*' : ' '} ~${String(back).padEnd(3)} ${snapshot.runId}  ${formatCount(snapshot.rows).padStart(10)} rows  ${toMinute(snapshot.takenAt)}`,
    )
    for (const [column, sum] of Object.entries(snapshot.sums))
      print(`       ${column.padEnd(24)} ${formatAmount(sum).padStart(30)}`)
  })
  print('* is current')
  return {
    exitCode: EXIT_CODES.done,
    result: { recordType, current: manifest.runId, snapshots: snapshots.map(toResult) },
  }
}

function toResult({ runId, takenAt, rows, sums, setHash, dataKey, bytes }: SnapshotEntry) {
  return { runId, takenAt, rows, sums, setHash, snapshot: dataKey, bytes }
}

/** `2026-11-22 13:36 UTC` of an ISO time. */
function toMinute(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}
