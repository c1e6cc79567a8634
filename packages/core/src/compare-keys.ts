import { readableKey } from './key-census.ts'
import type { KeyColumn } from './record-type.ts'
import { hashText } from './row-hash.ts'
import type { Row, RowBatch, Value } from './row-schema.ts'
import { type LineFile, openLineFile, type ScratchFolder } from './spill-files.ts'

export interface KeySweepOptions {
  /** The keys of all rows of the source, each row in the order of `key`. Read once, before `known`. */
  readonly source: AsyncIterable<RowBatch>
  /** The keys that a destination has, or that an earlier snapshot had, likewise. */
  readonly known: AsyncIterable<RowBatch>
  readonly key: readonly KeyColumn[]
  readonly scratch: ScratchFolder
  /** Looked at between batches; its own reason is thrown. */
  readonly signal: AbortSignal
  /** About what keys may take in memory before others wait on disk; 48 MB unless said. */
  readonly memoryBytes?: number
}

/** Which keys are on which side. Lives on disk until it is disposed. */
export interface KeySweep extends AsyncDisposable {
  readonly source: SweptSide
  readonly known: SweptSide
  /** Keys. */
  readonly inBoth: number
  readonly onlyInSource: SweptKeys
  /** What left the source, or never was in it. */
  readonly onlyKnown: SweptKeys
}

export interface SweptSide {
  readonly rows: number
  /** Distinct ones; rows beyond them repeat a key, or have none. */
  readonly keys: number
  /** Rows with NULL in a key column that is not nullable: they identify nothing and are on neither list. */
  readonly nullKeyRows: number
}

export interface SweptKeys {
  readonly count: number
  /** Each key once, in no promised order; may be read more than once. */
  batches(): AsyncIterable<readonly SweptKey[]>
}

export interface SweptKey {
  /** In the order of the key's columns. */
  readonly values: Row
  /** For a person: `DEPT=2400, ID=24ROW51000`. */
  readonly text: string
}

type Side = 'source' | 'known'

/** Where a key was met. */
const BITS = { source: 1, known: 2 } as const
const BOTH = 3
type Bits = 1 | 2 | typeof BOTH

const PARTITIONS = 16
/** Well below the number of entries at which a Map fails. */
const MOST_KEYS = 2 ** 23

/**
 * Compares two sets of keys in linear time and bounded memory. Keys are equal when their values are, and NULL equals NULL;
 * hashes only say which file a key waits in. An empty source makes every known key look gone, so whoever deletes by the
 * result asks its guards first. Throws RangeError for a row that does not fit the key, and DISK_FAILED.
 */
export async function compareKeys(options: KeySweepOptions): Promise<KeySweep> {
  const { key, scratch, signal, memoryBytes = 48_000_000 } = options
  const required = key.flatMap(({ isNullable }, place) => (isNullable ? [] : [place]))
  const rows = { source: 0, known: 0 }
  const nullKeyRows = { source: 0, known: 0 }
  const found: Record<Bits, number> = { 1: 0, 2: 0, 3: 0 }

  await using files = new AsyncDisposableStack()
  const lists = { 1: files.use(await openLineFile(scratch)), 2: files.use(await openLineFile(scratch)) }

  async function* keyTexts(side: Side): AsyncGenerator<readonly string[]> {
    for await (const batch of options[side]) {
      rows[side] += batch.length
      const texts: string[] = []
      for (const row of batch) {
        if (row.length !== key.length) {
          throw new RangeError(`A key has ${key.length} values, and a row of keys has ${row.length}`)
        }
        if (required.some((place) => row[place] === null)) nullKeyRows[side]++
        // One text for each key, without line feeds.
        else texts.push(JSON.stringify(row))
      }
      yield texts
    }
  }

  /** Compares the keys that memory has room for; all others wait in files, and each file is compared by itself. */
  async function compare(sides: Record<Side, AsyncIterable<readonly string[]>>, depth: number) {
    await using waitingFiles = new AsyncDisposableStack()
    const waiting: Partial<Record<Side, LineFile>>[] = Array.from({ length: PARTITIONS }, () => ({}))
    const keys = new Map<string, Bits>()
    let bytes = 0

    for (const side of ['source', 'known'] as const) {
      for await (const texts of sides[side]) {
        signal.throwIfAborted()
        for (const text of texts) {
          const bits = keys.get(text)
          if (bits !== undefined) {
            if (bits !== BOTH && bits !== BITS[side]) keys.set(text, BOTH)
          } else if (keys.size === 0 || (bytes < memoryBytes && keys.size < MOST_KEYS)) {
            keys.set(depth === 0 ? text : copyOf(text), BITS[side])
            bytes += sizeOf(text)
          } else {
            const partition = waiting[partitionOf(text, depth)] as Partial<Record<Side, LineFile>>
            partition[side] ??= waitingFiles.use(await openLineFile(scratch))
            const written = partition[side].append(text)
            if (written) await written
          }
        }
      }
    }

    for (const [text, bits] of keys) {
      found[bits]++
      if (bits === BOTH) continue
      const written = lists[bits].append(text)
      if (written) await written
    }
    keys.clear()
    for (const { source, known } of waiting) {
      if (source || known) await compare({ source: batchesOf(source), known: batchesOf(known) }, depth + 1)
    }
  }

  await compare({ source: keyTexts('source'), known: keyTexts('known') }, 0)

  const sideOf = (side: Side): SweptSide => ({
    rows: rows[side],
    keys: found[BITS[side]] + found[BOTH],
    nullKeyRows: nullKeyRows[side],
  })
  const keysOf = (side: Side): SweptKeys => ({
    count: found[BITS[side]],
    async *batches() {
      for await (const lines of lists[BITS[side]].batches()) {
        yield lines.map((line) => toSweptKey(key, JSON.parse(line) as Value[]))
      }
    },
  })
  const open = files.move()
  return {
    source: sideOf('source'),
    known: sideOf('known'),
    inBoth: found[BOTH],
    onlyInSource: keysOf('source'),
    onlyKnown: keysOf('known'),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

function toSweptKey(key: readonly KeyColumn[], values: Row): SweptKey {
  return { values, text: readableKey(key, values) }
}

async function* batchesOf(file: LineFile | undefined): AsyncGenerator<readonly string[]> {
  if (file) yield* file.batches()
}

/** Other partitions at every depth, or all keys of one file would meet in one file again. */
function partitionOf(text: string, depth: number): number {
  return (hashText(`${depth}/${text}`, new Uint32Array(4))[0] as number) % PARTITIONS
}

/** A line is a view into the block it was read with, and one that is kept would keep the whole block. */
function copyOf(line: string): string {
  return Buffer.from(line).toString()
}

/** About what a key takes in memory, its place in a map included. */
function sizeOf(text: string): number {
  return 110 + 2 * text.length
}
