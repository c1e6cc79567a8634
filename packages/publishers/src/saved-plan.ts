import type {
  FieldChange,
  PlanEntry,
  PublishPlan,
  RecordFailure,
  ScratchFolder,
  TargetField,
  Value,
} from '@findata/core'
import { toComparable } from './canonical-compare.ts'
import { groupByKey } from './group-by-key.ts'
import { ignoredFields, openPlanEntries } from './plan-entries.ts'
import { readableValue } from './readable-value.ts'

/** What is left of a saved plan. Dispose it to close its files. */
export interface JoinedPlan extends AsyncDisposable {
  /** What is to be sent: writes of the saved plan, as the present plan has them. Its notes are not repeated. */
  readonly plan: PublishPlan
  /** Records whose present value is neither the planned old nor the planned new one. */
  readonly stale: readonly RecordFailure[]
  /** Writes that are found done. */
  readonly alreadyDone: number
  /** Keys of the present plan's writes that the saved plan does not have, one for each write. */
  readonly leftOut: readonly string[]
}

type Write = Extract<PlanEntry, { readonly changes: unknown }>
type Verdict = { readonly send: Write } | { readonly stale: string } | 'done'

const ENTRIES_PER_BATCH = 1000
const MEMORY_BYTES = 48_000_000

/**
 * Holds a saved plan against one that was made just now, record by record: a write goes on where each of its fields has the planned
 * old or the planned new value, with the fields that are left. Both plans are of one snapshot and one mapping, which the caller has
 * proven. Fields that are ignored in the diff do not count, and are sent as the present plan has them. Throws DISK_FAILED.
 */
export async function joinSavedPlan(
  saved: PublishPlan,
  fresh: PublishPlan,
  scratch: ScratchFolder,
): Promise<JoinedPlan> {
  const { fields } = fresh
  await using opening = new AsyncDisposableStack()
  const plan = opening.use(await openPlanEntries(fields, scratch))
  const judge = compileJudge(fields)
  const stale: RecordFailure[] = []
  const leftOut: string[] = []
  let alreadyDone = 0

  const groups = groupByKey(
    { left: toLines(saved), right: toLines(fresh) },
    { scratch, memoryBytes: MEMORY_BYTES },
  )
  for await (const batch of groups) {
    for (const { left, right } of batch) {
      const present = right.map((text) => JSON.parse(text) as PlanEntry)
      let isCovered = false
      for (const text of left) {
        const planned = JSON.parse(text) as PlanEntry
        if (!isWrite(planned)) continue
        const verdict = judge(planned, present)
        isCovered ||= verdict !== 'done'
        if (verdict === 'done') alreadyDone++
        else if ('send' in verdict) await plan.add(verdict.send)
        else stale.push({ key: planned.key || planned.kind, reason: verdict.stale })
      }
      if (!isCovered) leftOut.push(...present.filter(isWrite).map(({ key }) => key))
    }
  }

  const opened = opening.move()
  return {
    plan: {
      summary: { ...fresh.summary, ...plan.counts },
      fields,
      entries: plan.entries,
    },
    stale,
    alreadyDone,
    leftOut,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

async function* toLines(plan: PublishPlan): AsyncGenerator<readonly string[]> {
  let lines: string[] = []
  for await (const entry of plan.entries()) {
    lines.push(`${JSON.stringify(entry.key)}\t${JSON.stringify(entry)}`)
    if (lines.length === ENTRIES_PER_BATCH) {
      yield lines
      lines = []
    }
  }
  yield lines
}

function isWrite(entry: PlanEntry): entry is Write {
  return 'changes' in entry
}

/** Judges a planned write by what the present plan says about its key. */
function compileJudge(fields: readonly TargetField[]) {
  const ignored = ignoredFields(fields)
  const byName = new Map(fields.map((field) => [field.name, field]))
  const counted = ({ changes }: Write) => changes.filter(({ field }) => !ignored.has(field))
  const isEqual = (field: string, a: Value, b: Value) => {
    const kind = byName.get(field)?.kind ?? 'text'
    return toComparable(kind, a) === toComparable(kind, b)
  }

  /** The first change of `present` that the planned ones do not foresee. */
  const surprise = (planned: readonly FieldChange[], present: readonly FieldChange[]) => {
    for (const { field, from, to } of present) {
      const plan = planned.find((change) => change.field === field)
      const label = byName.get(field)?.label ?? field
      if (!plan) return `${label} was changed meanwhile: it is ${readableValue(from)}`
      if (!isEqual(field, plan.from, from)) {
        return `${label} is ${readableValue(from)}; planned was ${readableValue(plan.from)} → ${readableValue(plan.to)}`
      }
      if (!isEqual(field, plan.to, to))
        return `${label} is wanted as ${readableValue(to)} now, not ${readableValue(plan.to)}`
    }
    return undefined
  }

  const judgeSame = (planned: Write, present: Write): Verdict => {
    const stale = surprise(counted(planned), counted(present))
    return stale === undefined ? { send: present } : { stale }
  }

  const judgeCreate = (planned: Write, present: readonly PlanEntry[]): Verdict => {
    const found = present.find(isWrite)
    if (found?.kind === 'update' || found?.kind === 'delete') {
      return { stale: 'it is there already, with other values' }
    }
    if (found) {
      // A field that was planned and is not wanted any more would not be among the present changes.
      return counted(planned).length === counted(found).length
        ? judgeSame(planned, found)
        : { stale: 'it is wanted with other values now' }
    }
    return present.some(({ kind }) => kind === 'rejected') ? { stale: 'it is rejected now' } : 'done'
  }

  const judgeById = (planned: Write & { readonly id: string }, present: readonly PlanEntry[]): Verdict => {
    const found = present.find((entry) => 'id' in entry && entry.id === planned.id)
    if (found && isWrite(found) && found.kind === planned.kind) {
      if (found.kind === 'update') return judgeSame(planned, found)
      // A delete says every value that it would lose; one that is empty now is among no changes.
      const emptied = counted(planned).filter(({ field }) =>
        found.changes.every((change) => change.field !== field),
      )
      const now = [...counted(found), ...emptied.map(({ field }) => ({ field, from: null, to: null }))]
      const stale = surprise(counted(planned), now)
      return stale === undefined ? { send: found } : { stale }
    }
    // A departed record that is only reported has its flag.
    if (found?.kind === 'departed' && !found.isFilteredOut && planned.kind === 'update') return 'done'
    if (found) return { stale: `it is planned as ${found.kind} now` }
    if (planned.kind === 'delete') return 'done'
    if (present.some(({ kind }) => kind === 'create' || kind === 'held'))
      return { stale: 'it is not there any more' }
    if (present.some(({ kind }) => kind === 'update')) return { stale: 'another record has its key now' }
    return present.some(({ kind }) => kind === 'rejected') ? { stale: 'it is rejected now' } : 'done'
  }

  return (planned: Write, present: readonly PlanEntry[]): Verdict =>
    'id' in planned ? judgeById(planned, present) : judgeCreate(planned, present)
}
