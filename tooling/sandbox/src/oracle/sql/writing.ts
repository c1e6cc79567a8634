import type { OracleValue } from '../values.ts'
import { fitter } from './cast.ts'
import { keyName, type Table, type TableColumn } from './catalog.ts'
import type { Row } from './compiled.ts'
import { oracleError } from './errors.ts'
import { openRows, type RowStore, type Transaction } from './row-store.ts'
import { characterCount } from './text-values.ts'
import { isNational } from './types.ts'

/** Makes a value of the column's type fit for storing, or says why it does not fit. */
export function columnWriter(
  table: { owner: string; name: string },
  column: TableColumn,
  isUpdate: boolean,
): (value: OracleValue) => OracleValue {
  const name = `"${table.owner}"."${table.name}"."${column.name}"`
  const fit = fitter(column.type, column.characterLimit, (value) => {
    const limit = column.characterLimit ?? ('size' in column.type ? column.type.size : 0)
    const inBytes = () => Buffer.byteLength(value, column.type.name === 'RAW' ? 'hex' : 'utf8')
    const actual = isNational(column.type)
      ? value.length
      : column.characterLimit === undefined
        ? inBytes()
        : characterCount(value)
    throw oracleError(12899, 0, `value too large for column ${name} (actual: ${actual}, maximum: ${limit})`)
  })
  const { isNullable } = column
  const isLarge = ['CLOB', 'NCLOB', 'BLOB'].includes(column.type.name)
  return (value) => {
    // Of all values, only a large object can be empty and not NULL.
    if (value !== null && (value !== '' || isLarge)) return fit(value)
    if (isNullable) return null
    throw isUpdate
      ? oracleError(1407, 0, `cannot update (${name}) to NULL`)
      : oracleError(1400, 0, `cannot insert NULL into (${name})`)
  }
}

/** ORA-00001 when a row that a statement makes has a unique key that another row has. */
export function checkUniqueKeys(
  table: Table,
  store: RowStore,
  transaction: Transaction,
  removed: ReadonlySet<Row>,
  made: readonly Row[],
): void {
  for (const [index, { positions }] of table.uniqueKeys.entries()) {
    const [only = 0, ...more] = positions
    const keyOf = (row: Row): string | undefined => {
      if (more.length === 0) return row[only] ?? undefined
      const values = positions.map((position) => row[position] ?? null)
      return values.every((value) => value === null) ? undefined : JSON.stringify(values)
    }
    const wanted = new Set<string>()
    const fail = () =>
      oracleError(1, 0, `unique constraint (${table.owner}.${keyName(table, index)}) violated`)
    for (const row of made) {
      const key = keyOf(row)
      if (key === undefined) continue
      if (wanted.has(key)) throw fail()
      wanted.add(key)
    }
    if (wanted.size === 0) continue
    const next = openRows(store.rowsAt(table.history, store.currentScn, transaction))
    for (let row = next(); row !== undefined; row = next()) {
      if (!removed.has(row) && wanted.has(keyOf(row) ?? '')) throw fail()
    }
    for (const other of store.transactions) {
      const rows = other === transaction ? [] : store.insertedBy(table.history, other)
      if (rows.some((row) => wanted.has(keyOf(row) ?? ''))) throw oracleError(54)
    }
  }
}
