import { randomBytes } from 'node:crypto'
import {
  defineRecordType,
  type Extractor,
  type RecordType,
  type RowBatch,
  type SourceSnapshot,
  type Value,
} from '@findata/core'
import type { Given } from './column-range.ts'

/** A source of an Extractor with a way to fill it, whose user may create tables. */
export interface ExtractorUnderTest extends AsyncDisposable {
  readonly extractor: Extractor
  /** Executes statements in the source, outside of every snapshot, and commits. */
  run(...statements: string[]): Promise<void>
  /** Executes a statement once for each row of values, bound by position, and commits. */
  insert(statement: string, rows: readonly (readonly Given[])[]): Promise<void>
}

export type OpenSource = () => Promise<ExtractorUnderTest>

export const signal = new AbortController().signal

/** A source with a table of its own, which goes when it is disposed. */
export interface SourceTable extends ExtractorUnderTest {
  readonly table: string
  readonly query: string
  recordType(given: Partial<RecordType> & Pick<RecordType, 'columns'>): RecordType
}

export async function openTable(open: OpenSource, columns: string): Promise<SourceTable> {
  const source = await open()
  const table = `FINDATA_TEST_${randomBytes(6).toString('hex').toUpperCase()}`
  await source.run(`CREATE TABLE ${table} (${columns})`)
  const query = `SELECT * FROM ${table}`
  return {
    extractor: source.extractor,
    run: source.run,
    insert: source.insert,
    table,
    query,
    recordType: (given) => toRecordType(query, given),
    async [Symbol.asyncDispose]() {
      await source.run(`DROP TABLE ${table}`)
      await source[Symbol.asyncDispose]()
    },
  }
}

/** A table with one column, ID, that counts from one. */
export async function openNumbers(open: OpenSource, count: number): Promise<SourceTable> {
  const source = await openTable(open, 'ID NUMBER')
  const ids = Array.from({ length: count }, (_, index) => index + 1)
  await source.run(...ids.map((id) => `INSERT INTO ${source.table} VALUES (${id})`))
  return source
}

const THINGS = defineRecordType({
  name: 'things',
  description: 'Things of a test',
  query: 'SELECT ID FROM THINGS',
  columns: ['ID'],
  rowKey: ['ID'],
  statementTimeoutMs: 60_000,
})

function toRecordType(query: string, given: Partial<RecordType> & Pick<RecordType, 'columns'>): RecordType {
  const key = [{ column: given.columns[0] ?? '', isNullable: true }]
  return { ...THINGS, query, rowKey: key, entityKey: key, ...given }
}

export async function readValue(open: OpenSource, sqlType: string, literal: string) {
  await using source = await openTable(open, `ID NUMBER, V ${sqlType}`)
  await source.run(`INSERT INTO ${source.table} VALUES (1, ${literal})`)
  await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
  const recordType = source.recordType({ columns: ['ID', 'V'] })
  const [, column] = await snapshot.describe(recordType, { signal })
  const rows = (await allBatches(snapshot, recordType, 10)).flat()
  if (column === undefined || rows.length !== 1) throw new Error('one row of two columns was asked for')
  return { type: column.type, value: rows[0]?.[1] as Value }
}

export async function readAll(source: ExtractorUnderTest, recordType: RecordType, batchSize = 100) {
  await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
  return (await allBatches(snapshot, recordType, batchSize)).flat()
}

export async function allBatches(
  snapshot: SourceSnapshot,
  recordType: RecordType,
  batchSize: number,
): Promise<RowBatch[]> {
  return await Array.fromAsync(snapshot.extract(recordType, { batchSize, signal }))
}

export function sortedIds(rows: RowBatch): number[] {
  return rows.map(([id]) => Number(id)).sort((a, b) => a - b)
}
