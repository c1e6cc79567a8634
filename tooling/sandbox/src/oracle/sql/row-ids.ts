import type { Row } from './compiled.ts'
import type { TableHistory } from './row-store.ts'
import type { ColumnInfo } from './scope.ts'

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const FILE = 7
const FIRST_BLOCK = 128
const ROWS_PER_BLOCK = 500

export const ROWID_COLUMN: ColumnInfo = {
  name: 'ROWID',
  type: { name: 'ROWID' },
  isNullable: false,
  isHidden: true,
}

/** A row is known by its array: every version of it has one number, given when it is first asked for or updated. */
const numbers = new WeakMap<Row, number>()
const counts = new WeakMap<TableHistory, number>()

function numberOf(history: TableHistory, row: Row): number {
  const known = numbers.get(row)
  if (known !== undefined) return known
  const number = counts.get(history) ?? 0
  counts.set(history, number + 1)
  numbers.set(row, number)
  return number
}

interface StoredTable {
  readonly id: number
  readonly history: TableHistory
}

/** The ROWID of a stored row: the same for all its versions. */
export const rowIdOf = (table: StoredTable, row: Row): string => rowId(table.id, numberOf(table.history, row))

/** The ROWID of the nth row of a table. */
export const rowId = (tableId: number, number: number): string =>
  digits(tableId, 6) +
  digits(FILE, 3) +
  digits(FIRST_BLOCK + Math.floor(number / ROWS_PER_BLOCK), 6) +
  digits(number % ROWS_PER_BLOCK, 3)

/** Makes an array the next version of a row. */
export function keepRowId(history: TableHistory, from: Row, to: Row): void {
  numbers.set(to, numberOf(history, from))
}

function digits(value: number, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest = Math.floor(rest / 64)) text = DIGITS[rest % 64] + text
  return text
}
