import type { LobStore } from './lob-store.ts'
import { writeNumber } from './number-encoding.ts'
import { CHARACTER_SET, MESSAGE } from './ttc-messages.ts'
import type { OracleType, OracleValue, ResultColumn } from './values.ts'
import type { WireWriter } from './wire-buffer.ts'

export const TYPE = {
  varchar: 1,
  number: 2,
  binaryInteger: 3,
  long: 8,
  rowId: 11,
  date: 12,
  raw: 23,
  longRaw: 24,
  char: 96,
  binaryFloat: 100,
  binaryDouble: 101,
  clob: 112,
  blob: 113,
  timestamp: 180,
  timestampWithTimeZone: 181,
  timestampWithLocalTimeZone: 231,
} as const

export const FORM = { none: 0, character: 1, national: 2 } as const

const LOB_CHUNK_CHARACTERS = 8_132
const LOB_SIZE_IN_DESCRIBE = 4_000
const UNDEFINED_SCALE = -127
const ROWID_SIZE = 18

/** How a column is described and, unless a define says otherwise, sent. */
interface WireType {
  readonly number: number
  readonly form: number
  readonly precision: number
  readonly scale: number
  /** In bytes; never 0, which would make the client read nothing. */
  readonly size: number
}

export function wireType(type: OracleType): WireType {
  const plain = { form: FORM.none, precision: 0, scale: 0 }
  switch (type.name) {
    case 'NUMBER': {
      const isPlain = type.precision === undefined && type.scale === undefined
      return {
        ...plain,
        number: TYPE.number,
        precision: isPlain ? 0 : (type.precision ?? 38),
        scale: isPlain ? UNDEFINED_SCALE : (type.scale ?? 0),
        size: 22,
      }
    }
    case 'FLOAT':
      return {
        ...plain,
        number: TYPE.number,
        precision: type.binaryPrecision,
        scale: UNDEFINED_SCALE,
        size: 22,
      }
    case 'VARCHAR2':
      return { ...plain, number: TYPE.varchar, form: FORM.character, size: Math.max(1, type.size) }
    case 'NVARCHAR2':
      return { ...plain, number: TYPE.varchar, form: FORM.national, size: Math.max(2, type.size * 2) }
    case 'CHAR':
      return { ...plain, number: TYPE.char, form: FORM.character, size: Math.max(1, type.size) }
    case 'NCHAR':
      return { ...plain, number: TYPE.char, form: FORM.national, size: Math.max(2, type.size * 2) }
    case 'RAW':
      return { ...plain, number: TYPE.raw, size: Math.max(1, type.size) }
    case 'DATE':
      return { ...plain, number: TYPE.date, size: 7 }
    case 'TIMESTAMP':
      return { ...plain, number: TYPE.timestamp, scale: type.fractionalDigits, size: 11 }
    case 'TIMESTAMP WITH TIME ZONE':
      return { ...plain, number: TYPE.timestampWithTimeZone, scale: type.fractionalDigits, size: 13 }
    case 'TIMESTAMP WITH LOCAL TIME ZONE':
      return { ...plain, number: TYPE.timestampWithLocalTimeZone, scale: type.fractionalDigits, size: 11 }
    case 'ROWID':
      return { ...plain, number: TYPE.rowId, size: ROWID_SIZE }
    case 'BINARY_FLOAT':
      return { ...plain, number: TYPE.binaryFloat, size: 4 }
    case 'BINARY_DOUBLE':
      return { ...plain, number: TYPE.binaryDouble, size: 8 }
    case 'CLOB':
      return { ...plain, number: TYPE.clob, form: FORM.character, size: LOB_SIZE_IN_DESCRIBE }
    case 'NCLOB':
      return { ...plain, number: TYPE.clob, form: FORM.national, size: LOB_SIZE_IN_DESCRIBE }
    case 'BLOB':
      return { ...plain, number: TYPE.blob, size: LOB_SIZE_IN_DESCRIBE }
  }
}

export function isLob(type: OracleType): boolean {
  return type.name === 'CLOB' || type.name === 'NCLOB' || type.name === 'BLOB'
}

export function writeDescribe(out: WireWriter, columns: readonly ResultColumn[]): void {
  const types = columns.map((column) => wireType(column.type))
  out.u8(MESSAGE.describe)
  out.u8(0)
  out.ub(types.reduce((sum, type) => sum + type.size, 0))
  out.ub(columns.length)
  if (columns.length > 0) out.u8(0)
  for (const [index, column] of columns.entries()) {
    const type = types[index]
    if (type === undefined) continue
    out.u8(type.number)
    out.u8(0)
    out.u8(type.precision)
    out.u8(type.scale & 0xff)
    out.ub(type.size)
    out.ub(0) // array elements
    out.ub(0) // flags
    out.ub(0) // object id
    out.ub(0) // version
    out.ub(
      type.form === FORM.none ? 0 : type.form === FORM.national ? CHARACTER_SET.utf16 : CHARACTER_SET.utf8,
    )
    out.u8(type.form)
    out.ub(type.form === FORM.none ? 0 : type.size)
    out.ub(0) // column id
    out.u8(column.isNullable ? 1 : 0)
    out.u8(Math.min(Buffer.byteLength(column.name), 0xff))
    out.sizedText(column.name)
    out.ub(0) // schema
    out.ub(0) // type name
    out.ub(index + 1)
    out.ub(0)
  }
  out.ub(0)
  for (let field = 0; field < 4; field++) out.ub(0)
  out.ub(0)
}

export function writeRowHeader(out: WireWriter): void {
  out.u8(MESSAGE.rowHeader)
  out.u8(0)
  for (let field = 0; field < 6; field++) out.ub(0)
}

/** Writes one value of a column. */
export type ColumnEncoder = (out: WireWriter, value: OracleValue) => void

/** `defined` is the type the client asked for in a define, if it sent one. */
export function columnEncoder(type: OracleType, defined: number | undefined, lobs: LobStore): ColumnEncoder {
  switch (type.name) {
    case 'NUMBER':
    case 'FLOAT':
      return orNull(writeNumber)
    case 'VARCHAR2':
    case 'CHAR':
      return orNull((out, value) => out.lengthAndText(value))
    case 'NVARCHAR2':
    case 'NCHAR':
      return orNull((out, value) => out.lengthAndBytes(toUtf16(value)))
    case 'RAW':
      return orNull((out, value) => out.lengthAndBytes(Buffer.from(value, 'hex')))
    case 'DATE':
      return orNull(writeDate)
    case 'TIMESTAMP':
    // The client takes the fields for those of the database's time zone, which data type negotiation fixes at +00:00.
    case 'TIMESTAMP WITH LOCAL TIME ZONE':
      return orNull(writeTimestamp)
    case 'TIMESTAMP WITH TIME ZONE':
      return orNull(writeTimestampWithTimeZone)
    case 'BINARY_DOUBLE':
      return orNull(writeBinaryDouble)
    case 'BINARY_FLOAT':
      return orNull(writeBinaryFloat)
    case 'ROWID':
      return orNull(writeRowId)
    case 'CLOB':
    case 'NCLOB':
      if (defined === TYPE.long) {
        return type.name === 'CLOB'
          ? asLong((out, value) => out.lengthAndText(value))
          : asLong((out, value) => out.lengthAndBytes(toUtf16(value)))
      }
      return (out, value) => {
        if (value === null) return out.ub(0)
        const locator = lobs.addText(value)
        out.ub(locator.length)
        out.ub(value.length)
        out.ub(LOB_CHUNK_CHARACTERS)
        out.lengthAndBytes(locator)
      }
    case 'BLOB':
      if (defined === TYPE.longRaw) {
        return asLong((out, value) => out.lengthAndBytes(Buffer.from(value, 'hex')))
      }
      return (out, value) => {
        if (value === null) return out.ub(0)
        const bytes = Buffer.from(value, 'hex')
        const locator = lobs.addBytes(bytes)
        out.ub(locator.length)
        out.ub(bytes.length)
        out.ub(LOB_CHUNK_CHARACTERS)
        out.lengthAndBytes(locator)
      }
  }
}

type ValueWriter = (out: WireWriter, value: string) => void

function orNull(write: ValueWriter): ColumnEncoder {
  return (out, value) => {
    if (value === null) out.u8(0)
    else write(out, value)
  }
}

/** A long value is followed by a null indicator and a return code. */
function asLong(write: ValueWriter): ColumnEncoder {
  return (out, value) => {
    if (value === null) {
      out.raw(Buffer.from([0, 0x81, 1]))
      out.ub(1405)
    } else {
      write(out, value)
      out.u8(0)
      out.u8(0)
    }
  }
}

export function toUtf16(value: string): Buffer {
  return Buffer.from(value, 'utf16le').swap16()
}

const ZERO = 48
const MINUS = 45

/** Fields of `YYYY-MM-DDTHH:MM:SS`, also `-YYYY-…`, into seven bytes; answers the offset after the seconds. */
function putDateFields(bytes: Buffer, at: number, value: string): number {
  const sign = value.charCodeAt(0) === MINUS ? -1 : 1
  const text = sign === -1 ? 1 : 0
  bytes[at] = sign * twoDigits(value, text) + 100
  bytes[at + 1] = sign * twoDigits(value, text + 2) + 100
  bytes[at + 2] = twoDigits(value, text + 5)
  bytes[at + 3] = twoDigits(value, text + 8)
  bytes[at + 4] = twoDigits(value, text + 11) + 1
  bytes[at + 5] = twoDigits(value, text + 14) + 1
  bytes[at + 6] = twoDigits(value, text + 17) + 1
  return text + 19
}

function twoDigits(value: string, at: number): number {
  return (value.charCodeAt(at) - ZERO) * 10 + value.charCodeAt(at + 1) - ZERO
}

function nanosecondsAt(value: string, at: number): number {
  let nanoseconds = 0
  for (let digit = at; digit < at + 9; digit++)
    nanoseconds = nanoseconds * 10 + value.charCodeAt(digit) - ZERO
  return nanoseconds
}

function writeDate(out: WireWriter, value: string): void {
  const at = out.reserve(8)
  out.bytes[at] = 7
  putDateFields(out.bytes, at + 1, value)
}

function writeTimestamp(out: WireWriter, value: string): void {
  const at = out.reserve(12)
  const point = putDateFields(out.bytes, at + 1, value)
  const nanoseconds = nanosecondsAt(value, point + 1)
  if (nanoseconds === 0) {
    out.bytes[at] = 7
    out.length = at + 8
  } else {
    out.bytes[at] = 11
    out.bytes.writeUInt32BE(nanoseconds, at + 8)
  }
}

/** The zone goes out as its offset: a real server sends the number of a region that has a name, and the client reads neither. */
function writeTimestampWithTimeZone(out: WireWriter, value: string): void {
  const at = out.reserve(14)
  const point = putDateFields(out.bytes, at + 1, value)
  const zone = point + 11
  const sign = value.charCodeAt(zone) === MINUS ? -1 : 1
  out.bytes[at] = 13
  out.bytes.writeUInt32BE(nanosecondsAt(value, point + 1), at + 8)
  out.bytes[at + 12] = 20 + sign * twoDigits(value, zone + 1)
  out.bytes[at + 13] = 60 + sign * twoDigits(value, zone + 4)
}

function writeBinaryDouble(out: WireWriter, value: string): void {
  const at = out.reserve(9)
  out.bytes[at] = 8
  out.bytes.writeDoubleBE(Number(value), at + 1)
  makeSortable(out.bytes, at + 1, 8)
}

function writeBinaryFloat(out: WireWriter, value: string): void {
  const at = out.reserve(5)
  out.bytes[at] = 4
  out.bytes.writeFloatBE(Number(value), at + 1)
  makeSortable(out.bytes, at + 1, 4)
}

/** Oracle flips the sign bit of positive numbers and every bit of negative ones, so that they sort as bytes. */
function makeSortable(bytes: Buffer, at: number, size: number): void {
  const first = bytes.readUInt8(at)
  if ((first & 0x80) === 0) {
    bytes[at] = first | 0x80
  } else {
    for (let index = at; index < at + size; index++) bytes[index] = ~bytes.readUInt8(index) & 0xff
  }
}

const ROWID_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Object, file, block and slot: 6, 3, 6 and 3 digits of base 64. */
function writeRowId(out: WireWriter, value: string): void {
  const field = (start: number, end: number) =>
    [...value.slice(start, end)].reduce((sum, digit) => sum * 64 + ROWID_DIGITS.indexOf(digit), 0)
  out.u8(ROWID_SIZE)
  out.ub(field(0, 6))
  out.ub(field(6, 9))
  out.u8(0)
  out.ub(field(9, 15))
  out.ub(field(15, 18))
}
