import type { DestinationInput } from '../destination-input.ts'

export const dataTracker: DestinationInput = {
  kind: 'knack',
  name: 'data-tracker',
  description: 'The Knack app of the field crews',
  recordTypes: {
    task_orders: {
      target: 'object_86',
      fields: [
        { field: 'field_1276', from: 'TASK_ORDER_DEPT', isKey: true },
        { field: 'field_1277', from: 'TASK_ORDER_ID', isKey: true },
        { field: 'field_2632', from: 'TASK_ORDER_DESC', convert: 'pad-angle-brackets' },
        { field: 'field_3810', from: 'TASK_ORDER_STATUS' },
        { field: 'field_3580', from: 'TASK_ORDER_TYPE' },
        { field: 'field_3684', from: 'TK_CURR_AMOUNT', convert: 'currency' },
        { field: 'field_3685', from: 'CHARGED_AMOUNT', convert: 'currency' },
        { field: 'field_3686', from: 'TASK_ORDER_BAL', convert: 'currency' },
        { field: 'field_4495', from: 'TASK_ORDER_ESTIMATOR', convert: 'pad-angle-brackets' },
        { field: 'field_3807', from: 'BYR_FDU', convert: 'sorted-list' },
        { field: 'field_3809', from: { generated: 'timestamp' }, isIgnoredInDiff: true },
      ],
    },
    units: {
      target: 'object_189',
      fields: [
        { field: 'field_3687', from: 'DEPT_UNIT_ID', convert: { numberText: { scale: 0 } }, isKey: true },
        { field: 'field_3688', from: 'DEPT_ID', convert: { numberText: { scale: 0 } } },
        { field: 'field_3584', from: 'DEPT' },
        { field: 'field_3585', from: 'UNIT' },
        { field: 'field_3689', from: 'UNIT_LONG_NAME', convert: 'pad-angle-brackets' },
        { field: 'field_3586', from: 'UNIT_SHORT_NAME', convert: 'pad-angle-brackets' },
        { field: 'field_3588', from: 'DEPT_UNIT_STATUS' },
      ],
    },
  },
}
