import { compareDecimals, createDecimalSum, digitsAfterPoint, toSafeUnits } from './decimal.ts'
import { createDistinctCount, createRowKeyCount, indexesOf, type KeyCensus } from './key-census.ts'
import type { KeyColumn, MoneyColumn } from './record-type.ts'
import { compileRowHasher, createSetHash } from './row-hash.ts'
import type { RowBatch, RowSchema, Value } from './row-schema.ts'
import type { ScratchFolder } from './spill-files.ts'

export type { KeyCensus } from './key-census.ts'

/** Counts and exact sums of a stream at one hop. What a hop cannot know is absent. */
export interface ControlTotals {
  readonly rows: number
  /** By money column. */
  readonly money: Readonly<Record<string, MoneyTotals>>
  readonly distinctEntityKeys?: number
  /** The sum of all row hashes mod 2^128, 32 hex digits. */
  readonly setHash?: string
}

/** Amounts are exact decimal text. */
export interface MoneyTotals {
  readonly nonNull: number
  readonly sum: string
  readonly min: string | null
  readonly max: string | null
}

/** Computes the control totals and the key census of a stream in one pass and in bounded memory. Dispose it to close its files. */
export interface TotalsCollector extends AsyncDisposable {
  /** Wait for it before the next batch. Throws DISK_FAILED when keys must be spilled and cannot. */
  add(batch: RowBatch): Promise<void>
  /** Once, after the last batch. */
  finish(): Promise<{ readonly totals: ControlTotals; readonly keys: KeyCensus }>
}

export interface TotalsOptions {
  readonly schema: RowSchema
  readonly rowKey: readonly KeyColumn[]
  readonly entityKey: readonly KeyColumn[]
  readonly money: readonly MoneyColumn[]
  readonly scratch: ScratchFolder
  /** What the key census may hold in memory before it spills to `scratch`; 16 MB unless said. */
  readonly memoryBytes?: number
}

/** Throws RangeError when a key or money column is not in the schema. */
export function createTotalsCollector(options: TotalsOptions): TotalsCollector {
  const { schema, rowKey, entityKey, money, scratch, memoryBytes = 16_000_000 } = options
  const isOneKey =
    rowKey.length === entityKey.length &&
    rowKey.every(({ column }, place) => column === entityKey[place]?.column)
  const rowKeys = createRowKeyCount(rowKey, {
    schema,
    scratch,
    memoryBytes: isOneKey ? memoryBytes : (memoryBytes * 2) / 3,
  })
  const entityKeys = isOneKey
    ? undefined
    : createDistinctCount(entityKey, { schema, scratch, memoryBytes: memoryBytes / 3 })
  const hasher = compileRowHasher(schema)
  const setHash = createSetHash()
  const moneyColumns = money.map((column) => ({
    ...createMoneyTotals(column),
    name: column.column,
    index: indexesOf(schema, [column.column])[0] as number,
  }))
  let rows = 0

  return {
    async add(batch) {
      for (const row of batch) {
        const rowHash = hasher.hash(row)
        setHash.add(rowHash)
        for (const { index, add } of moneyColumns) {
          const amount = row[index] as Value
          if (amount !== null) add(amount)
        }
        const rowKeySpill = rowKeys.add(row, rowHash)
        if (rowKeySpill) await rowKeySpill
        const entityKeySpill = entityKeys?.add(row)
        if (entityKeySpill) await entityKeySpill
      }
      rows += batch.length
    },
    async finish() {
      const census = await rowKeys.finish()
      const distinctEntityKeys = (await entityKeys?.finish()) ?? census.distinctRowKeys
      const overScale = moneyColumns.flatMap((column) =>
        column.overScale() > 0 ? [[column.name, column.overScale()] as const] : [],
      )
      return {
        totals: {
          rows,
          money: Object.fromEntries(moneyColumns.map(({ name, totals }) => [name, totals()])),
          distinctEntityKeys,
          setHash: setHash.toHex(),
        },
        keys: { ...census, distinctEntityKeys, overScale: Object.fromEntries(overScale) },
      }
    },
    async [Symbol.asyncDispose]() {
      await rowKeys[Symbol.asyncDispose]()
      await entityKeys?.[Symbol.asyncDispose]()
    },
  }
}

function createMoneyTotals({ scale }: MoneyColumn) {
  const sum = createDecimalSum(scale)
  let nonNull = 0
  let overScale = 0
  const min = createExtreme(-1)
  const max = createExtreme(1)
  return {
    add(amount: string) {
      nonNull++
      const units = toSafeUnits(amount, scale)
      sum.add(amount, units)
      if (Number.isNaN(units) && digitsAfterPoint(amount) > scale) overScale++
      min.add(amount, units)
      max.add(amount, units)
    },
    overScale: () => overScale,
    totals: (): MoneyTotals => ({ nonNull, sum: sum.toString(), min: min.text(), max: max.text() }),
  }
}

/** The lowest (`direction` -1) or highest (1) amount; by its units where both amounts have safe ones. */
function createExtreme(direction: -1 | 1) {
  let text: string | null = null
  let units = Number.NaN
  return {
    add(amount: string, amountUnits: number) {
      const difference = amountUnits - units
      const isBeyond = Number.isNaN(difference)
        ? text === null || compareDecimals(amount, text) * direction > 0
        : difference * direction > 0
      if (!isBeyond) return
      text = amount
      units = amountUnits
    },
    text: () => text,
  }
}
