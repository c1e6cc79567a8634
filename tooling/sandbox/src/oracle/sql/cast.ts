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
import { oracleError } from './errors.ts'
import { fitNumber, roundToDigits } from './number-arithmetic.ts'
import type { OracleTypeSyntax } from './syntax.ts'
import { characterCount, cutBytes, sliceCharacters } from './text-values.ts'
import { groupOf, isNational, type SqlType } from './types.ts'

const BYTES_PER_CHARACTER = 4
/** Decimal digits of a binary one. */
const DIGITS_PER_BIT = 0.30103

/** The type with its size in bytes, as a describe reports it. */
export function typeInBytes({ type, isInCharacters, position }: OracleTypeSyntax): {
  type: OracleType
  characterLimit: number | undefined
} {
  if (!isColumnType(type)) throw oracleError(902, position)
  if (!isInCharacters || !('size' in type)) return { type, characterLimit: undefined }
  if (isNational(type)) return { type, characterLimit: type.size }
  const bytes = Math.min(type.size * BYTES_PER_CHARACTER, type.name === 'CHAR' ? 2000 : 4000)
  return { type: { name: type.name, size: bytes }, characterLimit: type.size }
}

const isColumnType = (type: SqlType): type is OracleType =>
  !['null', 'daySecond', 'yearMonth'].includes(groupOf(type))

/** CAST cuts text to the size, and refuses a NUMBER that does not fit. */
export function castTo(operand: Compiled, syntax: OracleTypeSyntax, context: ConversionContext): Compiled {
  const { type, characterLimit } = typeInBytes(syntax)
  const converted = convert(operand, type, context, syntax.position)
  const fit = fitter(type, characterLimit, (value, size) => {
    if (isNational(type)) return value.slice(0, size)
    if (type.name === 'RAW') return value.slice(0, size * 2)
    return characterLimit === undefined ? cutBytes(value, size) : sliceCharacters(value, 0, characterLimit)
  })
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
    case 'FLOAT': {
      // Oracle counts FLOAT's bits as decimal digits: FLOAT(5) holds two.
      const digits = Math.ceil(type.binaryPrecision * DIGITS_PER_BIT)
      return (value) => roundToDigits(value, digits)
    }
    case 'NVARCHAR2':
      return (value) => (value.length > type.size ? shorten(value, type.size) : value)
    case 'NCHAR':
      return (value) => (value.length > type.size ? shorten(value, type.size) : value).padEnd(type.size)
    case 'VARCHAR2':
      return (value) => (isTooLong(value, type.size, characterLimit) ? shorten(value, type.size) : value)
    case 'CHAR':
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
        const instant = parseInstant(value)
        return formatInstant({
          ...instant,
          utc: parseDateTime(roundFraction(formatTimestamp(instant.utc), type.fractionalDigits)),
        })
      }
    case 'TIMESTAMP WITH LOCAL TIME ZONE':
      return (value) => `${roundFraction(value.slice(0, -1), type.fractionalDigits)}Z`
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
