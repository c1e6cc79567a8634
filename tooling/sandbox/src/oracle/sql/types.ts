import type { OracleType, ResultColumn } from '../values.ts'
import { unimplemented } from './errors.ts'

/** The static type of an expression: what a column can have, and what exists only between operators. */
export type SqlType =
  | OracleType
  | { readonly name: 'NULL' }
  /** Its value is a count of nanoseconds or of months, as integer text. */
  | { readonly name: 'INTERVAL DAY TO SECOND' | 'INTERVAL YEAR TO MONTH' }

export type TypeGroup =
  | 'number'
  | 'binary'
  | 'text'
  | 'clob'
  | 'date'
  | 'timestamp'
  | 'instant'
  | 'localInstant'
  | 'raw'
  | 'blob'
  | 'rowid'
  | 'daySecond'
  | 'yearMonth'
  | 'null'

const groups: Readonly<Record<SqlType['name'], TypeGroup>> = {
  NUMBER: 'number',
  FLOAT: 'number',
  BINARY_DOUBLE: 'binary',
  BINARY_FLOAT: 'binary',
  VARCHAR2: 'text',
  NVARCHAR2: 'text',
  CHAR: 'text',
  NCHAR: 'text',
  CLOB: 'clob',
  NCLOB: 'clob',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
  'TIMESTAMP WITH TIME ZONE': 'instant',
  'TIMESTAMP WITH LOCAL TIME ZONE': 'localInstant',
  RAW: 'raw',
  BLOB: 'blob',
  ROWID: 'rowid',
  'INTERVAL DAY TO SECOND': 'daySecond',
  'INTERVAL YEAR TO MONTH': 'yearMonth',
  NULL: 'null',
}

export const MAX_VARCHAR2_BYTES = 4000
export const MAX_NVARCHAR2_UNITS = MAX_VARCHAR2_BYTES / 2
/** The most bytes of UTF-8 that one unit of UTF-16 turns into. */
const BYTES_PER_UNIT = 3
const ROWID_LENGTH = 18

export const NUMBER: SqlType = { name: 'NUMBER' }
export const DATE: SqlType = { name: 'DATE' }
export const CLOB: SqlType = { name: 'CLOB' }
export const NULL_TYPE: SqlType = { name: 'NULL' }
export const DAY_TO_SECOND: SqlType = { name: 'INTERVAL DAY TO SECOND' }
export const YEAR_TO_MONTH: SqlType = { name: 'INTERVAL YEAR TO MONTH' }
export const varchar2 = (size: number): SqlType => ({
  name: 'VARCHAR2',
  size: Math.max(1, Math.min(size, MAX_VARCHAR2_BYTES)),
})
export const nvarchar2 = (size: number): SqlType => ({
  name: 'NVARCHAR2',
  size: Math.max(1, Math.min(size, MAX_NVARCHAR2_UNITS)),
})
export const timestamp = (fractionalDigits: number): SqlType => ({ name: 'TIMESTAMP', fractionalDigits })
export const timestampWithTimeZone = (fractionalDigits: number): SqlType => ({
  name: 'TIMESTAMP WITH TIME ZONE',
  fractionalDigits,
})

export const timestampWithLocalTimeZone = (fractionalDigits: number): SqlType => ({
  name: 'TIMESTAMP WITH LOCAL TIME ZONE',
  fractionalDigits,
})

export const groupOf = (type: SqlType): TypeGroup => groups[type.name]
export const isBlankPadded = (type: SqlType): boolean => type.name === 'CHAR' || type.name === 'NCHAR'

export const isNational = (type: SqlType): boolean => type.name === 'NVARCHAR2' || type.name === 'NCHAR'
export const fractionalDigitsOf = (type: SqlType, otherwise: number): number =>
  'fractionalDigits' in type ? type.fractionalDigits : otherwise

/** The most bytes that the text form of a value takes. */
export function textSize(type: SqlType): number {
  switch (type.name) {
    case 'VARCHAR2':
    case 'CHAR':
      return type.size
    case 'NVARCHAR2':
    case 'NCHAR':
      return type.size * BYTES_PER_UNIT
    case 'ROWID':
      return ROWID_LENGTH
    case 'RAW':
      return type.size * 2
    case 'NUMBER':
    case 'FLOAT':
    case 'BINARY_DOUBLE':
    case 'BINARY_FLOAT':
      return 40
    case 'DATE':
      return 9
    case 'TIMESTAMP':
    case 'TIMESTAMP WITH LOCAL TIME ZONE':
      return 31
    case 'TIMESTAMP WITH TIME ZONE':
      return 75
    case 'NULL':
      return 0
    default:
      return MAX_VARCHAR2_BYTES
  }
}

/** The name that ORA-00932 uses. */
export function typeLabel(type: SqlType): string {
  switch (groupOf(type)) {
    case 'text':
      return 'CHAR'
    case 'raw':
      return 'BINARY'
    case 'number':
      return 'NUMBER'
    default:
      return type.name
  }
}

/** What a describe reports: intermediate types cannot leave the engine. */
export function describeColumn(name: string, type: SqlType, isNullable: boolean): ResultColumn {
  switch (type.name) {
    case 'NULL':
      return { name, type: { name: 'VARCHAR2', size: 1 }, isNullable }
    case 'INTERVAL DAY TO SECOND':
    case 'INTERVAL YEAR TO MONTH':
      throw unimplemented(`a result column of type ${type.name}`)
    default:
      return { name, type, isNullable }
  }
}

export function sameType(left: SqlType, right: SqlType): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}
