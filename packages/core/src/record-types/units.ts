import { defineRecordType } from '../define-record-type.ts'

const COLUMNS = [
  'DEPT_UNIT_ID',
  'DEPT_ID',
  'DEPT',
  'UNIT',
  'UNIT_LONG_NAME',
  'UNIT_SHORT_NAME',
  'DEPT_UNIT_STATUS',
]

export const units = defineRecordType({
  name: 'units',
  description: 'Units of the departments that the team works for',
  query: `
    SELECT DEPT_UNIT_ID, DEPT_ID, DEPT, UNIT, UNIT_LONG_NAME, UNIT_SHORT_NAME, DEPT_UNIT_STATUS
      FROM LU_DEPT_UNITS
     WHERE DEPT IN (:departments)`,
  // 2507 and 6207 are units of other departments that can be charged back; 6200 came with the merger of Public Works.
  binds: { departments: ['2400', '2507', '6200', '6207'] },
  columns: COLUMNS,
  rowKey: ['DEPT_UNIT_ID'],
  publicColumns: COLUMNS,
})
