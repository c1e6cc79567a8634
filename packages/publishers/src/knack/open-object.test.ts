import { catalogue, freezeOrdinals } from '@findata/core'
import { expect, test } from 'vitest'
import { toDestinations } from '../define-destinations.ts'
import type { KnackDestination } from '../mapping.ts'
import type { KnackApp } from './knack-metadata.ts'
import { openObject } from './open-object.ts'

const recordType = catalogue.get('task_orders')
const destination = toDestinations({}, [recordType], 'findata.config').get('data-tracker') as KnackDestination
const mapping = destination.recordTypes.task_orders
const { schema } = freezeOrdinals(
  recordType.columns.map((name) => ({ name, type: { kind: 'text' }, isNullable: true })),
)
const app: KnackApp = {
  id: '5e2f1a9b0c4d7e8f90a1b2c3',
  name: 'Data Tracker',
  slug: 'data-tracker',
  accountSlug: 'atd',
  timeZoneName: 'Atlantis Time',
  timeZone: undefined,
  objects: [
    {
      key: 'object_86',
      name: 'task_orders',
      fields: (mapping?.fields ?? []).map(({ field, from }) => ({
        key: field,
        name: 'column' in from ? from.column : 'MODIFIED_DATE',
        type: 'generated' in from ? 'date_time' : 'short_text',
        isRequired: false,
        isUnique: false,
        isMultiple: false,
      })),
    },
  ],
}
const settings = {
  ...(destination.connection as Omit<KnackDestination['connection'], 'appId' | 'apiKey' | 'apiUrl'>),
  appId: app.id,
  apiKey: () => 'key',
  apiUrl: 'https://api.example.org',
}
// Half an hour after midnight in London, and the evening before in Austin.
const startedAt = new Date('2026-07-01T00:30:00Z')

test('A32: an app whose zone is not known needs it from the configuration', () => {
  const opening = () => openObject(app, { destination, settings, recordType, schema, startedAt })

  expect(opening).toThrow(/"Atlantis Time" of Data Tracker.*connection\.timeZone/)
})

test('A26, A32: the generated timestamp is the start of the run in the configured zone', () => {
  const opened = openObject(app, {
    destination,
    settings: { ...settings, timeZone: 'America/Chicago' },
    recordType,
    schema,
    startedAt,
  })

  const record = opened.toRecord(recordType.columns.map(() => '1'))
  const place = opened.fields.findIndex(({ isIgnoredInDiff }) => isIgnoredInDiff)
  expect(record).toMatchObject({ values: expect.arrayContaining(['2026-06-30T19:30:00']) })
  expect('values' in record && record.values[place]).toBe('2026-06-30T19:30:00')
})

test('an instant is refused for a field of wall-clock time, which would show it hours off', () => {
  const [object] = app.objects
  const asDate = (key: string) => key === 'field_3810' && { type: 'date_time' }
  const fields = object?.fields.map((field) => ({ ...field, ...asDate(field.key) })) ?? []
  const columns = schema.columns.map((column) => ({
    ...column,
    ...(column.name === 'TASK_ORDER_STATUS' && {
      type: { kind: 'timestamp-with-time-zone' as const, fractionalDigits: 6 },
    }),
  }))
  const opening = () =>
    openObject(
      { ...app, objects: [{ key: 'object_86', name: 'task_orders', fields }] },
      {
        destination,
        settings: { ...settings, timeZone: 'America/Chicago' },
        recordType,
        schema: { columns },
        startedAt,
      },
    )

  expect(opening).toThrow(/field_3810 .*date_time, which cannot hold TASK_ORDER_STATUS: it takes text/)
})

test('a record type that the destination does not take is refused', () => {
  const opening = () =>
    openObject(app, { destination, settings, recordType: catalogue.get('fdus'), schema, startedAt })

  expect(opening).toThrow('data-tracker does not take fdus. It takes task_orders.')
})
