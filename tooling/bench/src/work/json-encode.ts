import {
  type ColumnType,
  createJsonArrayEncoder,
  type Row,
  type RowBatch,
  type RowSchema,
} from '@findata/core'
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
  readonly stringifyReady: readonly number[]
  readonly stringifyQuoted: readonly number[]
  readonly stringifyDates: readonly number[]
}

/** More would only measure how fast the rows come out of memory. */
const DISTINCT_ROWS = 20_000
const WARM_UP_ROUNDS = 2

serveWork(({ rows, columns, rounds }: EncodeInput): EncodeOutput => {
  const { schema, batches } = makeBatches(columns, Math.min(rows, DISTINCT_ROWS))
  verify(schema, batches)
  const recordsWith = (toValue: ToJsonValue) =>
    batches.map((batch) => batch.map((row) => toRecord(schema, row, toValue)))
  const records = recordsWith(asLiteral)
  const quoted = recordsWith(asText)
  const dates = recordsWith(asDate)
  verifySameFile(schema, batches, records)
  const times: Record<keyof EncodeOutput, number[]> = {
    encoder: [],
    stringify: [],
    stringifyReady: [],
    stringifyQuoted: [],
    stringifyDates: [],
  }
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const durationsMs = {
      encoder: timed(() => encode(schema, repeated(batches, rows))),
      stringify: timed(() => stringifyRows(schema, repeated(batches, rows))),
      stringifyReady: timed(() => stringifyRecords(repeated(records, rows))),
      stringifyQuoted: timed(() => stringifyRecords(repeated(quoted, rows))),
      stringifyDates: timed(() => stringifyRecords(repeated(dates, rows))),
    }
    if (round < 0) continue
    times.encoder.push(durationsMs.encoder)
    times.stringify.push(durationsMs.stringify)
    times.stringifyReady.push(durationsMs.stringifyReady)
    times.stringifyQuoted.push(durationsMs.stringifyQuoted)
    times.stringifyDates.push(durationsMs.stringifyDates)
  }
  return times
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

type JsonValue = string | Date | JsonLiteral | null
type JsonRecord = Record<string, JsonValue>
type ToJsonValue = (value: string, type: ColumnType) => JsonValue

/** Text that JSON.stringify writes as it is; not in the types of the language yet. */
interface JsonLiteral {
  readonly rawJSON: string
}
const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): JsonLiteral }

/** Numbers as literals with their digits, as the file has them. */
const asLiteral: ToJsonValue = (value, { kind }) => (kind === 'number' ? rawJSON(value) : value)

const asText: ToJsonValue = (value) => value

/** Numbers as texts, and dates as the driver hands them over unless they are fetched as text. */
const asDate: ToJsonValue = (value, { kind }) =>
  kind === 'date' || kind === 'timestamp' ? new Date(`${value}Z`) : value

/** The obvious way to the same file from the same rows. */
function stringifyRows(schema: RowSchema, batches: Iterable<RowBatch>): number {
  let bytes = 0
  for (const batch of batches) {
    for (const row of batch) {
      bytes += Buffer.from(JSON.stringify(toRecord(schema, row, asLiteral))).byteLength
    }
  }
  return bytes
}

/** The same, with objects that are there already. */
function stringifyRecords(batches: Iterable<readonly JsonRecord[]>): number {
  let bytes = 0
  for (const batch of batches) {
    for (const record of batch) bytes += Buffer.from(JSON.stringify(record)).byteLength
  }
  return bytes
}

function toRecord({ columns }: RowSchema, row: Row, toValue: ToJsonValue): JsonRecord {
  const record: JsonRecord = {}
  for (const [index, { name, type }] of columns.entries()) {
    const value = row[index] ?? null
    record[name] = value === null ? null : toValue(value, type)
  }
  return record
}

function encodedText(schema: RowSchema, batches: readonly RowBatch[]): string {
  const encoder = createJsonArrayEncoder(schema)
  const chunks = [...batches.flatMap((batch) => encoder.encode(batch)), ...encoder.finish()]
  return Buffer.concat(chunks).toString()
}

/** Throws unless JSON.stringify writes the very same file. */
function verifySameFile(
  schema: RowSchema,
  batches: readonly RowBatch[],
  records: readonly (readonly JsonRecord[])[],
): void {
  const lines = records.flat().map((record) => JSON.stringify(record))
  if (encodedText(schema, batches) !== `[\n${lines.join(',\n')}\n]\n`) {
    throw new Error('the encoder and JSON.stringify wrote different files')
  }
}

/** Throws unless JSON.parse reads back every value, with the digits of every number. */
function verify(schema: RowSchema, batches: readonly RowBatch[]): void {
  const names = schema.columns.map(({ name }) => name)
  const keepDigits = (_key: string, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' ? context?.source : value
  const parsed: Record<string, unknown>[] = JSON.parse(encodedText(schema, batches), keepDigits)
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

/** The clock of a thread ticks in steps of some milliseconds: work that takes less is repeated until it can be told. */
const LEAST_MS = 50

/** In milliseconds of this thread, which other processes do not take part in. */
function timed(work: () => number): number {
  const start = process.threadCpuUsage()
  for (let times = 1; ; times++) {
    if (work() === 0) throw new Error('no bytes were written')
    const { user, system } = process.threadCpuUsage(start)
    const spentMs = (user + system) / 1000
    if (spentMs >= LEAST_MS) return spentMs / times
  }
}
