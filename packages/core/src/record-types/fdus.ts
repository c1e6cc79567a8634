import { defineRecordType } from '../define-record-type.ts'

const COLUMNS = [
  'DEPT_CODE_NAME',
  'SUB_PROJECT_ID',
  'SUBPROJECT_ID_UK',
  'SP_NUMBER_TXT',
  'FDU_ID',
  'FDU',
  'FUND',
  'FUNDNAME',
  'DEPT',
  'DEPT_ID',
  'DEPT_UNIT_ID',
  'DEPT_UNIT_STATUS',
  'UNIT',
  'UNIT_LONG_NAME',
  'UNIT_SHORT_NAME',
]

export const fdus = defineRecordType({
  name: 'fdus',
  description: 'Funds, departments and units, and the subprojects that they pay for',
  query: `
    SELECT DEPT_CODE_NAME, SUB_PROJECT_ID, SUBPROJECT_ID_UK, SP_NUMBER_TXT, FDU_ID, FDU, FUND, FUNDNAME, DEPT, DEPT_ID,
           DEPT_UNIT_ID, DEPT_UNIT_STATUS, UNIT, UNIT_LONG_NAME, UNIT_SHORT_NAME
      FROM ATD_SUBPROJECT_FDU_VW`,
  columns: COLUMNS,
  rowKey: ['FDU_ID', { column: 'SUB_PROJECT_ID', isNullable: true }],
  publicColumns: COLUMNS,
})
