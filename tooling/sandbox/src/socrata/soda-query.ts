import type { SocrataDataset, StoredRow } from './socrata-dataset.ts'
import { invalid, notImitated } from './socrata-error.ts'
import type { SocrataCell } from './socrata-values.ts'
import {
  compareCells,
  equals,
  type FieldLookup,
  parseWhere,
  type QueryField,
  type RowFilter,
} from './soda-filter.ts'

/** Rows as JSON, and the fields that were asked for. */
export interface QueryResult {
  readonly fields: readonly string[]
  readonly rows: readonly Readonly<Record<string, SocrataCell>>[]
}

const SYSTEM_FIELDS: Readonly<Record<string, (row: StoredRow) => SocrataCell>> = {
  ':id': ({ sid }) => sid,
  ':created_at': ({ createdAt }) => createdAt,
  ':updated_at': ({ updatedAt }) => updatedAt,
  ':version': ({ version }) => `rv-${version}`,
}
const PARAMETERS: ReadonlySet<string> = new Set([
  '$limit',
  '$offset',
  '$order',
  '$where',
  '$select',
  '$$app_token',
])
const DEFAULT_LIMIT = 1000

/** Answers `$select`, `$where`, `$order`, `$limit`, `$offset` and `field=value` over `rows`. @throws SocrataError */
export function runQuery(
  dataset: SocrataDataset,
  rows: readonly StoredRow[],
  query: URLSearchParams,
): QueryResult {
  const fieldOf = createLookup(dataset)
  const filters: RowFilter[] = []
  for (const [name, value] of query) {
    if (name === '$where') filters.push(parseWhere(value, fieldOf))
    else if (!name.startsWith('$')) filters.push(equals(fieldOf(name), value))
    else if (!PARAMETERS.has(name)) throw notImitated(`the parameter ${name}`)
  }
  const found = rows.filter((row) => filters.every((isMatch) => isMatch(row)))
  const limit = toCount('$limit', query.get('$limit'), DEFAULT_LIMIT)
  const offset = toCount('$offset', query.get('$offset'), 0)
  const select = query.get('$select') ?? '*'
  const count = /^\s*count\(\s*\*\s*\)(?:\s+as\s+([a-z_]\w*))?\s*$/i.exec(select)
  if (count) {
    const field = count[1] ?? 'count'
    return { fields: [field], rows: [{ [field]: String(found.length) }].slice(offset, offset + limit) }
  }
  const page = sort(found, query.get('$order'), fieldOf).slice(offset, offset + limit)
  const columns = toColumns(select, dataset, fieldOf)
  return { fields: columns.map(({ name }) => name), rows: page.map((row) => toJsonRow(row, columns)) }
}

interface SelectedColumn {
  readonly name: string
  readonly field: QueryField
}

function createLookup(dataset: SocrataDataset): FieldLookup {
  return (name) => {
    const readSystem = Object.hasOwn(SYSTEM_FIELDS, name) ? SYSTEM_FIELDS[name] : undefined
    if (readSystem) return { isNumber: false, read: readSystem }
    const column = dataset.columnOf(name.toLowerCase())
    if (!column) throw invalid(`Query coordinator error: query.soql.no-such-column; No such column: ${name}`)
    return {
      isNumber: column.dataTypeName === 'number',
      read: ({ cells }) => cells[column.fieldName],
    }
  }
}

function toColumns(select: string, dataset: SocrataDataset, fieldOf: FieldLookup): readonly SelectedColumn[] {
  return select.split(',').flatMap((part) => {
    const name = part.trim()
    if (name === '*') {
      return dataset.definition.columns.map(({ fieldName }) => ({
        name: fieldName,
        field: fieldOf(fieldName),
      }))
    }
    if (name === ':*')
      return Object.keys(SYSTEM_FIELDS).map((system) => ({ name: system, field: fieldOf(system) }))
    if (!/^:?\w+$/.test(name))
      throw notImitated(`${JSON.stringify(name)} in $select, only columns, *, :* and count(*)`)
    return [{ name: name.toLowerCase(), field: fieldOf(name) }]
  })
}

function toJsonRow(row: StoredRow, columns: readonly SelectedColumn[]): Record<string, SocrataCell> {
  const json: Record<string, SocrataCell> = {}
  for (const { name, field } of columns) {
    const cell = field.read(row)
    if (cell !== undefined) json[name] = cell
  }
  return json
}

function sort(rows: readonly StoredRow[], order: string | null, fieldOf: FieldLookup): readonly StoredRow[] {
  if (order === null) return rows
  const terms = order.split(',').map((term) => {
    const [, name, direction = 'asc'] = /^\s*(:?\w+)(?:\s+(asc|desc))?\s*$/i.exec(term) ?? []
    if (name === undefined) throw notImitated(`${JSON.stringify(term)} in $order`)
    return { field: fieldOf(name), sign: direction.toLowerCase() === 'asc' ? 1 : -1 }
  })
  return rows.toSorted((a, b) => {
    for (const { field, sign } of terms) {
      const compared = sign * compareCells(field, a, b)
      if (compared !== 0) return compared
    }
    return 0
  })
}

function toCount(name: string, text: string | null, byDefault: number): number {
  if (text === null) return byDefault
  if (!/^\d{1,9}$/.test(text))
    throw invalid(`${name} has to be a number of rows, not ${JSON.stringify(text)}`)
  return Number(text)
}
