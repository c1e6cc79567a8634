import { MAX_RUN_RECORDS } from './sorted-runs.ts'

/** What a record was to those already in the table. */
export type Insertion = 'new' | 'duplicate' | 'conflict' | 'full'

/** A set of records, each a 128-bit key (words 0 to 3) and, at width 8, the 128-bit hash of its row (words 4 to 7). */
export interface KeyTable {
  /** `conflict`: the key is known with another row hash; the record is kept too. `full`: it was not kept. */
  insert(record: Uint32Array): Insertion
  /** Moves the records to the front of the table's memory and lends it; nothing but `clear` may follow. */
  compact(): { readonly words: Uint32Array; readonly count: number }
  clear(): void
  /** Gives the memory back at once, which the garbage collector would do some time. The table is spent. */
  free(): void
}

const MAX_LOAD = 0.75

/** Grows from little up to `memoryBytes`, which includes what sorting the records takes. */
export function createKeyTable({
  width,
  memoryBytes,
}: {
  readonly width: 4 | 8
  readonly memoryBytes: number
}): KeyTable {
  const maxSlots = Math.max(2, Math.min(Math.floor(memoryBytes / (width * 4 + 8)), MAX_RUN_RECORDS))
  let slots = Math.min(1024, maxSlots)
  let words = new Uint32Array(slots * width)
  let size = 0
  const moving = new Uint32Array(width)

  /** An empty slot has zero in word 1, which no key has. */
  const isEmpty = (at: number) => words[at + 1] === 0

  const slotOf = (hash: number) => Math.floor((hash * slots) / 2 ** 32) * width

  const next = (at: number) => (at + width === words.length ? 0 : at + width)

  const isSame = (at: number, record: Uint32Array, from: number, to: number) => {
    for (let word = from; word < to; word++) if (words[at + word] !== record[word]) return false
    return true
  }

  const put = (at: number, record: Uint32Array) => {
    for (let word = 0; word < width; word++) words[at + word] = record[word] as number
    size++
  }

  const grow = () => {
    const before = words
    slots = Math.min(slots * 2, maxSlots)
    words = new Uint32Array(slots * width)
    size = 0
    for (let at = 0; at < before.length; at += width) {
      if (before[at + 1] === 0) continue
      for (let word = 0; word < width; word++) moving[word] = before[at + word] as number
      insert(moving)
    }
    before.buffer.transfer(0)
  }

  const insert = (record: Uint32Array): Insertion => {
    if (record[1] === 0) record[1] = 1
    let at = slotOf(record[1] as number)
    for (; !isEmpty(at); at = next(at)) if (isSame(at, record, 0, 4)) break
    let found: Insertion = 'new'
    if (!isEmpty(at)) {
      if (isSame(at, record, 4, width)) return 'duplicate'
      // A key's first record lies where its key says, all others where key and row say: however many rows share a key,
      // no search walks past all of them.
      found = 'conflict'
      at = slotOf(((record[1] as number) ^ (record[4] as number)) >>> 0)
      for (; !isEmpty(at); at = next(at)) if (isSame(at, record, 0, width)) return 'duplicate'
    }
    if (size + 1 > slots * MAX_LOAD) {
      if (slots === maxSlots) return 'full'
      grow()
      return insert(record)
    }
    put(at, record)
    return found
  }

  return {
    insert,
    compact() {
      let count = 0
      for (let at = 0; at < words.length; at += width) {
        if (!isEmpty(at)) words.copyWithin(count++ * width, at, at + width)
      }
      return { words, count }
    },
    clear() {
      words.fill(0)
      size = 0
    },
    free: () => void words.buffer.transfer(0),
  }
}
