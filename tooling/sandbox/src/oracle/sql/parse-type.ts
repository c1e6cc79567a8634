import { oracleError, unimplemented } from './errors.ts'
import type { OracleTypeSyntax } from './syntax.ts'
import type { TokenStream } from './token-stream.ts'
import { type SqlType, timestamp, timestampWithTimeZone } from './types.ts'

const MAX_PRECISION = 38

/** A data type as CREATE TABLE and CAST write it. */
export function parseDataType(tokens: TokenStream): OracleTypeSyntax {
  const { kind, value, position } = tokens.next()
  if (kind !== 'word') throw oracleError(902, position)
  const of = (type: SqlType, isInCharacters = false): OracleTypeSyntax => ({ type, isInCharacters, position })
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
    case 'VARCHAR2':
    case 'VARCHAR':
      return sized('VARCHAR2', tokens, undefined, position)
    case 'CHAR':
    case 'CHARACTER':
      return sized('CHAR', tokens, 1, position)
    case 'NVARCHAR2':
      return { ...sized('NVARCHAR2', tokens, undefined, position), isInCharacters: true }
    case 'NCHAR':
      return { ...sized('NCHAR', tokens, 1, position), isInCharacters: true }
    case 'RAW':
      return sized('RAW', tokens, undefined, position)
    case 'DATE':
    case 'CLOB':
    case 'BLOB':
    case 'BINARY_DOUBLE':
    case 'BINARY_FLOAT':
      return of({ name: value })
    case 'TIMESTAMP': {
      const digits = tokens.isSymbol('(') ? (parenthesisedIntegers(tokens)[0] ?? 6) : 6
      if (digits < 0 || digits > 9)
        throw oracleError(30088, position, 'datetime/interval precision is out of range')
      if (tokens.isWord('WITH') && tokens.isWord('LOCAL', 1))
        throw unimplemented('TIMESTAMP WITH LOCAL TIME ZONE', position)
      return of(tokens.takeWords('WITH', 'TIME', 'ZONE') ? timestampWithTimeZone(digits) : timestamp(digits))
    }
    case 'FLOAT':
      // 126 bits hold 38 digits; fewer would round in base 2.
      if (tokens.isSymbol('(') && (parenthesisedIntegers(tokens)[0] ?? 0) < 126)
        throw unimplemented('FLOAT with a precision', position)
      return of({ name: 'NUMBER' })
    case 'REAL':
    case 'LONG':
    case 'NCLOB':
    case 'ROWID':
    case 'UROWID':
    case 'INTERVAL':
    case 'DOUBLE':
    case 'XMLTYPE':
    case 'JSON':
    case 'BFILE':
      throw unimplemented(`data type ${value}`, position)
    default:
      throw oracleError(902, position)
  }
}

function numberType(tokens: TokenStream, isWithoutScale: boolean): SqlType {
  if (!tokens.isSymbol('('))
    return isWithoutScale ? { name: 'NUMBER' } : { name: 'NUMBER', precision: MAX_PRECISION, scale: 0 }
  const position = tokens.position
  const [precision = MAX_PRECISION, scale = 0] = parenthesisedIntegers(tokens)
  if (precision < 1 || precision > MAX_PRECISION) throw oracleError(1727, position)
  if (scale < -84 || scale > 127) throw oracleError(1728, position)
  return { name: 'NUMBER', precision, scale }
}

function sized(
  name: 'VARCHAR2' | 'CHAR' | 'NVARCHAR2' | 'NCHAR' | 'RAW',
  tokens: TokenStream,
  defaultSize: number | undefined,
  position: number,
): OracleTypeSyntax {
  if (!tokens.isSymbol('(')) {
    if (defaultSize === undefined) throw oracleError(906, tokens.position)
    return { type: { name, size: defaultSize }, isInCharacters: false, position }
  }
  tokens.expectSymbol('(')
  const size = integer(tokens)
  const isInCharacters = tokens.takeOneOf('CHAR', 'BYTE') === 'CHAR'
  tokens.expectSymbol(')')
  if (size < 1) throw oracleError(1723, position, 'zero-length columns are not allowed')
  if (size > 4000) throw oracleError(910, position, 'specified length too long for its datatype')
  return { type: { name, size }, isInCharacters, position }
}

function parenthesisedIntegers(tokens: TokenStream): number[] {
  tokens.expectSymbol('(')
  const values = [tokens.takeSymbol('*') ? MAX_PRECISION : integer(tokens)]
  while (tokens.takeSymbol(',')) values.push(integer(tokens))
  tokens.expectSymbol(')')
  return values
}

function integer(tokens: TokenStream): number {
  const sign = tokens.takeSymbol('-') ? -1 : 1
  const { kind, value, position } = tokens.next()
  if (kind !== 'number' || !/^\d+$/.test(value)) throw oracleError(1899, position)
  return sign * Number(value)
}
