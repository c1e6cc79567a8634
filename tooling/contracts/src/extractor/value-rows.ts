import { type ColumnType, isCanonical } from '@findata/core'
import { describe, expect, test } from 'vitest'
import { type OpenSource, openTable, readAll, readValue } from './source-table.ts'

/** Every type is read as canonical text. */
export function describeValues(open: OpenSource): void {
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
      const recordType = source.recordType({ columns: ['ID', 'V'], maxLobLength: 9 })
      expect(await readAll(source, recordType)).toEqual([['1', '123456789']])
      await expect(readAll(source, { ...recordType, maxLobLength: 8 })).rejects.toMatchObject({
        code: 'ORACLE_VALUE_UNSUPPORTED',
        message: expect.stringMatching(/column V has 9 characters.*limit of 8/),
      })
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
