import {
  type ColumnType,
  freezeOrdinals,
  type Row,
  type RowBatch,
  type RowSchema,
  toCanonicalTimestamp,
} from '@findata/core'
import { type BenchColumns, benchTable } from '@findata/sandbox'

const BATCH_ROWS = 1000

/** Rows of the generated table as they reach the encoder. */
export function makeBatches(
  columns: BenchColumns,
  count: number,
): { readonly schema: RowSchema; readonly batches: readonly RowBatch[] } {
  const table = benchTable({ benchRows: count, columns })
  const { schema } = freezeOrdinals(
    table.columns.map(({ name, type, isNullable = true }) => ({
      name,
      type: toColumnType(type),
      isNullable,
    })),
  )
  const batches: Row[][] = []
  for (let index = 0; index < count; index++) {
    if (index % BATCH_ROWS === 0) batches.push([])
    const row = table.generated.row(index).map((value, column) => {
      if (value === null) return null
      const text = schema.columns[column]?.type.kind === 'timestamp' ? toCanonicalTimestamp(value) : value
      // Decoded from bytes, as a driver makes it: neither shared with another row nor a piece of a larger string.
      return Buffer.from(text).toString()
    })
    batches.at(-1)?.push(row)
  }
  return { schema, batches }
}

/** So many rows of batches that are used again and again. */
export function* repeated<Item>(
  batches: readonly (readonly Item[])[],
  rows: number,
): Generator<readonly Item[]> {
  let left = rows
  while (left > 0) {
    for (const batch of batches) {
      if (left <= 0) return
      yield left < batch.length ? batch.slice(0, left) : batch
      left -= batch.length
    }
  }
}

function toColumnType(type: ReturnType<typeof benchTable>['columns'][number]['type']): ColumnType {
  switch (type.name) {
    case 'NUMBER':
      return { kind: 'number', precision: type.precision ?? 38, scale: type.scale ?? 0 }
    case 'VARCHAR2':
      return { kind: 'text', size: type.size }
    case 'DATE':
      return { kind: 'date' }
    case 'TIMESTAMP':
      return { kind: 'timestamp', fractionalDigits: type.fractionalDigits }
    default:
      throw new Error(`the generated table has no ${type.name}`)
  }
}
