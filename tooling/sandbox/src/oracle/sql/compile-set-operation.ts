import type { CompiledQuery } from './compile-query.ts'
import type { Cursor, Row } from './compiled.ts'
import { commonType, convert, refuseMixedCharacterSets } from './conversion.ts'
import { oracleError } from './errors.ts'
import { refuseLob, rowKey } from './row-order.ts'
import { type ColumnInfo, type CompileContext, emptyFrame, readSlot } from './scope.ts'
import type { SetOperation } from './syntax.ts'
import { type SqlType, sameType } from './types.ts'

/** UNION [ALL], INTERSECT and MINUS: columns by position, names from the left, null equal to null. */
export function compileSetOperation(
  operation: SetOperation,
  left: CompiledQuery,
  right: CompiledQuery,
  context: CompileContext,
): CompiledQuery {
  const { operator, position } = operation
  if (left.columns.length !== right.columns.length) throw oracleError(1789, position)
  const columns = left.columns.map((column, index): ColumnInfo => {
    const other = right.columns[index] ?? column
    refuseMixedCharacterSets([column.type, other.type], position)
    const type = commonType([column.type, other.type])
    if (type === undefined) throw oracleError(1790, position)
    if (operator !== 'UNION ALL') refuseLob(type, position)
    return { name: column.name, type, isNullable: column.isNullable || other.isNullable }
  })
  const types = columns.map(({ type }) => type)
  const openLeft = converted(left, types, context)
  const openRight = converted(right, types, context)
  const key = rowKey(types)
  switch (operator) {
    case 'UNION ALL':
      return { columns, open: () => concatenated(openLeft(), openRight()) }
    case 'UNION':
      return { columns, open: () => unique(concatenated(openLeft(), openRight()), key) }
    case 'INTERSECT':
    case 'MINUS': {
      const isKept = operator === 'INTERSECT'
      const open = () => {
        const next = unique(openLeft(), key)
        let others: Set<string> | undefined
        return () => {
          others ??= keysOf(openRight(), key)
          for (let row = next(); row !== undefined; row = next())
            if (others.has(key(row)) === isKept) return row
          return undefined
        }
      }
      return { columns, open }
    }
  }
}

function converted(query: CompiledQuery, types: readonly SqlType[], context: CompileContext): () => Cursor {
  const isSame = query.columns.every(({ type }, index) => sameType(type, types[index] ?? type))
  if (isSame) return query.open
  const frame = emptyFrame()
  const cells = query.columns.map((column, index) =>
    convert(readSlot(frame, index, column), types[index] ?? column.type, context),
  )
  return () => {
    const next = query.open()
    return () => {
      const row = next()
      if (row === undefined) return undefined
      frame.row = row
      return cells.map((cell) => cell.evaluate())
    }
  }
}

function concatenated(first: Cursor, second: Cursor): Cursor {
  let current = first
  return () => {
    const row = current()
    if (row !== undefined || current === second) return row
    current = second
    return current()
  }
}

function unique(next: Cursor, key: (row: Row) => string): Cursor {
  const seen = new Set<string>()
  return () => {
    for (let row = next(); row !== undefined; row = next()) {
      const text = key(row)
      if (seen.has(text)) continue
      seen.add(text)
      return row
    }
    return undefined
  }
}

function keysOf(next: Cursor, key: (row: Row) => string): Set<string> {
  const keys = new Set<string>()
  for (let row = next(); row !== undefined; row = next()) keys.add(key(row))
  return keys
}
