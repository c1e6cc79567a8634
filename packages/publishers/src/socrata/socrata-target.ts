import {
  type ApplyOptions,
  type NotPublished,
  type PlanEntry,
  type PublishedTotals,
  type PublishJournal,
  type PublishOutcome,
  type PublishPhase,
  type PublishPlan,
  type PublishTarget,
  type RecordType,
  type Row,
  type TargetOptions,
  TerminalError,
} from '@findata/core'
import type { SocrataSettings } from '../env.ts'
import { compileRecordMapper, localTimestamp } from '../map-record.ts'
import type { Departed, Mapping } from '../mapping.ts'
import { matchTotals } from '../match-totals.ts'
import type { EntryCounts } from '../plan-entries.ts'
import { compilePresentKey } from '../present-key.ts'
import { buildPlan } from '../publish-plan.ts'
import { readUntilSettled } from '../read-until-settled.ts'
import { diffRecords, type RecordDiff } from '../row-diff.ts'
import { createRowFilter } from '../row-filter.ts'
import { joinSavedPlan } from '../saved-plan.ts'
import { compileComparedValues, moneyOf, toTargetFields } from '../target-fields.ts'
import type { PresentRecord } from '../target-record.ts'
import { openWantedSet } from '../wanted-set.ts'
import { checkDataset } from './check-dataset.ts'
import { createRowInspector } from './inspect-row.ts'
import { replaceSet } from './replace-set.ts'
import { type SendResult, sendChunks, type Write } from './send-chunks.ts'
import type { SocrataClient } from './socrata-client.ts'
import { compileRows } from './socrata-rows.ts'
import { toHeld } from './socrata-values.ts'

export interface SocrataTargetOptions extends TargetOptions {
  readonly client: SocrataClient
  readonly settings: SocrataSettings
  /** Its id. */
  readonly dataset: string
  readonly mapping: Mapping
  readonly recordType: RecordType
}

/** Proves that a dataset fits, and opens it as the target of one record type. */
export async function openSocrataTarget(options: SocrataTargetOptions): Promise<PublishTarget> {
  const { client, settings, dataset, mapping, recordType, schema, clock, scratch, signal } = options
  const described = await client.describe(dataset)
  const { identifier, columns } = checkDataset(dataset, described, mapping, schema, recordType.name)
  const fields = toTargetFields(mapping, recordType, columns)
  const rows = compileRows({
    identifier,
    fields: fields.map(({ name }) => name),
    kindOf: (field) => columns.get(field)?.kind ?? 'text',
    toCompared: compileComparedValues(mapping, fields),
  })
  const mapRecord = compileRecordMapper({
    mapping,
    recordType,
    schema,
    fields,
    timestamp: localTimestamp(options.startedAt, 'UTC'),
  })

  const toRecord = (entity: Row) => {
    const record = mapRecord(entity)
    return 'rejected' in record ? record : rows.toHeldRecord(record)
  }

  const filter = mapping.filter && createRowFilter({ mapping, recordType, schema, fields, toHeld })

  await using resources = new AsyncDisposableStack()
  const wanted = resources.use(
    await openWantedSet({
      schema,
      fields,
      scratch,
      toRecord,
    }),
  )
  const opened = resources.move()

  let planDiff: RecordDiff | undefined
  let isChanged = false
  const excluded = new Map<string, NotPublished>()

  const progress = (phase: PublishPhase, done: number, total?: number) =>
    options.onProgress({ phase, done, ...(total !== undefined && { total }) })

  async function* readPresent(phase: PublishPhase): AsyncGenerator<readonly PresentRecord[]> {
    let done = 0
    progress(phase, done)
    for await (const page of client.readRows(dataset, rows.names)) {
      done += page.length
      progress(phase, done)
      yield page.map(rows.toPresent)
    }
  }

  async function* wholeRows(): AsyncGenerator<string> {
    for await (const records of wanted.records()) yield* records.map(rows.toWholeRow)
  }

  const callsFor = ({ creates, updates, deletes }: EntryCounts, present: number) => {
    if (creates + updates + deletes === 0) return { needed: 0 }
    const pages = Math.ceil((present + creates) / settings.rowsPerRequest) + 1
    const chunks = [creates + updates, deletes].map((count) => Math.ceil(count / settings.rowsPerRequest))
    const sending = mapping.mode === 'replace' ? 1 : chunks.reduce((sum, count) => sum + count, 0)
    return { needed: sending + pages }
  }

  async function plan(entities: Parameters<PublishTarget['plan']>[0]): Promise<PublishPlan> {
    const readAt = clock.now()
    const diff = await diffRecords({
      fields,
      wanted: wanted.read(entities),
      present: readPresent('read destination'),
      presentKey: compilePresentKey(mapping, recordType, fields),
      scratch,
    })
    planDiff = opened.use(diff)
    const departed = departedOf(mapping, recordType, diff.counts.present)
    return opened.use(
      await buildPlan({
        diff,
        mapping: { departed },
        // A set that is replaced whole loses what the filter leaves out, so that it counts.
        ...(filter && mapping.mode === 'upsert' && { isFilteredOut: filter.hasRefused }),
        rejected: wanted.rejected(),
        // A create that arrives late is the same upsert once more, so that none is waited for.
        unanswered: [],
        settleMs: 0,
        readAt,
        scratch,
        calls: (writes) => callsFor(writes, diff.counts.present),
      }),
    )
  }

  async function apply(
    present: PublishPlan,
    { journal, saved, limit }: ApplyOptions,
  ): Promise<PublishOutcome> {
    await resolveUnanswered(journal, present, clock.now())
    const joined = saved && opened.use(await joinSavedPlan(saved, present, scratch))
    const toSend = joined?.plan ?? present
    for (const { key } of joined?.stale ?? []) excluded.set(key, 'stale')
    const unplanned = joined?.leftOut ?? []
    for (const key of unplanned) excluded.set(key, 'waiting')

    const sent = await send(present, toSend, { journal, limit: limit ?? Number.POSITIVE_INFINITY })
    for (const { key } of sent.refused) excluded.set(key, 'refused')
    for (const key of sent.waiting) excluded.set(key, 'waiting')
    const stopped = stopOf(sent, mapping.mode)
    return {
      created: sent.created,
      updated: sent.updated,
      deleted: sent.deleted,
      alreadyDone: joined?.alreadyDone ?? 0,
      refused: sent.refused,
      stale: joined?.stale ?? [],
      held: [],
      waiting: sent.waiting.length + unplanned.length,
      ...(stopped && { stopped }),
      // Those of reading back are still to come.
      get calls() {
        return client.calls
      },
    }
  }

  async function send(
    present: PublishPlan,
    toSend: PublishPlan,
    { journal, limit }: { readonly journal: PublishJournal; readonly limit: number },
  ): Promise<SendResult> {
    const total = writesOf(toSend)
    if (total > 0) isChanged = true
    progress('send', 0, total)
    if (mapping.mode === 'upsert') {
      return await sendChunks(writesIn(toSend), {
        send: (chunk, sendBefore) => client.upsert(dataset, chunk, sendBefore),
        toRow: rows.toRow,
        rowsPerRequest: settings.rowsPerRequest,
        bytesPerRequest: settings.bytesPerRequest,
        maxRefused: mapping.maxRefused,
        limit,
        journal,
        clock,
        signal,
        onSent: (writes) => progress('send', writes, total),
      })
    }
    const nothing = { created: 0, updated: 0, deleted: 0, refused: [], waiting: [], stopped: undefined }
    if (total === 0) return nothing
    // A set is replaced whole: without what a limit or a saved plan leaves out, it would be another one.
    if (total !== writesOf(present)) throw setChanged(dataset, writesOf(present), total)
    const stopped = limit < total ? 'limit' : present.summary.rejected > 0 ? 'rejections' : undefined
    if (stopped)
      return { ...nothing, waiting: await Array.fromAsync(writesIn(toSend), ({ key }) => key), stopped }
    signal.throwIfAborted()
    const counts = await replaceSet(writesIn(toSend), {
      rows: wholeRows(),
      replace: (set, sendBefore) => client.replace(dataset, set, sendBefore),
      dataset,
      journal,
      clock,
    })
    progress('send', total, total)
    return { ...nothing, ...counts }
  }

  async function readBack(): Promise<PublishedTotals> {
    if (!planDiff) throw new Error('There is nothing to read back before a plan')
    if (!isChanged) return wanted.withRejected(await matchTotals(planDiff, excluded))
    return await readUntilSettled({
      readTotals,
      lagMs: settings.lagMs,
      clock,
      signal,
      onWait: (message) => options.onProgress({ phase: 'read back', done: 0, message }),
    })
  }

  async function readTotals(): Promise<PublishedTotals> {
    await using diff = await diffRecords({
      fields,
      wanted: wanted.records(),
      present: readPresent('read back'),
      scratch,
    })
    return wanted.withRejected(await matchTotals(diff, excluded))
  }

  return {
    description: `dataset ${dataset} (${described.name}) at ${new URL(settings.baseUrl).host}`,
    account: undefined,
    money: moneyOf(recordType, fields),
    filter: filter?.isWanted,
    plan,
    apply,
    readBack,
    inspect: createRowInspector({ client, dataset, fields, rows, toRecord }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** A replace removes what is not in the set, as far as the source may shrink. */
function departedOf({ mode, departed }: Mapping, { guards }: RecordType, present: number): Departed {
  if (mode === 'upsert' || departed.action === 'delete') return departed
  return { action: 'delete', maxRecords: Math.floor((present * guards.maxShrinkPercent) / 100) }
}

/** Says of the writes of earlier runs whether the dataset shows them. Those it does not show are planned anew, as far as they are wanted. */
async function resolveUnanswered(journal: PublishJournal, present: PublishPlan, now: Date): Promise<void> {
  const keys = new Set(journal.unanswered.map(({ key }) => key))
  if (keys.size === 0) return
  const missing = new Set<string>()
  for await (const { key } of writesIn(present)) if (keys.has(key)) missing.add(key)
  await journal.writeReceipts(
    journal.unanswered.map(({ runId, sequence, key, id }) => ({
      runId,
      sequence,
      at: now.toISOString(),
      ...(missing.has(key)
        ? { outcome: 'not sent', answer: 'the next run did not find it done' }
        : { outcome: 'found', answer: 'the next run found it done' }),
      id,
    })),
  )
}

async function* writesIn(plan: PublishPlan): AsyncGenerator<Write> {
  for await (const entry of plan.entries()) if (isWrite(entry)) yield entry
}

function isWrite(entry: PlanEntry): entry is Write {
  return entry.kind === 'create' || entry.kind === 'update' || entry.kind === 'delete'
}

function writesOf({ summary: { creates, updates, deletes } }: PublishPlan): number {
  return creates + updates + deletes
}

function stopOf(
  { stopped, refused }: SendResult,
  mode: Mapping['mode'],
): NonNullable<PublishOutcome['stopped']> | undefined {
  if (!stopped) return undefined
  const messages =
    mode === 'replace'
      ? {
          limit: 'The set is replaced whole or not at all, and it is above the limit.',
          rejections: 'The set is replaced whole, which would remove the rows of rejected entities.',
        }
      : { limit: 'The limit is reached.', rejections: `${refused.length} rows were refused.` }
  return { reason: stopped, message: messages[stopped] }
}

function setChanged(dataset: string, present: number, saved: number): TerminalError {
  return new TerminalError(
    'PLAN_STALE',
    `Dataset ${dataset} is replaced whole, and ${present} records differ now where ${saved} of the saved plan would be sent. Nothing was sent. Plan again.`,
    { details: { dataset, present, saved } },
  )
}
