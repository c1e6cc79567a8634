import type { TargetField } from '@findata/core'
import { expect, test } from 'vitest'
import { inspectEntities } from './inspect-entities.ts'
import { createRecordInspector } from './knack/inspect-record.ts'
import { createRowInspector } from './socrata/inspect-row.ts'
import { compileRows } from './socrata/socrata-rows.ts'

const field = (name: string, kind: TargetField['kind'], more: Partial<TargetField> = {}): TargetField => ({
  name,
  label: name,
  kind,
  isKey: false,
  isIgnoredInDiff: false,
  ...more,
})
const fields = [
  field('dept', 'text', { isKey: true }),
  field('id', 'text', { isKey: true }),
  field('amount', 'currency'),
  field('at', 'date', { isIgnoredInDiff: true }),
]
const toRecord = (values: readonly (string | null)[]) => ({ key: values.slice(0, 2).join('/'), values })
const present = (id: string, ...values: readonly (string | null)[]) => ({ id, values })
const NEW = ['2400', '7', '10.00', '2026-11-22']

test('a record is as it should be when every field is the same but for its form, and ignored fields never count', async () => {
  const find = async () => [present('a', '2400', '7', '$10', '2025-01-01')]
  const { entities } = await inspectEntities({ fields, toRecord, find }, [NEW])
  expect(entities).toEqual([{ key: '2400/7', records: [{ id: 'a', changes: [] }] }])
})

test('only records with exactly the key count, the one with the smallest id first', async () => {
  const find = async () => [
    present('c', '2400', '7', '11', null),
    present('b', '2400', '7', '10', null),
    present('a', '6200', '7', '10', null),
  ]
  const { entities } = await inspectEntities({ fields, toRecord, find }, [NEW])
  expect(entities[0]?.records).toEqual([
    { id: 'b', changes: [] },
    { id: 'c', changes: [{ field: 'amount', from: '11', to: '10.00' }] },
  ])
})

test('entities that the destination cannot tell apart, or cannot hold, say why', async () => {
  const rejecting = (values: readonly (string | null)[]) =>
    values[1] === null ? { key: 'none', rejected: 'no value in the key field id' } : toRecord(values)
  const asked: string[] = []
  const find = async (wanted: readonly { readonly key: string }[]) => {
    asked.push(...wanted.map(({ key }) => key))
    return []
  }
  const { entities } = await inspectEntities({ fields, toRecord: rejecting, find }, [
    ['2400', '7', '1', null],
    ['2400', ' 7', '2', null],
    ['2400', null, '3', null],
  ])
  expect(entities.map(({ rejected }) => rejected)).toEqual([
    'in the destination it would be the same record as 2400/ 7',
    'in the destination it would be the same record as 2400/7',
    'no value in the key field id',
  ])
  expect(asked).toEqual(['2400/7', '2400/ 7'])
})

test('Knack is asked by the field that tells most records apart, of one record by the last of its key', async () => {
  const asked: unknown[] = []
  const client = {
    findRecords: async (objectKey: string, name: string, values: readonly string[]) => {
      asked.push([objectKey, name, values])
      return []
    },
  }
  const toPresent = () => present('a')
  const inspect = createRecordInspector({ client, objectKey: 'object_1', fields, toRecord, toPresent })
  await inspect([NEW])
  await inspect([NEW, ['6200', '7', null, null]])
  await inspect([])
  expect(asked).toEqual([
    ['object_1', 'id', ['7']],
    ['object_1', 'dept', ['2400', '6200']],
  ])
})

test('Socrata is asked by the row identifier, with quotes in a text doubled', async () => {
  const conditions: (string | undefined)[] = []
  const client = {
    async *readRows(_dataset: string, _fields: readonly string[], condition?: string) {
      conditions.push(condition)
      yield [{ ':id': 'row-1', name: "O'Hare", amount: '3' }]
    },
  }
  const ofDataset = [field('name', 'text', { isKey: true }), field('amount', 'number')]
  const rows = compileRows({
    identifier: 'name',
    fields: ['name', 'amount'],
    toCompared: (values) => values,
    kindOf: (name) => (name === 'amount' ? 'number' : 'text'),
  })
  const inspect = createRowInspector({ client, dataset: 'abcd-1234', fields: ofDataset, rows, toRecord })
  const { entities } = await inspect([["O'Hare", '4']])
  expect(conditions).toEqual(["name in ('O''Hare')"])
  expect(entities[0]?.records).toEqual([{ id: "O'Hare", changes: [{ field: 'amount', from: '3', to: '4' }] }])
})
