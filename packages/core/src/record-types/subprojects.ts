import { defineRecordType } from '../define-record-type.ts'

const COLUMNS = [
  'PROJECT_NUMBER',
  'SP_NUMBER_TXT',
  'SP_NAME',
  'SP_DESCRIPTION',
  'SP_DETAILED_SCOPE',
  'SUB_PROJECT_MANAGER',
  'SUB_PROJECT_MANAGING_DEPT',
  'SP_STATUS',
]

/** The view returns some rows twice. */
export const subprojects = defineRecordType({
  name: 'subprojects',
  description: 'Subprojects of the capital programme',
  query: `
    SELECT PROJECT_NUMBER, SP_NUMBER_TXT, SP_NAME, SP_DESCRIPTION, SP_DETAILED_SCOPE, SUB_PROJECT_MANAGER,
           SUB_PROJECT_MANAGING_DEPT, SP_STATUS
      FROM MSTR_IA_DEV.DEPT_2400_SUBPRJ_VW`,
  columns: COLUMNS,
  rowKey: ['SP_NUMBER_TXT'],
  // The manager is a member of the staff.
  publicColumns: COLUMNS.filter((column) => column !== 'SUB_PROJECT_MANAGER'),
})
