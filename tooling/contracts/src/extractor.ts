import { randomBytes } from 'node:crypto'
import {
  type ColumnType,
  defineRecordType,
  type Extractor,
  isCanonical,
  type RecordType,
  type RowBatch,
  type SourceSnapshot,
  type Value,
} from '@findata/core'
import { describe, expect, test } from 'vitest'
import { describeSetHash } from './extractor/set-hash.ts'

/** A source of an Extractor with a way to fill it, whose user may create tables. */
export interface ExtractorUnderTest extends AsyncDisposable {
  readonly extractor: Extractor
  /** Executes statements in the source, outside of every snapshot, and commits. */
  run(...statements: string[]): Promise<void>
}

const signal = new AbortController().signal

/** What every Extractor over Oracle SQL does. It makes its own tables and drops them again. */
export function describeExtractor(name: string, open: () => Promise<ExtractorUnderTest>): void {
  describe(name, () => {
    describe('values', () => {
      test.each(NUMBERS)('A6: NUMBER %s is read as %s', async (literal, expected) => {
        expect(await readValue(open, 'NUMBER', literal)).toEqual({
          type: { kind: 'number' },
          value: expected,
        })
      })

      test.each(VALUES)('$title is read as canonical text', async ({ sqlType, literal, type, value }) => {
        const read = await readValue(open, sqlType, literal)
        expect(read.value).toBe(value)
        expect(read.type).toMatchObject(type)
        if (!value.startsWith('-')) expect(isCanonical(read.type, value)).toBe(true)
      })

      test.each(NULLS)('NULL of %s is null', async (sqlType) => {
        expect((await readValue(open, sqlType, 'NULL')).value).toBeNull()
      })

      test('the empty string is NULL, as Oracle has it', async () => {
        expect((await readValue(open, 'VARCHAR2(10)', "''")).value).toBeNull()
      })

      test.each(NOT_FINITE)('%s is refused with the name of its column', async (sqlType, literal) => {
        await expect(readValue(open, sqlType, literal)).rejects.toMatchObject({
          code: 'ORACLE_VALUE_UNSUPPORTED',
          message: expect.stringContaining('column V'),
        })
      })

      test('a CLOB longer than the limit is refused with column and length, one of just the limit is read', async () => {
        await using source = await openTable(open, 'ID NUMBER, V CLOB')
        await source.run(`INSERT INTO ${source.table} VALUES (1, '123456789')`)
        const recordType = source.recordType({ columns: ['V'], maxLobLength: 9 })
        expect(await readAll(source, recordType)).toEqual([['123456789']])
        await expect(readAll(source, { ...recordType, maxLobLength: 8 })).rejects.toMatchObject({
          code: 'ORACLE_VALUE_UNSUPPORTED',
          message: expect.stringMatching(/column V has 9 characters.*limit of 8/),
        })
      })
    })

    describe('describe', () => {
      test('tells the declared columns in their order with their types, and executes nothing', async () => {
        await using source = await openTable(
          open,
          'ID NUMBER(10) NOT NULL, AMOUNT NUMBER(18,2), NOTE VARCHAR2(30)',
        )
        await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
        const recordType = source.recordType({ columns: ['NOTE', 'ID', 'AMOUNT'] })
        expect(await snapshot.describe(recordType, { signal })).toEqual([
          { name: 'NOTE', type: { kind: 'text', size: 30 }, isNullable: true },
          { name: 'ID', type: { kind: 'number', precision: 10, scale: 0 }, isNullable: false },
          { name: 'AMOUNT', type: { kind: 'number', precision: 18, scale: 2 }, isNullable: true },
        ])
        expect(snapshot.executions(recordType)).toBe(0)
      })

      test('names all columns that the query does not give, and what they may be called now', async () => {
        await using source = await openTable(open, 'ID NUMBER, CHARGED_AMT NUMBER')
        const columns = ['ID', 'CHARGED_AMOUNT', 'VENDOR']
        await expect(readAll(source, source.recordType({ columns }))).rejects.toMatchObject({
          code: 'COLUMNS_MISSING',
          message: expect.stringContaining('columns CHARGED_AMOUNT (renamed to CHARGED_AMT?), VENDOR'),
        })
      })

      test('names all columns that the view of an explicit query does not have', async () => {
        await using source = await openTable(open, 'ID NUMBER, CHARGED_AMT NUMBER')
        const columns = ['ID', 'CHARGED_AMOUNT', 'VENDOR']
        const query = `SELECT t.ID, t.CHARGED_AMOUNT, t.VENDOR FROM ${source.table} t WHERE t.VENDOR IS NOT NULL`
        await expect(readAll(source, source.recordType({ columns, query }))).rejects.toMatchObject({
          code: 'COLUMNS_MISSING',
          details: { missing: ['CHARGED_AMOUNT', 'VENDOR'] },
          message: expect.stringContaining('CHARGED_AMOUNT (renamed to CHARGED_AMT?)'),
        })
      })

      test('names a view that is not there', async () => {
        await using source = await openTable(open, 'ID NUMBER')
        const query = `SELECT ID FROM ${source.table}_GONE`
        await expect(readAll(source, source.recordType({ columns: ['ID'], query }))).rejects.toMatchObject({
          code: 'ORACLE_VIEW_MISSING',
          message: expect.stringContaining(`${source.table}_GONE`),
        })
      })

      test('money that is no NUMBER is refused', async () => {
        await using source = await openTable(open, 'ID NUMBER, V BINARY_DOUBLE')
        const recordType = source.recordType({ columns: ['ID', 'V'], money: [{ column: 'V', scale: 2 }] })
        await expect(readAll(source, recordType)).rejects.toMatchObject({ code: 'ORACLE_VALUE_UNSUPPORTED' })
      })

      test('a query that Oracle does not understand is refused', async () => {
        await using source = await openTable(open, 'ID NUMBER')
        const query = `SELECT ID FROM ${source.table} WHERE AND`
        await expect(readAll(source, source.recordType({ columns: ['ID'], query }))).rejects.toMatchObject({
          code: 'ORACLE_QUERY_INVALID',
        })
      })
    })

    describe('extract', () => {
      test('A5: rows come in batches of at most the size asked for, each row once', async () => {
        await using source = await openNumbers(open, 5)
        await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
        const batches = await allBatches(snapshot, source.recordType({ columns: ['ID'] }), 2)
        expect(batches.map((batch) => batch.length)).toEqual([2, 2, 1])
        expect(sortedIds(batches.flat())).toEqual([1, 2, 3, 4, 5])
      })

      test.each([1, 3, 6, 7])('A5: %i rows in batches of three are all read', async (count) => {
        await using source = await openNumbers(open, count)
        await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
        const batches = await allBatches(snapshot, source.recordType({ columns: ['ID'] }), 3)
        expect(sortedIds(batches.flat())).toEqual(Array.from({ length: count }, (_, index) => index + 1))
      })

      test('no rows are no batches', async () => {
        await using source = await openTable(open, 'ID NUMBER')
        expect(await readAll(source, source.recordType({ columns: ['ID'] }))).toEqual([])
      })

      test('A14: values are bound as text, quotes and lists included', async () => {
        await using source = await openTable(open, 'ID NUMBER, DEPT VARCHAR2(20)')
        await source.run(
          `INSERT INTO ${source.table} VALUES (1, '2400')`,
          `INSERT INTO ${source.table} VALUES (2, 'O''Brien')`,
          `INSERT INTO ${source.table} VALUES (3, 'not a number')`,
        )
        const query = `SELECT ID FROM ${source.table} WHERE DEPT IN (:depts) OR DEPT = :one`
        const binds = { depts: ['2400', "O'Brien"], one: '2400' }
        const rows = await readAll(source, source.recordType({ columns: ['ID'], query, binds }))
        expect(sortedIds(rows)).toEqual([1, 2])
      })

      test('A13: a join repeats a row as often as it finds partners', async () => {
        await using source = await openTable(open, 'ID NUMBER, FDU VARCHAR2(20)')
        await source.run(
          `INSERT INTO ${source.table} VALUES (1, 'b')`,
          `INSERT INTO ${source.table} VALUES (1, 'a')`,
          `INSERT INTO ${source.table} VALUES (2, NULL)`,
        )
        const query =
          `SELECT s.ID, b.FDU FROM (SELECT DISTINCT ID FROM ${source.table}) s ` +
          `LEFT JOIN (SELECT DISTINCT ID, FDU FROM ${source.table} WHERE FDU IS NOT NULL) b ON b.ID = s.ID`
        const recordType = source.recordType({ columns: ['ID', 'FDU'], query })
        await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
        const rows = (await allBatches(snapshot, recordType, 10)).flat()
        expect(rows.map(([id, fdu]) => `${id}/${fdu}`).sort()).toEqual(['1/a', '1/b', '2/null'])
        expect((await snapshot.totals(recordType, { signal })).totals).toMatchObject({
          rows: 3,
          distinctEntityKeys: 2,
        })
      })

      test('two extracts of one snapshot may be read side by side', async () => {
        await using source = await openNumbers(open, 9)
        await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
        const odd = source.recordType({
          name: 'odd',
          columns: ['ID'],
          query: `${source.query} WHERE MOD(ID, 2) = 1`,
        })
        const even = source.recordType({
          name: 'even',
          columns: ['ID'],
          query: `${source.query} WHERE MOD(ID, 2) = 0`,
        })
        const [odds, evens] = await Promise.all([allBatches(snapshot, odd, 2), allBatches(snapshot, even, 2)])
        expect(sortedIds(odds.flat())).toEqual([1, 3, 5, 7, 9])
        expect(sortedIds(evens.flat())).toEqual([2, 4, 6, 8])
      })

      test('a loop may be left early, and the snapshot read on', async () => {
        await using source = await openNumbers(open, 9)
        await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
        const recordType = source.recordType({ columns: ['ID'] })
        for await (const batch of snapshot.extract(recordType, { batchSize: 2, signal })) {
          expect(batch).toHaveLength(2)
          break
        }
        expect((await allBatches(snapshot, recordType, 100)).flat()).toHaveLength(9)
        expect(snapshot.executions(recordType)).toBe(2)
      })

      test('an extract that is cancelled before or within its rows says so', async () => {
        await using source = await openNumbers(open, 9)
        await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
        const recordType = source.recordType({ columns: ['ID'] })
        const stop = new AbortController()
        const read = async () => {
          for await (const _ of snapshot.extract(recordType, { batchSize: 2, signal: stop.signal }))
            stop.abort()
        }
        await expect(read()).rejects.toMatchObject({ code: 'CANCELLED' })
        await expect(read()).rejects.toMatchObject({ code: 'CANCELLED' })
      })

      test('an error in a row ends the read with a clear error, not with fewer rows', async () => {
        await using source = await openNumbers(open, 9)
        const query = `SELECT ID, 1 / (ID - 7) AS Q FROM ${source.table}`
        const recordType = source.recordType({ columns: ['ID', 'Q'], query })
        await expect(readAll(source, recordType, 2)).rejects.toMatchObject({ code: 'ORACLE_QUERY_FAILED' })
      })
    })

    describe('totals', () => {
      test('are rows, entities, and exact counts, sums and bounds of the money columns', async () => {
        await using source = await openTable(open, 'K VARCHAR2(5), A NUMBER, B NUMBER(18,2)')
        await source.run(
          `INSERT INTO ${source.table} VALUES ('a', 12345678901234567890.12, -0.25)`,
          `INSERT INTO ${source.table} VALUES ('a', .01, NULL)`,
          `INSERT INTO ${source.table} VALUES ('b', NULL, 100.1)`,
          `INSERT INTO ${source.table} VALUES (NULL, -0.13, NULL)`,
        )
        const recordType = source.recordType({
          columns: ['K', 'A', 'B'],
          money: [
            { column: 'A', scale: 2 },
            { column: 'B', scale: 2 },
          ],
        })
        await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
        expect((await snapshot.totals(recordType, { signal })).totals).toEqual({
          rows: 4,
          distinctEntityKeys: 3,
          money: {
            A: { nonNull: 3, sum: '12345678901234567890', min: '-0.13', max: '12345678901234567890.12' },
            B: { nonNull: 2, sum: '99.85', min: '-0.25', max: '100.1' },
          },
        })
        expect(snapshot.executions(recordType)).toBe(1)
      })

      test('of no rows are zeros', async () => {
        await using source = await openTable(open, 'ID NUMBER, A NUMBER')
        await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
        const recordType = source.recordType({ columns: ['ID', 'A'], money: [{ column: 'A', scale: 2 }] })
        expect((await snapshot.totals(recordType, { signal })).totals).toEqual({
          rows: 0,
          distinctEntityKeys: 0,
          money: { A: { nonNull: 0, sum: '0', min: null, max: null } },
        })
      })
    })

    describeSetHash(open)

    test('a snapshot sees nothing that commits after it was opened', async () => {
      await using source = await openNumbers(open, 3)
      await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
      await source.run(`DELETE FROM ${source.table} WHERE ID = 1`, `INSERT INTO ${source.table} VALUES (99)`)
      const recordType = source.recordType({ columns: ['ID'], money: [{ column: 'ID', scale: 0 }] })
      expect(snapshot.consistency.label).toBe('read-only transaction')
      expect(snapshot.consistency.fixedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
      expect(sortedIds((await allBatches(snapshot, recordType, 2)).flat())).toEqual([1, 2, 3])
      expect((await snapshot.totals(recordType, { signal })).totals).toMatchObject({
        rows: 3,
        money: { ID: { sum: '6' } },
      })
      expect(sortedIds(await readAll(source, recordType))).toEqual([2, 3, 99])
    })
  })
}

const NUMBERS: readonly (readonly [literal: string, expected: string])[] = [
  ['0', '0'],
  ['0.5', '0.5'],
  ['-0.01', '-0.01'],
  ['13240.010', '13240.01'],
  ['-1997.78', '-1997.78'],
  ['100', '100'],
  ['9999999999999999.99', '9999999999999999.99'],
  ['12345678901234567890123456789012345678', '12345678901234567890123456789012345678'],
  ['-99999999999999999999999999999999999999', '-99999999999999999999999999999999999999'],
  ['0.00000000000000000000000000000000000001', `0.${'0'.repeat(37)}1`],
  ['1E-130', `0.${'0'.repeat(129)}1`],
  ['9.99E125', `999${'0'.repeat(123)}`],
]

interface ValueCase {
  readonly title: string
  readonly sqlType: string
  readonly literal: string
  readonly type: Partial<ColumnType>
  readonly value: string
}

function valueCase(sqlType: string, literal: string, type: Partial<ColumnType>, value: string): ValueCase {
  return { title: `${sqlType} ${literal}`, sqlType, literal, type, value }
}

function dateCase(value: string): ValueCase {
  return valueCase(
    'DATE',
    `TO_DATE('${value.replace('T', ' ')}', 'SYYYY-MM-DD HH24:MI:SS')`,
    { kind: 'date' },
    value,
  )
}

function timestampCase(fractionalDigits: number, literal: string, value: string): ValueCase {
  const type: ColumnType = { kind: 'timestamp', fractionalDigits }
  return valueCase(`TIMESTAMP(${fractionalDigits})`, `TIMESTAMP '${literal}'`, type, value)
}

function instantCase(literal: string, value: string): ValueCase {
  const type: ColumnType = { kind: 'timestamp-with-time-zone', fractionalDigits: 6 }
  return valueCase('TIMESTAMP WITH TIME ZONE', `TIMESTAMP '${literal}'`, type, value)
}

const VALUES: readonly ValueCase[] = [
  valueCase('NUMBER(18,3)', '13240.010', { kind: 'number', precision: 18, scale: 3 }, '13240.01'),
  valueCase('NUMBER(5,-2)', '12345', { kind: 'number', precision: 5, scale: -2 }, '12300'),
  valueCase('FLOAT', '0.1', { kind: 'number' }, '0.1'),
  valueCase('VARCHAR2(40)', `'<50 acres, O''Hara & Söhne'`, { kind: 'text' }, `<50 acres, O'Hara & Söhne`),
  valueCase('VARCHAR2(90)', `'ฝ่ายบัญชี 中 😀'`, { kind: 'text' }, 'ฝ่ายบัญชี 中 😀'),
  valueCase('VARCHAR2(40)', `'13240.010'`, { kind: 'text' }, '13240.010'),
  valueCase('VARCHAR2(40)', String.raw`'  a' || CHR(10) || 'b" \ '`, { kind: 'text' }, '  a\nb" \\ '),
  valueCase('CHAR(5)', `'ab'`, { kind: 'text' }, 'ab   '),
  valueCase('NVARCHAR2(20)', `N'ñandú'`, { kind: 'text' }, 'ñandú'),
  valueCase('CLOB', `'long text, ข้อความ'`, { kind: 'clob' }, 'long text, ข้อความ'),
  valueCase('RAW(10)', `HEXTORAW('00FF0A')`, { kind: 'raw' }, '00ff0a'),
  valueCase('BLOB', `HEXTORAW('DEADBEEF')`, { kind: 'blob' }, 'deadbeef'),
  valueCase('BINARY_DOUBLE', '0.1d', { kind: 'binary-double' }, '0.1'),
  valueCase('BINARY_FLOAT', '0.1f', { kind: 'binary-float' }, '0.1'),
  // In Chicago the next two do not exist and the third is there twice; Bangkok has no summer time.
  dateCase('2026-03-08T02:00:00'),
  dateCase('2026-03-08T02:59:59'),
  dateCase('2026-11-01T01:30:00'),
  dateCase('2026-02-28T00:00:00'),
  dateCase('1883-11-18T12:05:00'),
  dateCase('0001-01-01T00:00:00'),
  dateCase('9999-12-31T23:59:59'),
  dateCase('-0044-03-15T00:00:00'),
  timestampCase(6, '2026-03-08 02:30:00.123456', '2026-03-08T02:30:00.123456'),
  timestampCase(9, '2026-11-01 01:30:00.000000001', '2026-11-01T01:30:00.000000001'),
  timestampCase(6, '2026-07-14 10:20:30.120000', '2026-07-14T10:20:30.12'),
  timestampCase(0, '2026-07-14 10:20:30', '2026-07-14T10:20:30'),
  timestampCase(3, '2026-07-14 10:20:30.000', '2026-07-14T10:20:30'),
  instantCase('2026-03-08 02:30:00.123456 -06:00', '2026-03-08T08:30:00.123456Z'),
  instantCase('2026-01-01 00:15:00.5 +07:00', '2025-12-31T17:15:00.5Z'),
  instantCase('2026-11-01 01:30:00 +00:00', '2026-11-01T01:30:00Z'),
]

const NULLS = [
  'NUMBER',
  'VARCHAR2(10)',
  'CHAR(3)',
  'DATE',
  'TIMESTAMP',
  'TIMESTAMP WITH TIME ZONE',
  'CLOB',
  'BLOB',
  'RAW(8)',
  'BINARY_DOUBLE',
]

const NOT_FINITE = [
  ['BINARY_DOUBLE', 'BINARY_DOUBLE_NAN'],
  ['BINARY_DOUBLE', 'BINARY_DOUBLE_INFINITY'],
  ['BINARY_FLOAT', '-BINARY_FLOAT_INFINITY'],
] as const

interface SourceTable extends ExtractorUnderTest {
  readonly table: string
  readonly query: string
  recordType(given: Partial<RecordType> & Pick<RecordType, 'columns'>): RecordType
}

async function openTable(open: () => Promise<ExtractorUnderTest>, columns: string): Promise<SourceTable> {
  const source = await open()
  const table = `FINDATA_TEST_${randomBytes(6).toString('hex').toUpperCase()}`
  await source.run(`CREATE TABLE ${table} (${columns})`)
  const query = `SELECT * FROM ${table}`
  return {
    extractor: source.extractor,
    run: source.run,
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
async function openNumbers(open: () => Promise<ExtractorUnderTest>, count: number): Promise<SourceTable> {
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

async function readValue(open: () => Promise<ExtractorUnderTest>, sqlType: string, literal: string) {
  await using source = await openTable(open, `ID NUMBER, V ${sqlType}`)
  await source.run(`INSERT INTO ${source.table} VALUES (1, ${literal})`)
  await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
  const recordType = source.recordType({ columns: ['V'] })
  const [column] = await snapshot.describe(recordType, { signal })
  const rows = (await allBatches(snapshot, recordType, 10)).flat()
  if (column === undefined || rows.length !== 1) throw new Error('one row of one column was asked for')
  return { type: column.type, value: rows[0]?.[0] as Value }
}

async function readAll(source: ExtractorUnderTest, recordType: RecordType, batchSize = 100) {
  await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
  return (await allBatches(snapshot, recordType, batchSize)).flat()
}

async function allBatches(
  snapshot: SourceSnapshot,
  recordType: RecordType,
  batchSize: number,
): Promise<RowBatch[]> {
  return await Array.fromAsync(snapshot.extract(recordType, { batchSize, signal }))
}

function sortedIds(rows: RowBatch): number[] {
  return rows.map(([id]) => Number(id)).sort((a, b) => a - b)
}
