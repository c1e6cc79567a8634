import {
  type Bridge,
  type Certificate,
  compareHops,
  compareMapped,
  createCertificate,
  type GuardResult,
  type Hop,
  type HopComparison,
  type Override,
  type Publication,
} from './certificate.ts'
import type { Clock } from './clock.ts'
import { createTotalsCollector, type TotalsCollector } from './control-totals.ts'
import { foldEntities, type Rejections } from './entities.ts'
import { type PipelineError, TerminalError } from './errors.ts'
import { checkPublishGuards, publishRefusalOf } from './publish-guards.ts'
import { problemsOf, rejectedEntities, toRejects } from './publish-outcome.ts'
import type { PublishJournal, PublishStore } from './publish-store.ts'
import type {
  PublishedTotals,
  Publisher,
  PublishOutcome,
  PublishPlan,
  PublishProgress,
  PublishTarget,
} from './publisher.ts'
import { readJsonArray } from './read-json-array.ts'
import type { RecordType } from './record-type.ts'
import type { RowBatch } from './row-schema.ts'
import type { SnapshotManifest, SnapshotStore } from './snapshot-store.ts'
import type { ScratchFolder } from './spill-files.ts'

export interface PublishPorts {
  readonly store: SnapshotStore
  readonly publishStore: PublishStore
  readonly publisher: Publisher
}

/** What one run needs beside its ports. */
export interface PublishRun {
  readonly id: string
  readonly signal: AbortSignal
  readonly scratch: ScratchFolder
  readonly clock: Clock
  readonly overrides: readonly Override[]
  /** Of findata and Node; kept in the certificate. */
  readonly versions: Readonly<Record<string, string>>
  onProgress(progress: PublishProgress): void
  /** Told when the run waits for a lock whose holder may be dead; without it, the run fails at once. */
  readonly onWait?: (message: string) => void
}

export interface PublishSettings {
  /** Most writes that are sent. */
  readonly limit?: number
  /** Whether to wait for the settle time of unclear creates. */
  readonly waitsForUnclear: boolean
  /** A plan that was saved earlier, the run of the snapshot that it was made from, and the description of its target. */
  readonly saved?: { readonly plan: PublishPlan; readonly snapshotRunId: string; readonly target: string }
}

/** All that is known before the first write. Dispose it to give the locks back. */
export interface PreparedPublication extends AsyncDisposable {
  readonly manifest: SnapshotManifest
  readonly target: PublishTarget
  readonly plan: PublishPlan
  readonly bridge: Bridge
  readonly rejections: Rejections
  readonly guards: readonly GuardResult[]
  /** GUARD_REFUSED or BALANCE_DIFFERS: what stops a run that would publish. */
  readonly refusal: PipelineError | undefined
}

export interface PublishResult {
  readonly manifest: SnapshotManifest
  readonly target: string
  readonly plan: PublishPlan['summary']
  readonly outcome: PublishOutcome
  readonly rejections: Rejections
  readonly certificate: Certificate
  readonly certificateKey: string
  /** Why the run is not a full success; empty when it is. Each has the exit code of its kind. */
  readonly problems: readonly PipelineError[]
}

/**
 * Locks a record type and its destination, folds the current snapshot into entities, and plans what publishing them would do.
 * Writes nothing. Throws SNAPSHOT_MISSING, COLUMNS_MISSING, LOCK_HELD and whatever the destination refuses.
 */
export async function preparePublication(
  ports: PublishPorts,
  recordType: RecordType,
  run: PublishRun,
): Promise<PreparedPublication> {
  return await prepare(ports, recordType, run)
}

/**
 * One run: plan, send what differs, and prove by reading back that the destination holds the entities. A run that is refused
 * sends nothing, keeps its certificate as evidence, and throws; one that ends otherwise than in full success says so in `problems`.
 */
export async function publishSnapshot(
  ports: PublishPorts,
  recordType: RecordType,
  run: PublishRun,
  settings: PublishSettings,
): Promise<PublishResult> {
  await using prepared = await prepare(ports, recordType, run)
  const { manifest, target, plan, rejections, journal, certify } = prepared
  const { destination } = ports.publisher
  const { saved, limit, waitsForUnclear } = settings
  if (saved && saved.snapshotRunId !== manifest.runId) {
    throw new TerminalError(
      'PLAN_STALE',
      `The plan is of snapshot ${saved.snapshotRunId}, and ${manifest.runId} is current by now. Nothing was sent. Plan again.`,
      { details: { planned: saved.snapshotRunId, current: manifest.runId } },
    )
  }
  if (saved && saved.target !== target.description) {
    throw new TerminalError(
      'PLAN_STALE',
      `The plan is of ${saved.target}, and ${destination} is ${target.description} now. Nothing was sent. Plan again, or set the variables of the destination that was planned.`,
      { details: { planned: saved.target, current: target.description } },
    )
  }
  if (prepared.refusal) {
    const key = await ports.publishStore.writePublishCertificate(certify(), destination)
    const { code, message, details } = prepared.refusal
    throw new TerminalError(code, `${message}\nNothing was sent. Evidence: ${key}`, {
      details: { ...details, certificateKey: key },
    })
  }

  const outcome = await target.apply(plan, {
    journal,
    waitsForUnclear,
    ...(saved && { saved: saved.plan }),
    ...(limit !== undefined && { limit }),
  })
  await journal.settle()
  const totals = await target.readBack(outcome)
  const certificate = certify({ outcome, totals })
  const rejected = await rejectedEntities(plan)
  const certificateKey = await ports.publishStore.writePublishCertificate(certificate, destination)
  await ports.publishStore.writeRejects(
    toRejects(
      { recordType: recordType.name, destination, runId: run.id, at: run.clock.now().toISOString() },
      rejected,
      outcome,
      rejections,
    ),
  )
  return {
    manifest,
    target: target.description,
    plan: plan.summary,
    outcome,
    rejections,
    certificate,
    certificateKey,
    problems: problemsOf({
      recordType: recordType.name,
      destination,
      outcome,
      totals,
      certificate,
      rejections,
      rejected,
    }),
  }
}

interface Prepared extends PreparedPublication {
  readonly journal: PublishJournal
  certify(published?: { readonly outcome: PublishOutcome; readonly totals: PublishedTotals }): Certificate
}

async function prepare(
  { store, publishStore, publisher }: PublishPorts,
  recordType: RecordType,
  run: PublishRun,
): Promise<Prepared> {
  const { name } = recordType
  const { destination } = publisher
  const { clock, scratch } = run
  const startedAt = clock.now()
  await using resources = new AsyncDisposableStack()
  const lock = async (lockName: string) => {
    const options = { signal: run.signal, onWait: run.onWait }
    return resources.use(await publishStore.lockDestination(lockName, run.id, options))
  }

  const lost = [(await lock(`${name}.${destination}`)).lost]
  const current = await store.readCurrent(name)
  if (!current) throw snapshotMissing(name)
  const manifest = current.index.current
  const schema = { columns: manifest.columns }
  const missing = declaredColumns(recordType).filter(
    (column) => !schema.columns.some((c) => c.name === column),
  )
  if (missing.length > 0) throw columnsMissing(name, manifest.runId, missing)
  const openTarget = (signal: AbortSignal) =>
    publisher.openTarget(recordType, {
      schema,
      clock,
      startedAt,
      scratch,
      signal,
      onProgress: run.onProgress,
    })
  // The signal is made before the account is known, and a lost lock must stop the target all the same.
  const stop = new AbortController()
  const signal = AbortSignal.any([run.signal, stop.signal, ...lost])
  const target = resources.use(await openTarget(signal))
  if (target.account !== undefined) {
    const account = await lock(target.account)
    account.lost.addEventListener('abort', () => stop.abort(account.lost.reason), { once: true })
    if (account.lost.aborted) stop.abort(account.lost.reason)
  }
  const journal = resources.use(
    await publishStore.openJournal({ recordType: name, destination }, run.id, { signal }),
  )

  const read: Hop = { name: 'read', of: 'rows', totals: manifest.totals }
  const rowTotals = resources.use(createTotalsCollector({ ...recordType, schema, scratch }))
  const entityTotals = resources.use(
    createTotalsCollector({ ...recordType, rowKey: recordType.entityKey, schema, scratch }),
  )
  const rows = readJsonArray(store.readBack(manifest.data, { signal }).chunks, manifest.columns, {
    name: manifest.data.key,
  })
  const folded = foldEntities(
    collecting(rowTotals, rows, (done) =>
      run.onProgress({ phase: 'read snapshot', done, total: manifest.totals.rows }),
    ),
    { schema, recordType, scratch, ...(target.filter && { filter: target.filter }) },
  )
  const plan = await target.plan(collecting(entityTotals, folded.batches), journal.unanswered)

  const file: Hop = { name: 'file', of: 'rows', totals: (await rowTotals.finish()).totals }
  const entities: Hop = { name: 'entities', of: 'entities', totals: (await entityTotals.finish()).totals }
  const bridge = folded.bridge()
  const rejections = folded.rejections()
  const guards = checkPublishGuards({
    recordType,
    entities: entities.totals.rows,
    rejections,
    departing: plan.summary.departing,
    overrides: run.overrides,
  })
  const fileComparison = compareHops(read, file)
  const certify: Prepared['certify'] = (published) =>
    createCertificate({
      runId: run.id,
      recordType: name,
      startedAt: startedAt.toISOString(),
      finishedAt: laterOf(startedAt, clock.now()).toISOString(),
      consistency: manifest.consistency,
      columns: manifest.columns,
      rowKey: recordType.rowKey,
      entityKey: recordType.entityKey,
      money: recordType.money,
      bridge,
      leftOut: [
        `source: in the certificate of the snapshot, run ${manifest.runId}`,
        ...recordType.money
          .filter(({ column }) => !target.money.includes(column))
          .map(({ column }) => `destination: it does not hold ${column}`),
      ],
      ...withPublication([read, file, entities], fileComparison, published, {
        destination,
        target: target.description,
        manifest,
        plan,
        money: target.money,
      }),
      guards,
      overrides: run.overrides,
      objects: [{ key: manifest.data.key, bytes: manifest.data.bytes, sha256: manifest.data.sha256 }],
      executions: 0,
      versions: run.versions,
    })
  const opened = resources.move()
  return {
    manifest,
    target,
    plan,
    bridge,
    rejections,
    guards,
    refusal: differenceOf(name, fileComparison) ?? publishRefusalOf(recordType, destination, guards),
    journal,
    certify,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

async function* collecting(
  totals: TotalsCollector,
  batches: AsyncIterable<RowBatch>,
  onRows?: (rows: number) => void,
): AsyncGenerator<RowBatch> {
  let rows = 0
  for await (const batch of batches) {
    await totals.add(batch)
    rows += batch.length
    onRows?.(rows)
    yield batch
  }
}

function withPublication(
  hops: readonly Hop[],
  file: HopComparison,
  published: { readonly outcome: PublishOutcome; readonly totals: PublishedTotals } | undefined,
  {
    destination,
    target,
    manifest,
    plan: { summary },
    money,
  }: {
    readonly destination: string
    readonly target: string
    readonly manifest: SnapshotManifest
    readonly plan: PublishPlan
    readonly money: readonly string[]
  },
): Pick<Certificate, 'hops' | 'comparisons' | 'publication'> {
  const entities = hops.at(-1) as Hop
  if (!published) return { hops, comparisons: [file] }
  const { outcome, totals } = published
  const mapped: Hop = { name: 'mapped', of: 'entities', totals: totals.mapped }
  const read: Hop = { name: 'destination', of: 'entities', totals: totals.destination }
  const sumsOf = (hop: Hop) =>
    Object.fromEntries(money.map((column) => [column, hop.totals.money[column]?.sum ?? '0']))
  const publication: Publication = {
    destination,
    target,
    snapshotRunId: manifest.runId,
    sent: { creates: outcome.created, updates: outcome.updated, deletes: outcome.deleted },
    unchanged: summary.unchanged,
    departed: totals.departed,
    duplicates: totals.duplicates,
    outdated: totals.outdated,
    present: totals.present,
    entities: { rows: entities.totals.rows, sums: sumsOf(entities) },
    published: { rows: mapped.totals.rows, sums: sumsOf(mapped) },
    notPublished: totals.notPublished,
    calls: outcome.calls,
  }
  return {
    hops: [...hops, mapped, read],
    comparisons: [file, compareMapped(entities, mapped, publication), compareHops(mapped, read)],
    publication,
  }
}

function differenceOf(name: string, { agrees, differences }: HopComparison): PipelineError | undefined {
  if (agrees) return undefined
  return new TerminalError(
    'BALANCE_DIFFERS',
    `${name}: the stored file is not what was read: ${differences.join('; ')}. Take a new snapshot, and look at the store.`,
    { details: { recordType: name, differences } },
  )
}

/** What totals and folding look at; a mapping needs others. */
function declaredColumns({ rowKey, entityKey, money, coalesced }: RecordType): readonly string[] {
  return [...new Set([...[...rowKey, ...entityKey, ...money].map(({ column }) => column), ...coalesced])]
}

function columnsMissing(name: string, runId: string, missing: readonly string[]): TerminalError {
  return new TerminalError(
    'COLUMNS_MISSING',
    `The snapshot ${runId} of ${name} lacks ${missing.join(', ')}, which the record type declares by now as key, money or coalesced. Take a new one first: s3-cli extract ${name}`,
    { details: { recordType: name, snapshotRunId: runId, missing } },
  )
}

function snapshotMissing(name: string): TerminalError {
  return new TerminalError(
    'SNAPSHOT_MISSING',
    `There is no snapshot of ${name} to publish. Take one first: s3-cli extract ${name}`,
    { details: { recordType: name } },
  )
}

function laterOf(a: Date, b: Date): Date {
  return a > b ? a : b
}
