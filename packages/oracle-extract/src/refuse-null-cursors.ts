import {
  compileCursor,
  cursorOf,
  type RecordType,
  type RowBatch,
  readableKey,
  type SourceColumn,
  TerminalError,
  type Value,
} from '@findata/core'
import { failed } from './errors.ts'

/** Passes the batches on until one has a row without a cursor value. Throws CURSOR_NULL with the keys of such rows. */
export async function* refuseNullCursors(
  recordType: RecordType,
  columns: readonly SourceColumn[],
  batches: AsyncIterable<RowBatch>,
): AsyncGenerator<RowBatch> {
  const cursor = cursorOf(recordType)
  const cursorValueOf = compileCursor(cursor, columns)
  const indexes = recordType.rowKey.map(({ column }) => columns.findIndex(({ name }) => name === column))
  for await (const batch of batches) {
    const without = batch.filter((row) => cursorValueOf(row) === null)
    if (without.length === 0) {
      yield batch
      continue
    }
    const keys = without.slice(0, MOST_KEYS).map((row) =>
      readableKey(
        recordType.rowKey,
        indexes.map((index) => row[index] as Value),
      ),
    )
    throw failed(TerminalError, 'CURSOR_NULL', {
      doing: `Reading a window of ${recordType.name}`,
      why: `NULL stands in ${cursor.columns.join(' and ')} of the row ${keys[0]}`,
      nextStep: `Ask the owner of the view why, or set nulls of its cursor to include or exclude.`,
      details: { recordType: recordType.name, columns: cursor.columns, keys },
    })
  }
}

const MOST_KEYS = 10
