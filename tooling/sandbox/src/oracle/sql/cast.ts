import type { OracleType, OracleValue } from '../values.ts'
import {
  formatInstant,
  formatTimestamp,
  momentOfNanoseconds,
  nanosecondsOf,
  parseDateTime,
  parseInstant,
} from './calendar.ts'
import { type Compiled, strict } from './compiled.ts'
import { type ConversionContext, convert } from './conversion.ts'
import { oracleError, unimplemented } from './errors.ts'
import { fitNumber } from './number-arithmetic.ts'
import type { OracleTypeSyntax } from './syntax.ts'
import { characterCount, cutBytes, sliceCharacters } from './text-values.ts'
import { groupOf, type SqlType } from './types.ts'

const BYTES_PER_CHARACTER = 4

/** The type with its size in bytes, as a describe reports it. */
export function typeInBytes({ type, isInCharacters, position }: OracleTypeSyntax): {
  type: OracleType
  characterLimit: number | undefined
} {
  if (!isColumnType(type)) throw oracleError(902, position)
  if (!isInCharacters || !('size' in type)) return { type, characterLimit: undefined }
  const bytes = Math.min(
    type.size * BYTES_PER_CHARACTER,
    type.name === 'CHAR' || type.name === 'NCHAR' ? 2000 : 4000,
  )
  return { type: { name: type.name, size: bytes }, characterLimit: type.size }
}

const isColumnType = (type: SqlType): type is OracleType =>
  !['null', 'daySecond', 'yearMonth'].includes(groupOf(type))

/** CAST cuts text to the size, and refuses a NUMBER that does not fit. */
export function castTo(operand: Compiled, syntax: OracleTypeSyntax, context: ConversionContext): Compiled {
  const { type, characterLimit } = typeInBytes(syntax)
  if (type.name === 'BLOB' || type.name === 'CLOB') {
    if (groupOf(operand.type) === 'clob' || groupOf(operand.type) === 'blob') return operand
    throw unimplemented(`CAST to ${type.name}`, syntax.position)
  }
  const converted = convert(operand, type, context, syntax.position)
  const fit = fitter(type, characterLimit, (value, size) =>
    characterLimit === undefined ? cutBytes(value, size) : sliceCharacters(value, 0, characterLimit),
  )
  return strict([converted], type, fit)
}

/** What a value becomes in a place of this type; `shorten` says what happens to text that is too long. */
export function fitter(
  type: SqlType,
  characterLimit: number | undefined,
  shorten: (value: string, size: number) => string,
): (value: string) => OracleValue {
  switch (type.name) {
    case 'NUMBER': {
      const { precision, scale } = type
      return precision === undefined ? (value) => value : (value) => fitNumber(value, precision, scale ?? 0)
    }
    case 'VARCHAR2':
    case 'NVARCHAR2':
      return (value) => (isTooLong(value, type.size, characterLimit) ? shorten(value, type.size) : value)
    case 'CHAR':
    case 'NCHAR':
      return (value) =>
        padded(
          isTooLong(value, type.size, characterLimit) ? shorten(value, type.size) : value,
          type.size,
          characterLimit,
        )
    case 'RAW':
      return (value) => (value.length > type.size * 2 ? shorten(value, type.size) : value)
    case 'TIMESTAMP':
      return (value) => roundFraction(value, type.fractionalDigits)
    case 'TIMESTAMP WITH TIME ZONE':
      return (value) => {
        const { utc, offsetMinutes } = parseInstant(value)
        return formatInstant({
          utc: parseDateTime(roundFraction(formatTimestamp(utc), type.fractionalDigits)),
          offsetMinutes,
        })
      }
    default:
      return (value) => value
  }
}

function isTooLong(value: string, size: number, characterLimit: number | undefined): boolean {
  if (characterLimit !== undefined && characterCount(value) > characterLimit) return true
  return value.length * 3 > size && Buffer.byteLength(value) > size
}

function padded(value: string, size: number, characterLimit: number | undefined): string {
  const missing =
    characterLimit === undefined ? size - Buffer.byteLength(value) : characterLimit - characterCount(value)
  return missing > 0 ? value + ' '.repeat(missing) : value
}

function roundFraction(value: string, digits: number): string {
  if (digits >= 9 || value.endsWith('0'.repeat(9 - digits))) return value
  const unit = 10n ** BigInt(9 - digits)
  const nanoseconds = nanosecondsOf(parseDateTime(value))
  return formatTimestamp(momentOfNanoseconds(((nanoseconds + unit / 2n) / unit) * unit))
}
