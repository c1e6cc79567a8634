import type { DestinationInput, FieldInput } from '../destination-input.ts'

/** Ids are sent as text, because a number column drops their trailing zeros. */
const id = { numberText: { scale: 0 } } as const

export const socrata: DestinationInput = {
  kind: 'socrata',
  name: 'socrata',
  description: 'The datasets of the open data portal',
  recordTypes: {
    task_orders: {
      target: 'env:TASK_DATASET',
      fields: [
        { field: 'dept', from: 'TASK_ORDER_DEPT' },
        { field: 'task_order', from: 'TASK_ORDER_ID', isKey: true },
        { field: 'name', from: 'TASK_ORDER_DESC' },
        { field: 'status', from: 'TASK_ORDER_STATUS' },
        { field: 'tk_type', from: 'TASK_ORDER_TYPE' },
        { field: 'current_estimate', from: 'TK_CURR_AMOUNT' },
        { field: 'chargedamount', from: 'CHARGED_AMOUNT' },
        { field: 'balance', from: 'TASK_ORDER_BAL' },
        { field: 'buyer_fdus', from: 'BYR_FDU', convert: 'sorted-list' },
        { field: 'display_name', from: { columns: ['TASK_ORDER_ID', 'TASK_ORDER_DESC'], separator: ' | ' } },
      ],
    },
    units: {
      target: 'env:DEPT_UNITS_DATASET',
      fields: [
        { ...sameName('DEPT_UNIT_ID'), convert: id, isKey: true },
        { ...sameName('DEPT_ID'), convert: id },
        sameName('DEPT'),
        sameName('UNIT'),
        sameName('UNIT_LONG_NAME'),
        sameName('UNIT_SHORT_NAME'),
        sameName('DEPT_UNIT_STATUS'),
      ],
    },
    fdus: {
      target: 'env:FDU_DATASET',
      fields: [
        sameName('DEPT_CODE_NAME'),
        { ...sameName('SUB_PROJECT_ID'), convert: id },
        { ...sameName('SUBPROJECT_ID_UK'), convert: id },
        sameName('SP_NUMBER_TXT'),
        { ...sameName('FDU_ID'), convert: id, isKey: true },
        sameName('FDU'),
        sameName('FUND'),
        sameName('FUNDNAME'),
        sameName('DEPT'),
        { ...sameName('DEPT_ID'), convert: id },
        { ...sameName('DEPT_UNIT_ID'), convert: id },
        sameName('DEPT_UNIT_STATUS'),
        sameName('UNIT'),
        sameName('UNIT_LONG_NAME'),
        sameName('UNIT_SHORT_NAME'),
      ],
    },
    subprojects: {
      target: 'env:SUBPROJECTS_DATASET',
      fields: [
        { ...sameName('PROJECT_NUMBER'), convert: id },
        { ...sameName('SP_NUMBER_TXT'), isKey: true },
        sameName('SP_NAME'),
        sameName('SP_DESCRIPTION'),
        sameName('SP_DETAILED_SCOPE'),
        sameName('SUB_PROJECT_MANAGING_DEPT'),
        sameName('SP_STATUS'),
      ],
    },
  },
}

/** The datasets as the command line names them, each with its record type. */
export const DATASET_NAMES = {
  task_orders: 'task_orders',
  dept_units: 'units',
  fdus: 'fdus',
  subprojects: 'subprojects',
} as const

function sameName(column: string): FieldInput {
  return { field: column.toLowerCase(), from: column }
}
