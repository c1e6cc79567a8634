import { oracleError, unimplemented } from './errors.ts'
import type { OracleTypeSyntax } from './syntax.ts'
import type { TokenStream } from './token-stream.ts'
import { type SqlType, timestamp, timestampWithLocalTimeZone, timestampWithTimeZone } from './types.ts'

const MAX_PRECISION = 38
const MAX_BINARY_PRECISION = 126
const REAL_BINARY_PRECISION = 63

/** In bytes, of national text in UTF-16 units. */
const MAX_SIZES = { VARCHAR2: 4000, NVARCHAR2: 2000, CHAR: 2000, NCHAR: 1000, RAW: 2000 } as const

/** A data type as CREATE TABLE and CAST write it. */
export function parseDataType(tokens: TokenStream): OracleTypeSyntax {
  const { kind, value, position } = tokens.next()
  if (kind !== 'word') throw oracleError(902, position)
  const of = (type: SqlType): OracleTypeSyntax => ({ type, isInCharacters: false, position })
  switch (value) {
    case 'NUMBER':
    case 'NUMERIC':
    case 'DECIMAL':
    case 'DEC':
      return of(numberType(tokens, value === 'NUMBER'))
    case 'INTEGER':
    case 'INT':
    case 'SMALLINT':
      return of({ name: 'NUMBER', precision: MAX_PRECISION, scale: 0 })
    case 'FLOAT':
      return of(floatType(tokens))
    case 'REAL':
      return of({ name: 'FLOAT', binaryPrecision: REAL_BINARY_PRECISION })
    case 'DOUBLE':
      tokens.expectWords('PRECISION')
      return of({ name: 'FLOAT', binaryPrecision: MAX_BINARY_PRECISION })
    case 'VARCHAR2':
    case 'VARCHAR':
      return sized('VARCHAR2', tokens, undefined, position)
    case 'CHAR':
    case 'CHARACTER':
      if (tokens.takeWords('VARYING')) return sized('VARCHAR2', tokens, undefined, position)
      return sized('CHAR', tokens, 1, position)
    case 'NVARCHAR2':
      return sized('NVARCHAR2', tokens, undefined, position)
    case 'NCHAR':
      if (tokens.takeWords('VARYING')) return sized('NVARCHAR2', tokens, undefined, position)
      return sized('NCHAR', tokens, 1, position)
    case 'NATIONAL':
      if (tokens.takeOneOf('CHARACTER', 'CHAR') === undefined) throw oracleError(902, position)
      if (tokens.takeWords('VARYING')) return sized('NVARCHAR2', tokens, undefined, position)
      return sized('NCHAR', tokens, 1, position)
    case 'RAW':
      return sized('RAW', tokens, undefined, position)
    case 'DATE':
    case 'CLOB':
    case 'NCLOB':
    case 'BLOB':
    case 'BINARY_DOUBLE':
    case 'BINARY_FLOAT':
    case 'ROWID':
      return of({ name: value })
    case 'TIMESTAMP': {
      const digits = tokens.isSymbol('(') ? parenthesisedInteger(tokens) : 6
      if (digits < 0 || digits > 9)
        throw oracleError(30088, position, 'datetime/interval precision is out of range')
      if (tokens.takeWords('WITH', 'LOCAL', 'TIME', 'ZONE')) return of(timestampWithLocalTimeZone(digits))
      return of(tokens.takeWords('WITH', 'TIME', 'ZONE') ? timestampWithTimeZone(digits) : timestamp(digits))
    }
    case 'LONG':
    case 'UROWID':
    case 'INTERVAL':
    case 'XMLTYPE':
    case 'JSON':
    case 'BFILE':
      throw unimplemented(`data type ${value}`, position)
    default:
      throw oracleError(902, position)
  }
}

/** NUMBER and NUMBER(*) have neither precision nor scale; NUMBER(*, s) and the ANSI names have 38 digits. */
function numberType(tokens: TokenStream, isPlain: boolean): SqlType {
  if (!tokens.isSymbol('('))
    return isPlain ? { name: 'NUMBER' } : { name: 'NUMBER', precision: MAX_PRECISION, scale: 0 }
  const position = tokens.position
  tokens.expectSymbol('(')
  const precision = tokens.takeSymbol('*') ? undefined : integer(tokens)
  const scale = tokens.takeSymbol(',') ? integer(tokens) : undefined
  tokens.expectSymbol(')')
  if (precision === undefined && scale === undefined && isPlain) return { name: 'NUMBER' }
  if (precision !== undefined && (precision < 1 || precision > MAX_PRECISION))
    throw oracleError(1727, position)
  if (scale !== undefined && (scale < -84 || scale > 127)) throw oracleError(1728, position)
  return { name: 'NUMBER', precision: precision ?? MAX_PRECISION, scale: scale ?? 0 }
}

function floatType(tokens: TokenStream): SqlType {
  const { position } = tokens
  const binaryPrecision = tokens.isSymbol('(') ? parenthesisedInteger(tokens) : MAX_BINARY_PRECISION
  if (binaryPrecision < 1 || binaryPrecision > MAX_BINARY_PRECISION)
    throw oracleError(1724, position, 'floating point precision is out of range (1 to 126)')
  return { name: 'FLOAT', binaryPrecision }
}

function sized(
  name: keyof typeof MAX_SIZES,
  tokens: TokenStream,
  defaultSize: number | undefined,
  position: number,
): OracleTypeSyntax {
  const isNational = name === 'NVARCHAR2' || name === 'NCHAR'
  if (!tokens.isSymbol('(')) {
    if (defaultSize === undefined) throw oracleError(906, tokens.position)
    return { type: { name, size: defaultSize }, isInCharacters: isNational, position }
  }
  tokens.expectSymbol('(')
  const size = integer(tokens)
  const unit = isNational || name === 'RAW' ? undefined : tokens.takeOneOf('CHAR', 'BYTE')
  tokens.expectSymbol(')')
  if (size < 1) throw oracleError(1723, position, 'zero-length columns are not allowed')
  if (size > MAX_SIZES[name]) throw oracleError(910, position, 'specified length too long for its datatype')
  return { type: { name, size }, isInCharacters: isNational || unit === 'CHAR', position }
}

function parenthesisedInteger(tokens: TokenStream): number {
  tokens.expectSymbol('(')
  const value = integer(tokens)
  tokens.expectSymbol(')')
  return value
}

function integer(tokens: TokenStream): number {
  const sign = tokens.takeSymbol('-') ? -1 : 1
  const { kind, value, position } = tokens.next()
  if (kind !== 'number' || !/^\d+$/.test(value)) throw oracleError(1899, position)
  return sign * Number(value)
}
