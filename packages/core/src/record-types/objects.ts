import { defineRecordType } from '../define-record-type.ts'

export const objects = defineRecordType({
  name: 'objects',
  description: 'Object codes of the chart of accounts',
  query: `
    SELECT OBJ_ID, OBJ_CLASS_ID, OBJ_CATEGORY_ID, OBJ_TYPE_ID, OBJ_GROUP_ID, OBJ_CODE, OBJ_LONG_NAME, OBJ_SHORT_NAME,
           OBJ_DESC, OBJ_REIMB_ELIG_STATUS, OBJ_STATUS, ACT_FL
      FROM LU_OBJ_CD`,
  columns: [
    'OBJ_ID',
    'OBJ_CLASS_ID',
    'OBJ_CATEGORY_ID',
    'OBJ_TYPE_ID',
    'OBJ_GROUP_ID',
    'OBJ_CODE',
    'OBJ_LONG_NAME',
    'OBJ_SHORT_NAME',
    'OBJ_DESC',
    'OBJ_REIMB_ELIG_STATUS',
    'OBJ_STATUS',
    'ACT_FL',
  ],
  rowKey: ['OBJ_ID'],
  entityKey: ['OBJ_CODE'],
})
