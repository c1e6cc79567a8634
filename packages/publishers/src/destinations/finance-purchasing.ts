import type { DestinationInput } from '../destination-input.ts'

export const financePurchasing: DestinationInput = {
  kind: 'knack',
  name: 'finance-purchasing',
  description: 'The Knack app of finance and purchasing',
  recordTypes: {
    task_orders: {
      target: 'object_43',
      fields: [
        { field: 'field_988', from: 'TASK_ORDER_DEPT', isKey: true },
        { field: 'field_989', from: 'TASK_ORDER_ID', isKey: true },
        { field: 'field_990', from: 'TASK_ORDER_DESC', convert: 'pad-angle-brackets' },
        { field: 'field_992', from: 'TASK_ORDER_STATUS' },
        { field: 'field_994', from: 'TASK_ORDER_TYPE' },
        { field: 'field_995', from: 'TK_CURR_AMOUNT', convert: 'currency' },
        { field: 'field_996', from: 'CHARGED_AMOUNT', convert: 'currency' },
        { field: 'field_997', from: 'TASK_ORDER_BAL', convert: 'currency' },
        { field: 'field_1048', from: 'TASK_ORDER_ESTIMATOR', convert: 'pad-angle-brackets' },
        { field: 'field_998', from: 'BYR_FDU', convert: 'sorted-list' },
        { field: 'field_999', from: { generated: 'timestamp' }, isIgnoredInDiff: true },
      ],
    },
    units: {
      target: 'object_7',
      fields: [
        { field: 'field_902', from: 'DEPT_UNIT_ID', convert: { numberText: { scale: 0 } }, isKey: true },
        { field: 'field_903', from: 'DEPT_ID', convert: { numberText: { scale: 0 } } },
        { field: 'field_431', from: 'DEPT' },
        { field: 'field_79', from: 'UNIT' },
        { field: 'field_904', from: 'UNIT_LONG_NAME', convert: 'pad-angle-brackets' },
        { field: 'field_77', from: 'UNIT_SHORT_NAME', convert: 'pad-angle-brackets' },
        { field: 'field_488', from: 'DEPT_UNIT_STATUS' },
      ],
    },
    objects: {
      target: 'object_6',
      fields: [
        { field: 'field_76', from: 'OBJ_CODE', convert: { numberText: { scale: 0 } }, isKey: true },
        { field: 'field_75', from: 'OBJ_LONG_NAME', convert: 'pad-angle-brackets' },
      ],
    },
    master_agreements: {
      target: 'object_13',
      fields: [
        { field: 'field_221', from: 'DOC_CD', isKey: true },
        { field: 'field_222', from: 'DOC_DEPT_CD', isKey: true },
        { field: 'field_223', from: 'DOC_ID', isKey: true },
        { field: 'field_224', from: 'DOC_DSCR', convert: 'pad-angle-brackets' },
        { field: 'field_247', from: 'VEND_CUST_CD' },
        { field: 'field_248', from: 'LGL_NM', convert: 'pad-angle-brackets' },
      ],
    },
    subprojects: {
      target: 'object_45',
      fields: [
        { field: 'field_1011', from: 'PROJECT_NUMBER', convert: { numberText: { scale: 0 } } },
        { field: 'field_1012', from: 'SP_NUMBER_TXT', isKey: true },
        { field: 'field_985', from: 'SP_NAME', convert: 'pad-angle-brackets' },
        { field: 'field_1013', from: 'SP_DESCRIPTION', convert: 'pad-angle-brackets' },
        { field: 'field_1014', from: 'SP_DETAILED_SCOPE', convert: 'pad-angle-brackets' },
        { field: 'field_1015', from: 'SUB_PROJECT_MANAGER', convert: 'pad-angle-brackets' },
        { field: 'field_1016', from: 'SUB_PROJECT_MANAGING_DEPT' },
        { field: 'field_1017', from: 'SP_STATUS' },
      ],
    },
  },
}
