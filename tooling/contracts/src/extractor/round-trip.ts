import { createHash, randomBytes } from 'node:crypto'
import {
  collectTotals,
  createJsonArrayEncoder,
  defineRecordType,
  freezeOrdinals,
  openScratchFolder,
  type RecordType,
  type Row,
  type RowBatch,
  type RowSchema,
  readJsonArray,
} from '@findata/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ColumnRange, type Meant, meantRows } from './column-range.ts'
import { canonicalRows, EVERY_TYPE, rangeTable } from './every-type.ts'
import { fixedNumbers } from './number-ranges.ts'
import { type ExtractorUnderTest, type OpenSource, signal } from './source-table.ts'
import { largeObjectRanges } from './text-ranges.ts'

export interface RoundTripOptions {
  /** How many tables full of values are written and read. */
  readonly runs?: number
  /** For all runs of one property. */
  readonly timeoutMs?: number
}

const BATCH_SIZES = fc.constantFrom(1, 2, 7, 1_000)
/** Of a LOB, in characters: more than one packet holds. */
const LONG = 40_000
const VERY_LONG = 1_000_000

/** Every value that a type can hold is read as it was written, and is the same in a file. */
export function describeRoundTrips(
  open: OpenSource,
  { runs = 10, timeoutMs = 60_000 }: RoundTripOptions = {},
): void {
  // A failure is told with the smallest case found by then, not as a timeout.
  const settings = { numRuns: runs, interruptAfterTimeLimit: timeoutMs / 2 }
  describe('the round trip', () => {
    test('A6: of every type over its whole range gives back each value, its type and the hash of all', {
      timeout: timeoutMs,
    }, async () => {
      await using source = await open()
      await using table = await openRangeTable(source, EVERY_TYPE)
      await fc.assert(
        fc.asyncProperty(meantRows(EVERY_TYPE, 8), BATCH_SIZES, (rows, batchSize) =>
          table.expectRoundTrip(rows, batchSize),
        ),
        settings,
      )
    })

    test('A6: of NUMBER with any precision and scale gives back every digit and no other', {
      timeout: timeoutMs,
    }, async () => {
      await using source = await open()
      const tables = fc
        .array(fixedNumbers, { minLength: 1, maxLength: 8 })
        .chain((ranges) => meantRows(ranges, 8).map((rows) => ({ ranges, rows })))
      await fc.assert(
        fc.asyncProperty(tables, BATCH_SIZES, async ({ ranges, rows }, batchSize) => {
          await using table = await openRangeTable(source, ranges)
          await table.expectRoundTrip(rows, batchSize)
        }),
        settings,
      )
    })

    test('of large objects of any length gives back every character and byte', {
      timeout: timeoutMs,
    }, async () => {
      await using source = await open()
      const ranges = largeObjectRanges(LONG)
      await using table = await openRangeTable(source, ranges)
      await fc.assert(
        fc.asyncProperty(meantRows(ranges, 3), BATCH_SIZES, (rows, batchSize) =>
          table.expectRoundTrip(rows, batchSize),
        ),
        settings,
      )
    })

    test('of large objects of a million characters gives back every character and byte', {
      timeout: timeoutMs,
    }, async () => {
      await using source = await open()
      const ranges = largeObjectRanges(VERY_LONG, VERY_LONG - 1)
      await using table = await openRangeTable(source, ranges)
      const [rows = []] = fc.sample(meantRows(ranges, 3, 3), 1)
      await table.expectRoundTrip(rows, 7)
    })

    test('of an empty large object gives NULL, which is what Oracle has for empty text', async () => {
      await using source = await open()
      await using table = await openRangeTable(source, largeObjectRanges(LONG))
      await source.run(`INSERT INTO ${table.name} VALUES (0, EMPTY_CLOB(), EMPTY_CLOB(), EMPTY_BLOB())`)
      expect((await table.read(7)).rows).toEqual([['0', null, null, null]])
    })
  })
}

interface FilledTable extends AsyncDisposable {
  readonly name: string
  /** Sorted by id. */
  read(
    batchSize: number,
  ): Promise<{ readonly schema: RowSchema; readonly rows: RowBatch; readonly setHash: string }>
  expectRoundTrip(rows: readonly (readonly Meant[])[], batchSize: number): Promise<void>
}

async function openRangeTable(
  source: ExtractorUnderTest,
  ranges: readonly ColumnRange[],
): Promise<FilledTable> {
  const name = `FINDATA_TEST_${randomBytes(6).toString('hex').toUpperCase()}`
  const { create, insert, columns } = rangeTable(name, ranges)
  const recordType: RecordType = {
    ...defineRecordType({
      name: 'ranges',
      query: `SELECT * FROM ${name}`,
      columns: ['ID', ...columns],
      rowKey: ['ID'],
    }),
    maxLobLength: VERY_LONG,
    maxExecutions: 1,
  }
  await source.run(create)

  async function read(batchSize: number) {
    await using scratch = await openScratchFolder()
    await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [recordType] })
    const { schema } = freezeOrdinals(await snapshot.describe(recordType, { signal }))
    const rows: Row[] = []
    const batches = keepRows(snapshot.extract(recordType, { batchSize, signal }), rows)
    const { totals } = await collectTotals(batches, schema, recordType, scratch)
    rows.sort(([a], [b]) => Number(a) - Number(b))
    return { schema, rows, setHash: totals.setHash ?? '' }
  }

  return {
    name,
    read,
    async expectRoundTrip(meant, batchSize) {
      const given = meant.map((row, index) => [String(index), ...row.map((value) => value.given)])
      await source.run(`DELETE FROM ${name}`)
      await source.insert(insert, given)
      const { schema, rows, setHash } = await read(batchSize)
      const expected = canonicalRows(meant)
      expect(schema.columns.slice(1).map(({ type }) => type)).toEqual(ranges.map(({ type }) => type))
      expect(rows).toEqual(expected)
      expect(setHash).toBe(setHashOf(expected))
      expect(await throughFile(schema, rows)).toEqual(expected)
    },
    async [Symbol.asyncDispose]() {
      await source.run(`DROP TABLE ${name}`)
    },
  }
}

async function* keepRows(batches: AsyncIterable<RowBatch>, kept: Row[]): AsyncGenerator<RowBatch> {
  for await (const batch of batches) {
    kept.push(...batch)
    yield batch
  }
}

async function throughFile(schema: RowSchema, rows: RowBatch): Promise<RowBatch> {
  const encoder = createJsonArrayEncoder(schema, { chunkBytes: 5_000 })
  const chunks = [...encoder.encode(rows), ...encoder.finish()]
  async function* stream() {
    yield* chunks
  }
  return (await Array.fromAsync(readJsonArray(stream(), schema.columns, { name: 'ranges.json' }))).flat()
}

/** Of columns with the ordinals 1, 2, …: the sum of the hashes of `ordinal=bytes:text` of all that is not NULL. */
function setHashOf(rows: RowBatch): string {
  let sum = 0n
  for (const row of rows) {
    const hash = createHash('sha256')
    for (const [index, text] of row.entries()) {
      if (text !== null) hash.update(`${index + 1}=${Buffer.byteLength(text)}:${text}`)
    }
    sum += BigInt(`0x${hash.digest('hex').slice(0, 32)}`)
  }
  return BigInt.asUintN(128, sum).toString(16).padStart(32, '0')
}
