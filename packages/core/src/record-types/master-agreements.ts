import { defineRecordType } from '../define-record-type.ts'

/** A document is identified by code, department and id; the join to its vendors may repeat it. */
export const masterAgreements = defineRecordType({
  name: 'master_agreements',
  description: 'Master agreements with their vendors',
  query: `
    SELECT DOC_CD, DOC_DEPT_CD, DOC_ID, DOC_DSCR, DOC_PHASE_CD, VEND_CUST_CD, LGL_NM
      FROM DEPT_2400_MA_VW`,
  columns: ['DOC_CD', 'DOC_DEPT_CD', 'DOC_ID', 'DOC_DSCR', 'DOC_PHASE_CD', 'VEND_CUST_CD', 'LGL_NM'],
  rowKey: [
    'DOC_CD',
    'DOC_DEPT_CD',
    'DOC_ID',
    { column: 'VEND_CUST_CD', isNullable: true },
    { column: 'LGL_NM', isNullable: true },
  ],
  entityKey: ['DOC_CD', 'DOC_DEPT_CD', 'DOC_ID'],
})
