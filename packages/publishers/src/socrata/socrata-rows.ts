import type { FieldKind, Value } from '@findata/core'
import type { PresentRecord, WantedRecord } from '../target-record.ts'
import type { Write } from './send-chunks.ts'
import type { SocrataRow } from './socrata-client.ts'
import { toHeld, toSent, toValue } from './socrata-values.ts'

/** Rows of a dataset to records and back. */
export interface SocrataRows {
  /** The fields that are read. */
  readonly names: readonly string[]
  toPresent(row: SocrataRow): PresentRecord
  /** With the values that the columns can hold. */
  toHeldRecord(record: WantedRecord): WantedRecord
  /**
   * As JSON. An update has the fields that change and the identifier alone: what an upsert does not name keeps its value, so that
   * columns nobody maps, and what people wrote meanwhile, stay.
   */
  toRow(write: Write): string
  /** As JSON, all fields of it. */
  toWholeRow(record: WantedRecord): string
}

export interface SocrataRowsOptions {
  readonly identifier: string
  /** Of the records, in their order. */
  readonly fields: readonly string[]
  kindOf(field: string): FieldKind
  /** The values of a row as they are compared. */
  toCompared(values: readonly Value[]): readonly Value[]
}

/** A record's id is the value of its row identifier. */
export function compileRows({ identifier, fields, kindOf, toCompared }: SocrataRowsOptions): SocrataRows {
  const read = (row: SocrataRow, field: string) => toValue(kindOf(field), row[field])
  return {
    names: fields,
    toPresent: (row) => ({
      id: read(row, identifier) ?? String(row[':id']),
      values: toCompared(fields.map((field) => read(row, field))),
    }),
    toHeldRecord: ({ key, values }) => ({
      key,
      values: fields.map((field, place) => toHeld(kindOf(field), values[place] ?? null)),
    }),
    toRow(write) {
      if (write.kind === 'delete') return JSON.stringify({ [identifier]: write.id, ':deleted': true })
      const cells = Object.fromEntries(
        write.changes.map(({ field, to }) => [field, toSent(kindOf(field), to)]),
      )
      return JSON.stringify(write.kind === 'update' ? { ...cells, [identifier]: write.id } : cells)
    },
    toWholeRow({ values }) {
      const cells = fields.map((field, place) => [field, toSent(kindOf(field), values[place] ?? null)])
      return JSON.stringify(Object.fromEntries(cells))
    },
  }
}
