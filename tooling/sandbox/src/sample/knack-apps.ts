import type { KnackAppDefinition, KnackFieldDefinition, KnackFieldType } from '../knack/knack-app.ts'

const STATUSES = ['Active', 'Inactive']

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
            ...taskOrderFields({
              dept: 1276,
              id: 1277,
              description: 2632,
              status: 3810,
              type: 3580,
              estimate: 3684,
              charged: 3685,
              balance: 3686,
              estimator: 4495,
              buyers: 3807,
              modified: 3809,
            }),
            field(4501, 'DEACTIVATED', 'boolean'),
            field(4502, 'STAFF_NOTES', 'paragraph_text'),
          ],
        },
        {
          key: 'object_189',
          name: 'dept_units',
          identifier: 'field_3586',
          fields: [
            ...unitFields({
              id: 3687,
              deptId: 3688,
              dept: 3584,
              unit: 3585,
              longName: 3689,
              shortName: 3586,
              status: 3588,
            }),
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
            ...taskOrderFields({
              dept: 988,
              id: 989,
              description: 990,
              status: 992,
              type: 994,
              estimate: 995,
              charged: 996,
              balance: 997,
              estimator: 1048,
              buyers: 998,
              modified: 999,
            }),
            field(1101, 'DEACTIVATED', 'boolean'),
            field(1102, 'STAFF_NOTES', 'paragraph_text'),
          ],
        },
        {
          key: 'object_7',
          name: 'dept_units',
          identifier: 'field_77',
          fields: [
            ...unitFields({
              id: 902,
              deptId: 903,
              dept: 431,
              unit: 79,
              longName: 904,
              shortName: 77,
              status: 488,
            }),
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
            { ...field(1012, 'SP_NUMBER_TXT', 'short_text'), required: true },
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
            { ...field(76, 'OBJ_CODE', 'short_text'), required: true },
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
            { ...field(223, 'DOC_ID', 'short_text'), required: true },
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

type TaskOrderNumbers = Readonly<
  Record<
    | 'dept'
    | 'id'
    | 'description'
    | 'status'
    | 'type'
    | 'estimate'
    | 'charged'
    | 'balance'
    | 'estimator'
    | 'buyers'
    | 'modified',
    number
  >
>

function taskOrderFields(numbers: TaskOrderNumbers): KnackFieldDefinition[] {
  return [
    field(numbers.dept, 'DEPT', 'short_text'),
    { ...field(numbers.id, 'TASK_ORDER', 'short_text'), required: true },
    field(numbers.description, 'NAME', 'paragraph_text'),
    { ...field(numbers.status, 'STATUS', 'multiple_choice'), options: STATUSES },
    field(numbers.type, 'TYPE', 'short_text'),
    field(numbers.estimate, 'CURRENT_ESTIMATE', 'currency'),
    field(numbers.charged, 'CHARGED_AMOUNT', 'currency'),
    field(numbers.balance, 'BALANCE', 'currency'),
    field(numbers.estimator, 'ESTIMATOR', 'short_text'),
    field(numbers.buyers, 'BUYER_FDUS', 'paragraph_text'),
    field(numbers.modified, 'MODIFIED_DATE', 'date_time'),
  ]
}

type UnitNumbers = Readonly<
  Record<'id' | 'deptId' | 'dept' | 'unit' | 'longName' | 'shortName' | 'status', number>
>

function unitFields(numbers: UnitNumbers): KnackFieldDefinition[] {
  return [
    { ...field(numbers.id, 'DEPT_UNIT_ID', 'short_text'), required: true },
    field(numbers.deptId, 'DEPT_ID', 'short_text'),
    field(numbers.dept, 'DEPT', 'short_text'),
    field(numbers.unit, 'UNIT', 'short_text'),
    field(numbers.longName, 'UNIT_LONG_NAME', 'short_text'),
    field(numbers.shortName, 'UNIT_SHORT_NAME', 'short_text'),
    { ...field(numbers.status, 'DEPT_UNIT_STATUS', 'multiple_choice'), options: STATUSES },
  ]
}

function field(number: number, name: string, type: KnackFieldType): KnackFieldDefinition {
  return { key: `field_${number}`, name, type }
}
