import {
  type Certificate,
  type Consistency,
  type CurrentIndex,
  type CurrentSnapshot,
  EXIT_CODES,
  type ExitCode,
  formatCount,
  PipelineError,
  type SnapshotEntry,
  type SnapshotStore,
} from '@findata/core'
import type { CommandContext, CommandResult } from '../command.ts'
import { errorResult, momentResult, sumLines, wrapLines } from '../report.ts'
import { describeMoment, isOneMoment, momentsLine } from '../snapshot-moments.ts'
import { openPublication } from '../stored-publication.ts'

/** What is current of every record type, every snapshot kept of one, or what was published of it to a destination. */
export async function runList(
  context: CommandContext,
  recordType: string | undefined,
  destination: string | undefined,
): Promise<CommandResult> {
  if (recordType !== undefined && destination !== undefined) {
    return await listPublications(context, recordType, destination)
  }
  return recordType === undefined ? await listRecordTypes(context) : await listSnapshots(context, recordType)
}

async function listRecordTypes({ catalogue, openStore, print }: CommandContext): Promise<CommandResult> {
  const store = openStore()
  const stored = await store.listRecordTypes()
  const names = [...new Set([...catalogue.names, ...stored])]
  const recordTypes = []
  const moments: Consistency[] = []
  let exitCode: ExitCode = EXIT_CODES.done
  const width = Math.max(0, ...names.map(({ length }) => length)) + 1
  for (const name of names) {
    const current = stored.includes(name) ? await readCurrent(store, name) : undefined
    if (current instanceof PipelineError) {
      exitCode = EXIT_CODES.differences
      recordTypes.push({ recordType: name, current: null, ...errorResult(current) })
      print([`${name.padEnd(width)} cannot be read`, ...wrapLines(current, 2)].join('\n'))
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
      ...momentResult(manifest.consistency),
    })
    moments.push(manifest.consistency)
    print(
      `${name.padEnd(width)} ${formatCount(manifest.totals.rows).padStart(10)} rows  ${toMinute(manifest.finishedAt)}  ${formatCount(snapshots.length)} kept`,
    )
    print(`  ${describeMoment(manifest.consistency)}`)
  }
  const line = momentsLine(moments)
  if (line !== undefined) print(line)
  return { exitCode, result: { recordTypes, isOneMoment: isOneMoment(moments) ?? null } }
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
  const moments = await readMoments(store, current.index)
  snapshots.forEach((snapshot, back) => {
    const isCurrent = snapshot.runId === manifest.runId
    print(
      `${isCurrent ? '*' : ' '} ~${String(back).padEnd(3)} ${snapshot.runId}  ${formatCount(snapshot.rows).padStart(10)} rows  ${toMinute(snapshot.takenAt)}`,
    )
    const moment = moments[back]
    if (moment) print(`       ${'label' in moment ? describeMoment(moment) : moment.unread}`)
    for (const line of sumLines(manifest.money, snapshot.sums)) print(`       ${line}`)
  })
  print(`* is current${reason === undefined ? '' : `, by the rollback ${committedBy} (${reason})`}`)
  return {
    exitCode: EXIT_CODES.done,
    result: {
      recordType,
      current: manifest.runId,
      ...(reason !== undefined && { rollback: { runId: committedBy, reason } }),
      snapshots: snapshots.map((snapshot, back) => {
        const moment = moments[back]
        return { ...toResult(snapshot), ...(moment && 'label' in moment && momentResult(moment)) }
      }),
    },
  }
}

const MOST_MOMENTS = 30

type FoundMoment = Consistency | { readonly unread: string }

/** The moments of the newest snapshots; a manifest that somebody spoiled does not hide the others. */
async function readMoments(
  store: SnapshotStore,
  { recordType, current, snapshots }: CurrentIndex,
): Promise<readonly FoundMoment[]> {
  const read = async (entry: SnapshotEntry): Promise<FoundMoment> => {
    if (entry.runId === current.runId) return current.consistency
    try {
      return (await store.readManifest(entry)).consistency
    } catch (error) {
      if (!(error instanceof PipelineError) || error.code !== 'FILE_INVALID') throw error
      return { unread: `its moment cannot be read: s3-cli verify ${recordType}@${entry.runId}` }
    }
  }
  return await Promise.all(snapshots.slice(0, MOST_MOMENTS).map(read))
}

const MOST_PUBLICATIONS = 30

async function listPublications(
  context: CommandContext,
  recordType: string,
  destination: string,
): Promise<CommandResult> {
  const { destinations, openPublishStore, print } = context
  const target = { recordType, destination }
  const all = await openPublishStore().listPublications(target)
  if (all.length === 0) {
    destinations.mapping(recordType, destination)
    print(`${recordType} -> ${destination}: nothing published yet`)
  }
  let exitCode: ExitCode = EXIT_CODES.done
  const publications = []
  for (const { runId, certificateKey } of all.slice(0, MOST_PUBLICATIONS)) {
    try {
      const certificate = await openPublication(context, certificateKey)
      publications.push(toPublication(certificate, certificateKey))
      for (const line of publicationLines(certificate)) print(line)
    } catch (error) {
      if (!(error instanceof PipelineError) || error.code !== 'FILE_INVALID') throw error
      exitCode = EXIT_CODES.differences
      publications.push({ runId, certificate: certificateKey, ...errorResult(error) })
      print([`${runId}  cannot be read`, ...wrapLines(error, 2)].join('\n'))
    }
  }
  const older = all.length - publications.length
  if (older > 0) print(`… and ${formatCount(older)} older`)
  return { exitCode, result: { ...target, publications, older } }
}

function publicationLines({ runId, finishedAt, verdict, publication }: Certificate): readonly string[] {
  const head = `${runId}  ${toMinute(finishedAt)}  ${verdict}`
  if (!publication) return [`${head}, nothing sent`]
  const { sent, unchanged, entities, published } = publication
  return [
    head,
    `    ${formatCount(sent.creates)} created, ${formatCount(sent.updates)} updated, ${formatCount(sent.deletes)} deleted, ${formatCount(unchanged)} unchanged`,
    `    ${formatCount(published.rows)} of ${formatCount(entities.rows)} entities published`,
  ]
}

function toPublication({ runId, finishedAt, verdict, publication }: Certificate, certificate: string) {
  return { runId, finishedAt, verdict, certificate, ...(publication && { publication }) }
}

function toResult({ runId, takenAt, rows, sums, setHash, dataKey, bytes }: SnapshotEntry) {
  return { runId, takenAt, rows, sums, setHash, snapshot: dataKey, bytes }
}

/** `2026-11-22 13:36 UTC` of an ISO time. */
function toMinute(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}
