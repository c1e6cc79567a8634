import type { BindValue } from './database.ts'
import type { LobStore } from './lob-store.ts'
import { FORM, TYPE } from './row-encoding.ts'
import { LONGEST_STRING, MESSAGE } from './ttc-messages.ts'
import { OracleError, type OracleType, type OracleValue } from './values.ts'
import { WireFormatError, type WireReader } from './wire-buffer.ts'

/** What the client said about one bind or one defined column. */
export interface ValueFormat {
  readonly type: number
  readonly maxSize: number
  readonly form: number
}

const ARRAY = 0x40

export function readValueFormats(request: WireReader, count: number): ValueFormat[] {
  return Array.from({ length: count }, () => {
    const type = request.u8()
    const flags = request.u8()
    request.skip(2)
    const maxSize = request.ub()
    request.ub()
    request.ub()
    if (request.ub() > 0) request.bytes() // object id
    request.ub()
    request.ub()
    const form = request.u8()
    request.ub()
    request.ub()
    if ((flags & ARRAY) !== 0) throw new OracleError(3115, 'the sandbox does not imitate PL/SQL array binds')
    return { type, maxSize, form }
  })
}

export interface BindContext {
  readonly lobs: LobStore
  /** Of the session, in minutes east of UTC. */
  readonly offsetMinutes: number
}

/** The values of one execution, in the order of the placeholders; long values come after all others. */
export function readBindRow(
  request: WireReader,
  formats: readonly ValueFormat[],
  context: BindContext,
): BindValue[] {
  const message = request.u8()
  if (message !== MESSAGE.row) throw new WireFormatError(`message ${message} where bind values were expected`)
  const values = new Array<BindValue>(formats.length)
  for (const isLongPass of [false, true]) {
    for (const [index, format] of formats.entries()) {
      if (format.maxSize > LONGEST_STRING === isLongPass) {
        values[index] = { type: bindType(format), value: readBindText(request, format, context) }
      }
    }
  }
  return values
}

/** The type the database sees of a bind. */
export function bindType({ type, form, maxSize }: ValueFormat): OracleType {
  switch (type) {
    case TYPE.varchar:
    case TYPE.char:
      if (maxSize > LONGEST_STRING) return { name: 'CLOB' }
      if (form === FORM.national) {
        return { name: type === TYPE.char ? 'NCHAR' : 'NVARCHAR2', size: Math.max(1, Math.ceil(maxSize / 2)) }
      }
      return { name: type === TYPE.char ? 'CHAR' : 'VARCHAR2', size: Math.max(1, maxSize) }
    case TYPE.number:
    case TYPE.binaryInteger:
      return { name: 'NUMBER' }
    case TYPE.raw:
      return maxSize > LONGEST_STRING ? { name: 'BLOB' } : { name: 'RAW', size: Math.max(1, maxSize) }
    case TYPE.long:
    case TYPE.clob:
      return { name: form === FORM.national ? 'NCLOB' : 'CLOB' }
    case TYPE.longRaw:
    case TYPE.blob:
      return { name: 'BLOB' }
    case TYPE.date:
      return { name: 'DATE' }
    case TYPE.timestamp:
      return { name: 'TIMESTAMP', fractionalDigits: 9 }
    case TYPE.timestampWithTimeZone:
    case TYPE.timestampWithLocalTimeZone:
      return { name: 'TIMESTAMP WITH TIME ZONE', fractionalDigits: 9 }
    case TYPE.binaryDouble:
      return { name: 'BINARY_DOUBLE' }
    case TYPE.binaryFloat:
      return { name: 'BINARY_FLOAT' }
    default:
      throw new OracleError(3115, `the sandbox does not imitate binds of data type ${type}`)
  }
}

function readBindText(request: WireReader, { type, form }: ValueFormat, context: BindContext): OracleValue {
  if (type === TYPE.clob || type === TYPE.blob) {
    const locator = request.ub() === 0 ? null : request.bytes()
    if (locator === null) return null
    const lob = context.lobs.at(locator)
    return (lob.kind === 'text' ? lob.text : lob.bytes.toString('hex')) || null
  }
  const bytes = request.bytes()
  if (bytes === null) return null
  switch (type) {
    case TYPE.number:
    case TYPE.binaryInteger:
      return numberText(bytes)
    case TYPE.raw:
    case TYPE.longRaw:
      return bytes.toString('hex')
    case TYPE.date:
      return dateText(bytes)
    case TYPE.timestamp:
      return dateText(bytes) + fractionText(bytes)
    case TYPE.timestampWithTimeZone: {
      const offset = (bytes.readUInt8(11) - 20) * 60 + bytes.readUInt8(12) - 60
      return `${dateText(bytes)}${fractionText(bytes)}Z${offsetText(offset)}`
    }
    case TYPE.timestampWithLocalTimeZone:
      return `${dateText(bytes)}${fractionText(bytes)}Z${offsetText(context.offsetMinutes)}`
    case TYPE.binaryDouble:
    case TYPE.binaryFloat:
      return String(floatingPoint(bytes))
    default:
      return form === FORM.national ? fromUtf16(bytes) : bytes.toString('utf8')
  }
}

function fromUtf16(bytes: Buffer): string {
  return Buffer.from(bytes).swap16().toString('utf16le')
}

/** Plain decimal text of an Oracle number. */
export function numberText(bytes: Buffer): string {
  const first = bytes.readUInt8(0)
  const isNegative = (first & 0x80) === 0
  if (bytes.length === 1) {
    if (isNegative) throw new OracleError(1426, 'numeric overflow')
    return '0'
  }
  const exponent = (isNegative ? ~first & 0xff : first) - 192
  const end = isNegative && bytes.at(-1) === 102 ? bytes.length - 1 : bytes.length
  let digits = ''
  for (let index = 1; index < end; index++) {
    const byte = bytes.readUInt8(index)
    digits += String(isNegative ? 101 - byte : byte - 1).padStart(2, '0')
  }
  const point = exponent * 2
  const whole = point <= 0 ? '' : digits.slice(0, point).padEnd(point, '0')
  const fraction = point <= 0 ? '0'.repeat(-point) + digits : digits.slice(point)
  const wholeText = whole.replace(/^0+/, '') || '0'
  const fractionText = fraction.replace(/0+$/, '')
  return `${isNegative ? '-' : ''}${wholeText}${fractionText === '' ? '' : `.${fractionText}`}`
}

function dateText(bytes: Buffer): string {
  const year = (bytes.readUInt8(0) - 100) * 100 + bytes.readUInt8(1) - 100
  const date = [padded(bytes.readUInt8(2)), padded(bytes.readUInt8(3))].join('-')
  const time = [4, 5, 6].map((index) => padded(bytes.readUInt8(index) - 1)).join(':')
  return `${year < 0 ? '-' : ''}${String(Math.abs(year)).padStart(4, '0')}-${date}T${time}`
}

function fractionText(bytes: Buffer): string {
  return `.${String(bytes.length >= 11 ? bytes.readUInt32BE(7) : 0).padStart(9, '0')}`
}

export function offsetText(minutes: number): string {
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${padded(Math.floor(size / 60))}:${padded(size % 60)}`
}

function padded(value: number): string {
  return String(value).padStart(2, '0')
}

function floatingPoint(sortable: Buffer): number {
  const bytes = Buffer.from(sortable)
  const first = bytes.readUInt8(0)
  if ((first & 0x80) !== 0) bytes[0] = first & 0x7f
  else for (const [index, byte] of bytes.entries()) bytes[index] = ~byte & 0xff
  return bytes.length === 8 ? bytes.readDoubleBE(0) : bytes.readFloatBE(0)
}
