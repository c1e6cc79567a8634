import {
  compileRecordMapper,
  type KnackDestination,
  toDestinations,
  toTargetFields,
} from '@findata/publishers'
import { financeKnackApps } from '@findata/sandbox'
import { benchRecordType } from './bench-record-type.ts'
import { makeBatches } from './bench-rows.ts'

const NAME = 'bench-app'
const OBJECT = 'object_1'
const COLUMNS = 12
const RECORD_TYPE = benchRecordType(COLUMNS)

/** The fields of the app, and what fills them. */
const FIELDS = [
  { field: 'field_1', from: 'ROW_ID', type: 'short_text', isKey: true },
  { field: 'field_2', from: 'TITLE', type: 'paragraph_text', convert: 'pad-angle-brackets' },
  { field: 'field_3', from: 'DESCRIPTION', type: 'paragraph_text', convert: 'pad-angle-brackets' },
  { field: 'field_4', from: 'VENDOR_NAME', type: 'short_text', convert: 'pad-angle-brackets' },
  { field: 'field_5', from: 'UNIT_NAME', type: 'short_text', convert: 'pad-angle-brackets' },
  { field: 'field_6', from: 'AMOUNT', type: 'currency', convert: 'currency' },
  { field: 'field_7', from: 'CHARGED', type: 'currency', convert: 'currency' },
  { field: 'field_8', from: 'BALANCE', type: 'currency', convert: 'currency' },
  { field: 'field_9', from: { generated: 'timestamp' }, type: 'date_time', isIgnoredInDiff: true },
] as const

/** A Knack app that the generated rows are published to, with the pace and the waits that come built in. */
export function benchDestination(): KnackDestination {
  const fields = FIELDS.map(({ type, ...field }) => field)
  const recordTypes = { [RECORD_TYPE.name]: { target: OBJECT, fields } }
  const destination = toDestinations({ [NAME]: { kind: 'knack', recordTypes } }, [RECORD_TYPE], NAME).get(
    NAME,
  )
  if (destination.kind !== 'knack') throw new Error(`${NAME} is no Knack app`)
  return destination
}

/** The app as it is before publishing: the first records are not there, and as many behind them have another balance. */
export function benchKnackApp(rows: number, { missing, changed }: { missing: number; changed: number }) {
  const mapping = benchDestination().recordTypes[RECORD_TYPE.name]
  if (!mapping) throw new Error(`${NAME} has no mapping`)
  const { schema, batches } = makeBatches(COLUMNS, rows)
  const kinds = FIELDS.map(({ field, type }) => {
    const kind = type === 'currency' ? 'currency' : type === 'date_time' ? 'date' : 'text'
    return [field, { label: field, kind }] as const
  })
  const fields = toTargetFields(mapping, RECORD_TYPE, new Map(kinds))
  const timestamp = '2025-12-05T06:00:00'
  const toRecord = compileRecordMapper({ mapping, recordType: RECORD_TYPE, schema, fields, timestamp })
  const records = batches
    .flat()
    .slice(missing)
    .map((row, place) => {
      const record = toRecord(row)
      if ('rejected' in record) throw new Error(`a generated row has no form in Knack: ${record.rejected}`)
      const values = Object.fromEntries(fields.map(({ name }, index) => [name, record.values[index]]))
      return place < changed ? { ...values, field_8: '0.07' } : values
    })
  const { id, apiKey, accountSlug, timeZone } = financeKnackApps()[0]
  const definitions = FIELDS.map(({ field, type }) => ({ key: field, name: field, type }))
  const object = { key: OBJECT, name: 'bench_rows', identifier: 'field_1', fields: definitions, records }
  return { id, apiKey, accountSlug, timeZone, slug: NAME, name: NAME, objects: [object] }
}
