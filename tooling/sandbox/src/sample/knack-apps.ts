import type { KnackAppDefinition, KnackFieldDefinition, KnackFieldType } from '../knack/knack-app.ts'

type FieldRules = Pick<KnackFieldDefinition, 'required' | 'options'>

const REQUIRED: FieldRules = { required: true }
const STATUSES: FieldRules = { options: ['Active', 'Inactive'] }

type SharedField = readonly [
  dataTracker: number,
  financePurchasing: number,
  name: string,
  type: KnackFieldType,
  rules?: FieldRules,
]

const TASK_ORDER_FIELDS: readonly SharedField[] = [
  [1276, 988, 'DEPT', 'short_text'],
  [1277, 989, 'TASK_ORDER', 'short_text', REQUIRED],
  [2632, 990, 'NAME', 'paragraph_text'],
  [3810, 992, 'STATUS', 'multiple_choice', STATUSES],
  [3580, 994, 'TYPE', 'short_text'],
  [3684, 995, 'CURRENT_ESTIMATE', 'currency'],
  [3685, 996, 'CHARGED_AMOUNT', 'currency'],
  [3686, 997, 'BALANCE', 'currency'],
  [4495, 1048, 'ESTIMATOR', 'short_text'],
  [3807, 998, 'BUYER_FDUS', 'paragraph_text'],
  [3809, 999, 'MODIFIED_DATE', 'date_time'],
]

const UNIT_FIELDS: readonly SharedField[] = [
  [3687, 902, 'DEPT_UNIT_ID', 'short_text', REQUIRED],
  [3688, 903, 'DEPT_ID', 'short_text'],
  [3584, 431, 'DEPT', 'short_text'],
  [3585, 79, 'UNIT', 'short_text'],
  [3689, 904, 'UNIT_LONG_NAME', 'short_text'],
  [3586, 77, 'UNIT_SHORT_NAME', 'short_text'],
  [3588, 488, 'DEPT_UNIT_STATUS', 'multiple_choice', STATUSES],
]

/** The two apps that finance records are published to, with the fields they map and some that only staff fill in; empty of records. */
export function financeKnackApps(): [KnackAppDefinition, KnackAppDefinition] {
  const shared = { accountSlug: 'atd', timeZone: 'Central Time (US & Canada)' }
  return [
    {
      ...shared,
      id: '5e2f1a9b0c4d7e8f90a1b2c3',
      apiKey: 'sandbox-data-tracker-key',
      slug: 'data-tracker',
      name: 'Data Tracker',
      objects: [
        {
          key: 'object_86',
          name: 'task_orders',
          identifier: 'field_1277',
          fields: [
            ...TASK_ORDER_FIELDS.map(([number, , ...rest]) => field(number, ...rest)),
            field(4501, 'DEACTIVATED', 'boolean'),
            field(4502, 'STAFF_NOTES', 'paragraph_text'),
          ],
        },
        {
          key: 'object_189',
          name: 'dept_units',
          identifier: 'field_3586',
          fields: [
            ...UNIT_FIELDS.map(([number, , ...rest]) => field(number, ...rest)),
            field(4503, 'DEACTIVATED', 'boolean'),
            field(4504, 'STAFF_NOTES', 'paragraph_text'),
          ],
        },
      ],
    },
    {
      ...shared,
      id: '60b7c3d2e1f0a9b8c7d6e5f4',
      apiKey: 'sandbox-finance-purchasing-key',
      slug: 'finance-purchasing',
      name: 'Finance & Purchasing',
      objects: [
        {
          key: 'object_43',
          name: 'task_orders',
          identifier: 'field_989',
          fields: [
            ...TASK_ORDER_FIELDS.map(([, number, ...rest]) => field(number, ...rest)),
            field(1101, 'DEACTIVATED', 'boolean'),
            field(1102, 'STAFF_NOTES', 'paragraph_text'),
          ],
        },
        {
          key: 'object_7',
          name: 'dept_units',
          identifier: 'field_77',
          fields: [
            ...UNIT_FIELDS.map(([, number, ...rest]) => field(number, ...rest)),
            field(1103, 'DEACTIVATED', 'boolean'),
            field(1104, 'STAFF_NOTES', 'paragraph_text'),
          ],
        },
        {
          key: 'object_45',
          name: 'subprojects',
          identifier: 'field_1012',
          fields: [
            field(1011, 'PROJECT_NUMBER', 'short_text'),
            field(1012, 'SP_NUMBER_TXT', 'short_text', REQUIRED),
            field(985, 'SP_NAME', 'short_text'),
            field(1013, 'SP_DESCRIPTION', 'paragraph_text'),
            field(1014, 'SP_DETAILED_SCOPE', 'paragraph_text'),
            field(1015, 'SUB_PROJECT_MANAGER', 'short_text'),
            field(1016, 'SUB_PROJECT_MANAGING_DEPT', 'short_text'),
            field(1017, 'SP_STATUS', 'short_text'),
            field(1105, 'IS_TRACKED', 'boolean'),
            field(1106, 'STAFF_NOTES', 'paragraph_text'),
          ],
        },
        {
          key: 'object_6',
          name: 'objects',
          identifier: 'field_76',
          fields: [
            field(76, 'OBJ_CODE', 'short_text', REQUIRED),
            field(75, 'OBJ_LONG_NAME', 'short_text'),
            field(1107, 'DEACTIVATED', 'boolean'),
          ],
        },
        {
          key: 'object_13',
          name: 'master_agreements',
          identifier: 'field_223',
          fields: [
            field(221, 'DOC_CD', 'short_text'),
            field(222, 'DOC_DEPT_CD', 'short_text'),
            field(223, 'DOC_ID', 'short_text', REQUIRED),
            field(224, 'DOC_DSCR', 'paragraph_text'),
            field(247, 'VEND_CUST_CD', 'short_text'),
            field(248, 'LGL_NM', 'short_text'),
            field(1108, 'CONTACT', 'short_text'),
            field(1109, 'STAFF_NOTES', 'paragraph_text'),
          ],
        },
      ],
    },
  ]
}

function field(
  number: number,
  name: string,
  type: KnackFieldType,
  rules: FieldRules = {},
): KnackFieldDefinition {
  return { key: `field_${number}`, name, type, ...rules }
}
