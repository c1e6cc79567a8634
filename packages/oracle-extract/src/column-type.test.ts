import oracledb from 'oracledb'
import { expect, test } from 'vitest'
import { type ColumnMetadata, sourceTypeOf, toColumnType } from './column-type.ts'

const metadata = (dbType: oracledb.DbType, dbTypeName: string, rest: Partial<ColumnMetadata> = {}) =>
  ({ name: 'V', dbType, dbTypeName, nullable: true, ...rest }) as ColumnMetadata

test.each([
  ['NUMBER', metadata(oracledb.DB_TYPE_NUMBER, 'NUMBER', { precision: 0, scale: -127 })],
  ['NUMBER(10)', metadata(oracledb.DB_TYPE_NUMBER, 'NUMBER', { precision: 10, scale: 0 })],
  ['NUMBER(18,2)', metadata(oracledb.DB_TYPE_NUMBER, 'NUMBER', { precision: 18, scale: 2 })],
  ['NUMBER(5,-2)', metadata(oracledb.DB_TYPE_NUMBER, 'NUMBER', { precision: 5, scale: -2 })],
  ['FLOAT(126)', metadata(oracledb.DB_TYPE_NUMBER, 'NUMBER', { precision: 126, scale: -127 })],
  ['VARCHAR2(40)', metadata(oracledb.DB_TYPE_VARCHAR, 'VARCHAR2', { byteSize: 40 })],
  ['NVARCHAR2(20)', metadata(oracledb.DB_TYPE_NVARCHAR, 'NVARCHAR2', { byteSize: 40 })],
  ['RAW(16)', metadata(oracledb.DB_TYPE_RAW, 'RAW', { byteSize: 16 })],
  ['TIMESTAMP(6)', metadata(oracledb.DB_TYPE_TIMESTAMP, 'TIMESTAMP', { precision: 6 })],
  [
    'TIMESTAMP(0) WITH LOCAL TIME ZONE',
    metadata(oracledb.DB_TYPE_TIMESTAMP_LTZ, 'TIMESTAMP WITH LOCAL TIME ZONE', { precision: 0 }),
  ],
  ['DATE', metadata(oracledb.DB_TYPE_DATE, 'DATE')],
])('%s', (expected, column) => {
  expect(sourceTypeOf(column)).toBe(expected)
  expect(toColumnType(column)).toBeDefined()
})

test.each([
  ['LONG', oracledb.DB_TYPE_LONG],
  ['LONG RAW', oracledb.DB_TYPE_LONG_RAW],
  ['INTERVAL DAY TO SECOND', oracledb.DB_TYPE_INTERVAL_DS],
  ['INTERVAL YEAR TO MONTH', oracledb.DB_TYPE_INTERVAL_YM],
  ['XMLTYPE', oracledb.DB_TYPE_XMLTYPE],
  ['JSON', oracledb.DB_TYPE_JSON],
  ['BFILE', oracledb.DB_TYPE_BFILE],
  ['OBJECT', oracledb.DB_TYPE_OBJECT],
] as const)('%s has no agreed text', (name, dbType) => {
  expect(toColumnType(metadata(dbType, name))).toBeUndefined()
  expect(sourceTypeOf(metadata(dbType, name))).toBe(name)
})
