import { compileKeyHasher, indexesOf, readableKey } from './key-census.ts'
import type { KeyColumn } from './record-type.ts'
import { compileRowHasher } from './row-hash.ts'
import type { Row, RowBatch, RowSchema, Value } from './row-schema.ts'
import { createSortedRuns, MAX_RUN_RECORDS } from './sorted-runs.ts'
import type { ScratchFolder } from './spill-files.ts'

export interface RowDiffOptions {
  /** Begins to read the older rows; called twice when there are differences to show. */
  readonly left: () => AsyncIterable<RowBatch>
  /** The newer rows, likewise. */
  readonly right: () => AsyncIterable<RowBatch>
  readonly leftSchema: RowSchema
  readonly rightSchema: RowSchema
  readonly rowKey: readonly KeyColumn[]
  readonly scratch: ScratchFolder
  /** How many added, removed and changed rows are shown, of each; all are counted. */
  readonly maxExamples: number
  /** What may be held in memory before it is spilled to `scratch`; 48 MB unless said. */
  readonly memoryBytes?: number
}

/** How the rows on the right differ from those on the left. Equal rows are matched one to one. */
export interface RowDiff {
  readonly added: number
  readonly removed: number
  /** Rows of one key on both sides with different values in columns that both sides have. */
  readonly changed: number
  readonly unchanged: number
  readonly columnsAdded: readonly string[]
  readonly columnsRemoved: readonly string[]
  readonly examples: {
    readonly added: readonly RowExample[]
    readonly removed: readonly RowExample[]
    readonly changed: readonly ChangedRow[]
  }
}

export interface RowExample {
  /** The readable row key. */
  readonly key: string
  /** By column. */
  readonly values: Readonly<Record<string, Value>>
}

export interface ChangedRow {
  readonly key: string
  readonly changes: readonly { readonly column: string; readonly from: Value; readonly to: Value }[]
}

type Side = 'left' | 'right'

/** Words of a record: the row key's hash, the hash of the columns that both sides have, the side. */
const WIDTH = 9
const SIDE_WORD = 8

/**
 * Compares two sets of rows by row key in linear time and bounded memory. Columns that only one side has are reported
 * and otherwise left out. Throws RangeError when a side lacks a key column, and DISK_FAILED.
 */
export async function diffRows(options: RowDiffOptions): Promise<RowDiff> {
  const { rowKey, leftSchema, rightSchema, scratch, maxExamples, memoryBytes = 48_000_000 } = options
  const namesOf = ({ columns }: RowSchema) => columns.map(({ name }) => name)
  const shared = leftSchema.columns.filter(({ name }) => namesOf(rightSchema).includes(name))
  const sides = {
    left: createSide(options.left, leftSchema, shared, rowKey),
    right: createSide(options.right, rightSchema, shared, rowKey),
  }

  await using runs = createSortedRuns(scratch, { width: WIDTH, memoryBytes: memoryBytes * 0.1 })
  const most = Math.min(Math.floor((memoryBytes * 0.9) / (WIDTH * 4 + 8)), MAX_RUN_RECORDS)
  let records = new Uint32Array(Math.max(1, Math.min(1024, most)) * WIDTH)
  let count = 0
  for (const side of ['left', 'right'] as const) {
    for await (const batch of sides[side].rows()) {
      for (const row of batch) {
        if (count * WIDTH === records.length) {
          if (count < most) {
            const grown = new Uint32Array(Math.min(count * 2, most) * WIDTH)
            grown.set(records)
            records = grown
          } else {
            await runs.spill(records, count)
            count = 0
          }
        }
        sides[side].hash(row, records, count * WIDTH)
        records[count++ * WIDTH + SIDE_WORD] = side === 'left' ? 0 : 1
      }
    }
  }

  const tally = createTally(maxExamples)
  await runs.merge(records, count, tally.visit)
  const counts = tally.finish()
  for (const side of ['left', 'right'] as const) await sides[side].find(tally.wanted[side], side)

  const keyOf = ({ row, side }: FoundRow) => readableKey(rowKey, sides[side].keyOf(row))
  const toExample = (slot: Slot): RowExample[] =>
    slot.found ? [{ key: keyOf(slot.found), values: sides[slot.found.side].valuesOf(slot.found.row) }] : []
  const toChange = ({ from, to }: SlotPair): ChangedRow[] => {
    if (!from.found || !to.found) return []
    const before = sides.left.valuesOf(from.found.row)
    const after = sides.right.valuesOf(to.found.row)
    const changes = shared
      .map(({ name }) => ({ column: name, from: before[name] as Value, to: after[name] as Value }))
      .filter((change) => change.from !== change.to)
    return [{ key: keyOf(to.found), changes }]
  }
  return {
    ...counts,
    columnsAdded: namesOf(rightSchema).filter((name) => !namesOf(leftSchema).includes(name)),
    columnsRemoved: namesOf(leftSchema).filter((name) => !namesOf(rightSchema).includes(name)),
    examples: {
      added: tally.added.flatMap(toExample).sort(byKey),
      removed: tally.removed.flatMap(toExample).sort(byKey),
      changed: tally.changed.flatMap(toChange).sort(byKey),
    },
  }
}

interface FoundRow {
  readonly row: Row
  readonly side: Side
}

/** The place of one row in the examples, found when the rows are read again. */
interface Slot {
  found?: FoundRow
}

interface SlotPair {
  readonly from: Slot
  readonly to: Slot
}

/** Slots that wait for rows with one key and one content, by the hash of both. */
type Wanted = Map<string, Slot[]>

function createSide(
  rows: () => AsyncIterable<RowBatch>,
  schema: RowSchema,
  shared: RowSchema['columns'],
  rowKey: readonly KeyColumn[],
) {
  const keyIndexes = indexesOf(
    schema,
    rowKey.map(({ column }) => column),
  )
  const sharedIndexes = indexesOf(
    schema,
    shared.map(({ name }) => name),
  )
  const hashKey = compileKeyHasher(keyIndexes)
  const hasher = compileRowHasher({ columns: shared })
  const isPrefix = sharedIndexes.every((index, place) => index === place)
  const keyWords = new Uint32Array(4)

  const hash = (row: Row, words: Uint32Array, offset: number) => {
    hashKey(row, keyWords)
    const rowWords = hasher.hash(isPrefix ? row : sharedIndexes.map((index) => row[index] as Value))
    for (let word = 0; word < 4; word++) {
      words[offset + word] = keyWords[word] as number
      words[offset + 4 + word] = rowWords[word] as number
    }
  }

  return {
    rows,
    hash,
    keyOf: (row: Row) => keyIndexes.map((index) => row[index] as Value),
    valuesOf: (row: Row): Record<string, Value> =>
      Object.fromEntries(schema.columns.map(({ name }, index) => [name, row[index] as Value])),
    /** Reads the rows again, as far as needed, and fills the slots that wait for one of them. */
    async find(wanted: Wanted, side: Side) {
      if (wanted.size === 0) return
      const firstWords = new Set([...wanted.keys()].map((name) => Number.parseInt(name, 10)))
      const words = new Uint32Array(8)
      for await (const batch of rows()) {
        for (const row of batch) {
          hashKey(row, keyWords)
          if (!firstWords.has(keyWords[0] as number)) continue
          hash(row, words, 0)
          const name = nameOf(words, 0)
          const slots = wanted.get(name)
          const slot = slots?.pop()
          if (slot) slot.found = { row, side }
          if (slots?.length === 0) wanted.delete(name)
        }
        if (wanted.size === 0) return
      }
    },
  }
}

/** Counts the differences while records pass in their order, and notes which rows to show. */
function createTally(maxExamples: number) {
  const counts = { added: 0, removed: 0, changed: 0, unchanged: 0 }
  const wanted: Record<Side, Wanted> = { left: new Map(), right: new Map() }
  const added: Slot[] = []
  const removed: Slot[] = []
  const changed: SlotPair[] = []
  const current = new Uint32Array(8)
  let isFirst = true
  /** Rows with the present key and content. */
  const equal = { left: 0, right: 0 }
  /** Rows with the present key that have no equal on the other side, and the names of the first of them. */
  const unmatched = { left: 0, right: 0 }
  const names: Record<Side, string[]> = { left: [], right: [] }

  const endContent = () => {
    const matched = Math.min(equal.left, equal.right)
    counts.unchanged += matched
    for (const side of ['left', 'right'] as const) {
      const rest = equal[side] - matched
      unmatched[side] += rest
      for (let row = 0; row < rest && names[side].length < 2 * maxExamples; row++) {
        names[side].push(nameOf(current, 0))
      }
      equal[side] = 0
    }
  }

  const endKey = () => {
    endContent()
    const changedHere = Math.min(unmatched.left, unmatched.right)
    counts.changed += changedHere
    counts.removed += unmatched.left - changedHere
    counts.added += unmatched.right - changedHere
    for (let row = 0; row < changedHere && changed.length < maxExamples; row++) {
      changed.push({ from: want('left', row), to: want('right', row) })
    }
    for (let row = changedHere; row < names.left.length && removed.length < maxExamples; row++) {
      removed.push(want('left', row))
    }
    for (let row = changedHere; row < names.right.length && added.length < maxExamples; row++) {
      added.push(want('right', row))
    }
    unmatched.left = 0
    unmatched.right = 0
    names.left = []
    names.right = []
  }

  const want = (side: Side, row: number): Slot => {
    const slot: Slot = {}
    const name = names[side][row] as string
    const slots = wanted[side].get(name)
    if (slots) slots.push(slot)
    else wanted[side].set(name, [slot])
    return slot
  }

  const isSame = (words: Uint32Array, offset: number, from: number) => {
    for (let word = from; word < from + 4; word++) {
      if (current[word] !== words[offset + word]) return false
    }
    return true
  }

  return {
    wanted,
    added,
    removed,
    changed,
    visit(words: Uint32Array, offset: number) {
      if (!isFirst) {
        if (!isSame(words, offset, 0)) endKey()
        else if (!isSame(words, offset, 4)) endContent()
      }
      isFirst = false
      for (let word = 0; word < 8; word++) current[word] = words[offset + word] as number
      equal[words[offset + SIDE_WORD] === 0 ? 'left' : 'right']++
    },
    finish() {
      endKey()
      return counts
    },
  }
}

const byKey = (a: { readonly key: string }, b: { readonly key: string }) => (a.key < b.key ? -1 : 1)

function nameOf(words: Uint32Array, offset: number): string {
  return words.subarray(offset, offset + 8).join()
}
