import type {
  FieldChange,
  Intent,
  PlanSummary,
  PublishPlan,
  RecordFailure,
  ScratchFolder,
  TargetField,
  Value,
} from '@findata/core'
import { toComparable } from './canonical-compare.ts'
import type { Mapping } from './mapping.ts'
import { type EntryCounts, openPlanEntries } from './plan-entries.ts'
import type { DiffEntry, RecordDiff } from './row-diff.ts'
import type { PresentRecord } from './target-record.ts'

export interface PlanOptions {
  readonly diff: RecordDiff
  readonly mapping: Pick<Mapping, 'departed'>
  /** Whether a departed record is of rows that the mapping's filter leaves out; none is unless said. */
  readonly isFilteredOut?: (values: readonly Value[]) => boolean
  /** Entities that could not be brought into the destination's form. */
  readonly rejected: Iterable<RecordFailure> | AsyncIterable<RecordFailure>
  /** Creates of earlier runs that may still arrive, and how long after `sentBefore` one can. */
  readonly unanswered: readonly Intent[]
  readonly settleMs: number
  /** When reading the destination began: a create that had settled by then and was not found never arrived. */
  readonly readAt: Date
  readonly scratch: ScratchFolder
  /** What applying takes, reading back included, and what the allowance says. */
  calls(writes: EntryCounts): { readonly needed: number; readonly left?: number; readonly resetAt?: string }
}

/** A plan as `buildPlan` makes it. */
export interface BuiltPlan extends PublishPlan, AsyncDisposable {}

/**
 * States what publishing would do with every record that differs. An update carries the fields that are ignored in the diff behind
 * its changes; a departed record is flagged only where the flag is not set, and only reported where the filter leaves its rows out,
 * or while an entity is rejected, whose record it may be. Throws DISK_FAILED. Dispose it to close its files.
 */
export async function buildPlan(options: PlanOptions): Promise<BuiltPlan> {
  const { diff, mapping, isFilteredOut, rejected, scratch } = options
  const { fields } = diff
  await using opening = new AsyncDisposableStack()
  const plan = opening.use(await openPlanEntries(fields, scratch))
  const heldUntil = settleTimes(options)
  let departedWrites = 0
  for await (const { key, reason } of rejected) await plan.add({ kind: 'rejected', key, reason })
  const departed: Mapping['departed'] = plan.counts.rejected > 0 ? { action: 'report' } : mapping.departed

  const planDeparted = async ({ key, present }: Extract<DiffEntry, { kind: 'departed' }>) => {
    if (isFilteredOut?.(present.values)) {
      return await plan.add({ kind: 'departed', key, id: present.id, isFilteredOut: true })
    }
    const write = departedWrite(fields, departed, present)
    if (!write) return await plan.add({ kind: 'departed', key, id: present.id })
    departedWrites++
    await plan.add({ ...write, key, id: present.id }, 'departed')
  }

  for await (const entry of diff.entries()) {
    switch (entry.kind) {
      case 'missing': {
        const { key, values } = entry.wanted
        const changes = fields.flatMap(({ name }, place) => toChange(name, null, values[place] as Value))
        const until = heldUntil.get(key)
        await plan.add(
          until === undefined ? { kind: 'create', key, changes } : { kind: 'held', key, changes, until },
        )
        break
      }
      case 'changed': {
        const { wanted, present } = entry
        const carried = fields.flatMap(({ name, isIgnoredInDiff }, place) =>
          isIgnoredInDiff
            ? toChange(name, present.values[place] as Value, wanted.values[place] as Value)
            : [],
        )
        const changes = [...entry.changes, ...carried]
        await plan.add({ kind: 'update', key: wanted.key, id: present.id, changes })
        break
      }
      case 'departed':
        await planDeparted(entry)
        break
      case 'duplicate':
        await plan.add({ kind: 'duplicate', key: entry.key, id: entry.present.id, keptId: entry.keptId })
        break
      case 'collision': {
        const keys = entry.wanted.map(({ key }) => key)
        for (const key of keys) await plan.add({ kind: 'rejected', key, reason: collisionReason(key, keys) })
        break
      }
    }
  }

  const { needed, left, resetAt } = options.calls(plan.counts)
  const summary: PlanSummary = {
    ...plan.counts,
    unchanged: diff.counts.equal,
    departed: diff.counts.departed,
    duplicates: diff.counts.duplicate,
    equalities: diff.equalities,
    callsNeeded: needed,
    ...(left !== undefined && { callsLeft: left }),
    ...(resetAt !== undefined && { callsResetAt: resetAt }),
    ...(mapping.departed.action !== 'report' && {
      departing: { records: departedWrites, limit: mapping.departed.maxRecords },
    }),
  }
  const opened = opening.move()
  return {
    summary,
    fields,
    entries: plan.entries,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** A change, unless both values are empty. */
function toChange(field: string, from: Value, to: Value): FieldChange[] {
  return (from ?? '') === (to ?? '') ? [] : [{ field, from, to }]
}

/** By readable key, until when a create of an earlier run may still arrive. */
function settleTimes({ unanswered, settleMs, readAt }: PlanOptions): ReadonlyMap<string, string> {
  const latest = new Map<string, number>()
  for (const { kind, key, sentBefore } of unanswered) {
    const until = Date.parse(sentBefore) + settleMs
    if (kind === 'create' && until > readAt.getTime()) {
      latest.set(key, Math.max(until, latest.get(key) ?? 0))
    }
  }
  return new Map([...latest].map(([key, until]) => [key, new Date(until).toISOString()]))
}

/** What is written to a record that is not wanted; undefined if it is only reported, or flagged already. */
function departedWrite(
  fields: readonly TargetField[],
  departed: Mapping['departed'],
  { values }: PresentRecord,
) {
  if (departed.action === 'report') return undefined
  if (departed.action === 'delete') {
    const changes = fields.flatMap(({ name }, place) => toChange(name, values[place] as Value, null))
    return { kind: 'delete' as const, changes }
  }
  const { field, value: to } = departed
  const place = fields.findIndex(({ name }) => name === field)
  const from = values[place] ?? null
  const kind = fields[place]?.kind ?? 'text'
  if (toComparable(kind, from) === toComparable(kind, to)) return undefined
  return { kind: 'update' as const, changes: [{ field, from, to }] }
}

/** Why an entity is not published whose key in the destination is that of all these, itself included. */
export function collisionReason(key: string, keys: readonly string[]): string {
  if (keys.length === 1) return 'its key is empty in the destination'
  return `in the destination it would be the same record as ${keys.filter((other) => other !== key).join(' and ')}`
}
