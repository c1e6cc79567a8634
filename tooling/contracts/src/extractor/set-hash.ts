import { randomBytes } from 'node:crypto'
import {
  type ControlTotals,
  collectTotals,
  defineRecordType,
  freezeOrdinals,
  openScratchFolder,
  type SourceTotals,
} from '@findata/core'
import { describe, expect, test } from 'vitest'
import type { OpenSource } from './source-table.ts'

/** Every type that SQL hashes, each with values at its ends and some that are easily written otherwise. */
const COLUMNS: readonly { readonly type: string; readonly values: readonly string[] }[] = [
  {
    type: 'NUMBER',
    values: `0 0.5 -0.5 -0.01 100 -1 1E62 -1E62 1E-62 99999999999999999999999999999999999999
      -0.00000000000000000000000000000000000001 1234567890.000000000012345678901234567890`.split(/\s+/),
  },
  { type: 'NUMBER(18,2)', values: ['0.1', '-0.99', '9999999999999999.99', '100.00', '-7'] },
  { type: 'NUMBER(38)', values: ['99999999999999999999999999999999999999', '-1', '0'] },
  { type: 'NUMBER(5,-2)', values: ['12345', '-9999900'] },
  { type: 'NUMBER(3,5)', values: ['0.00999', '-0.00001'] },
  { type: 'FLOAT', values: ['0.1', '-12345.678'] },
  { type: 'VARCHAR2(400)', values: [`'a'`, `' '`, `'1=1:'`, `'ฝ่ายบัญชี 中 😀'`, `'O''Hara' || CHR(10)`] },
  { type: 'CHAR(9)', values: [`'ab'`, `'ก'`] },
  { type: 'NVARCHAR2(40)', values: [`N'ñandú'`, `N'ก中'`, `N'ab '`] },
  { type: 'NCHAR(4)', values: [`N'ñ'`] },
  {
    type: 'DATE',
    values: [
      '2026-03-08 02:30:00',
      '-0044-03-15 00:00:00',
      '-4712-01-01 00:00:00',
      '9999-12-31 23:59:59',
    ].map((text) => `TO_DATE('${text}', 'SYYYY-MM-DD HH24:MI:SS')`),
  },
  { type: 'TIMESTAMP(0)', values: [`TIMESTAMP '2026-07-14 10:20:00'`] },
  {
    type: 'TIMESTAMP(6)',
    values: [`TIMESTAMP '2026-07-14 10:20:30.120000'`, `TIMESTAMP '2026-07-14 10:00:00'`],
  },
  { type: 'TIMESTAMP(9)', values: [`TIMESTAMP '0001-01-01 00:00:00.000000001'`] },
  {
    type: 'TIMESTAMP WITH TIME ZONE',
    values: [`TIMESTAMP '2026-01-01 00:15:00.5 +07:00'`, `TIMESTAMP '2026-11-01 01:30:00 -06:00'`],
  },
  { type: 'TIMESTAMP WITH LOCAL TIME ZONE', values: [`TIMESTAMP '2026-01-01 00:15:00.5 +07:00'`] },
  { type: 'RAW(10)', values: [`HEXTORAW('00FF0A')`] },
]
const NAMES = COLUMNS.map((_, index) => `C${index + 1}`)

/** The set hash of the source is that of the rows as they are read, wherever both can be had. */
export function describeSetHash(open: OpenSource): void {
  describe('the set hash by SQL', () => {
    test('is that of the rows read, for every type, NULL, and a row of nothing but NULL', async () => {
      const rows = COLUMNS.flatMap(({ values }, index) =>
        values.map((value) => NAMES.map((_, place) => (place === index ? value : 'NULL')).join(', ')),
      )
      const full = COLUMNS.map(({ values }) => values[0]).join(', ')
      const columns = COLUMNS.map(({ type }, index) => `${NAMES[index]} ${type}`)
      const { source, read } = await totalsOf(open, columns, [
        ...rows,
        full,
        full,
        NAMES.map(() => 'NULL').join(', '),
      ])
      expect(source).toEqual({ totals: read, leftOut: [] })
    })

    test('of no rows is zero', async () => {
      const { source } = await totalsOf(open, ['C1 NUMBER'], [])
      expect(source.totals.setHash).toBe('0'.repeat(32))
    })

    test.each([
      { what: 'text of more than 4,000 bytes', row: `RPAD('x', 4000, 'x'), NULL, NULL` },
      {
        what: 'national text of more than 4,000 bytes in UTF-8',
        row: `NULL, RPAD(N'ก', 2000, N'ก'), NULL`,
      },
      { what: 'a number of more than 64 characters', row: 'NULL, NULL, 1E-70' },
    ])('is left out with the reason for $what', async ({ row }) => {
      const columns = ['C1 VARCHAR2(4000)', 'C2 NVARCHAR2(2000)', 'C3 NUMBER']
      const { source, read } = await totalsOf(open, columns, [row, `'a', N'b', 1`])
      const { setHash: _, ...others } = read
      expect(source).toEqual({ totals: others, leftOut: [expect.stringMatching(/\b1 of 2 rows\b/)] })
    })

    test('comes with sums to the last digit, of amounts as long as they can be', async () => {
      const amount = `${'9'.repeat(36)}.99`
      const rows = Array.from({ length: 120 }, (_, index) => `${index % 7}, ${amount}`)
      const { source, read } = await totalsOf(open, ['C1 NUMBER', 'C2 NUMBER'], [...rows, '1, -0.01'], ['C2'])
      expect(source).toEqual({ totals: read, leftOut: [] })
      expect(source.totals.money).toMatchObject({ C2: { sum: `119${'9'.repeat(35)}8.79` } })
    })
  })
}

/** Of one snapshot of a table that is made and dropped again. */
async function totalsOf(
  open: OpenSource,
  columns: readonly string[],
  rows: readonly string[],
  money: readonly string[] = [],
): Promise<{ readonly source: SourceTotals; readonly read: ControlTotals }> {
  const { signal } = new AbortController()
  await using source = await open()
  const table = `FINDATA_TEST_${randomBytes(6).toString('hex').toUpperCase()}`
  const recordType = defineRecordType({
    name: 'hashed',
    query: `SELECT * FROM ${table}`,
    columns: columns.map((column) => column.split(' ', 1)[0] ?? ''),
    rowKey: [{ column: 'C1', isNullable: true }],
    money,
  })
  await source.run(`CREATE TABLE ${table} (${columns.join(', ')})`)
  try {
    await source.run(...rows.map((row) => `INSERT INTO ${table} VALUES (${row})`))
    await using scratch = await openScratchFolder()
    await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [recordType] })
    const { schema } = freezeOrdinals(await snapshot.describe(recordType, { signal }))
    const totals = await snapshot.totals(recordType, { signal, schema })
    const read = snapshot.extract(recordType, { signal, batchSize: 50 })
    return { source: totals, read: (await collectTotals(read, schema, recordType, scratch)).totals }
  } finally {
    await source.run(`DROP TABLE ${table}`)
  }
}
