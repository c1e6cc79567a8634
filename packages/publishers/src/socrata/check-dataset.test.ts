import { type ColumnType, freezeOrdinals } from '@findata/core'
import { expect, test } from 'vitest'
import type { MappedField, Mapping } from '../mapping.ts'
import { checkDataset } from './check-dataset.ts'
import type { SocrataDataset } from './socrata-client.ts'

const field = (name: string, isKey = false): MappedField => ({
  field: name.toLowerCase(),
  from: { column: name },
  convert: 'none',
  isKey,
  isIgnoredInDiff: false,
})
const mapping: Mapping = {
  target: 'orde-rs01',
  fields: [field('ID', true), field('OPENED')],
  departed: { action: 'report' },
  mode: 'upsert',
  maxRefused: 25,
}

function check(type: ColumnType, columnType: string) {
  const dataset: SocrataDataset = {
    name: 'Orders',
    rowIdentifier: 'id',
    columns: [
      { fieldName: 'id', name: 'Id', type: 'text' },
      { fieldName: 'opened', name: 'Opened', type: columnType },
    ],
  }
  const { schema } = freezeOrdinals([
    { name: 'ID', type: { kind: 'text' }, isNullable: false },
    { name: 'OPENED', type, isNullable: true },
  ])
  return () => checkDataset('orde-rs01', dataset, mapping, schema, 'orders')
}

test('an instant is refused for a column of days without a zone, where it would be none any more', () => {
  const instant: ColumnType = { kind: 'timestamp-with-time-zone', fractionalDigits: 6 }

  expect(check(instant, 'calendar_date')).toThrow(
    /the column opened is for values of the kind date.*text column/,
  )
  expect(check(instant, 'text')).not.toThrow()
  expect(check({ kind: 'timestamp', fractionalDigits: 6 }, 'calendar_date')).not.toThrow()
})
