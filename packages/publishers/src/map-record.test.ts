import { type ColumnType, catalogue, freezeOrdinals, type Row, type RowSchema } from '@findata/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toDestinations } from './define-destinations.ts'
import { compileRecordMapper, localTimestamp } from './map-record.ts'
import type { Mapping } from './mapping.ts'
import { toTargetFields } from './target-fields.ts'

const destinations = toDestinations({}, catalogue.recordTypes, 'findata.config.ts')

function schemaOf(columns: readonly string[]): RowSchema {
  const type: ColumnType = { kind: 'text' }
  return freezeOrdinals(columns.map((name) => ({ name, type, isNullable: true }))).schema
}

function mapperOf(
  recordTypeName: string,
  destination: string,
  columns = catalogue.get(recordTypeName).columns,
) {
  const recordType = catalogue.get(recordTypeName)
  const { mapping } = destinations.mapping(recordTypeName, destination)
  const fields = toTargetFields(mapping, recordType, described(mapping))
  const schema = schemaOf(columns)
  const map = compileRecordMapper({ mapping, recordType, schema, fields, timestamp: '2026-11-22T07:38:00' })
  return (values: Readonly<Record<string, string>>) => {
    const row: Row = columns.map((column) => values[column] ?? null)
    const record = map(row)
    if ('rejected' in record) return record
    return {
      key: record.key,
      ...Object.fromEntries(fields.map(({ name }, index) => [name, record.values[index]])),
    }
  }
}

const described = (mapping: Mapping) =>
  new Map(mapping.fields.map(({ field }) => [field, { label: field, kind: 'text' as const }]))

const taskOrder = {
  TASK_ORDER_DEPT: '2400',
  TASK_ORDER_ID: '24ROW51000',
  TASK_ORDER_DESC: 'Signals <5 years',
  TASK_ORDER_STATUS: 'Active',
  TK_CURR_AMOUNT: '1997.78',
  CHARGED_AMOUNT: '-0.25',
  BYR_FDU: '8400 2507 9042,\n5610 2400 4100',
}

test('A26, A29, A30, A31, A32: a task order becomes a record of the data tracker, with the moment of the run', () => {
  expect(mapperOf('task_orders', 'data-tracker')(taskOrder)).toEqual({
    key: 'TASK_ORDER_DEPT=2400, TASK_ORDER_ID=24ROW51000',
    field_1276: '2400',
    field_1277: '24ROW51000',
    field_2632: 'Signals < 5 years',
    field_3810: 'Active',
    field_3580: null,
    field_3684: '1,997.78',
    field_3685: '-0.25',
    field_3686: '0.00',
    field_4495: null,
    field_3807: '5610 2400 4100,\n8400 2507 9042',
    field_3809: '2026-11-22T07:38:00',
  })
})

test('A56: a task order becomes a row of its dataset, with its display name and without the estimator', () => {
  const row = mapperOf('task_orders', 'socrata')({ ...taskOrder, TASK_ORDER_ESTIMATOR: 'Jane Roe' })

  expect(row).toEqual({
    key: 'TASK_ORDER_DEPT=2400, TASK_ORDER_ID=24ROW51000',
    dept: '2400',
    task_order: '24ROW51000',
    name: 'Signals <5 years',
    status: 'Active',
    tk_type: null,
    current_estimate: '1997.78',
    chargedamount: '-0.25',
    balance: null,
    buyer_fdus: '5610 2400 4100,\n8400 2507 9042',
    display_name: '24ROW51000 | Signals <5 years',
  })
})

test('A57: without a description the display name is the id alone', () => {
  const { TASK_ORDER_DESC: _, ...undescribed } = taskOrder

  expect(mapperOf('task_orders', 'socrata')(undescribed)).toMatchObject({
    name: null,
    display_name: '24ROW51000',
  })
})

test('A59: a subproject is published without the name of its manager', () => {
  const subproject = { SP_NUMBER_TXT: '13240.010', SP_NAME: 'Bridge', SUB_PROJECT_MANAGER: 'Jane Roe' }

  expect(JSON.stringify(mapperOf('subprojects', 'socrata')(subproject))).not.toContain('Jane')
})

test('A33, A63: an id keeps its trailing zeros in either destination', () => {
  const subproject = { SP_NUMBER_TXT: '13240.010' }

  expect(mapperOf('subprojects', 'finance-purchasing')(subproject)).toMatchObject({ field_1012: '13240.010' })
  expect(mapperOf('subprojects', 'socrata')(subproject)).toMatchObject({ sp_number_txt: '13240.010' })
})

test('A33: an entity without a value in a key field is rejected with the reason, never named None', () => {
  expect(mapperOf('objects', 'finance-purchasing')({ OBJ_LONG_NAME: 'Salaries' })).toEqual({
    key: 'OBJ_CODE=NULL',
    rejected: 'no value in the key field field_76, which is filled from OBJ_CODE',
  })
  expect(mapperOf('units', 'socrata')({ DEPT_UNIT_ID: ' ' })).toMatchObject({
    rejected: 'no value in the key field dept_unit_id, which is filled from DEPT_UNIT_ID',
  })
})

test('entities have names of their own, however late their long keys differ', () => {
  const map = mapperOf('subprojects', 'finance-purchasing')
  const keyOf = (id: string) => map({ SP_NUMBER_TXT: id }).key
  const long = '1'.repeat(100)

  expect(keyOf(`${long}A`)).not.toBe(keyOf(`${long}B`))
  expect(keyOf(`${long}A`)).toBe(keyOf(`${long}A`))
  expect(keyOf(long).length).toBeLessThan(120)
})

test('A31: an amount that is no number rejects its entity alone and is not shown', () => {
  expect(mapperOf('task_orders', 'data-tracker')({ ...taskOrder, TK_CURR_AMOUNT: 'about 5' })).toEqual({
    key: 'TASK_ORDER_DEPT=2400, TASK_ORDER_ID=24ROW51000',
    rejected: 'an amount is no decimal number (TK_CURR_AMOUNT, for field_3684)',
  })
})

test('A25: every mapped column that the snapshot lacks is named, and nothing is mapped', () => {
  const columns = catalogue
    .get('task_orders')
    .columns.filter((column) => column !== 'TASK_ORDER_STATUS')
    .map((column) => (column === 'CHARGED_AMOUNT' ? 'CHARGED_AMT' : column))

  expect(() => mapperOf('task_orders', 'data-tracker', columns)).toThrow(
    expect.objectContaining({
      code: 'COLUMNS_MISSING',
      message: expect.stringContaining('CHARGED_AMOUNT (did you mean CHARGED_AMT?)'),
      details: { missing: ['TASK_ORDER_STATUS', 'CHARGED_AMOUNT'] },
    }),
  )
})

test('A25: a null value is published as empty', () => {
  expect(mapperOf('units', 'data-tracker')({ DEPT_UNIT_ID: '359318059' })).toMatchObject({ field_3689: null })
})

test.each([
  ['2026-03-08T07:59:59Z', '2026-03-08T01:59:59'],
  ['2026-03-08T08:00:00Z', '2026-03-08T03:00:00'],
  ['2026-11-01T06:30:00Z', '2026-11-01T01:30:00'],
  ['2026-11-01T07:30:00Z', '2026-11-01T01:30:00'],
  ['2026-01-01T06:00:00Z', '2026-01-01T00:00:00'],
])('A26, A32: %s is %s in the zone of the app, also when clocks change', (instant, local) => {
  expect(localTimestamp(new Date(instant), 'America/Chicago')).toBe(local)
})

test('A32: local time is as far from UTC as the zone is', () => {
  const instants = fc.date({ min: new Date('1980-01-01'), max: new Date('2099-01-01'), noInvalidDate: true })
  fc.assert(
    fc.property(instants, (instant) => {
      const seconds = Math.floor(instant.getTime() / 1000)
      expect(Date.parse(`${localTimestamp(instant, 'UTC')}Z`)).toBe(seconds * 1000)
      const apart = seconds - Date.parse(`${localTimestamp(instant, 'America/Chicago')}Z`) / 1000
      expect([5 * 3600, 6 * 3600]).toContain(apart)
    }),
  )
})
