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
