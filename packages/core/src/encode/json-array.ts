import { TerminalError } from '../errors.ts'
import type { ColumnType, RowBatch, RowSchema, Value } from '../row-schema.ts'
import { MOST_BYTES_PER_UNIT, toLabel, writeDecimal, writeLabel, writeText } from './json-text.ts'

/** Writes one JSON array. The chunks it returns are in order and belong to the caller. */
export interface JsonArrayEncoder {
  /** Returns the chunks that became full. Throws ORACLE_VALUE_UNSUPPORTED, naming the column, for a value that cannot be carried exactly. */
  encode(batch: RowBatch): Uint8Array[]
  /** Returns the rest of the array; the encoder is spent. */
  finish(): Uint8Array[]
}

const NEWLINE = 0x0a
const QUOTE = 0x22
const COMMA = 0x2c
const OPENING_BRACKET = 0x5b
const CLOSING_BRACE = 0x7d

/** Room for the punctuation around a value. */
const PUNCTUATION = 16
const SMALLEST_CHUNK = 4096
const NUMBER_LITERAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i

/**
 * Creates the encoder of one file: an object for each row, keyed by column name, one a line; numbers are literals with
 * the digits given. `chunkBytes` is the size of a chunk, 4 KiB or more.
 */
export function createJsonArrayEncoder(
  schema: RowSchema,
  { chunkBytes = 256 * 1024 }: { readonly chunkBytes?: number } = {},
): JsonArrayEncoder {
  const columns = schema.columns.map(({ name, type }, index) => {
    const literal = literalOf(type)
    const key = `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`
    return {
      name,
      literal,
      key: toLabel(literal === 'string' ? `${key}"` : key),
      nullKey: toLabel(`${key}null`),
    }
  })
  const reserve = Math.max(...columns.map(({ nullKey }) => nullKey.words.length * 8)) + PUNCTUATION
  const capacity = Math.max(chunkBytes, SMALLEST_CHUNK + reserve)
  const longestSlice = Math.floor((capacity - reserve) / MOST_BYTES_PER_UNIT)

  let chunk = Buffer.allocUnsafeSlow(capacity)
  let view = new DataView(chunk.buffer)
  let end = 0
  let full: Uint8Array[] = []
  let rows = 0

  function makeRoom(units: number): void {
    if (end + units * MOST_BYTES_PER_UNIT + reserve <= capacity) return
    full.push(chunk.subarray(0, end))
    chunk = Buffer.allocUnsafeSlow(capacity)
    view = new DataView(chunk.buffer)
    end = 0
  }

  function takeFull(): Uint8Array[] {
    const taken = full
    full = []
    return taken
  }

  /** Writes a text that may be longer than a chunk, without parting a surrogate pair. */
  function writeSlices(text: string): number {
    for (let from = 0; from < text.length && end >= 0; ) {
      let to = Math.min(from + longestSlice, text.length)
      if (to < text.length && isHighSurrogate(text.charCodeAt(to - 1))) to--
      makeRoom(to - from)
      end = writeText(text, from, to, chunk, end)
      from = to
    }
    return end
  }

  function unsupported(column: string, reason: string): TerminalError {
    const row = rows + 1
    return new TerminalError(
      'ORACLE_VALUE_UNSUPPORTED',
      `Cannot write column ${column} of row ${row} as JSON: ${reason}. Correct the value where it comes from, or leave the column out of the record type.`,
      { details: { column, row } },
    )
  }

  return {
    encode(batch) {
      for (const row of batch) {
        if (row.length !== columns.length) {
          throw new TypeError(`A row has ${row.length} values for ${columns.length} columns`)
        }
        makeRoom(0)
        chunk[end++] = rows === 0 ? OPENING_BRACKET : COMMA
        chunk[end++] = NEWLINE
        for (let index = 0; index < columns.length; index++) {
          const { name, literal, key, nullKey } = columns[index] as (typeof columns)[number]
          const value = row[index] as Value
          if (value === null) {
            makeRoom(0)
            end = writeLabel(nullKey, view, end)
            continue
          }
          const isLong = value.length > longestSlice
          makeRoom(isLong ? 0 : value.length)
          end = writeLabel(key, view, end)
          if (literal === 'string') {
            end = isLong ? writeSlices(value) : writeText(value, 0, value.length, chunk, end)
            if (end < 0) throw unsupported(name, 'it holds half of a surrogate pair, which is not text')
            chunk[end++] = QUOTE
          } else if (literal === 'decimal') {
            end = isLong ? -1 : writeDecimal(value, chunk, end)
            if (end < 0) throw unsupported(name, 'it holds something other than a plain decimal')
          } else {
            if (isLong || !NUMBER_LITERAL.test(value)) {
              throw unsupported(name, 'it holds something other than a finite number')
            }
            end = writeText(value, 0, value.length, chunk, end)
          }
        }
        chunk[end++] = CLOSING_BRACE
        rows++
      }
      return takeFull()
    },

    finish() {
      makeRoom(0)
      end += chunk.write(rows === 0 ? '[]\n' : '\n]\n', end)
      full.push(chunk.subarray(0, end))
      return takeFull()
    },
  }
}

function literalOf({ kind }: ColumnType): 'string' | 'decimal' | 'float' {
  if (kind === 'number') return 'decimal'
  return kind === 'binary-float' || kind === 'binary-double' ? 'float' : 'string'
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}
