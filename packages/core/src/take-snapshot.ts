import { hash } from 'node:crypto'
import { type Certificate, compareHops, createCertificate, type Hop, type Override } from './certificate.ts'
import { type ControlTotals, createTotalsCollector, type KeyCensus } from './control-totals.ts'
import { toIndexEntry } from './current-index.ts'
import { createJsonArrayEncoder } from './encode/json-array.ts'
import { PipelineError, TerminalError, TransientError } from './errors.ts'
import type { SourceSnapshot } from './extractor.ts'
import { checkGuards, refusalOf } from './guards.ts'
import { readAhead } from './read-ahead.ts'
import { readJsonArray } from './read-json-array.ts'
import type { RecordType } from './record-type.ts'
import { freezeOrdinals, type RowBatch, type RowSchema } from './row-schema.ts'
import type {
  CurrentIndex,
  CurrentSnapshot,
  SnapshotDataWriter,
  SnapshotManifest,
  SnapshotStore,
  StoredData,
} from './snapshot-store.ts'
import type { ScratchFolder } from './spill-files.ts'
import { untilCommit } from './until-commit.ts'

/** What one run needs beside its ports. */
export interface SnapshotRun {
  readonly id: string
  readonly signal: AbortSignal
  readonly scratch: ScratchFolder
  readonly overrides: readonly Override[]
  /** Of findata, Node and the drivers; kept in the certificate. */
  readonly versions: Readonly<Record<string, string>>
  now(): Date
  onProgress(progress: SnapshotProgress): void
  /** Told when the run waits for a lock whose holder may be dead; without it, the run fails at once. */
  readonly onWait?: (message: string) => void
}

export type SnapshotPhase = 'prepare' | 'source-totals' | 'read' | 'read-back' | 'commit'

export interface SnapshotProgress {
  readonly recordType: string
  readonly phase: SnapshotPhase
  readonly rows: number
  /** Rows that are expected in this phase, when that is known. */
  readonly expectedRows: number | undefined
  /** Bytes of JSON text so far. */
  readonly bytes: number
}

export interface SnapshotResult {
  readonly manifest: SnapshotManifest
  readonly certificate: Certificate
  readonly certificateKey: string
  /** The plain file that other readers use. */
  readonly plainKey: string
  /** The snapshot that was current before. */
  readonly previous: SnapshotManifest | undefined
  /** Leftovers of earlier, broken runs and snapshots beyond retention that were removed. */
  readonly swept: readonly string[]
  readonly durationsMs: Readonly<Partial<Record<SnapshotPhase, number>>>
}

const ROWS_PER_BATCH = 1000

/** The census of a source that counts no rows, so that nothing needs to be read. */
const NO_KEYS: KeyCensus = {
  distinctRowKeys: 0,
  distinctEntityKeys: 0,
  exactDuplicates: 0,
  conflicts: 0,
  nullKeyRows: 0,
  overScale: {},
  examples: { exactDuplicates: [], conflicts: [], nullKeyRows: [] },
}

/**
 * One run: read a record type at one moment, store it, prove that source, read and file agree, and only then make it current.
 * A run that is refused or does not balance leaves what was current, keeps its certificate as evidence, and throws.
 */
export async function takeSnapshot(
  { source, store }: { readonly source: SourceSnapshot; readonly store: SnapshotStore },
  recordType: RecordType,
  run: SnapshotRun,
): Promise<SnapshotResult> {
  const { name } = recordType
  const startedAt = run.now().toISOString()
  const progress = createPhaseProgress(name, run)

  progress.enter('prepare')
  await using lock = await store.lock(name, run.id, { signal: run.signal, onWait: run.onWait })
  const signal = AbortSignal.any([run.signal, lock.lost])
  const found = await store.readCurrent(name)
  let previous: PreviousSnapshots | undefined = found?.index
  const { removed: orphans } = await store.sweep(name, found)
  const columns = await source.describe(recordType, { signal })
  const { schema, ordinals } = freezeOrdinals(columns, found?.index.ordinals)

  const hops: Hop[] = []
  const leftOut =
    recordType.sourceTotals === 'off' ? ['source: sourceTotals is off for this record type'] : []
  const addHop = (hop: Hop['name'], totals: ControlTotals) => hops.push({ name: hop, of: 'rows', totals })
  const certify = (keys: KeyCensus, stored?: StoredData) =>
    createCertificate({
      runId: run.id,
      recordType: name,
      startedAt,
      finishedAt: laterOf(startedAt, run.now().toISOString()),
      consistency: source.consistency,
      columns: schema.columns,
      rowKey: recordType.rowKey,
      entityKey: recordType.entityKey,
      money: recordType.money,
      hops,
      leftOut,
      comparisons: hops.slice(1).map((hop, i) => compareHops(hops[i] as Hop, hop)),
      guards: checkGuards({
        recordType,
        columns: schema.columns,
        read: (hops.find(({ name }) => name === 'read') ?? (hops[0] as Hop)).totals,
        keys,
        previous: previous?.current,
        overrides: run.overrides,
      }),
      overrides: run.overrides,
      objects: stored ? [{ key: stored.key, bytes: stored.bytes, sha256: stored.sha256 }] : [],
      executions: source.executions(recordType),
      versions: run.versions,
    })
  const proceed = async (certificate: Certificate) => {
    const refusal = differenceOf(certificate) ?? refusalOf(recordType, certificate.guards)
    if (!refusal) return certificate
    throw await withEvidence(refusal, store, certificate, found)
  }

  if (recordType.sourceTotals !== 'off') {
    progress.enter('source-totals')
    const { totals, leftOut: notHad } = await source.totals(recordType, {
      signal,
      ...(recordType.sourceTotals === 'full' && { schema }),
    })
    leftOut.push(...notHad)
    addHop('source', totals)
    if (totals.rows === 0) await proceed(certify(NO_KEYS))
  }

  progress.enter('read', hops[0]?.totals.rows)
  await using writer = store.writeData(name, run.id, { signal })
  const batches = source.extract(recordType, { batchSize: ROWS_PER_BATCH, signal })
  const read = await collectTotals(
    storeRows(batches, schema, writer, progress),
    schema,
    recordType,
    run.scratch,
  )
  addHop('read', read.totals)
  if (found && (await isRepeated(store, found.index, read.totals))) {
    previous = await beforeLastCommit(store, found.index)
  }
  await proceed(certify(read.keys))
  const data = await writer.finish()

  progress.enter('read-back', read.totals.rows)
  const stop = untilCommit(run.signal)
  await using plainFile = store.stagePlainFile(name, run.id, data, {
    signal: AbortSignal.any([stop.signal, lock.lost]),
  })
  const rowsOfFile = countRows(readJsonArray(plainFile.chunks, schema.columns, { name: data.key }), progress)
  addHop('file', (await collectTotals(rowsOfFile, schema, recordType, run.scratch)).totals)
  const certificate = await proceed(certify(read.keys, data))

  progress.enter('commit')
  const manifest: SnapshotManifest = {
    version: 1,
    kind: 'findata-snapshot',
    recordType: name,
    runId: run.id,
    startedAt,
    finishedAt: certificate.finishedAt,
    consistency: source.consistency,
    querySha256: hash('sha256', JSON.stringify([recordType.query, recordType.binds])),
    columns: schema.columns,
    rowKey: recordType.rowKey,
    entityKey: recordType.entityKey,
    money: recordType.money,
    totals: read.totals,
    data,
  }
  const stored = await store.writeManifest(manifest, certificate)
  lock.lost.throwIfAborted()
  stop.beginCommit()
  const current = await store.commit(
    name,
    {
      version: 1,
      kind: 'findata-current',
      recordType: name,
      current: manifest,
      committedBy: run.id,
      committedAt: run.now().toISOString(),
      ...(previous && { previousRunId: previous.current.runId }),
      ordinals,
      snapshots: [toIndexEntry(manifest, stored), ...(previous?.snapshots ?? [])],
    },
    found,
  )
  const { key: plainKey } = await plainFile.publish().catch((error: unknown) => {
    throw afterCommit(error, manifest)
  })
  const { removed: retired } = await store.sweep(name, current)

  return {
    manifest,
    certificate,
    certificateKey: stored.certificateKey,
    plainKey,
    previous: previous?.current,
    swept: [...orphans, ...retired],
    durationsMs: progress.end(),
  }
}

type PreviousSnapshots = Pick<CurrentIndex, 'current' | 'snapshots'>

/**
 * Whether the last commit has the very rows that were read now and was made by a run that ended before it put its plain file in
 * place. Then this run takes its place: started again, a killed run leaves what one run leaves, and what it changed is told as a change.
 * What was published stays: a certificate names it.
 */
async function isRepeated(
  store: SnapshotStore,
  { recordType, committedBy, previousRunId, current }: CurrentIndex,
  { setHash }: ControlTotals,
): Promise<boolean> {
  if (current.runId !== committedBy || current.totals.setHash !== setHash) return false
  const publishedBy = await store.readPlainFileRunId(recordType)
  // After the first commit, a plain file that no run wrote was put there by somebody else, or removed.
  const isBroken = publishedBy === undefined ? previousRunId === undefined : publishedBy !== committedBy
  return isBroken && !(await store.mayBePublished(recordType, committedBy))
}

async function beforeLastCommit(
  store: SnapshotStore,
  index: CurrentIndex,
): Promise<PreviousSnapshots | undefined> {
  if (index.previousRunId === undefined) return undefined
  const entry = index.snapshots.find(({ runId }) => runId === index.previousRunId)
  // Dropped by the retention.
  if (!entry) return index
  return {
    current: await store.readManifest(entry),
    snapshots: index.snapshots.filter(({ runId }) => runId !== index.current.runId),
  }
}

/** Encodes rows and stores them on their way through. */
async function* storeRows(
  batches: AsyncIterable<RowBatch>,
  schema: RowSchema,
  writer: SnapshotDataWriter,
  progress: PhaseProgress,
): AsyncGenerator<RowBatch> {
  const encoder = createJsonArrayEncoder(schema)
  // The database prepares the next batch while this one is encoded.
  for await (const batch of readAhead(batches)) {
    for (const chunk of encoder.encode(batch)) {
      progress.add(0, chunk.byteLength)
      await writer.write(chunk)
    }
    progress.add(batch.length, 0)
    yield batch
  }
  for (const chunk of encoder.finish()) await writer.write(chunk)
}

async function* countRows(
  batches: AsyncIterable<RowBatch>,
  progress: PhaseProgress,
): AsyncGenerator<RowBatch> {
  for await (const batch of batches) {
    progress.add(batch.length, 0)
    yield batch
  }
}

/** The control totals of a stream of rows, in one pass. */
export async function collectTotals(
  batches: AsyncIterable<RowBatch>,
  schema: RowSchema,
  { rowKey, entityKey, money }: Pick<RecordType, 'rowKey' | 'entityKey' | 'money'>,
  scratch: ScratchFolder,
): Promise<{ readonly totals: ControlTotals; readonly keys: KeyCensus }> {
  await using collector = createTotalsCollector({ schema, rowKey, entityKey, money, scratch })
  for await (const batch of batches) await collector.add(batch)
  return await collector.finish()
}

function differenceOf({ recordType, comparisons }: Certificate): PipelineError | undefined {
  const failed = comparisons.find(({ agrees }) => !agrees)
  if (!failed) return undefined
  const { left, right, differences } = failed
  return new TerminalError(
    'BALANCE_DIFFERS',
    `${recordType}: ${left} and ${right} do not agree: ${differences.join('; ')}. ${DIFFERENCE_ADVICE[right] ?? ''}`,
    { details: { recordType, left, right, differences } },
  )
}

const DIFFERENCE_ADVICE: Partial<Record<Hop['name'], string>> = {
  read: 'The view may have changed between two reads; run it again, and see the consistency label.',
  file: 'What was stored is not what was read; run it again, and look at the store if it repeats.',
}

/** Keeps the certificate of a refused run, and names it. A store that fails at this does not hide why the run was refused. */
async function withEvidence(
  { code, message, details }: PipelineError,
  store: SnapshotStore,
  certificate: Certificate,
  current: CurrentSnapshot | undefined,
): Promise<TerminalError> {
  let certificateKey: string | undefined
  let failure: PipelineError | undefined
  try {
    certificateKey = await store.writeRefusal(certificate)
    await store.sweep(certificate.recordType, current)
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    failure = error
  }
  const lines = [
    message,
    `What was current stays.${certificateKey ? ` Evidence: ${certificateKey}` : ''}`,
    ...(failure ? [`After that the store failed: ${failure.message}`] : []),
  ]
  return new TerminalError(code, lines.join('\n'), {
    details: { ...details, ...(certificateKey && { certificateKey }) },
    ...(failure && { cause: failure }),
  })
}

/** The same failure, with what is true all the same: only the plain file lacks. */
function afterCommit(error: unknown, { recordType, runId }: SnapshotManifest): unknown {
  if (!(error instanceof PipelineError)) return error
  const Fate = error instanceof TransientError ? TransientError : TerminalError
  const file = `${recordType}.json`
  const nextStep = `Run the same command again, or wait for the next extract: it puts ${file} in place.`
  const told = `Snapshot ${recordType}@${runId} is committed, balanced and current all the same; only the plain file ${file} is still what it was before this run.`
  return new Fate(error.code, `${error.message}\n${told}\n${nextStep}`, {
    cause: error,
    details: { ...error.details, committedRunId: runId, nextStep },
  })
}

/** A clock that is set back during a run must not make its certificate look wrong for ever. */
function laterOf(a: string, b: string): string {
  return a > b ? a : b
}

interface PhaseProgress {
  enter(phase: SnapshotPhase, expectedRows?: number): void
  add(rows: number, bytes: number): void
  end(): Partial<Record<SnapshotPhase, number>>
}

/** Reports progress and measures how long each phase took. */
function createPhaseProgress(recordType: string, run: SnapshotRun): PhaseProgress {
  const durationsMs: Partial<Record<SnapshotPhase, number>> = {}
  let phase: SnapshotPhase = 'prepare'
  let expectedRows: number | undefined
  let rows = 0
  let bytes = 0
  let since = performance.now()
  const close = () => {
    const now = performance.now()
    durationsMs[phase] = (durationsMs[phase] ?? 0) + Math.round(now - since)
    since = now
  }
  const report = () => run.onProgress({ recordType, phase, rows, expectedRows, bytes })
  return {
    enter(next, expected) {
      close()
      phase = next
      expectedRows = expected
      rows = 0
      bytes = 0
      report()
    },
    add(moreRows, moreBytes) {
      rows += moreRows
      bytes += moreBytes
      report()
    },
    end() {
      close()
      return durationsMs
    },
  }
}
