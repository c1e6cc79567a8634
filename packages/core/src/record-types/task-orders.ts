import { defineRecordType } from '../define-record-type.ts'

const COLUMNS = [
  'TASK_ORDER_DEPT',
  'TASK_ORDER_ID',
  'TASK_ORDER_DESC',
  'TASK_ORDER_STATUS',
  'TASK_ORDER_TYPE',
  'TK_CURR_AMOUNT',
  'CHARGED_AMOUNT',
  'TASK_ORDER_BAL',
  'TASK_ORDER_ESTIMATOR',
  'BYR_FDU',
]

/** One row for each buyer FDU of a task order; the id alone is not unique, since orders move between departments. */
export const taskOrders = defineRecordType({
  name: 'task_orders',
  description: 'Task orders with their amounts and the funds, departments and units that buy',
  query: `
    SELECT TK.TASK_ORDER_DEPT, TK.TASK_ORDER_ID, TK.TASK_ORDER_DESC, TK.TASK_ORDER_STATUS, TK.TASK_ORDER_TYPE,
           TK.TK_CURR_AMOUNT, TK.CHARGED_AMOUNT, TK.TASK_ORDER_BAL, TK.TASK_ORDER_ESTIMATOR, BUYER.BYR_FDU
      FROM DEPT_2400_TK_VW TK
      LEFT JOIN (SELECT DISTINCT TASK_ORD_CD, BYR_FDU FROM REL_BUYER_SELLER_FDU_TK) BUYER
        ON BUYER.TASK_ORD_CD = TK.TASK_ORDER_ID
     WHERE TK.TASK_ORDER_STATUS IS NOT NULL`,
  columns: COLUMNS,
  rowKey: ['TASK_ORDER_DEPT', 'TASK_ORDER_ID', { column: 'BYR_FDU', isNullable: true }],
  entityKey: ['TASK_ORDER_DEPT', 'TASK_ORDER_ID'],
  coalesced: ['BYR_FDU'],
  money: ['TK_CURR_AMOUNT', 'CHARGED_AMOUNT', 'TASK_ORDER_BAL'],
  // The estimator is a member of the staff.
  publicColumns: COLUMNS.filter((column) => column !== 'TASK_ORDER_ESTIMATOR'),
  // The join takes about four minutes, and the totals run it once more.
  statementTimeoutMs: 1_200_000,
})
