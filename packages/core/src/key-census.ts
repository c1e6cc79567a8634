import { createKeyTable, type KeyTable } from './key-table.ts'
import type { KeyColumn } from './record-type.ts'
import { hashText } from './row-hash.ts'
import type { Row, RowSchema, Value } from './row-schema.ts'
import { createSortedRuns, type SortedRuns } from './sorted-runs.ts'
import { type LineFile, openLineFile, type ScratchFolder } from './spill-files.ts'

/** What the keys of a stream say about it; the evidence of the key guards. NULL equals NULL in all counts. */
export interface KeyCensus {
  readonly distinctRowKeys: number
  readonly distinctEntityKeys: number
  /** Rows that repeat an earlier row with the same row key and equal values. */
  readonly exactDuplicates: number
  /** Row keys that appear with different values. */
  readonly conflicts: number
  /** Rows with NULL in a key column that is not nullable. They are no duplicates and no conflicts. */
  readonly nullKeyRows: number
  /** Amounts with more digits after the point than declared, by money column; columns without any are absent. */
  readonly overScale: Readonly<Record<string, number>>
  /** Readable row keys, `TASK_ORDER_DEPT=2400, TASK_ORDER_ID=24ROW51000`, at most ten of each. */
  readonly examples: {
    readonly exactDuplicates: readonly string[]
    readonly conflicts: readonly string[]
    readonly nullKeyRows: readonly string[]
  }
}

export const MAX_EXAMPLES = 10

/** The values at some places of a row as one text that no other values have. */
export function compileKeyText(indexes: readonly number[]): (values: Row) => string {
  return (values) => {
    let text = ''
    for (const index of indexes) {
      const value = values[index] as Value
      text += value === null ? '-' : `${value.length}:${value}`
    }
    return text
  }
}

/** The SHA-256 of a key's text. */
export function compileKeyHasher(indexes: readonly number[]): (values: Row, words: Uint32Array) => void {
  const keyText = compileKeyText(indexes)
  return (values, words) => void hashText(keyText(values), words)
}

/** Where the columns of a key stand in a row. Throws RangeError for a column that the schema lacks. */
export function indexesOf(schema: RowSchema, columns: readonly string[]): number[] {
  return columns.map((name) => {
    const index = schema.columns.findIndex((column) => column.name === name)
    if (index === -1) throw new RangeError(`The stream has no column ${name}`)
    return index
  })
}

/** A key for a person: `NAME=value, NAME=NULL`. Long values are cut and end in their hash, so that they stay apart. */
export function readableKey(key: readonly KeyColumn[], values: readonly Value[]): string {
  return key.map(({ column }, index) => `${column}=${readableValue(values[index] ?? null)}`).join(', ')
}

const LONGEST_VALUE = 80

function readableValue(value: Value): string {
  if (value === null) return 'NULL'
  if (value.length <= LONGEST_VALUE) return value
  const words = hashText(value, new Uint32Array(4)).subarray(0, 2)
  const hash = Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('')
  return `${value.slice(0, LONGEST_VALUE)}…${hash}`
}

/** Counts the distinct keys of a stream exactly, in bounded memory. */
export interface DistinctCount extends AsyncDisposable {
  add(row: Row): Promise<void> | undefined
  finish(): Promise<number>
}

interface CensusOptions {
  readonly schema: RowSchema
  readonly scratch: ScratchFolder
  /** What tables and buffers may take. */
  readonly memoryBytes: number
}

export function createDistinctCount(key: readonly KeyColumn[], options: CensusOptions): DistinctCount {
  const record = new Uint32Array(4)
  const hashKey = compileKeyHasher(
    indexesOf(
      options.schema,
      key.map(({ column }) => column),
    ),
  )
  const records = createSpillingTable(4, options)

  return {
    add(row) {
      hashKey(row, record)
      return records.insert(record) === 'full'
        ? records.spill().then(() => void records.insert(record))
        : undefined
    },
    async finish() {
      let distinct = 0
      const previous = new Uint32Array(4)
      await records.merge((words, offset) => {
        if (distinct > 0 && isSameKey(previous, words, offset)) return
        distinct++
        copyKey(previous, words, offset)
      })
      return distinct
    },
    [Symbol.asyncDispose]: () => records[Symbol.asyncDispose](),
  }
}

export type RowKeyCensus = Omit<KeyCensus, 'distinctEntityKeys' | 'overScale'>

/** Counts row keys, exact duplicates and conflicts of a stream exactly, in bounded memory. */
export interface RowKeyCount extends AsyncDisposable {
  add(row: Row, rowHash: Uint32Array): Promise<void> | undefined
  finish(): Promise<RowKeyCensus>
}

/**
 * Row keys and rows are compared by 128 bits of their SHA-256. At a billion rows the odds that any two different ones
 * meet are below 1 in 10^20, so no suspect is confirmed by reading again.
 */
export function createRowKeyCount(key: readonly KeyColumn[], options: CensusOptions): RowKeyCount {
  const indexes = indexesOf(
    options.schema,
    key.map(({ column }) => column),
  )
  const required = indexes.filter((_, place) => !key[place]?.isNullable)
  const hashKey = compileKeyHasher(indexes)
  const hashLoggedKey = compileKeyHasher(indexes.map((_, place) => place))
  const record = new Uint32Array(8)
  const records = createSpillingTable(8, options)
  const duplicates = createExamples()
  const conflicting = createExamples()
  const nulls = new Set<string>()
  let exactDuplicates = 0
  let nullKeyRows = 0
  /** The keys of all rows since the first spill: the later row of any pair that two runs share is among them. */
  let log: LineFile | undefined

  const keyOf = (row: Row) => indexes.map((index) => row[index] as Value)

  const setNullFlag = (hasNull: boolean) => {
    record[3] = hasNull ? (record[3] as number) | 1 : (record[3] as number) & ~1
  }

  const insert = (row: Row, hasNull: boolean): Promise<void> | undefined => {
    const found = records.insert(record)
    if (found === 'full') return spillAndInsert(row, hasNull)
    if (!hasNull) {
      if (found === 'duplicate') {
        exactDuplicates++
        if (duplicates.wants(record, 0)) duplicates.set(record, 0, readableKey(key, keyOf(row)))
      } else if (found === 'conflict' && conflicting.wants(record, 0)) {
        conflicting.set(record, 0, readableKey(key, keyOf(row)))
      }
    }
    return log?.append(JSON.stringify(keyOf(row)))
  }

  const spillAndInsert = async (row: Row, hasNull: boolean) => {
    await records.spill()
    log ??= await openLineFile(options.scratch)
    await insert(row, hasNull)
  }

  const nameExamples = async () => {
    const isDone = () => !duplicates.hasUnnamed() && !conflicting.hasUnnamed()
    if (log === undefined || isDone()) return
    const words = new Uint32Array(4)
    for await (const line of log.lines()) {
      const values = JSON.parse(line) as Value[]
      hashLoggedKey(values, words)
      words[1] ||= 1
      words[3] = (words[3] as number) & ~1
      duplicates.name(words, () => readableKey(key, values))
      conflicting.name(words, () => readableKey(key, values))
      if (isDone()) return
    }
  }

  return {
    add(row, rowHash) {
      let hasNull = false
      for (const index of required) if (row[index] === null) hasNull = true
      if (hasNull) {
        nullKeyRows++
        if (nulls.size < MAX_EXAMPLES) nulls.add(readableKey(key, keyOf(row)))
      }
      hashKey(row, record)
      setNullFlag(hasNull)
      for (let word = 0; word < 4; word++) record[4 + word] = rowHash[word] as number
      return insert(row, hasNull)
    },
    async finish() {
      let distinctRowKeys = 0
      let conflicts = 0
      let isConflict = false
      const previous = new Uint32Array(8)
      await records.merge((words, offset) => {
        const hasNull = ((words[offset + 3] as number) & 1) === 1
        if (distinctRowKeys === 0 || !isSameKey(previous, words, offset)) {
          distinctRowKeys++
          isConflict = false
        } else if (!hasNull && isSameRow(previous, words, offset)) {
          exactDuplicates++
          if (duplicates.wants(words, offset)) duplicates.set(words, offset, undefined)
        } else if (!hasNull && !isConflict) {
          conflicts++
          isConflict = true
          if (conflicting.wants(words, offset)) conflicting.set(words, offset, undefined)
        }
        for (let word = 0; word < 8; word++) previous[word] = words[offset + word] as number
      })
      await nameExamples()
      return {
        distinctRowKeys,
        exactDuplicates,
        conflicts,
        nullKeyRows,
        examples: {
          exactDuplicates: duplicates.texts(),
          conflicts: conflicting.texts(),
          nullKeyRows: [...nulls],
        },
      }
    },
    async [Symbol.asyncDispose]() {
      await records[Symbol.asyncDispose]()
      await log?.[Symbol.asyncDispose]()
    },
  }
}

/** A key table that goes to sorted runs on disk when it is full. */
interface SpillingTable extends Pick<KeyTable, 'insert'>, AsyncDisposable {
  spill(): Promise<void>
  merge(visit: Parameters<SortedRuns['merge']>[2]): Promise<void>
}

function createSpillingTable(width: 4 | 8, { scratch, memoryBytes }: CensusOptions): SpillingTable {
  const table = createKeyTable({ width, memoryBytes: memoryBytes * 0.9 })
  const runs = createSortedRuns(scratch, { width, memoryBytes: memoryBytes * 0.1 })
  return {
    insert: table.insert,
    async spill() {
      const { words, count } = table.compact()
      await runs.spill(words, count)
      table.clear()
    },
    merge(visit) {
      const { words, count } = table.compact()
      return runs.merge(words, count, visit)
    },
    async [Symbol.asyncDispose]() {
      table.free()
      await runs[Symbol.asyncDispose]()
    },
  }
}

/** Up to ten suspects by key hash, each with its readable key once that is known. */
function createExamples() {
  const byHash = new Map<string, string | undefined>()
  const hashOf = (words: Uint32Array, offset: number) => words.slice(offset, offset + 4).join()
  return {
    wants: (words: Uint32Array, offset: number) =>
      byHash.size < MAX_EXAMPLES && !byHash.has(hashOf(words, offset)),
    set: (words: Uint32Array, offset: number, key: string | undefined) => {
      byHash.set(hashOf(words, offset), key)
    },
    hasUnnamed: () => [...byHash.values()].some((key) => key === undefined),
    name: (words: Uint32Array, key: () => string) => {
      const hash = hashOf(words, 0)
      if (byHash.has(hash)) byHash.set(hash, key())
    },
    texts: () => [...byHash.values()].filter((key) => key !== undefined),
  }
}

function isSameKey(previous: Uint32Array, words: Uint32Array, offset: number): boolean {
  return isSame(previous, words, offset, 0)
}

function isSameRow(previous: Uint32Array, words: Uint32Array, offset: number): boolean {
  return isSame(previous, words, offset, 4)
}

function isSame(previous: Uint32Array, words: Uint32Array, offset: number, from: number): boolean {
  for (let word = from; word < from + 4; word++) if (previous[word] !== words[offset + word]) return false
  return true
}

function copyKey(previous: Uint32Array, words: Uint32Array, offset: number): void {
  for (let word = 0; word < 4; word++) previous[word] = words[offset + word] as number
}
