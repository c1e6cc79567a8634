import type {
  ApplyOptions,
  Intent,
  NotPublished,
  PublishOutcome,
  PublishPlan,
  PublishTarget,
  RecordType,
  RowBatch,
  TargetOptions,
} from '@findata/core'
import type { KnackSettings } from '../env.ts'
import type { KnackDestination } from '../mapping.ts'
import { matchTotals } from '../match-totals.ts'
import type { EntryCounts } from '../plan-entries.ts'
import { compilePresentKey } from '../present-key.ts'
import { buildPlan } from '../publish-plan.ts'
import { diffRecords, type RecordDiff } from '../row-diff.ts'
import { createRowFilter } from '../row-filter.ts'
import { type JoinedPlan, joinSavedPlan } from '../saved-plan.ts'
import { compileComparedValues } from '../target-fields.ts'
import type { PresentRecord } from '../target-record.ts'
import { openWantedSet, type WantedSet } from '../wanted-set.ts'
import { createCallSignal } from './call-signal.ts'
import { createRecordInspector } from './inspect-record.ts'
import { createKnackClient, type KnackRecord, type KnackValues } from './knack-client.ts'
import { fromKnack, toKnack } from './knack-values.ts'
import { createLookUp } from './look-up.ts'
import { openObject } from './open-object.ts'
import { type SentPlan, sendPlan, WRITES_PER_LOOK_UP } from './send-plan.ts'
import type { Write } from './write-log.ts'

export interface KnackTargetSettings {
  readonly destination: KnackDestination
  readonly settings: KnackSettings
  readonly timeoutMs?: number
}

/** What `plan` found, for `apply` and `readBack`. */
interface Planned {
  readonly diff: RecordDiff
  readonly wanted: WantedSet
  readonly unanswered: readonly Intent[]
  /** Calls that reading everything takes. */
  readonly readCalls: number
}

/** What `apply` did, for `readBack`. */
interface Applied {
  readonly hasChanged: boolean
  /** Keys of what is known not to be published. */
  readonly excluded: ReadonlyMap<string, NotPublished>
}

/** How long to wait before the destination is read once more: a store may lag behind what it acknowledged. */
const LAG_DELAYS_MS = [2_000, 4_000, 8_000, 16_000]
const RECORDS_PER_PAGE = 1_000

/** Proves the app and its fields by its public description, before anything is called with the key. */
export async function openKnackTarget(
  { destination, settings, timeoutMs }: KnackTargetSettings,
  recordType: RecordType,
  options: TargetOptions,
): Promise<PublishTarget> {
  const { clock, scratch, schema, signal } = options
  await using resources = new AsyncDisposableStack()
  const calls = resources.use(createCallSignal(signal))
  let last: Parameters<TargetOptions['onProgress']>[0] = { phase: 'read destination', done: 0 }
  const onProgress: TargetOptions['onProgress'] = (progress) => {
    last = progress
    options.onProgress(progress)
  }
  const client = createKnackClient(
    { ...settings, apiKey: settings.apiKey(), ...(timeoutMs !== undefined && { timeoutMs }) },
    { clock, signal: calls.signal, onWait: (message) => options.onProgress({ ...last, message }) },
  )
  const app = await client.application()
  const { object, mapping, fields, knackFields, toRecord } = openObject(app, {
    destination,
    settings,
    recordType,
    schema,
    startedAt: options.startedAt,
  })
  const filter = mapping.filter && createRowFilter({ mapping, recordType, schema, fields })
  const toCompared = compileComparedValues(mapping, fields)
  const money = recordType.money
    .map(({ column }) => column)
    .filter((column) => fields.some((field) => field.money?.column === column))
  const presentKey = compilePresentKey(mapping, recordType, fields)
  const sortField = fields.findLast(({ isKey }) => isKey)?.name
  const opened = resources.move()
  let planned: Planned | undefined
  let applied: Applied | undefined

  const toPresent = (record: KnackRecord): PresentRecord => ({
    id: record.id,
    values: toCompared(knackFields.map((field) => fromKnack(field, record))),
  })

  const written = new Map(knackFields.map((field) => [field.key, field]))

  const toValues = ({ changes }: Write): KnackValues =>
    Object.fromEntries(
      changes.flatMap(({ field: key, to }) => {
        const field = written.get(key)
        return field ? [[key, toKnack(field, to)]] : []
      }),
    )

  async function* readAll(phase: 'read destination' | 'read back'): AsyncGenerator<PresentRecord[]> {
    let done = 0
    onProgress({ phase, done })
    for await (const records of client.listRecords(
      object.key,
      sortField === undefined ? {} : { sortField },
    )) {
      done += records.length
      onProgress({ phase, done })
      yield records.map(toPresent)
    }
  }

  async function plan(
    entities: AsyncIterable<RowBatch>,
    unanswered: readonly Intent[],
  ): Promise<PublishPlan> {
    const wanted = opened.use(await openWantedSet({ toRecord, schema, fields, scratch }))
    let readAt = clock.now()
    const callsBefore = client.calls
    async function* present() {
      readAt = clock.now()
      yield* readAll('read destination')
    }
    const diff = opened.use(
      await diffRecords({ fields, wanted: wanted.read(entities), present: present(), presentKey, scratch }),
    )
    const { wanted: wantedCount, present: presentCount } = diff.counts
    const grown = Math.ceil(Math.max(wantedCount, presentCount) / RECORDS_PER_PAGE)
    const readCalls = Math.max(client.calls - callsBefore, grown)
    planned = { diff, wanted, unanswered, readCalls }
    const built = opened.use(
      await buildPlan({
        diff,
        mapping,
        ...(filter && { isFilteredOut: filter.hasRefused }),
        rejected: wanted.rejected(),
        unanswered,
        settleMs: settings.settleMs,
        readAt,
        scratch,
        calls: (writes) => ({ needed: callsNeeded(writes, readCalls), ...callsLeft() }),
      }),
    )
    const { departed } = mapping
    if (departed.action === 'report') return built
    const departing = { records: built.departedWrites, limit: departed.maxRecords }
    return { fields, summary: { ...built.summary, departing }, entries: built.entries }
  }

  function callsLeft(): { readonly left?: number; readonly resetAt?: string } {
    const { left, resetAt } = client.allowance()
    return {
      ...(left !== undefined && { left: Math.max(0, left - settings.reserveCalls) }),
      ...(resetAt && { resetAt: resetAt.toISOString() }),
    }
  }

  async function apply(plan: PublishPlan, { saved, ...applying }: ApplyOptions): Promise<PublishOutcome> {
    const { unanswered, readCalls } = requirePlanned()
    const joined = saved && opened.use(await joinSavedPlan(saved, plan, scratch))
    const { entries, summary } = joined?.plan ?? plan
    const sent = await calls.letEnd(() =>
      sendPlan(entries(), {
        ...applying,
        client,
        objectKey: object.key,
        lookUp: createLookUp({ client, objectKey: object.key, fields, toPresent }),
        toValues,
        clock,
        signal,
        onProgress,
        settleMs: settings.settleMs,
        concurrency: settings.concurrency,
        maxRefused: mapping.maxRefused,
        reservedCalls: settings.reserveCalls + readCalls,
        unanswered,
        total: summary.creates + summary.updates + summary.deletes + summary.held,
      }),
    )
    const { waiting, waitingCount, ...outcome } = sent
    const stale = joined?.stale ?? []
    const excluded = new Map<string, NotPublished>()
    const left = joined ? await keysLeftOut(plan, joined) : []
    const exclude = (keys: Iterable<string>, reason: NotPublished) => {
      for (const key of keys) excluded.set(key, reason)
    }
    exclude(left, 'waiting')
    exclude(waiting, 'waiting')
    exclude(keysOf(stale), 'stale')
    exclude(keysOf(sent.held), 'held')
    exclude(keysOf(sent.refused), 'refused')
    applied = { excluded, hasChanged: hasChanged(sent) }
    return {
      ...outcome,
      stale,
      alreadyDone: sent.alreadyDone + (joined?.alreadyDone ?? 0),
      waiting: waitingCount + left.length,
      // Reading back still adds to them.
      get calls() {
        return client.calls
      },
    }
  }

  async function readBack() {
    const { diff, wanted, readCalls } = requirePlanned()
    const { excluded, hasChanged } = applied ?? {
      excluded: new Map<string, NotPublished>(),
      hasChanged: false,
    }
    let totals = await matchTotals(hasChanged ? await compareAgain(wanted) : diff, excluded)
    for (const delayMs of hasChanged ? LAG_DELAYS_MS : []) {
      const { left = Number.POSITIVE_INFINITY } = callsLeft()
      if (totals.differences.length === 0 || left < readCalls) break
      const message = `${totals.differences.length} records are not as they were sent yet; reading again in ${delayMs / 1_000} s.`
      onProgress({ phase: 'read back', done: 0, message })
      await clock.sleep(delayMs, signal)
      totals = await matchTotals(await compareAgain(wanted), excluded)
    }
    const { notPublished } = totals
    return {
      ...totals,
      notPublished: { ...notPublished, rejected: wanted.withRejected(notPublished.rejected) },
    }
  }

  async function compareAgain(wanted: WantedSet): Promise<RecordDiff> {
    return opened.use(
      await diffRecords({ fields, wanted: wanted.records(), present: readAll('read back'), scratch }),
    )
  }

  function requirePlanned(): Planned {
    if (!planned) throw new Error('A Knack target is planned before it is applied or read back')
    return planned
  }

  return {
    description: `${object.key} (${object.name}) in ${app.name}`,
    account: `knack-${app.accountSlug || app.id}`,
    money,
    filter: filter?.isWanted,
    plan,
    apply,
    readBack,
    inspect: createRecordInspector({ client, objectKey: object.key, fields, toRecord, toPresent }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

function callsNeeded({ creates, updates, deletes, held }: EntryCounts, readCalls: number): number {
  const writes = creates + updates + deletes + held
  const lookUps = Math.ceil(creates / WRITES_PER_LOOK_UP) + Math.ceil(held / WRITES_PER_LOOK_UP)
  return writes === 0 ? 0 : lookUps + writes + readCalls
}

function hasChanged({ created, updated, deleted, alreadyDone }: SentPlan): boolean {
  return created + updated + deleted + alreadyDone > 0
}

function keysOf(records: readonly { readonly key: string }[]): string[] {
  return records.map(({ key }) => key)
}

/** Keys of the present plan's writes that a saved plan does not have. */
async function keysLeftOut(present: PublishPlan, { plan, stale }: JoinedPlan): Promise<string[]> {
  const sent = new Set(keysOf(stale))
  for await (const { key } of plan.entries()) sent.add(key)
  const left: string[] = []
  for await (const { kind, key } of present.entries()) {
    const isWrite = kind === 'create' || kind === 'update' || kind === 'held' || kind === 'delete'
    if (isWrite && !sent.has(key)) left.push(key)
  }
  return left
}
