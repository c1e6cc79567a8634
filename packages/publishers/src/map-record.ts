import {
  type RecordType,
  RejectedRowError,
  type Row,
  type RowSchema,
  readableKey,
  type TargetField,
  type Value,
} from '@findata/core'
import { sourceColumns } from './check-mapping.ts'
import { convertValue } from './convert.ts'
import type { FieldSource, Mapping } from './mapping.ts'
import { missingColumns } from './missing-columns.ts'
import { filterColumns } from './source-filter.ts'
import type { WantedRecord } from './target-record.ts'

export interface RecordMapperOptions {
  readonly mapping: Mapping
  readonly recordType: RecordType
  /** Of the entities. */
  readonly schema: RowSchema
  /** Of the target; values come in their order. */
  readonly fields: readonly TargetField[]
  /** What generated timestamps say. */
  readonly timestamp: string
}

/** An entity that a destination cannot hold, and why. */
export interface RejectedEntity {
  readonly key: string
  readonly rejected: string
}

/**
 * Turns entities into records of a destination, under the readable entity key of the record type. An entity without a value in a
 * field of the destination's key is rejected; the field that marks departed records is empty. Throws COLUMNS_MISSING at once, with every column that the mapping needs and the
 * schema lacks.
 */
export function compileRecordMapper({
  mapping,
  recordType,
  schema,
  fields,
  timestamp,
}: RecordMapperOptions): (entity: Row) => WantedRecord | RejectedEntity {
  const entityKey = recordType.entityKey.map(({ column }) => column)
  const needed = [...entityKey, ...mapping.fields.flatMap(sourceColumns), ...filterColumns(mapping.filter)]
  const missing = missingColumns(needed, schema, recordType.name)
  if (missing) throw missing

  const indexOf = (name: string) => schema.columns.findIndex((column) => column.name === name)
  const keyIndexes = entityKey.map(indexOf)
  const { departed } = mapping
  const sources = fields.map(({ name, isKey }) => {
    if (departed.action === 'flag' && departed.field === name) {
      return { name, isKey, columns: [], convertedOf: () => null }
    }
    const field = mapping.fields.find((candidate) => candidate.field === name)
    if (!field) throw new RangeError(`The mapping of ${recordType.name} has no field ${name}`)
    const read = compileSource(field.from, indexOf, timestamp)
    return {
      name,
      isKey,
      columns: sourceColumns(field),
      convertedOf: (row: Row) => convertValue(field.convert, read(row)),
    }
  })

  return (entity) => {
    const key = readableKey(
      recordType.entityKey,
      keyIndexes.map((index) => entity[index] as Value),
    )
    const values: Value[] = []
    for (const { name, isKey, columns, convertedOf } of sources) {
      try {
        values.push(convertedOf(entity))
      } catch (error) {
        if (!(error instanceof RejectedRowError)) throw error
        return { key, rejected: `${error.message} (${columns.join(', ')}, for ${name})` }
      }
      if (isKey && !values.at(-1)?.trim()) {
        return {
          key,
          rejected: `no value in the key field ${name}, which is filled from ${columns.join(', ')}`,
        }
      }
    }
    return { key, values }
  }
}

/** Wall-clock time in a zone, `2026-03-08T03:30:00`: ISO 8601 without an offset. Throws RangeError for a zone that is not known. */
export function localTimestamp(instant: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(instant)
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    parts.find((candidate) => candidate.type === type)?.value
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}`
}

function compileSource(
  from: FieldSource,
  indexOf: (column: string) => number,
  timestamp: string,
): (row: Row) => Value {
  if ('generated' in from) return () => timestamp
  if ('column' in from) {
    const index = indexOf(from.column)
    return (row) => row[index] as Value
  }
  const indexes = from.columns.map(indexOf)
  return (row) => {
    const parts = indexes.map((index) => row[index]).filter((part) => part != null && part !== '')
    return parts.length === 0 ? null : parts.join(from.separator)
  }
}
