import { createJsonArrayEncoder, type Row, type RowBatch, type RowSchema } from '@findata/core'
import type { BenchColumns } from '@findata/sandbox'
import { makeBatches, repeated } from '../bench-rows.ts'
import { serveWork } from './serve-work.ts'

export interface EncodeInput {
  readonly rows: number
  readonly columns: BenchColumns
  readonly rounds: number
}

/** Milliseconds of each round. */
export interface EncodeOutput {
  readonly encoder: readonly number[]
  readonly stringify: readonly number[]
  readonly stringifyDates: readonly number[]
}

/** More would only measure how fast the rows come out of memory. */
const DISTINCT_ROWS = 20_000
const WARM_UP_ROUNDS = 2

serveWork(({ rows, columns, rounds }: EncodeInput): EncodeOutput => {
  const { schema, batches } = makeBatches(columns, Math.min(rows, DISTINCT_ROWS))
  verify(schema, batches)
  const records = batches.map((batch) => batch.map((row) => toRecord(schema, row)))
  const recordsWithDates = batches.map((batch) =>
    batch.map((row) => withDates(schema, toRecord(schema, row))),
  )
  const encoder: number[] = []
  const stringify: number[] = []
  const stringifyDates: number[] = []
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const encoderMs = timed(() => encode(schema, repeated(batches, rows)))
    const stringifyMs = timed(() => stringifyRecords(repeated(records, rows)))
    const stringifyDatesMs = timed(() => stringifyRecords(repeated(recordsWithDates, rows)))
    if (round < 0) continue
    encoder.push(encoderMs)
    stringify.push(stringifyMs)
    stringifyDates.push(stringifyDatesMs)
  }
  return { encoder, stringify, stringifyDates }
})

function encode(schema: RowSchema, batches: Iterable<RowBatch>): number {
  const encoder = createJsonArrayEncoder(schema)
  let bytes = 0
  for (const batch of batches) {
    for (const chunk of encoder.encode(batch)) bytes += chunk.byteLength
  }
  for (const chunk of encoder.finish()) bytes += chunk.byteLength
  return bytes
}

type JsonRecord = Record<string, string | Date | null>

/** The obvious way to such a file, though it quotes the numbers; the objects are there already. */
function stringifyRecords(batches: Iterable<readonly JsonRecord[]>): number {
  let bytes = 0
  for (const batch of batches) {
    for (const record of batch) bytes += Buffer.from(JSON.stringify(record)).byteLength
  }
  return bytes
}

function toRecord({ columns }: RowSchema, row: Row): JsonRecord {
  return Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null]))
}

/** As the driver hands dates over unless they are fetched as text. */
function withDates({ columns }: RowSchema, record: JsonRecord): JsonRecord {
  for (const { name, type } of columns) {
    const value = record[name]
    if ((type.kind === 'date' || type.kind === 'timestamp') && typeof value === 'string') {
      record[name] = new Date(`${value}Z`)
    }
  }
  return record
}

/** Throws unless JSON.parse reads back every value, with the digits of every number. */
function verify(schema: RowSchema, batches: readonly RowBatch[]): void {
  const names = schema.columns.map(({ name }) => name)
  const encoder = createJsonArrayEncoder(schema)
  const chunks = [...batches.flatMap((batch) => encoder.encode(batch)), ...encoder.finish()]
  const keepDigits = (_key: string, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' ? context?.source : value
  const parsed: Record<string, unknown>[] = JSON.parse(Buffer.concat(chunks).toString(), keepDigits)
  const rows = batches.flat()
  if (parsed.length !== rows.length)
    throw new Error(`the encoder wrote ${parsed.length} rows of ${rows.length}`)
  for (const [index, row] of rows.entries()) {
    const found = names.map((name) => parsed[index]?.[name])
    if (found.some((value, column) => value !== row[column])) {
      throw new Error(`the encoder changed row ${index}: ${JSON.stringify(found)} for ${JSON.stringify(row)}`)
    }
  }
}

function timed(work: () => number): number {
  const start = performance.now()
  if (work() === 0) throw new Error('no bytes were written')
  return performance.now() - start
}
