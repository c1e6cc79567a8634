import {
  type BridgeLine,
  type ControlTotals,
  compareDecimals,
  compileRowHasher,
  createDecimalSum,
  createSetHash,
  isCanonicalDecimal,
  type NotPublished,
  type PresentLine,
  type PublishedTotals,
  type RowSchema,
  type TargetField,
  type Value,
} from '@findata/core'
import { toComparable } from './canonical-compare.ts'
import { readableValue } from './readable-value.ts'
import type { DiffEntry, RecordDiff } from './row-diff.ts'

const MAX_DIFFERENCES = 10

/**
 * What the destination holds of what is wanted, from a comparison made after sending. `excluded` says by readable key what is known
 * not to be published, and why; keys that collide are rejected without being named. What differs otherwise is a difference: it counts
 * among the mapped records, so that the hops disagree. Entities that have no form there are not seen here: add them to `rejected`.
 */
export async function matchTotals(
  diff: RecordDiff,
  excluded: ReadonlyMap<string, NotPublished>,
): Promise<PublishedTotals> {
  const { fields } = diff
  const mapped = createSideTotals(fields)
  const destination = createSideTotals(fields)
  const lines = {
    rejected: createSideTotals(fields),
    refused: createSideTotals(fields),
    stale: createSideTotals(fields),
    held: createSideTotals(fields),
    waiting: createSideTotals(fields),
  } satisfies Record<NotPublished, SideTotals>
  const departed = createSideTotals(fields)
  const duplicates = createSideTotals(fields)
  const outdated = createSideTotals(fields)
  const differences: string[] = []
  let differing = 0

  for await (const { wanted, present } of diff.matches()) {
    mapped.add(wanted)
    destination.add(present)
  }
  const compared = comparedOf(fields)
  for await (const entry of diff.entries()) {
    if (entry.kind === 'departed') departed.add(compared(entry.present.values))
    if (entry.kind === 'duplicate') duplicates.add(compared(entry.present.values))
    if (entry.kind === 'collision') {
      for (const { values } of entry.wanted) lines.rejected.add(compared(values))
      if (entry.present) outdated.add(compared(entry.present.values))
    }
    if (entry.kind !== 'missing' && entry.kind !== 'changed') continue
    const { key, values } = entry.wanted
    const reason = excluded.get(key)
    if (reason !== undefined) {
      lines[reason].add(compared(values))
      if (entry.kind === 'changed') outdated.add(compared(entry.present.values))
      continue
    }
    mapped.add(compared(values))
    if (entry.kind === 'changed') destination.add(compared(entry.present.values))
    if (++differing <= MAX_DIFFERENCES) differences.push(describe(entry, fields))
  }
  if (differing > MAX_DIFFERENCES) {
    differences.splice(-1, 1, `and ${differing - MAX_DIFFERENCES + 1} more`)
  }

  return {
    mapped: mapped.totals(),
    destination: destination.totals(),
    departed: departed.presentLine(),
    duplicates: duplicates.presentLine(),
    outdated: outdated.presentLine(),
    present: diff.counts.present,
    notPublished: {
      rejected: lines.rejected.line(),
      refused: lines.refused.line(),
      stale: lines.stale.line(),
      held: lines.held.line(),
      waiting: lines.waiting.line(),
    },
    differences,
  }
}

interface SideTotals {
  /** Values of the fields that are not ignored. */
  add(values: readonly Value[]): void
  totals(): ControlTotals
  line(): BridgeLine
  presentLine(): PresentLine
}

function comparedOf(fields: readonly TargetField[]) {
  return (values: readonly Value[]) => values.filter((_, place) => !fields[place]?.isIgnoredInDiff)
}

/** Totals over what values are compared as; a field's ordinal is its place among all fields. */
function createSideTotals(fields: readonly TargetField[]): SideTotals {
  const compared = fields.flatMap((field, place) =>
    field.isIgnoredInDiff ? [] : [{ ...field, ordinal: place + 1 }],
  )
  const schema: RowSchema = {
    columns: compared.map(({ name, ordinal }) => ({
      name,
      ordinal,
      type: { kind: 'text' },
      isNullable: true,
    })),
  }
  const hasher = compileRowHasher(schema)
  const setHash = createSetHash()
  const money = compared.flatMap((field, index) =>
    field.money
      ? [{ index, kind: field.kind, column: field.money.column, ...createAmounts(field.money.scale) }]
      : [],
  )
  let rows = 0
  const line = () => ({
    rows,
    sums: Object.fromEntries(money.map(({ column, totals }) => [column, totals().sum])),
  })

  return {
    add(values) {
      rows++
      const row = compared.map(({ kind }, index) => toComparable(kind, values[index] as Value))
      // Half a surrogate pair has no UTF-8, and no other text stands for it.
      setHash.add(hasher.hash(row.map((value) => value?.toWellFormed() ?? null)))
      // A text is equal by its characters, and an amount all the same.
      for (const { index, kind, add } of money) {
        add(kind === 'text' ? toComparable('currency', values[index] as Value) : (row[index] as Value))
      }
    },
    totals: () => ({
      rows,
      money: Object.fromEntries(money.map(({ column, totals }) => [column, totals()])),
      distinctEntityKeys: rows,
      setHash: setHash.toHex(),
    }),
    line,
    presentLine: () => ({
      ...line(),
      unreadable: money.reduce((sum, { unreadable }) => sum + unreadable(), 0),
    }),
  }
}

function createAmounts(scale: number) {
  const sum = createDecimalSum(scale)
  let nonNull = 0
  let unreadable = 0
  let min: string | null = null
  let max: string | null = null
  return {
    add(amount: Value) {
      if (amount === null) return
      // What is no amount is in the set hash alone.
      if (!isCanonicalDecimal(amount)) {
        unreadable++
        return
      }
      nonNull++
      sum.add(amount)
      if (min === null || compareDecimals(amount, min) < 0) min = amount
      if (max === null || compareDecimals(amount, max) > 0) max = amount
    },
    totals: () => ({ nonNull, sum: sum.toString(), min, max }),
    unreadable: () => unreadable,
  }
}

function describe(
  entry: Extract<DiffEntry, { kind: 'missing' | 'changed' }>,
  fields: readonly TargetField[],
) {
  if (entry.kind === 'missing') return `${entry.wanted.key} is not there`
  const changes = entry.changes.map(({ field, from, to }) => {
    const label = fields.find(({ name }) => name === field)?.label ?? field
    return `${label} is ${readableValue(from)} and should be ${readableValue(to)}`
  })
  return `${entry.wanted.key}: ${changes.join(', ')}`
}
