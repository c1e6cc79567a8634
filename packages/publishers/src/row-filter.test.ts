import { catalogue, freezeOrdinals, type TargetField, type Value } from '@findata/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toDestinations } from './define-destinations.ts'
import { createRowFilter } from './row-filter.ts'

const recordType = catalogue.get('task_orders')
const filter = { column: 'TASK_ORDER_STATUS', in: ['Active'] }
const { mapping } = toDestinations(
  { 'data-tracker': { recordTypes: { task_orders: { filter } } } },
  catalogue.recordTypes,
  'config',
).mapping('task_orders', 'data-tracker')
const { schema } = freezeOrdinals(
  recordType.columns.map((name) => ({ name, type: { kind: 'text' }, isNullable: true })),
)
const fields: readonly TargetField[] = mapping.fields.map(({ field, isKey, isIgnoredInDiff }) => ({
  name: field,
  label: field,
  kind: 'text',
  isKey,
  isIgnoredInDiff,
}))

const row = (values: Readonly<Record<string, Value>>) =>
  recordType.columns.map((column) => values[column] ?? null)
const order = (dept: Value, id: Value, status: string, others = {}) =>
  row({ TASK_ORDER_DEPT: dept, TASK_ORDER_ID: id, TASK_ORDER_STATUS: status, ...others })
const record = (dept: Value, id: Value) =>
  mapping.fields.map(({ from }) =>
    'column' in from && from.column === 'TASK_ORDER_DEPT'
      ? dept
      : 'column' in from && from.column === 'TASK_ORDER_ID'
        ? id
        : 'x',
  )
const open = () => createRowFilter({ mapping, recordType, schema, fields })

test('A22, A43: a filter knows the keys of the rows that it refused, as the destination compares them', () => {
  const rows = open()

  expect(rows.isWanted(order('2400', '1', 'Active'))).toBe(true)
  expect(rows.isWanted(order('2400', 'A  B', 'Closed'))).toBe(false)

  expect(rows.hasRefused(record('2400', ' A B'))).toBe(true)
  expect(rows.hasRefused(record('2400', '1'))).toBe(false)
  expect(rows.hasRefused(record('6200', 'A B'))).toBe(false)
})

test('A43: a refused row counts although its other values have no form there, and not without a key', () => {
  const rows = open()

  expect(rows.isWanted(order('2400', '1', 'Closed', { TASK_ORDER_BAL: 'NaN' }))).toBe(false)
  expect(rows.isWanted(order('2400', null, 'Closed'))).toBe(false)

  expect(rows.hasRefused(record('2400', '1'))).toBe(true)
  expect(rows.hasRefused(record('2400', null))).toBe(false)
})

test('every key that was refused is known, and next to no other', () => {
  const id = fc.nat({ max: 1_000_000 }).map(String)
  fc.assert(
    fc.property(
      fc.uniqueArray(id, { maxLength: 60 }),
      fc.uniqueArray(id, { maxLength: 60 }),
      (refused, others) => {
        const rows = open()
        for (const each of refused) rows.isWanted(order('2400', each, 'Closed'))
        const left = new Set(refused)
        for (const each of [...refused, ...others]) {
          expect(rows.hasRefused(record('2400', each))).toBe(left.has(each))
        }
      },
    ),
    { numRuns: 20 },
  )
})
