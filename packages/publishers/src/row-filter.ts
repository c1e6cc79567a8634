import { hash } from 'node:crypto'
import type { FieldKind, RecordType, Row, RowSchema, TargetField, Value } from '@findata/core'
import { keyTextOf } from './key-text.ts'
import { compileRecordMapper } from './map-record.ts'
import type { Mapping } from './mapping.ts'
import { compileFilter } from './source-filter.ts'

/** The filter of a mapping, which remembers what it refused: records of those rows have not left the source. */
export interface RowFilter {
  isWanted(row: Row): boolean
  /**
   * Whether a record of the destination has the key of a row that was refused. Never says no of one that has; of others it says yes
   * once in 100,000 after a million refused rows, and more often after more.
   */
  hasRefused(values: readonly Value[]): boolean
}

export interface RowFilterOptions {
  readonly mapping: Mapping
  readonly recordType: RecordType
  /** Of the rows. */
  readonly schema: RowSchema
  readonly fields: readonly TargetField[]
  /** A value as a field can hold it; itself unless said. */
  readonly toHeld?: (kind: FieldKind, value: Value) => Value
}

/** Throws COLUMNS_MISSING with every column that the filter or the mapping needs and the schema lacks. */
export function createRowFilter({
  mapping,
  recordType,
  schema,
  fields,
  toHeld = (_, value) => value,
}: RowFilterOptions): RowFilter {
  const isWanted = mapping.filter ? compileFilter(mapping.filter, schema) : () => true
  // Other values of a refused row need not have a form there.
  const keyFields = fields.filter(({ isKey }) => isKey)
  const toKey = compileRecordMapper({ mapping, recordType, schema, fields: keyFields, timestamp: '' })
  const refused = createKeySieve()

  return {
    isWanted(row) {
      if (isWanted(row)) return true
      const key = toKey(row)
      if ('values' in key) {
        const values = key.values.map((value, place) => toHeld(keyFields[place]?.kind ?? 'text', value))
        refused.add(keyTextOf(keyFields, values))
      }
      return false
    },
    hasRefused: (values) => refused.has(keyTextOf(fields, values)),
  }
}

const SIEVE_BITS = 2 ** 25
const BITS_PER_KEY = 8

/** A Bloom filter: of a fixed size however many keys it takes. */
function createKeySieve() {
  const bits = new Uint8Array(SIEVE_BITS / 8)
  const placesOf = (key: string) => {
    const digest = hash('sha256', key, 'buffer')
    return Array.from({ length: BITS_PER_KEY }, (_, index) => digest.readUInt32LE(4 * index) % SIEVE_BITS)
  }
  return {
    add(key: string) {
      for (const place of placesOf(key)) bits[place >>> 3] = (bits[place >>> 3] ?? 0) | (1 << (place & 7))
    },
    has: (key: string) =>
      placesOf(key).every((place) => ((bits[place >>> 3] ?? 0) & (1 << (place & 7))) !== 0),
  }
}
