import type { Stored } from './field-values.ts'
import type { KnackFieldDefinition } from './knack-app.ts'
import { KnackError } from './knack-error.ts'
import type { ObjectState, RecordFormat, StoredRecord } from './knack-store.ts'
import { parseFilters } from './record-filters.ts'

const DEFAULT_ROWS = 25
const MAX_ROWS = 1_000

export interface ListQuery {
  readonly page: number
  readonly rowsPerPage: number
  readonly format: RecordFormat
  readonly matches: (record: StoredRecord) => boolean
  readonly compare: (left: StoredRecord, right: StoredRecord) => number
}

/** @throws KnackError 400 for what is not imitated or makes no sense. */
export function parseListQuery(object: ObjectState, query: URLSearchParams, today: number): ListQuery {
  const known = ['page', 'rows_per_page', 'sort_field', 'sort_order', 'filters', 'format']
  const unknown = [...query.keys()].find((name) => !known.includes(name))
  if (unknown !== undefined) throw new KnackError(400, `The parameter ${unknown} is not imitated`)
  return {
    page: toCount(query, 'page', 1),
    rowsPerPage: Math.min(MAX_ROWS, toCount(query, 'rows_per_page', DEFAULT_ROWS)),
    format: parseFormat(query),
    matches: parseFilters(object, query.get('filters'), today),
    compare: parseOrder(object, query),
  }
}

export function parseFormat(query: URLSearchParams): RecordFormat {
  const format = query.get('format') ?? 'both'
  if (format !== 'both' && format !== 'raw' && format !== 'html') {
    throw new KnackError(400, 'format is raw, html or both')
  }
  return format
}

function toCount(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name)
  if (text === null || text === '') return otherwise
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new KnackError(400, `${name} is a number from 1`)
  return Number(text)
}

function parseOrder(object: ObjectState, query: URLSearchParams): ListQuery['compare'] {
  const key = query.get('sort_field')
  const order = query.get('sort_order') ?? 'asc'
  if (order !== 'asc' && order !== 'desc') throw new KnackError(400, 'sort_order is asc or desc')
  const direction = order === 'asc' ? 1 : -1
  if (key === null || key === '') return (left, right) => left.position - right.position
  if (key === 'id') return (left, right) => direction * compareText(left.id, right.id)
  const field = object.fields.get(key)
  if (!field) throw new KnackError(400, `There is no field ${key} to sort by`)
  return (left, right) =>
    direction * compareStored(field, left.values.get(key), right.values.get(key)) ||
    left.position - right.position
}

/** Empty fields first, text without regard to case. */
export function compareStored(
  field: KnackFieldDefinition,
  left: Stored | undefined,
  right: Stored | undefined,
): number {
  if (left === undefined || right === undefined)
    return Number(left !== undefined) - Number(right !== undefined)
  if (typeof left === 'bigint' && typeof right === 'bigint') return left < right ? -1 : left > right ? 1 : 0
  if (typeof left === 'number' && typeof right === 'number') return left - right
  if (field.type === 'boolean') return Number(left) - Number(right)
  return compareText(String(left).toLowerCase(), String(right).toLowerCase())
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
