import {
  type BridgeLine,
  createDecimalSum,
  type RecordFailure,
  type RecordType,
  type Row,
  type RowSchema,
} from '@findata/core'

/** Entities that have no form in a destination. */
export interface RejectedEntities {
  readonly failures: readonly RecordFailure[]
  add(entity: Row, failure: RecordFailure): void
  /** A line of the bridge with these added. */
  addTo(line: BridgeLine): BridgeLine
}

/** `columns`: the money columns whose sums are kept. */
export function createRejectedEntities(
  recordType: RecordType,
  schema: RowSchema,
  columns: readonly string[],
): RejectedEntities {
  const failures: RecordFailure[] = []
  const amounts = recordType.money
    .filter(({ column }) => columns.includes(column))
    .map(({ column, scale }) => ({
      column,
      scale,
      place: schema.columns.findIndex(({ name }) => name === column),
      sum: createDecimalSum(scale),
    }))
  return {
    failures,
    add(entity, failure) {
      failures.push(failure)
      for (const { place, sum } of amounts) {
        const amount = entity[place]
        if (amount != null) sum.add(amount)
      }
    },
    addTo({ rows, sums }) {
      const added = amounts.map(({ column, scale, sum }) => {
        const total = createDecimalSum(scale)
        total.add(sum.toString())
        total.add(sums[column] ?? '0')
        return [column, total.toString()] as const
      })
      return { rows: rows + failures.length, sums: { ...sums, ...Object.fromEntries(added) } }
    },
  }
}
