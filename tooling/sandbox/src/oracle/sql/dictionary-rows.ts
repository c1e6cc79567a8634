import type { OracleValue } from '../values.ts'
import { formatDate, momentOfClock } from './calendar.ts'
import type { Row } from './compiled.ts'
import type { SessionState } from './session-state.ts'
import { isNational, type SqlType } from './types.ts'

export const VERSION = '19.0.0.0.0'
export const BANNER = 'Oracle Database 19c Enterprise Edition Release 19.0.0.0.0 - Production'

export const dateText = (moment: Date): string => formatDate(momentOfClock(moment))

/** A row of V$SESSION. */
export function sessionRow(session: SessionState, isCaller: boolean): Row {
  const of = (key: string): OracleValue => session.context.get(key) ?? session.clientContext.get(key) ?? null
  return [
    of('SID') ?? String(session.id),
    of('SERIAL#') ?? '1',
    session.user,
    isCaller ? 'ACTIVE' : 'INACTIVE',
    'USER',
    of('OS_USER'),
    of('HOST'),
    of('TERMINAL'),
    of('CLIENT_PROGRAM_NAME'),
    of('MODULE'),
    of('ACTION'),
    of('CLIENT_INFO'),
    of('CLIENT_IDENTIFIER'),
    dateText(session.loggedOnAt),
    of('SERVICE_NAME'),
    session.currentSchema,
  ]
}

const COMMON_PARAMETERS: readonly (readonly [string, string])[] = [
  ['NLS_LANGUAGE', 'AMERICAN'],
  ['NLS_TERRITORY', 'AMERICA'],
  ['NLS_CURRENCY', '$'],
  ['NLS_SORT', 'BINARY'],
  ['NLS_COMP', 'BINARY'],
  ['NLS_LENGTH_SEMANTICS', 'BYTE'],
]

export const databaseParameters = (): Row[] => [
  ...COMMON_PARAMETERS,
  ['NLS_NUMERIC_CHARACTERS', '.,'],
  ['NLS_CALENDAR', 'GREGORIAN'],
  ['NLS_CHARACTERSET', 'AL32UTF8'],
  ['NLS_NCHAR_CHARACTERSET', 'AL16UTF16'],
  ['NLS_DATE_FORMAT', 'DD-MON-RR'],
  ['NLS_RDBMS_VERSION', VERSION],
]

export const sessionParameters = (viewer: SessionState): Row[] => [
  ...COMMON_PARAMETERS,
  ['NLS_DATE_FORMAT', viewer.dateFormat],
  ['NLS_TIMESTAMP_FORMAT', viewer.timestampFormat],
  ['NLS_TIMESTAMP_TZ_FORMAT', viewer.timestampTzFormat],
  ['NLS_NUMERIC_CHARACTERS', viewer.decimalMark === '.' ? '.,' : ',.'],
  ['NLS_CALENDAR', viewer.calendar],
]

/** DATA_TYPE, DATA_LENGTH, DATA_PRECISION and DATA_SCALE. */
export function typeFacts(type: SqlType): [string, string, string | null, string | null] {
  switch (type.name) {
    case 'NUMBER':
      return [
        'NUMBER',
        '22',
        type.precision?.toString() ?? null,
        type.precision === undefined ? null : String(type.scale ?? 0),
      ]
    case 'FLOAT':
      return ['FLOAT', '22', String(type.binaryPrecision), null]
    case 'NVARCHAR2':
    case 'NCHAR':
      return [type.name, String(type.size * 2), null, null]
    case 'VARCHAR2':
    case 'CHAR':
    case 'RAW':
      return [type.name, String(type.size), null, null]
    case 'TIMESTAMP':
      return [`TIMESTAMP(${type.fractionalDigits})`, '11', null, String(type.fractionalDigits)]
    case 'TIMESTAMP WITH TIME ZONE':
      return [`TIMESTAMP(${type.fractionalDigits}) WITH TIME ZONE`, '13', null, String(type.fractionalDigits)]
    case 'TIMESTAMP WITH LOCAL TIME ZONE':
      return [
        `TIMESTAMP(${type.fractionalDigits}) WITH LOCAL TIME ZONE`,
        '11',
        null,
        String(type.fractionalDigits),
      ]
    case 'ROWID':
      return ['ROWID', '10', null, null]
    case 'DATE':
      return ['DATE', '7', null, null]
    case 'BINARY_DOUBLE':
      return ['BINARY_DOUBLE', '8', null, null]
    case 'BINARY_FLOAT':
      return ['BINARY_FLOAT', '4', null, null]
    default:
      return [type.name, '4000', null, null]
  }
}

/** CHAR_LENGTH and CHAR_USED. */
export function characterFacts(type: SqlType, characterLimit: number | undefined): [string, string | null] {
  const isText =
    type.name === 'VARCHAR2' || type.name === 'CHAR' || type.name === 'NVARCHAR2' || type.name === 'NCHAR'
  if (!isText) return ['0', null]
  const isInCharacters = characterLimit !== undefined || isNational(type)
  return [String(characterLimit ?? type.size), isInCharacters ? 'C' : 'B']
}
