import { catalogue, type TargetField } from '@findata/core'
import { expect, test } from 'vitest'
import { toDestinations } from './define-destinations.ts'
import { compilePresentKey } from './present-key.ts'

const destinations = toDestinations({}, catalogue.recordTypes, 'findata.config')

function keyOf(recordType: string, destination: string, values: Readonly<Record<string, string | null>>) {
  const { mapping } = destinations.mapping(recordType, destination)
  const fields = mapping.fields.map(
    ({ field, isKey }): TargetField => ({
      name: field,
      label: field,
      kind: 'text',
      isKey,
      isIgnoredInDiff: false,
    }),
  )
  return compilePresentKey(
    mapping,
    catalogue.get(recordType),
    fields,
  )(fields.map(({ name }) => values[name] ?? null))
}

test('A43: a record is named by the columns that fill its key, as its entity was', () => {
  const key = keyOf('task_orders', 'data-tracker', { field_1276: '2400', field_1277: '24ROW51000' })
  expect(key).toBe('TASK_ORDER_DEPT=2400, TASK_ORDER_ID=24ROW51000')
})

test('a part of the entity key that does not identify a record there is in its name too', () => {
  const key = keyOf('task_orders', 'socrata', { dept: '2400', task_order: '24ROW51000' })
  expect(key).toBe('TASK_ORDER_DEPT=2400, TASK_ORDER_ID=24ROW51000')
})

test('a number kept as text is the number', () => {
  expect(keyOf('units', 'data-tracker', { field_3687: '13240.010' })).toBe('DEPT_UNIT_ID=13240.01')
  expect(keyOf('units', 'data-tracker', { field_3687: 'none' })).toBe('DEPT_UNIT_ID=none')
})

test('a record without a key has no name', () => {
  expect(keyOf('task_orders', 'data-tracker', { field_1276: '', field_1277: null })).toBe('')
})
