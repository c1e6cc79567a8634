import { type CursorKind, compareCursorValues, cursorBefore } from './cursor-values.ts'
import { indexesOf } from './key-census.ts'
import type { RecordType } from './record-type.ts'
import { compileRowHasher } from './row-hash.ts'
import type { Column, Row, RowSchema, Value } from './row-schema.ts'
import { sortedOrder } from './sorted-runs.ts'
import type { Window, WindowTail } from './window.ts'

const WORDS = 4
const BYTES = 16

/** The hash of a row's key and cursor value; the array is reused. */
export type TailHasher = (row: Row, value: string) => Uint32Array

export function compileTailHasher({ rowKey }: Pick<RecordType, 'rowKey'>, schema: RowSchema): TailHasher {
  const indexes = indexesOf(
    schema,
    rowKey.map(({ column }) => column),
  )
  const keyColumns = indexes.map((index) => schema.columns[index] as Column)
  // Ordinals begin at 1, so that no column has the one of the cursor value.
  const cursorValue: Column = { name: '', ordinal: 0, type: { kind: 'text' }, isNullable: false }
  const hasher = compileRowHasher({ columns: [cursorValue, ...keyColumns] })
  const values: Value[] = [null, ...keyColumns.map(() => null)]
  return (row, value) => {
    values[0] = value
    for (let place = 0; place < indexes.length; place++) {
      values[place + 1] = row[indexes[place] as number] as Value
    }
    return hasher.hash(values)
  }
}

/** What the last run knew, if that is all of what a window reads up to the last one's end. */
export function openTail(
  kind: CursorKind,
  tail: WindowTail | undefined,
  { from }: Window,
): { readonly to: string; has(hash: Uint32Array): boolean } | undefined {
  if (!tail?.isComplete) return undefined
  if (tail.from !== null && (from === null || compareCursorValues(kind, from, tail.from) < 0))
    return undefined
  const { buffer, byteOffset, length } = tail.rows
  const view = new DataView(buffer, byteOffset, length)
  const compareAt = (place: number, hash: Uint32Array) => {
    for (let word = 0; word < WORDS; word++) {
      const difference = view.getUint32(place * BYTES + word * 4) - (hash[word] as number)
      if (difference !== 0) return difference
    }
    return 0
  }
  return {
    to: tail.to,
    has(hash) {
      let low = 0
      let high = length / BYTES
      while (low < high) {
        const middle = (low + high) >>> 1
        const compared = compareAt(middle, hash)
        if (compared === 0) return true
        if (compared < 0) low = middle + 1
        else high = middle
      }
      return false
    },
  }
}

/** Gathers the rows that the next window will read again, in bounded memory, whatever their order. */
export interface TailRows {
  /** Whether a row with this value may be among them; asked before its hash is made. */
  wants(value: string): boolean
  add(value: string, hash: Uint32Array): void
  /** `watermark` is the next one. */
  finish(watermark: string | null): WindowTail
}

export function createTailRows(
  kind: CursorKind,
  {
    window,
    overlap,
    maxRows,
  }: { readonly window: Window; readonly overlap: number; readonly maxRows: number },
): TailRows {
  const oneTooMany = maxRows + 1
  const capacity = 2 * oneTooMany
  const hashes = new Uint32Array(capacity * WORDS)
  let values: string[] = []
  /** Rows with a lower value have no place: the next window does not read them, or reads one row too many above them. */
  let floor: string | null = null

  const isBefore = (a: string, b: string | null) => b !== null && compareCursorValues(kind, a, b) < 0

  const later = (a: string, b: string | null) => (b !== null && isBefore(a, b) ? b : a)

  const keepOnly = (places: readonly number[]) => {
    for (const [target, place] of places.entries()) {
      hashes.copyWithin(target * WORDS, place * WORDS, (place + 1) * WORDS)
    }
    values = places.map((place) => values[place] as string)
  }

  const dropBefore = (from: string | null) =>
    keepOnly([...values.keys()].filter((place) => !isBefore(values[place] as string, from)))

  const makeRoom = () => {
    const descending = [...values.keys()].sort((a, b) =>
      compareCursorValues(kind, values[b] as string, values[a] as string),
    )
    const [highest, ofOneTooMany] = [0, maxRows].map((rank) => values[descending[rank] as number] as string)
    floor = later(ofOneTooMany as string, cursorBefore(kind, highest as string, overlap))
    keepOnly(descending.slice(0, oneTooMany).sort((a, b) => a - b))
    dropBefore(floor)
  }

  return {
    wants: (value) => !isBefore(value, floor),
    add(value, hash) {
      if (values.length === capacity) makeRoom()
      hashes.set(hash, values.length * WORDS)
      values.push(value)
    },
    finish(watermark) {
      // A run knows nothing before its own window, whatever the overlap.
      const from =
        watermark === null ? window.from : later(cursorBefore(kind, watermark, overlap), window.from)
      dropBefore(from)
      const isComplete = values.length <= maxRows
      const rows = isComplete ? toSortedBytes(hashes, values.length) : new Uint8Array()
      return { from, to: window.to, rows, isComplete }
    },
  }
}

function toSortedBytes(hashes: Uint32Array, count: number): Uint8Array {
  const bytes = new Uint8Array(count * BYTES)
  const view = new DataView(bytes.buffer)
  let place = 0
  for (const record of sortedOrder(hashes, count, WORDS)) {
    for (let word = 0; word < WORDS; word++, place += 4) {
      view.setUint32(place, hashes[record * WORDS + word] as number)
    }
  }
  return bytes
}
