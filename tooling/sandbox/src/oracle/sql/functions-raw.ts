import { createHash } from 'node:crypto'
import { writeNumber } from '../number-encoding.ts'
import { WireWriter } from '../wire-buffer.ts'
import { type Compiled, constant, derived, strict } from './compiled.ts'
import { convert, keyOf, RAW_TYPE, textToHex } from './conversion.ts'
import { oracleError, unimplemented } from './errors.ts'
import { argument, hasArgument, numberArgument, textArgument } from './function-arguments.ts'
import type { Call, SqlFunction } from './functions.ts'
import { compareNumbers, truncateNumber } from './number-arithmetic.ts'
import {
  groupOf,
  isBlankPadded,
  isNational,
  MAX_VARCHAR2_BYTES,
  NUMBER,
  type SqlType,
  textSize,
  varchar2,
} from './types.ts'

const HASHES: Readonly<Record<string, { readonly algorithm: string; readonly size: number }>> = {
  MD5: { algorithm: 'md5', size: 16 },
  SHA1: { algorithm: 'sha1', size: 20 },
  SHA256: { algorithm: 'sha256', size: 32 },
  SHA384: { algorithm: 'sha384', size: 48 },
  SHA512: { algorithm: 'sha512', size: 64 },
}
const LARGEST_HASH_SIZE = 64
const MAX_BUCKET = '4294967295'

const raw = (size: number): SqlType => ({ name: 'RAW', size: Math.max(1, Math.min(size, 2000)) })

/** The bytes in which the database holds a value. Those of NUMBER are the ones on the wire; dates and binary floats are refused. */
function storedBytes(source: Compiled, position: number): (value: string) => Buffer {
  const { type } = source
  switch (groupOf(type)) {
    case 'null':
    case 'text':
      return isNational(type)
        ? (value) => Buffer.from(value, 'utf16le').swap16()
        : (value) => Buffer.from(value, 'utf8')
    case 'raw':
      return (value) => Buffer.from(value, 'hex')
    case 'number': {
      const out = new WireWriter()
      return (value) => {
        out.length = 0
        writeNumber(out, value)
        return out.written().subarray(1)
      }
    }
    case 'clob':
    case 'blob':
      throw oracleError(902, position)
    default:
      throw unimplemented(`STANDARD_HASH of ${type.name}`, position)
  }
}

function compileStandardHash(call: Call): Compiled {
  const source = argument(call, 0)
  const bytesOf = storedBytes(source, call.position)
  const method = hasArgument(call, 1) ? textArgument(call, 1) : constant(varchar2(6), 'SHA1')
  const hashNamed = (name: string | null) => {
    const hash = HASHES[(name ?? '').toUpperCase()]
    if (hash === undefined) throw oracleError(1760, call.position, 'illegal argument for function')
    return hash
  }
  const known = method.isConstant ? hashNamed(method.evaluate()) : undefined
  // A null hashes like no bytes at all; its hash is not null.
  return derived([source, method], raw(known?.size ?? LARGEST_HASH_SIZE), () => {
    const { algorithm } = known ?? hashNamed(method.evaluate())
    const value = source.evaluate()
    return createHash(algorithm)
      .update(value === null ? Buffer.alloc(0) : bytesOf(value))
      .digest('hex')
  })
}

/** Spread evenly and the same on every run, but the buckets are not those that Oracle puts a value in. */
function compileOraHash(call: Call): Compiled {
  const source = argument(call, 0)
  const group = groupOf(source.type)
  if (group === 'clob' || group === 'blob')
    throw oracleError(932, call.position, `inconsistent datatypes: expected - got ${source.type.name}`)
  const limit = (index: number, otherwise: string) =>
    hasArgument(call, index) ? numberArgument(call, index) : constant(NUMBER, otherwise)
  const largest = limit(1, MAX_BUCKET)
  const seed = limit(2, '0')
  const key = keyOf(group, isBlankPadded(source.type))
  return derived([source, largest, seed], NUMBER, () => {
    const [top, start] = [largest, seed].map(({ evaluate }) => truncateNumber(evaluate() ?? '0', 0))
    if (top === undefined || start === undefined || !isBucket(top) || !isBucket(start))
      throw oracleError(12801, call.position, `ORA_HASH takes buckets and seeds from 0 to ${MAX_BUCKET}`)
    const value = source.evaluate()
    const digest = createHash('md5')
      .update(`${start}:${value === null ? '' : key(value)}`)
      .digest()
    return String(digest.readBigUInt64BE(0) % (BigInt(top) + 1n))
  })
}

const isBucket = (number: string) => !number.startsWith('-') && compareNumbers(number, MAX_BUCKET) <= 0

function compileRawToHex(call: Call): Compiled {
  const source = argument(call, 0)
  if (!['raw', 'blob', 'null'].includes(groupOf(source.type)))
    throw unimplemented('RAWTOHEX of anything but RAW and BLOB', call.position)
  const size = groupOf(source.type) === 'blob' ? MAX_VARCHAR2_BYTES : textSize(source.type)
  return strict([source], varchar2(size), (value) => {
    if (value.length > MAX_VARCHAR2_BYTES)
      throw oracleError(22835, 0, 'Buffer too small for CLOB to CHAR or BLOB to RAW conversion')
    return value.toUpperCase()
  })
}

function rawArgument(call: Call, index: number): Compiled {
  const source = argument(call, index)
  if (groupOf(source.type) === 'raw') return source
  return strict([textArgument(call, index)], RAW_TYPE, textToHex)
}

export const rawFunctions: Readonly<Record<string, SqlFunction>> = {
  RAWTOHEX: { min: 1, max: 1, compile: compileRawToHex },
  HEXTORAW: {
    min: 1,
    max: 1,
    compile(call) {
      const text = textArgument(call, 0)
      return strict([text], raw(Math.ceil(textSize(text.type) / 2)), textToHex)
    },
  },
  'UTL_RAW.CAST_TO_RAW': {
    min: 1,
    max: 1,
    compile: (call) => strict([textArgument(call, 0)], raw(2000), (value) => castToRaw(value)),
  },
  'UTL_RAW.CAST_TO_VARCHAR2': {
    min: 1,
    max: 1,
    compile: (call) =>
      strict([rawArgument(call, 0)], varchar2(MAX_VARCHAR2_BYTES), (value) =>
        Buffer.from(value, 'hex').toString('utf8'),
      ),
  },
  'UTL_RAW.LENGTH': {
    min: 1,
    max: 1,
    compile: (call) => strict([rawArgument(call, 0)], NUMBER, (value) => String(value.length / 2)),
  },
  TO_BLOB: {
    min: 1,
    max: 1,
    compile: (call) => strict([rawArgument(call, 0)], { name: 'BLOB' }, (value) => value),
  },
  ROWIDTOCHAR: {
    min: 1,
    max: 1,
    compile(call) {
      const source = argument(call, 0)
      if (groupOf(source.type) !== 'rowid')
        throw oracleError(
          932,
          call.position,
          `inconsistent datatypes: expected ROWID got ${source.type.name}`,
        )
      return strict([source], varchar2(18), (value) => value)
    },
  },
  CHARTOROWID: {
    min: 1,
    max: 1,
    compile: (call) => convert(textArgument(call, 0), { name: 'ROWID' }, call.context, call.position),
  },
  STANDARD_HASH: { min: 1, max: 2, compile: compileStandardHash },
  ORA_HASH: { min: 1, max: 3, compile: compileOraHash },
}

function castToRaw(value: string): string {
  const bytes = Buffer.from(value)
  if (bytes.length > 2000)
    throw oracleError(6502, 0, 'PL/SQL: numeric or value error: raw variable length too long')
  return bytes.toString('hex')
}
