import { existsSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import {
  checkCertificate,
  checkIndexEntry,
  EXIT_CODES,
  formatCount,
  openScratchFolder,
  PipelineError,
  parseCertificate,
  type ScratchFolder,
  TerminalError,
  verifySnapshot,
} from '@findata/core'
import type { S3SnapshotStore } from '@findata/s3-store'
import type { CommandContext, CommandResult } from '../command.ts'
import { openLocalSnapshot } from '../local-snapshot.ts'
import { parsePublicationKey, publicationKey } from '../publication-reference.ts'
import { parseSnapshotReference } from '../snapshot-reference.ts'
import { openPublication } from '../stored-publication.ts'
import { openSnapshotOf } from '../stored-snapshot.ts'

interface Verified {
  readonly target: string
  /** Null when a file is not what it should be, so that its rows cannot be read. */
  readonly rows?: number | null
  readonly checked: readonly string[]
  readonly differences: readonly string[]
  readonly nextStep?: string
}

const CHECK_ROWS_TOO =
  'Only the certificate was checked, against itself. To check the rows, name manifest.json with data.json.gz beside it, or the snapshot in the bucket.'

/** Recomputes a snapshot from files alone: one in the bucket, one on disk, or (without a target) every current one. */
export async function runVerify(context: CommandContext, target: string | undefined): Promise<CommandResult> {
  await using scratch = await openScratchFolder()
  const verified: Verified[] = []
  const add = (one: Verified) => {
    verified.push(one)
    print(context, one)
  }
  if (target !== undefined && isLocalFile(target)) {
    add(await verifyLocal(target, scratch).catch((error) => spoiled(target, error)))
  } else {
    const store = context.openStore()
    const targets = target === undefined ? await store.listRecordTypes() : [target]
    if (targets.length === 0) context.print('There is no snapshot in the bucket yet: s3-cli extract --all')
    for (const one of targets) {
      add(await verifyStored(context, store, one, scratch).catch((error) => spoiled(one, error)))
    }
  }
  const checked = new Set(verified.flatMap(({ checked }) => checked))
  if (checked.size > 0) context.print(['Recomputed from the files alone:', ...checked].join('\n  '))
  const isClean = verified.every(({ differences }) => differences.length === 0)
  return { exitCode: isClean ? EXIT_CODES.done : EXIT_CODES.differences, result: { verified } }
}

/** A file that is not what it should be is what verify looks for, not a failure of it. */
function spoiled(target: string, error: unknown): Verified {
  if (error instanceof PipelineError && error.code === 'FILE_INVALID')
    return { target, rows: null, checked: [], differences: [error.message] }
  throw error
}

/** `./manifest.json` is always a path; `snapshots/units/…/manifest.json` only if it is there, else a key. */
function isLocalFile(target: string): boolean {
  return isAbsolute(target) || /^\.{1,2}[/\\]/.test(target) || (/[./\\]/.test(target) && existsSync(target))
}

async function verifyLocal(path: string, scratch: ScratchFolder): Promise<Verified> {
  const { manifest, certificate, chunks } = await openLocalSnapshot(path)
  if (manifest && chunks) {
    return {
      target: path,
      ...(await verifySnapshot({ manifest, ...(certificate && { certificate }), chunks, scratch })),
    }
  }
  return {
    target: path,
    checked: ['every sum, comparison and verdict of the certificate'],
    differences: certificate ? checkCertificate(certificate) : [],
    // A run that was refused has stored nothing to check.
    ...(certificate?.verdict === 'balanced' && { nextStep: CHECK_ROWS_TOO }),
  }
}

/** The certificate of a publication, and the snapshot that it published where that is still kept. */
async function verifyPublication(
  context: CommandContext,
  store: S3SnapshotStore,
  target: string,
  key: string,
  scratch: ScratchFolder,
): Promise<Verified> {
  const certificate = await openPublication(context, key)
  const { recordType, publication } = certificate
  const current = await store.readCurrent(recordType)
  const entry = current?.index.snapshots.find(({ runId }) => runId === publication?.snapshotRunId)
  if (entry) {
    const manifest = await store.readManifest(entry)
    const { chunks } = store.readBack(manifest.data, { signal: context.signal })
    return { target, ...(await verifySnapshot({ manifest, certificate, chunks, scratch })) }
  }
  return {
    target,
    checked: ['every sum, comparison and verdict of the certificate'],
    differences: checkCertificate(certificate),
    ...(publication && {
      nextStep: `Snapshot ${publication.snapshotRunId} is not kept any more, so its rows were not checked.`,
    }),
  }
}

async function verifyStored(
  context: CommandContext,
  store: S3SnapshotStore,
  target: string,
  scratch: ScratchFolder,
): Promise<Verified> {
  const { catalogue, signal } = context
  const publication = parsePublicationKey(target)
  if (publication) {
    return await verifyPublication(context, store, target, publicationKey(publication), scratch)
  }
  if (target.endsWith('.refused.json')) {
    const certificate = parseCertificate(await store.readText(target), target)
    return {
      target,
      checked: ['every sum of the refused certificate'],
      differences: checkCertificate(certificate),
    }
  }
  const { index, entry, manifest, certificate, isCurrent } = await openSnapshotOf(
    store,
    toReference(target),
    catalogue,
  )
  const { chunks } = store.readBack(manifest.data, { signal })
  const { rows, checked, differences } = await verifySnapshot({ manifest, certificate, chunks, scratch })
  const plain = isCurrent ? await store.comparePlainFile(manifest, { signal }) : []
  return {
    target,
    rows,
    checked: [
      ...checked,
      'what the index says of the snapshot against its manifest',
      ...(isCurrent ? ['the plain file against the snapshot'] : []),
    ],
    differences: [...differences, ...checkIndexEntry(index, entry, manifest), ...plain],
    ...(plain.length > 0 && {
      nextStep: `s3-cli extract ${manifest.recordType} writes the plain file anew.`,
    }),
  }
}

/** A snapshot is also known by the key of its manifest, data or certificate. */
function toReference(target: string): string {
  if (parseSnapshotReference(target)) return target
  const [, recordType, runId] =
    /(?:^|\/)(?:snapshots|certificates)\/([a-z0-9_]+)\/([0-9A-Za-z-]+)(?:\/[a-z.]+|\.json)$/.exec(target) ??
    []
  const [, pointed] = /(?:^|\/)([a-z0-9_]+)(?:\.manifest)?\.json$/.exec(target) ?? []
  if (recordType && runId) return `${recordType}@${runId}`
  if (pointed) return pointed
  throw new TerminalError(
    'USAGE',
    `'${target}' is neither a snapshot, a key of one, nor a file here. Write task_orders, a key from s3-cli show, or a path.`,
  )
}

function print({ print }: CommandContext, { target, rows, differences, nextStep }: Verified): void {
  const counted = rows === undefined ? '' : rows === null ? 'cannot be read' : `${formatCount(rows)} rows`
  const verdict = differences.length === 0 ? 'as recorded' : 'DIFFERENCES FOUND'
  const lines = [`${target.padEnd(20)} ${counted.padStart(15)}  ${verdict}`, ...differences]
  print([...lines, ...(nextStep ? [nextStep] : [])].join('\n  '))
}
