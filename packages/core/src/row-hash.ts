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
    .map((column, index) => ({
      index,
      column,
      isText: column.type.kind === 'text' || column.type.kind === 'clob',
      headers: Array.from({ length: 256 }, (_, bytes) => `${column.ordinal}=${bytes}:`),
    }))
    .sort((a, b) => a.column.ordinal - b.column.ordinal)
  const words = new Uint32Array(4)

  return {
    hash(row) {
      let text = ''
      for (const { index, column, isText, headers } of columns) {
        const value = row[index] as Value
        if (value === null) continue
        const bytes = isText ? utf8Length(value, column) : value.length
        text += (headers[bytes] ?? `${column.ordinal}=${bytes}:`) + value
      }
      return hashText(text, words)
    },
  }
}

/** The first 128 bits of the SHA-256 of a text's UTF-8, as four 32-bit words, highest first, written into `words`. */
export function hashText(text: string, words: Uint32Array): Uint32Array {
  // One character for each byte: cheaper to make and to read than hexadecimal or a Buffer.
  const digest = hash('sha256', text, 'binary')
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

function utf8Length(text: string, column: Column): number {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) < 128) continue
    if (!text.isWellFormed()) {
      throw new TerminalError(
        'ORACLE_VALUE_UNSUPPORTED',
        `Column ${column.name} holds text with half of a surrogate pair, which UTF-8 cannot carry; repair the value in the source`,
        { details: { column: column.name } },
      )
    }
    return Buffer.byteLength(text)
  }
  return text.length
}
