import { describe, expect, test } from 'vitest'
import { toCatalogue } from './catalogue.ts'
import { TerminalError } from './errors.ts'
import { catalogue } from './record-types/index.ts'

const keyNames = (key: readonly { readonly column: string; readonly isNullable: boolean }[]) =>
  key.map(({ column, isNullable }) => (isNullable ? `${column}?` : column))

describe('the built-in catalogue', () => {
  test('A1: has the six record types under their old names', () => {
    expect(catalogue.names).toEqual([
      'task_orders',
      'units',
      'objects',
      'master_agreements',
      'fdus',
      'subprojects',
    ])
  })

  test.each([
    ['task_orders', 'TASK_ORDER_DEPT TASK_ORDER_ID BYR_FDU?', 'TASK_ORDER_DEPT TASK_ORDER_ID'],
    ['units', 'DEPT_UNIT_ID', 'DEPT_UNIT_ID'],
    ['objects', 'OBJ_ID', 'OBJ_CODE'],
    ['master_agreements', 'DOC_CD DOC_DEPT_CD DOC_ID VEND_CUST_CD? LGL_NM?', 'DOC_CD DOC_DEPT_CD DOC_ID'],
    ['fdus', 'FDU_ID SUB_PROJECT_ID?', 'FDU_ID SUB_PROJECT_ID?'],
    ['subprojects', 'SP_NUMBER_TXT', 'SP_NUMBER_TXT'],
  ])('%s is identified by %s as read and by %s as published', (name, rowKey, entityKey) => {
    const recordType = catalogue.get(name)
    expect(keyNames(recordType.rowKey).join(' ')).toBe(rowKey)
    expect(keyNames(recordType.entityKey).join(' ')).toBe(entityKey)
  })

  test('only task_orders carries money, in cents, and is coalesced', () => {
    expect(
      catalogue.recordTypes.filter(({ money, coalesced }) => money.length + coalesced.length > 0),
    ).toEqual([
      expect.objectContaining({
        name: 'task_orders',
        coalesced: ['BYR_FDU'],
        money: [
          { column: 'TK_CURR_AMOUNT', scale: 2 },
          { column: 'CHARGED_AMOUNT', scale: 2 },
          { column: 'TASK_ORDER_BAL', scale: 2 },
        ],
      }),
    ])
  })

  test.each(catalogue.recordTypes.map((recordType) => [recordType.name, recordType] as const))(
    'A3, A4: %s lists its columns one by one, in upper case and in the order of its query',
    (_, { query, columns }) => {
      const selected = /^SELECT ([\s\S]+?)\s+FROM /.exec(query)?.[1]?.split(/,\s+/) ?? []
      expect(selected.map((column) => column.replace(/^\w+\./, ''))).toEqual(columns)
      expect(columns.map((column) => column.toUpperCase())).toEqual(columns)
    },
  )

  test('A13: task_orders joins the distinct buyer FDUs and leaves out orders without a status', () => {
    const { query } = catalogue.get('task_orders')
    expect(query).toMatch(/LEFT JOIN \(SELECT DISTINCT TASK_ORD_CD, BYR_FDU FROM REL_BUYER_SELLER_FDU_TK\)/)
    expect(query).toMatch(/TASK_ORDER_STATUS IS NOT NULL$/)
  })

  test('A14: the departments of units are text that is bound, and no number stands in the query', () => {
    const { query, binds } = catalogue.get('units')
    expect(binds).toEqual({ departments: ['2400', '2507', '6200', '6207'] })
    expect(query).toMatch(/DEPT IN \(:departments\)$/)
    expect(query).not.toMatch(/\d/)
  })

  test('A16: objects and master_agreements keep the columns that nobody publishes', () => {
    expect(catalogue.get('objects').columns).toHaveLength(12)
    expect(catalogue.get('master_agreements').columns).toContain('DOC_PHASE_CD')
  })

  test('names of the staff are never public', () => {
    const publicColumns = catalogue.recordTypes.flatMap((recordType) => recordType.publicColumns)
    expect(publicColumns.filter((column) => /ESTIMATOR|MANAGER|UPDATE_BY/.test(column))).toEqual([])
    expect(catalogue.get('subprojects').publicColumns).toContain('SUB_PROJECT_MANAGING_DEPT')
  })
})

describe('an unknown name', () => {
  const messageFor = (name: string) => {
    try {
      catalogue.get(name)
    } catch (error) {
      expect(error).toBeInstanceOf(TerminalError)
      expect(error).toMatchObject({ code: 'RECORD_TYPE_UNKNOWN' })
      return (error as Error).message
    }
    throw new Error(`${name} is known`)
  }

  test('A1: is answered with the list of the known ones', () => {
    expect(messageFor('payroll')).toBe(
      'There is no record type "payroll". The catalogue has: task_orders, units, objects, master_agreements, fdus, subprojects.',
    )
  })

  test.each([
    ['task_order', 'task_orders'],
    ['TASK_ORDERS', 'task_orders'],
    ['task-orders', 'task_orders'],
    ['unit', 'units'],
    ['fdu', 'fdus'],
    ['sub_projects', 'subprojects'],
  ])('A1: %s is answered with %s too', (name, similar) => {
    expect(messageFor(name)).toContain(`did you mean ${similar}?`)
  })

  test('__proto__ is unknown like any other', () => {
    expect(messageFor('__proto__')).toContain('There is no record type "__proto__"')
  })

  test('a catalogue has what it was given', () => {
    expect(toCatalogue([catalogue.get('units')]).names).toEqual(['units'])
  })
})
