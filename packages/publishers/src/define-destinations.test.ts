import { catalogue, type RecordType } from '@findata/core'
import { expect, test } from 'vitest'
import { builtInDestinations, toDestinations } from './define-destinations.ts'
import { DATASET_NAMES } from './destinations/socrata.ts'

const { recordTypes } = catalogue
const file = 'findata.config.ts'
const builtIn = toDestinations({}, recordTypes, file)

function mistakesOf(
  settings: Readonly<Record<string, unknown>>,
  types: readonly RecordType[] = recordTypes,
): string[] {
  try {
    toDestinations(settings, types, file)
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    const { mistakes } = (error as { details: { mistakes: string[] } }).details
    return mistakes.map((mistake) => mistake.replace('findata.config.ts: destinations', ''))
  }
  return []
}

test('the built-in destinations take these record types', () => {
  const taken = builtIn.all.map(({ name, recordTypes }) => [name, Object.keys(recordTypes)])

  expect(taken).toEqual([
    ['data-tracker', ['task_orders', 'units']],
    ['finance-purchasing', ['task_orders', 'units', 'objects', 'master_agreements', 'subprojects']],
    ['socrata', ['task_orders', 'units', 'fdus', 'subprojects']],
  ])
  expect(builtInDestinations()).toHaveLength(3)
})

test('the same columns go to the fields of either app', () => {
  const fieldsOf = (destination: string, recordType: string) =>
    Object.fromEntries(
      builtIn
        .mapping(recordType, destination)
        .mapping.fields.map(({ field, from }) => ['column' in from ? from.column : 'generated', field]),
    )

  expect(fieldsOf('data-tracker', 'task_orders')).toEqual({
    TASK_ORDER_DEPT: 'field_1276',
    TASK_ORDER_ID: 'field_1277',
    TASK_ORDER_DESC: 'field_2632',
    TASK_ORDER_STATUS: 'field_3810',
    TASK_ORDER_TYPE: 'field_3580',
    TK_CURR_AMOUNT: 'field_3684',
    CHARGED_AMOUNT: 'field_3685',
    TASK_ORDER_BAL: 'field_3686',
    TASK_ORDER_ESTIMATOR: 'field_4495',
    BYR_FDU: 'field_3807',
    generated: 'field_3809',
  })
  expect(Object.values(fieldsOf('finance-purchasing', 'task_orders'))).toEqual(
    [988, 989, 990, 992, 994, 995, 996, 997, 1048, 998, 999].map((number) => `field_${number}`),
  )
  expect(Object.values(fieldsOf('data-tracker', 'units'))).toEqual(
    [3687, 3688, 3584, 3585, 3689, 3586, 3588].map((number) => `field_${number}`),
  )
  expect(Object.values(fieldsOf('finance-purchasing', 'units'))).toEqual(
    [902, 903, 431, 79, 904, 77, 488].map((number) => `field_${number}`),
  )
  expect(fieldsOf('finance-purchasing', 'objects')).toEqual({
    OBJ_CODE: 'field_76',
    OBJ_LONG_NAME: 'field_75',
  })
  expect(Object.values(fieldsOf('finance-purchasing', 'master_agreements'))).toEqual(
    [221, 222, 223, 224, 247, 248].map((number) => `field_${number}`),
  )
  expect(Object.values(fieldsOf('finance-purchasing', 'subprojects'))).toEqual(
    [1011, 1012, 985, 1013, 1014, 1015, 1016, 1017].map((number) => `field_${number}`),
  )
})

test('A28: what identifies a record in Knack is all of the entity key', () => {
  const keyOf = (recordType: string) =>
    builtIn
      .mapping(recordType, 'finance-purchasing')
      .mapping.fields.filter(({ isKey }) => isKey)
      .map(({ from }) => from)

  expect(keyOf('task_orders')).toEqual([{ column: 'TASK_ORDER_DEPT' }, { column: 'TASK_ORDER_ID' }])
  expect(keyOf('master_agreements')).toEqual([
    { column: 'DOC_CD' },
    { column: 'DOC_DEPT_CD' },
    { column: 'DOC_ID' },
  ])
  expect(keyOf('units')).toEqual([{ column: 'DEPT_UNIT_ID' }])
  expect(keyOf('objects')).toEqual([{ column: 'OBJ_CODE' }])
  expect(keyOf('subprojects')).toEqual([{ column: 'SP_NUMBER_TXT' }])
})

test('A15, A20: a pair that no mapping covers is refused with what the destination takes', () => {
  expect(() => builtIn.mapping('objects', 'data-tracker')).toThrow(
    expect.objectContaining({
      code: 'DESTINATION_UNKNOWN',
      message:
        'data-tracker does not take objects: it takes task_orders, units. objects goes to finance-purchasing.',
    }),
  )
  expect(() => builtIn.mapping('fdus', 'finance-purchasing')).toThrow('fdus goes to socrata.')
  expect(() => builtIn.mapping('constructor', 'socrata')).toThrow('socrata does not take constructor')
  expect(builtIn.forRecordType('fdus').map(({ name }) => name)).toEqual(['socrata'])
})

test('an unknown destination is refused with the one that was probably meant', () => {
  expect(() => builtIn.get('data-traker')).toThrow(
    'There is no destination "data-traker"; did you mean data-tracker? There are: data-tracker, finance-purchasing, socrata.',
  )
})

test('A50: the datasets keep the names of the command line', () => {
  const targets = Object.entries(DATASET_NAMES).map(([dataset, recordType]) => [
    dataset,
    builtIn.mapping(recordType, 'socrata').mapping.target,
  ])

  expect(targets).toEqual([
    ['task_orders', 'env:TASK_DATASET'],
    ['dept_units', 'env:DEPT_UNITS_DATASET'],
    ['fdus', 'env:FDU_DATASET'],
    ['subprojects', 'env:SUBPROJECTS_DATASET'],
  ])
})

test('A56, A60: task orders have the names of their dataset, in lower case', () => {
  const { fields } = builtIn.mapping('task_orders', 'socrata').mapping

  expect(fields.map(({ field }) => field)).toEqual([
    'dept',
    'task_order',
    'name',
    'status',
    'tk_type',
    'current_estimate',
    'chargedamount',
    'balance',
    'buyer_fdus',
    'display_name',
  ])
})

test('A59: no dataset has the name of a member of the staff, and a team cannot add one', () => {
  expect(JSON.stringify(builtIn.get('socrata'))).not.toMatch(/ESTIMATOR|MANAGER"|UPDATE_BY/)

  const fields = [
    { field: 'sp_number_txt', from: 'SP_NUMBER_TXT', isKey: true },
    { field: 'who', from: { columns: ['SP_NAME', 'SUB_PROJECT_MANAGER'], separator: ', ' } },
  ]
  expect(mistakesOf({ socrata: { recordTypes: { subprojects: { fields } } } })).toEqual([
    '.socrata.recordTypes.subprojects.fields[1].from.columns[1]: SUB_PROJECT_MANAGER may not be published openly: it is not among the publicColumns of subprojects',
  ])
})

const changed = (recordType: string, change: object, destination = 'finance-purchasing') =>
  mistakesOf({ [destination]: { recordTypes: { [recordType]: change } } }).map((mistake) =>
    mistake.replace(/^.*?\.recordTypes\.\w+\.?/, ''),
  )
const code = { field: 'field_76', from: 'OBJ_CODE', isKey: true }
const objects = (...fields: object[]) => changed('objects', { fields })

test('A23: no key field and several key fields are two different mistakes', () => {
  expect(objects({ ...code, isKey: false })).toEqual([
    'fields: no field is the key: set isKey on the field that is filled from OBJ_CODE',
  ])
  expect(objects(code, { field: 'field_75', from: 'OBJ_LONG_NAME', isKey: true })).toEqual([
    'fields: several fields are the key (field_76, field_75), but objects has the key OBJ_CODE alone: keep isKey on one',
  ])
})

test('A23: a key may be narrower than that of the record type, not wider and not another one', () => {
  const department = { field: 'field_1', from: 'TASK_ORDER_DEPT' }
  const id = { field: 'field_2', from: 'TASK_ORDER_ID', isKey: true }
  const orders = (...fields: object[]) => changed('task_orders', { fields })

  expect(orders(department, id)).toEqual([])
  expect(
    orders({ ...department, isKey: true }, id, { field: 'field_3', from: 'BYR_FDU', isKey: true }),
  ).toEqual([
    'fields[2].isKey: BYR_FDU is not part of the key of task_orders, which is TASK_ORDER_DEPT, TASK_ORDER_ID',
  ])
  expect(orders(id, { ...id, field: 'field_3' })).toEqual([
    'fields[1].isKey: TASK_ORDER_ID is part of the key twice',
  ])
  expect(objects({ ...code, from: { columns: ['OBJ_CODE'], separator: '' } })).toEqual([
    'fields[0].isKey: only a field that is filled from one column can be part of the key',
  ])
})

test('A24: every mistake of every destination is named at once, with its path', () => {
  const mistakes = mistakesOf({
    'data-tracker': {
      connection: { apiKey: 'abc', app: {}, timeZone: 'US/Centrall', callsPerSecond: 2000, retries: 3 },
      recordTypes: {
        unitz: {},
        units: { target: 'field_7', departed: { action: 'delete', maxRecords: 0 }, mode: 'replace' },
        task_orders: {
          fields: [
            { field: 'field_1', from: 'TASK_ORDER_DEPT', isKey: true },
            { field: 'field_1', from: 'TASK_ORDR_ID', isKey: true },
            { field: 'field_2', from: { columns: ['BYR_FDU', 'BYR_FDU'], separator: '' } },
            { field: 'field_3', from: 'TASK_ORDER_BAL', convert: 'sorted-list' },
            { field: 'field_4', from: { generated: 'timestamp' } },
          ],
          filter: { not: { column: 'STATUS', in: ['x'] } },
          departed: { action: 'flag', field: 'field_1', value: 'gone', maxRecords: 5 },
        },
      },
    },
    socrata: {
      recordTypes: {
        fdus: {
          target: 'fdus',
          fields: [{ field: 'FDU_ID', from: 7, convert: 'upper', isKey: 1, format: 'x' }],
        },
      },
    },
    'open-data': { connection: {} },
    'finance-purchasing': 'off',
    Mixed: { kind: 'knack' },
    crm: { kind: 'knack' },
  })

  expect(mistakes).toEqual([
    '["data-tracker"].recordTypes.task_orders.fields[1].field: field_1 is mapped twice',
    '["data-tracker"].recordTypes.task_orders.fields[1].from: TASK_ORDR_ID is not a column of task_orders; did you mean TASK_ORDER_ID?',
    '["data-tracker"].recordTypes.task_orders.fields[2].from.columns[1]: BYR_FDU is there twice',
    '["data-tracker"].recordTypes.task_orders.fields[3].convert: TASK_ORDER_BAL is money, and sorted-list is for text: take currency or none',
    '["data-tracker"].recordTypes.task_orders.fields[4].isIgnoredInDiff: a generated timestamp would change every record in every run: set it to true',
    '["data-tracker"].recordTypes.task_orders.filter: STATUS is not a column of task_orders',
    '["data-tracker"].recordTypes.task_orders.departed.field: field_1 is filled by fields[0]: a flag, which is taken back when the record returns, needs a field of its own',
    '["data-tracker"].recordTypes.units.target: is no key of an object, such as object_86',
    '["data-tracker"].recordTypes.units.departed.maxRecords: is not above 0: say how many records at most',
    '["data-tracker"].recordTypes.units.mode: is no mode of such a destination, which has upsert',
    '["data-tracker"].recordTypes.unitz: is no record type; did you mean units?',
    '["data-tracker"].connection.apiKey: is a secret, which does not belong into the configuration: refer to it by env:NAME or file:/path',
    '["data-tracker"].connection.app: needs the app\'s id, slug or name, so that the wrong key never writes into the wrong app',
    '["data-tracker"].connection.timeZone: is no time zone, such as America/Chicago',
    '["data-tracker"].connection.callsPerSecond: is above 1,000; Knack allows all processes of an account together 10',
    '["data-tracker"].connection.retries: is not a setting',
    '["finance-purchasing"]: expected an object, or false to leave it out',
    '.socrata.recordTypes.fdus.target: is no id of a dataset, such as abcd-1234, and no reference to one',
    '.socrata.recordTypes.fdus.fields[0].field: is no API field name: lower-case letters, digits and underscores',
    ".socrata.recordTypes.fdus.fields[0].from: is no source of values: give a column's name, { columns: [...], separator: ' | ' } or { generated: 'timestamp' }",
    '.socrata.recordTypes.fdus.fields[0].convert: is no conversion: none, pad-angle-brackets, currency, sorted-list or { numberText: { scale: 3 } }',
    '.socrata.recordTypes.fdus.fields[0].isKey: expected boolean, received number',
    '.socrata.recordTypes.fdus.fields[0].format: is not a setting',
    '["open-data"]: is not built in. A new destination needs its kind: knack or socrata',
    '.Mixed: is no name: lower-case letters, digits, - and _, a letter first',
    '.crm.recordTypes: needs the record types that it takes, each by its name with target and fields',
  ])
})

test('A24: a secret that stands in the configuration is not repeated in the message', () => {
  expect(JSON.stringify(mistakesOf({ socrata: { connection: { password: 'hush' } } }))).not.toContain('hush')
})

test('A43: a flag needs a field of its own, and records that stay to be flagged', () => {
  const departed = (field: string) => ({ action: 'flag', field, value: 'Yes', maxRecords: 5 })

  expect(changed('objects', { departed: departed('field_4501') })).toEqual([])
  expect(changed('objects', { departed: departed('field_76') })).toEqual([
    expect.stringMatching(/^departed\.field: field_76 is filled by fields\[0\]: .*a field of its own$/),
  ])
  expect(changed('fdus', { departed: departed('gone'), mode: 'replace' }, 'socrata')).toEqual([
    expect.stringMatching(/^departed\.action: .*take delete$/),
  ])
})

test('money is never left out of the comparison', () => {
  const fields = [
    { field: 'field_1', from: 'TASK_ORDER_DEPT', isKey: true },
    { field: 'field_2', from: 'TASK_ORDER_ID', isKey: true },
    { field: 'field_3', from: 'TASK_ORDER_BAL', isIgnoredInDiff: true },
  ]
  expect(mistakesOf({ 'data-tracker': { recordTypes: { task_orders: { fields } } } })).toEqual([
    '["data-tracker"].recordTypes.task_orders.fields[2].isIgnoredInDiff: TASK_ORDER_BAL is money, which is always compared',
  ])
})

test('settings change the built-in destinations one by one and leave the rest as it is', () => {
  const destinations = toDestinations(
    {
      'data-tracker': {
        connection: { app: { id: '5ee' }, callsPerSecond: 5 },
        recordTypes: { units: false, task_orders: { filter: { column: 'TASK_ORDER_DEPT', in: ['2400'] } } },
      },
      'finance-purchasing': false,
    },
    recordTypes,
    file,
  )

  const tracker = destinations.get('data-tracker')
  expect(destinations.all.map(({ name }) => name)).toEqual(['data-tracker', 'socrata'])
  expect(tracker.connection).toEqual({
    ...builtIn.get('data-tracker').connection,
    app: { id: '5ee' },
    callsPerSecond: 5,
  })
  expect(tracker.recordTypes).toEqual({
    task_orders: {
      ...builtIn.get('data-tracker').recordTypes.task_orders,
      filter: { column: 'TASK_ORDER_DEPT', in: ['2400'] },
    },
  })
  expect(toDestinations({}, recordTypes, file).all).toEqual(builtIn.all)
})

test('A22: a filter of another shape is a mistake that shows the shapes', () => {
  expect(changed('objects', { filter: { column: 'ACT_FL', in: [1] } })).toEqual([
    expect.stringContaining("filter: is no filter: { column: 'DEPT', in: ['2400'] }"),
  ])
})

test('a team adds a destination of its own with its kind and its record types', () => {
  const destinations = toDestinations(
    { 'print-shop': { kind: 'knack', recordTypes: { objects: { target: 'object_1', fields: [code] } } } },
    recordTypes,
    file,
  )

  expect(destinations.get('print-shop')).toMatchObject({
    description: 'print-shop',
    connection: {
      apiKey: ['env:KNACK_API_KEY_PRINT_SHOP', 'env:KNACK_API_KEY'],
      app: { slug: 'print-shop' },
    },
    recordTypes: {
      objects: {
        fields: [
          {
            field: 'field_76',
            from: { column: 'OBJ_CODE' },
            convert: 'none',
            isKey: true,
            isIgnoredInDiff: false,
          },
        ],
        departed: { action: 'report' },
        mode: 'upsert',
        maxRefused: 25,
      },
    },
  })
  expect(destinations.forRecordType('objects').map(({ name }) => name)).toEqual([
    'finance-purchasing',
    'print-shop',
  ])
})

test('a built-in mapping goes with its record type, and misses the columns that a team took away', () => {
  const withoutUnits = recordTypes.filter(({ name }) => name !== 'units')
  expect(toDestinations({}, withoutUnits, file).get('data-tracker').recordTypes).not.toHaveProperty('units')
  expect(mistakesOf({ socrata: { recordTypes: { units: false } } }, withoutUnits)).toEqual([])

  const shorter = recordTypes.map((recordType) =>
    recordType.name === 'objects'
      ? { ...recordType, columns: recordType.columns.filter((column) => column !== 'OBJ_LONG_NAME') }
      : recordType,
  )
  expect(mistakesOf({}, shorter)).toEqual([
    '["finance-purchasing"].recordTypes.objects.fields[1].from: OBJ_LONG_NAME is not a column of objects; did you mean OBJ_SHORT_NAME?',
  ])
})
