import type { Row, RowSchema } from '@findata/core'
import type { SourceFilter } from './mapping.ts'
import { missingColumns } from './missing-columns.ts'

/**
 * Whether a row is wanted. NULL is in no list, so that `not` of a list wants it. Throws COLUMNS_MISSING with every column of the
 * filter that the schema lacks.
 */
export function compileFilter(filter: SourceFilter, schema: RowSchema): (row: Row) => boolean {
  const missing = missingColumns(filterColumns(filter), schema)
  if (missing) throw missing
  return compile(filter, (name) => schema.columns.findIndex((column) => column.name === name))
}

/** The columns that a filter looks at, each once. */
export function filterColumns(filter: SourceFilter | undefined): readonly string[] {
  if (!filter) return []
  if ('column' in filter) return [filter.column]
  if ('not' in filter) return filterColumns(filter.not)
  return [...new Set(('all' in filter ? filter.all : filter.any).flatMap(filterColumns))]
}

function compile(filter: SourceFilter, indexOf: (column: string) => number): (row: Row) => boolean {
  if ('in' in filter) {
    const index = indexOf(filter.column)
    const wanted = new Set<Row[number] | undefined>(filter.in)
    return (row) => wanted.has(row[index])
  }
  if ('isNull' in filter) {
    const index = indexOf(filter.column)
    return (row) => (row[index] === null) === filter.isNull
  }
  if ('not' in filter) {
    const inner = compile(filter.not, indexOf)
    return (row) => !inner(row)
  }
  if ('all' in filter) {
    const parts = filter.all.map((part) => compile(part, indexOf))
    return (row) => parts.every((part) => part(row))
  }
  const parts = filter.any.map((part) => compile(part, indexOf))
  return (row) => parts.some((part) => part(row))
}
