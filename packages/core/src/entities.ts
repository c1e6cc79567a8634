import type { Bridge, BridgeLine } from './certificate.ts'
import { createDecimalSum, type DecimalSum, digitsAfterPoint } from './decimal.ts'
import { compileKeyText, indexesOf, readableKey } from './key-census.ts'
import type { RecordType } from './record-type.ts'
import { hashText } from './row-hash.ts'
import type { Row, RowBatch, RowSchema, Value } from './row-schema.ts'
import { type LineFile, openLineFile, type ScratchFolder } from './spill-files.ts'

export interface FoldOptions {
  readonly schema: RowSchema
  readonly recordType: Pick<RecordType, 'rowKey' | 'entityKey' | 'coalesced' | 'money'>
  /** Why a row is refused for good, or undefined; asked after findata's own reasons. */
  readonly reject?: (row: Row) => string | undefined
  /** Whether a row is wanted; rows that are not count as filtered. */
  readonly filter?: (row: Row) => boolean
  readonly scratch: ScratchFolder
  /** About how much the entities may take in memory before others wait on disk; 48 MB unless said. */
  readonly memoryBytes?: number
  /** How many rejections are kept; all are counted. 1,000 unless said. */
  readonly maxRejections?: number
}

/** What the rows of a record type publish, and how each row is accounted for. */
export interface FoldedEntities {
  /** One row for each entity, in no promised order; to be read once and to its end. */
  readonly batches: AsyncIterable<RowBatch>
  /** Throws before the last batch was read. */
  bridge(): Bridge
  rejections(): Rejections
}

export interface Rejections {
  /** Rejected rows, and entities that were rejected with all their rows. */
  readonly count: number
  readonly byKind: Readonly<Record<RejectionKind, number>>
  readonly listed: readonly Rejection[]
}

export type RejectionKind = 'null key' | 'scale' | 'conflict' | 'other'

export interface Rejection {
  readonly kind: RejectionKind
  /** The readable entity key. */
  readonly key: string
  readonly rows: number
  readonly reason: string
  /** The columns that the reason is about. */
  readonly columns: readonly string[]
}

/** Between the values of a coalesced column. */
const SEPARATOR = ',\n'
const PARTITIONS = 16
const ROWS_PER_BATCH = 1000

/**
 * Folds rows into entities. Each row counts once, as the first that applies of rejected, filtered, exact duplicate,
 * folded, entity. Rejected are rows with NULL in a key column that is not nullable or an amount with more digits than
 * its scale, and whole entities whose rows do not agree in a column that is not coalesced. Coalesced values are sorted,
 * each once, without NULL. Throws DISK_FAILED.
 */
export function foldEntities(batches: AsyncIterable<RowBatch>, options: FoldOptions): FoldedEntities {
  const {
    schema,
    recordType,
    reject,
    filter,
    scratch,
    memoryBytes = 48_000_000,
    maxRejections = 1000,
  } = options
  const { entityKey, rowKey, money } = recordType
  const columnsOf = (key: readonly { readonly column: string }[]) => key.map(({ column }) => column)
  const coalesced = indexesOf(schema, recordType.coalesced)
  const agreeing = [...schema.columns.keys()].filter((index) => !coalesced.includes(index))
  const keyIndexes = indexesOf(schema, columnsOf(entityKey))
  const keyText = compileKeyText(keyIndexes)
  const required = [...rowKey, ...entityKey].filter(({ isNullable }) => !isNullable)
  const requiredIndexes = indexesOf(schema, columnsOf(required))
  const moneyIndexes = indexesOf(schema, columnsOf(money))
  const joinedMoney = moneyIndexes.find((index) => coalesced.includes(index))
  if (joinedMoney !== undefined) {
    throw new RangeError(`${schema.columns[joinedMoney]?.name} is money and cannot be coalesced`)
  }

  const line = () => createLine(recordType, moneyIndexes)
  const lines = {
    read: line(),
    rejected: line(),
    filtered: line(),
    exactDuplicates: line(),
    folded: line(),
    entities: line(),
  }
  const listed: Rejection[] = []
  const byKind: Record<RejectionKind, number> = { 'null key': 0, scale: 0, conflict: 0, other: 0 }
  let isComplete = false

  const list = (
    kind: RejectionKind,
    row: Row,
    { rows = 1, reason, columns = [] }: { rows?: number; reason: string; columns?: readonly string[] },
  ) => {
    byKind[kind]++
    if (listed.length >= maxRejections) return
    const values = keyIndexes.map((index) => row[index] as Value)
    listed.push({ kind, key: readableKey(entityKey, values), rows, reason, columns })
  }

  /** Whether a row goes on; if not, it is counted and listed. */
  const isAccepted = (row: Row): boolean => {
    lines.read.add(row)
    const nullKey = requiredIndexes.findIndex((index) => row[index] === null)
    const overScale = moneyIndexes.findIndex(
      (index, place) => digitsAfterPoint(row[index] ?? '') > (money[place]?.scale ?? 0),
    )
    const fail = (kind: RejectionKind, reason: string, columns?: readonly string[]) => {
      lines.rejected.add(row)
      list(kind, row, { reason, ...(columns && { columns }) })
      return false
    }
    if (nullKey !== -1) {
      const column = required[nullKey]?.column as string
      return fail('null key', `NULL in the key column ${column}`, [column])
    }
    if (overScale !== -1) {
      const { column, scale } = money[overScale] as (typeof money)[number]
      return fail('scale', `an amount in ${column} has more than ${scale} digits after the point`, [column])
    }
    const reason = reject?.(row)
    if (reason !== undefined) return fail('other', reason)
    if (filter && !filter(row)) {
      lines.filtered.add(row)
      return false
    }
    return true
  }

  const addToGroup = (group: Group, row: Row): number => {
    group.rows++
    for (const index of agreeing) {
      if (row[index] === group.first[index]) continue
      group.differing ??= new Set()
      group.differing.add(index)
    }
    if (group.differing) {
      if (!group.rejected) {
        // All rows before this one agreed, so each had the amounts of the first.
        group.rejected = line()
        group.rejected.add(group.first, group.rows - 1)
      }
      group.rejected.add(row)
      return 0
    }
    const tuple = tupleOf(row)
    group.tuples ??= new Set([tupleOf(group.first)])
    if (group.tuples.has(tuple)) {
      group.duplicates++
      return 0
    }
    group.tuples.add(tuple)
    return sizeOf(row) / 2
  }

  const tupleOf = (row: Row) => JSON.stringify(coalesced.map((index) => row[index]))

  /** The entity of a group, or undefined if it was rejected; its rows are counted. */
  const close = (group: Group): Row | undefined => {
    if (group.rejected && group.differing) {
      const columns = [...group.differing]
        .sort((a, b) => a - b)
        .map((index) => schema.columns[index]?.name as string)
      lines.rejected.merge(group.rejected)
      const reason = `its rows do not agree in ${columns.join(', ')}`
      list('conflict', group.first, { rows: group.rows, reason, columns })
      return undefined
    }
    lines.exactDuplicates.add(group.first, group.duplicates)
    lines.folded.add(group.first, group.rows - group.duplicates - 1)
    lines.entities.add(group.first)
    if (!group.tuples || coalesced.length === 0) return group.first

    const tuples = [...group.tuples].map((tuple) => JSON.parse(tuple) as Value[])
    const entity = [...group.first]
    for (const [place, index] of coalesced.entries()) {
      const values = new Set(tuples.flatMap((tuple) => tuple[place] ?? []))
      entity[index] = values.size === 0 ? null : [...values].sort().join(SEPARATOR)
    }
    return entity
  }

  /** Folds the entities that memory has room for; the rows of all others wait in files and are folded after them. */
  async function* foldPass(rows: AsyncIterable<RowBatch>, depth: number): AsyncGenerator<RowBatch> {
    await using files = new AsyncDisposableStack()
    const waiting: LineFile[] = []
    const groups = new Map<string, Group>()
    let bytes = 0

    for await (const batch of rows) {
      for (const row of batch) {
        const key = keyText(row)
        const group = groups.get(key)
        if (group) {
          bytes += addToGroup(group, row)
        } else if (bytes < memoryBytes || groups.size === 0) {
          groups.set(key, { first: row, rows: 1, duplicates: 0 })
          bytes += sizeOf(row)
        } else {
          for (let place = waiting.length; place < PARTITIONS; place++) {
            waiting.push(files.use(await openLineFile(scratch)))
          }
          await waiting[partitionOf(key, depth)]?.append(JSON.stringify(row))
        }
      }
    }

    let entities: Row[] = []
    for (const [key, group] of groups) {
      groups.delete(key)
      const entity = close(group)
      if (entity) entities.push(entity)
      if (entities.length === ROWS_PER_BATCH) {
        yield entities
        entities = []
      }
    }
    if (entities.length > 0) yield entities
    for (const file of waiting) yield* foldPass(readRows(file), depth + 1)
  }

  async function* acceptedRows(): AsyncGenerator<RowBatch> {
    for await (const batch of batches) yield batch.filter(isAccepted)
  }

  async function* allEntities(): AsyncGenerator<RowBatch> {
    yield* foldPass(acceptedRows(), 0)
    isComplete = true
  }

  return {
    batches: allEntities(),
    bridge() {
      if (!isComplete) throw new Error('The bridge is known when all entities were read')
      return {
        read: lines.read.toBridgeLine(),
        rejected: lines.rejected.toBridgeLine(),
        filtered: lines.filtered.toBridgeLine(),
        exactDuplicates: lines.exactDuplicates.toBridgeLine(),
        folded: lines.folded.toBridgeLine(),
        entities: lines.entities.toBridgeLine(),
      }
    },
    rejections: () => ({
      count: Object.values(byKind).reduce((sum, count) => sum + count, 0),
      byKind,
      listed,
    }),
  }
}

/** The rows of one entity as far as they were read. */
interface Group {
  readonly first: Row
  rows: number
  duplicates: number
  /** Columns that are not coalesced and do not agree. */
  differing?: Set<number>
  /** The distinct coalesced values, once there is a second row. */
  tuples?: Set<string>
  /** All rows so far, once they do not agree. */
  rejected?: Line
}

interface Line {
  rows(): number
  /** Counts a row, or several with the amounts of one. */
  add(row: Row, times?: number): void
  merge(other: Line): void
  readonly sums: readonly DecimalSum[]
  toBridgeLine(): BridgeLine
}

function createLine({ money }: Pick<RecordType, 'money'>, moneyIndexes: readonly number[]): Line {
  const sums = money.map(({ scale }) => createDecimalSum(scale))
  let rows = 0
  return {
    rows: () => rows,
    sums,
    add(row, times = 1) {
      rows += times
      for (const [place, index] of moneyIndexes.entries()) {
        const amount = row[index] as Value
        if (amount !== null) for (let time = 0; time < times; time++) sums[place]?.add(amount)
      }
    },
    merge(other) {
      rows += other.rows()
      for (const [place, sum] of other.sums.entries()) sums[place]?.add(sum.toString())
    },
    toBridgeLine: () => ({
      rows,
      sums: Object.fromEntries(money.map(({ column }, place) => [column, `${sums[place]}`])),
    }),
  }
}

async function* readRows(file: LineFile): AsyncGenerator<RowBatch> {
  let rows: Row[] = []
  for await (const line of file.lines()) {
    rows.push(JSON.parse(line) as Row)
    if (rows.length === ROWS_PER_BATCH) {
      yield rows
      rows = []
    }
  }
  if (rows.length > 0) yield rows
}

/** Other partitions at every depth, or all rows of one file would meet in one file again. */
function partitionOf(key: string, depth: number): number {
  return (hashText(`${depth}/${key}`, new Uint32Array(4))[0] as number) % PARTITIONS
}

/** About what a row takes in memory, its place in a map and its key included. */
function sizeOf(row: Row): number {
  return row.reduce((sum, value) => sum + 40 + (value?.length ?? 0), 300)
}
