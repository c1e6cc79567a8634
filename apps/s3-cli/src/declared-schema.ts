import { type ColumnType, freezeOrdinals, type RecordType, type RowSchema } from '@findata/core'

/** The columns of a record type as it declares them, where neither a snapshot nor Oracle says their types: money is a number, all else text. */
export function declaredSchema({ columns, money }: RecordType): RowSchema {
  const typeOf = (name: string): ColumnType =>
    money.some(({ column }) => column === name) ? { kind: 'number' } : { kind: 'text' }
  return freezeOrdinals(columns.map((name) => ({ name, type: typeOf(name), isNullable: true }))).schema
}
