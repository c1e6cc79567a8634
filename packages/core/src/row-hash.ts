import { hash } from 'node:crypto'
import { TerminalError } from './errors.ts'
import type { Column, Row, RowSchema, Value } from './row-schema.ts'

/** Hashes rows of one schema as certificate.md 2 says; frozen ordinals make it blind to reordered and added NULL columns. */
export interface RowHasher {
  /** The 128 bits as four 32-bit words, highest first. The array is reused by the next call. */
  hash(row: Row): Uint32Array
}

/** Prepares everything that does not depend on the row. `hash` throws ORACLE_VALUE_UNSUPPORTED for text that is not well-formed Unicode. */
export function compileRowHasher(schema: RowSchema): RowHasher {
  const columns = schema.columns
    .map((column, index) => ({ column, index, headers: shortHeaders(column) }))
    .sort((a, b) => a.column.ordinal - b.column.ordinal)
  const words = new Uint32Array(4)
  // Written into memory that is used again: a text made of pieces takes longer to put together than to hash.
  let bytes = Buffer.allocUnsafeSlow(8 * 1024)
  let view = new DataView(bytes.buffer)

  function makeRoom(row: Row): void {
    let needed = 0
    for (const value of row)
      if (value !== null) needed += value.length * MOST_BYTES_PER_UNIT + MOST_HEADER_BYTES
    if (needed <= bytes.length) return
    bytes = Buffer.allocUnsafeSlow(needed * 2)
    view = new DataView(bytes.buffer)
  }

  function writeHeader({ column, headers }: (typeof columns)[number], length: number, at: number): number {
    const headerBytes = length < SHORT ? (headers.bytes[length] as number) : 0
    if (headerBytes === 0) return at + bytes.write(`${column.ordinal}=${length}:`, at)
    view.setFloat64(at, headers.words[length] as number, true)
    return at + headerBytes
  }

  return {
    hash(row) {
      makeRoom(row)
      const target: Uint8Array = bytes
      let end = 0
      for (let place = 0; place < columns.length; place++) {
        const of = columns[place] as (typeof columns)[number]
        const value = row[of.index] as Value
        if (value === null) continue
        const { length } = value
        const start = writeHeader(of, length, end)
        let units = 0
        for (let index = 0; index < length; index++) {
          const unit = value.charCodeAt(index)
          units |= unit
          target[start + index] = unit
        }
        end =
          units < 0x80
            ? start + length
            : writeUtf8(value, target, writeHeader(of, utf8Length(value, of.column), end))
      }
      return readWords(hash('sha256', new Uint8Array(bytes.buffer, 0, end), 'binary'), words)
    },
  }
}

const MOST_BYTES_PER_UNIT = 3
const MOST_HEADER_BYTES = 32
/** Lengths below this have their headers ready. */
const SHORT = 256

/** What stands before values of each short length, as the eight bytes of a double: none is a NaN, which could change its bits. */
function shortHeaders({ ordinal }: Column): { readonly words: Float64Array; readonly bytes: Uint8Array } {
  const words = new Float64Array(SHORT)
  const bytes = new Uint8Array(SHORT)
  const eight = Buffer.alloc(8)
  for (let length = 0; length < SHORT; length++) {
    const header = `${ordinal}=${length}:`
    // Zero for those that do not fit, which no catalogue has.
    bytes[length] = header.length <= 8 ? eight.write(header) : 0
    words[length] = eight.readDoubleLE()
  }
  return { words, bytes }
}

function utf8Length(text: string, { name }: Column): number {
  let bytes = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    bytes += unit < 0x800 ? 1 : 2
    if (unit < 0xd800 || unit > 0xdfff) continue
    // A pair takes four bytes, two for each of its units.
    if ((text.codePointAt(index) as number) < 0x10000) {
      throw new TerminalError(
        'ORACLE_VALUE_UNSUPPORTED',
        `Column ${name} holds text with half of a surrogate pair, which UTF-8 cannot carry; repair the value in the source`,
        { details: { column: name } },
      )
    }
    index++
  }
  return bytes
}

/** Of well-formed text. */
function writeUtf8(text: string, bytes: Uint8Array, at: number): number {
  let end = at
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) {
      bytes[end++] = unit
    } else if (unit < 0x800) {
      bytes[end++] = 0xc0 | (unit >> 6)
      bytes[end++] = 0x80 | (unit & 0x3f)
    } else if (unit < 0xd800 || unit > 0xdfff) {
      bytes[end++] = 0xe0 | (unit >> 12)
      bytes[end++] = 0x80 | ((unit >> 6) & 0x3f)
      bytes[end++] = 0x80 | (unit & 0x3f)
    } else {
      const point = text.codePointAt(index++) as number
      bytes[end++] = 0xf0 | (point >> 18)
      bytes[end++] = 0x80 | ((point >> 12) & 0x3f)
      bytes[end++] = 0x80 | ((point >> 6) & 0x3f)
      bytes[end++] = 0x80 | (point & 0x3f)
    }
  }
  return end
}

/** The first 128 bits of the SHA-256 of a text's UTF-8, as four 32-bit words, highest first, written into `words`. */
export function hashText(text: string, words: Uint32Array): Uint32Array {
  return readWords(hash('sha256', text, 'binary'), words)
}

/** One character for each byte: cheaper to make and to read than hexadecimal or a Buffer. */
function readWords(digest: string, words: Uint32Array): Uint32Array {
  for (let word = 0; word < 4; word++) {
    const byte = word * 4
    words[word] =
      (digest.charCodeAt(byte) << 24) |
      (digest.charCodeAt(byte + 1) << 16) |
      (digest.charCodeAt(byte + 2) << 8) |
      digest.charCodeAt(byte + 3)
  }
  return words
}

/** The sum of row hashes mod 2^128: the order of rows does not matter, and equal rows do not cancel. */
export interface SetHash {
  add(rowHash: Uint32Array): void
  /** 32 hex digits. */
  toHex(): string
}

/** A float holds the sum of this many 32-bit words exactly. */
const ADDITIONS_BETWEEN_CARRIES = 2 ** 20

export function createSetHash(): SetHash {
  const limbs: [number, number, number, number] = [0, 0, 0, 0]
  let additions = 0

  const carry = () => {
    let over = 0
    for (let limb = 3; limb >= 0; limb--) {
      const sum = (limbs[limb] as number) + over
      limbs[limb] = sum % 2 ** 32
      over = Math.floor(sum / 2 ** 32)
    }
    additions = 0
  }

  return {
    add(rowHash) {
      limbs[0] += rowHash[0] as number
      limbs[1] += rowHash[1] as number
      limbs[2] += rowHash[2] as number
      limbs[3] += rowHash[3] as number
      if (++additions === ADDITIONS_BETWEEN_CARRIES) carry()
    },
    toHex() {
      carry()
      return limbs.map((limb) => limb.toString(16).padStart(8, '0')).join('')
    },
  }
}
