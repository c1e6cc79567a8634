import { openScratchFolder, type ScratchFolder, type TargetField, type Value } from '@findata/core'
import type { Mapping } from '../src/mapping.ts'
import { type BuiltPlan, buildPlan, type PlanOptions } from '../src/publish-plan.ts'
import { type DiffOptions, diffRecords, type RecordDiff } from '../src/row-diff.ts'
import { compileComparedValues } from '../src/target-fields.ts'
import type { PresentRecord, WantedRecord } from '../src/target-record.ts'

export const fields: readonly TargetField[] = [
  { name: 'dept', label: 'Dept', kind: 'text', isKey: true, isIgnoredInDiff: false },
  { name: 'id', label: 'Task order', kind: 'text', isKey: true, isIgnoredInDiff: false },
  {
    name: 'balance',
    label: 'Balance',
    kind: 'currency',
    isKey: false,
    isIgnoredInDiff: false,
    money: { column: 'TASK_ORDER_BAL', scale: 2 },
  },
  { name: 'fdus', label: 'Buyer FDUs', kind: 'list', isKey: false, isIgnoredInDiff: false },
  { name: 'modified', label: 'Modified', kind: 'date', isKey: false, isIgnoredInDiff: true },
]

/** Marks records that left the source, where a mapping says so. */
const FLAG: TargetField = {
  name: 'inactive',
  label: 'Inactive',
  kind: 'boolean',
  isKey: false,
  isIgnoredInDiff: false,
}

const NOW = '2026-11-22T10:00:00'
const BEFORE = '2026-11-21T10:00:00'

export function wanted(
  dept: Value,
  id: Value,
  balance: Value,
  fdus: Value = null,
  modified: Value = NOW,
): WantedRecord {
  return { key: `${dept} / ${id}`, values: [dept, id, balance, fdus, modified] }
}

/** The flag counts only in plans that set one. */
export function present(
  recordId: string,
  dept: Value,
  id: Value,
  balance: Value,
  fdus: Value = null,
  flag?: Value,
): PresentRecord {
  const values = [dept, id, balance, fdus, BEFORE]
  return { id: recordId, values: flag === undefined ? values : [...values, flag] }
}

/** Everything that tests open, closed in one go. */
export interface Workplace extends AsyncDisposable {
  readonly scratch: ScratchFolder
  diff(
    wanted: readonly WantedRecord[],
    present: readonly PresentRecord[],
    memoryBytes?: number,
  ): Promise<RecordDiff>
  plan(
    wanted: readonly WantedRecord[],
    present: readonly PresentRecord[],
    options?: Partial<PlanOptions>,
  ): Promise<BuiltPlan>
}

export async function openWorkplace(): Promise<Workplace> {
  const stack = new AsyncDisposableStack()
  const scratch = stack.use(await openScratchFolder())
  const compare = async (
    wanted: readonly WantedRecord[],
    present: readonly PresentRecord[],
    options: Partial<DiffOptions> = {},
  ) =>
    stack.use(
      await diffRecords({ fields, wanted: batches(wanted), present: batches(present), scratch, ...options }),
    )
  const compareFlagged = async (
    departed: Mapping['departed'],
    wanted: readonly WantedRecord[],
    present: readonly PresentRecord[],
  ) => {
    const flagged = departed.action === 'flag' ? [...fields, FLAG] : fields
    const toCompared = compileComparedValues({ departed }, flagged)
    return await compare(
      wanted.map(({ key, values }) => ({ key, values: flagged.map((_, place) => values[place] ?? null) })),
      present.map(({ id, values }) => ({
        id,
        values: toCompared(flagged.map((_, place) => values[place] ?? null)),
      })),
      { fields: flagged },
    )
  }
  return {
    scratch,
    diff: (wanted, present, memoryBytes) =>
      compare(wanted, present, memoryBytes === undefined ? {} : { memoryBytes }),
    plan: async (wanted, present, options = {}) =>
      stack.use(
        await buildPlan({
          diff: await compareFlagged(options.mapping?.departed ?? { action: 'report' }, wanted, present),
          mapping: { departed: { action: 'report' } },
          rejected: [],
          unanswered: [],
          settleMs: 600_000,
          readAt: new Date('2026-11-22T10:00:00Z'),
          scratch,
          calls: () => ({ needed: 0 }),
          ...options,
        }),
      ),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

export async function* batches<T>(records: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let from = 0; from < records.length; from += 3) yield records.slice(from, from + 3)
}
