import type {
  ApplyOptions,
  Intent,
  NotPublished,
  PublishedTotals,
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
import { readUntilSettled } from '../read-until-settled.ts'
import { diffRecords, type RecordDiff } from '../row-diff.ts'
import { createRowFilter } from '../row-filter.ts'
import { joinSavedPlan } from '../saved-plan.ts'
import { compileComparedValues, moneyOf } from '../target-fields.ts'
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

/** How long reads may lag behind what Knack acknowledged. */
const LAG_MS = 30_000
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
    return opened.use(
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
    const left = joined?.leftOut ?? []
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

  async function readBack(): Promise<PublishedTotals> {
    const { diff, wanted, readCalls } = requirePlanned()
    const { excluded, hasChanged } = applied ?? {
      excluded: new Map<string, NotPublished>(),
      hasChanged: false,
    }
    if (!hasChanged) return wanted.withRejected(await matchTotals(diff, excluded))
    return await readUntilSettled({
      async readTotals() {
        await using again = await diffRecords({
          fields,
          wanted: wanted.records(),
          present: readAll('read back'),
          scratch,
        })
        return wanted.withRejected(await matchTotals(again, excluded))
      },
      mayReadAgain: () => (callsLeft().left ?? Number.POSITIVE_INFINITY) >= readCalls,
      lagMs: LAG_MS,
      clock,
      signal,
      onWait: (message) => onProgress({ phase: 'read back', done: 0, message }),
    })
  }

  function requirePlanned(): Planned {
    if (!planned) throw new Error('A Knack target is planned before it is applied or read back')
    return planned
  }

  return {
    description: `${object.key} (${object.name}) in ${app.name}`,
    account: `knack-${app.accountSlug || app.id}`,
    money: moneyOf(recordType, fields),
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
