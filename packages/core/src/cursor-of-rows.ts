import type { CursorKind } from './cursor-values.ts'
import { TerminalError } from './errors.ts'
import type { RecordType } from './record-type.ts'
import type { Row, SourceColumn, Value } from './row-schema.ts'
import type { Cursor } from './window.ts'

type CursoredType = Pick<RecordType, 'name' | 'cursor'>

/** The cursor of a record type. Throws CONFIG_INVALID for one that is only read whole. */
export function cursorOf({ name, cursor }: CursoredType): Cursor {
  if (cursor !== undefined) return cursor
  throw new TerminalError(
    'CONFIG_INVALID',
    `The record type ${name} has no cursor, so it has no windows: name the column that grows when a row changes, or read it whole.`,
    { details: { recordType: name } },
  )
}

/** What kind of value a cursor has by its described columns. Throws CONFIG_INVALID where windows cannot go by it. */
export function cursorKindOf(recordType: CursoredType, columns: readonly SourceColumn[]): CursorKind {
  const types = cursorOf(recordType).columns.map((name) => {
    const column = columns.find((described) => described.name === name)
    if (column === undefined) throw unusable(recordType, `${name} is not among its columns`)
    return { name, kind: kindOf(recordType, column) }
  })
  const [first, ...others] = types as [(typeof types)[number], ...typeof types]
  const other = others.find(({ kind }) => kind !== first.kind)
  if (other === undefined) return first.kind
  throw unusable(
    recordType,
    `${first.name} is a ${first.kind} and ${other.name} a ${other.kind}: convert one of them in the query (CAST)`,
  )
}

/** Where the rows of a stream have their cursor value. Throws RangeError for a column that the stream lacks. */
export function compileCursor(cursor: Cursor, columns: readonly SourceColumn[]): (row: Row) => Value {
  const indexes = cursor.columns.map((name) => {
    const index = columns.findIndex((column) => column.name === name)
    if (index === -1) throw new RangeError(`The stream has no column ${name}`)
    return index
  })
  return (row) => {
    for (const index of indexes) {
      const value = row[index] as Value
      if (value !== null) return value
    }
    return null
  }
}

function kindOf(recordType: CursoredType, { name, type: { kind } }: SourceColumn): CursorKind {
  switch (kind) {
    case 'number':
    case 'date':
    case 'timestamp':
    case 'timestamp-with-time-zone':
      return kind
    case 'text':
      throw unusable(
        recordType,
        `${name} is text, which has no distance to subtract and an order that depends on the collation: convert it in the query (TO_DATE, TO_NUMBER)`,
      )
    default:
      throw unusable(recordType, `${name} is a ${kind}, and a window goes by a number or a time`)
  }
}

function unusable({ name }: CursoredType, why: string): TerminalError {
  return new TerminalError('CONFIG_INVALID', `The cursor of ${name} is not usable: ${why}.`, {
    details: { recordType: name },
  })
}
