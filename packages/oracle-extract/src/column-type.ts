import type { ColumnType } from '@findata/core'
import oracledb, { type StatementInfo } from 'oracledb'

export type ColumnMetadata = NonNullable<StatementInfo['metaData']>[number]

const PLAIN_SCALE = -127

/** Absent for a type that cannot be carried exactly, or has no agreed text. */
export function toColumnType({ dbType, precision, scale, byteSize }: ColumnMetadata): ColumnType | undefined {
  switch (dbType) {
    case oracledb.DB_TYPE_NUMBER:
      return { kind: 'number', ...numberFormat(precision, scale) }
    case oracledb.DB_TYPE_VARCHAR:
    case oracledb.DB_TYPE_CHAR:
    case oracledb.DB_TYPE_NVARCHAR:
    case oracledb.DB_TYPE_NCHAR:
      return { kind: 'text', ...(byteSize && { size: byteSize }) }
    case oracledb.DB_TYPE_ROWID:
      return { kind: 'text', size: 18 }
    case oracledb.DB_TYPE_CLOB:
    case oracledb.DB_TYPE_NCLOB:
      return { kind: 'clob' }
    case oracledb.DB_TYPE_BLOB:
      return { kind: 'blob' }
    case oracledb.DB_TYPE_RAW:
      return { kind: 'raw' }
    case oracledb.DB_TYPE_DATE:
      return { kind: 'date' }
    case oracledb.DB_TYPE_TIMESTAMP:
      return { kind: 'timestamp', fractionalDigits: precision ?? 9 }
    // Both hold an instant; the second shows it in the zone of whoever asks.
    case oracledb.DB_TYPE_TIMESTAMP_TZ:
    case oracledb.DB_TYPE_TIMESTAMP_LTZ:
      return { kind: 'timestamp-with-time-zone', fractionalDigits: precision ?? 9 }
    case oracledb.DB_TYPE_BINARY_FLOAT:
      return { kind: 'binary-float' }
    case oracledb.DB_TYPE_BINARY_DOUBLE:
      return { kind: 'binary-double' }
    default:
      return undefined
  }
}

/** Precision 0 is plain NUMBER; scale -127 with a precision is FLOAT, whose precision counts binary digits. */
function numberFormat(
  precision: number | undefined,
  scale: number | undefined,
): { readonly precision?: number; readonly scale?: number } {
  if (!precision || scale === undefined || scale === PLAIN_SCALE) return {}
  return { precision, scale }
}

/** The type in the words of CREATE TABLE: `NUMBER(18,2)`, `VARCHAR2(40)`, `TIMESTAMP(6) WITH TIME ZONE`. */
export function sourceTypeOf({ dbType, dbTypeName, precision, scale, byteSize }: ColumnMetadata): string {
  const name = dbTypeName ?? 'an unknown type'
  switch (dbType) {
    case oracledb.DB_TYPE_NUMBER:
      if (!precision) return 'NUMBER'
      if (scale === PLAIN_SCALE) return `FLOAT(${precision})`
      return scale ? `NUMBER(${precision},${scale})` : `NUMBER(${precision})`
    case oracledb.DB_TYPE_VARCHAR:
    case oracledb.DB_TYPE_CHAR:
    case oracledb.DB_TYPE_RAW:
      return byteSize ? `${name}(${byteSize})` : name
    case oracledb.DB_TYPE_NVARCHAR:
    case oracledb.DB_TYPE_NCHAR:
      // Two bytes for each of the characters that the column was declared with.
      return byteSize ? `${name}(${byteSize / 2})` : name
    case oracledb.DB_TYPE_TIMESTAMP:
    case oracledb.DB_TYPE_TIMESTAMP_TZ:
    case oracledb.DB_TYPE_TIMESTAMP_LTZ:
      return precision === undefined ? name : name.replace('TIMESTAMP', `TIMESTAMP(${precision})`)
    default:
      return name
  }
}
