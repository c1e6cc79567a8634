import type { RecordType, Window } from '@findata/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createOracleExtractor } from '../src/index.ts'
import { bothTotals } from './support/both-totals.ts'
import { openTestOracle, USER } from './support/open-oracle.ts'
import { testRecordType } from './support/record-type.ts'

const signal = new AbortController().signal

/** An Oracle with the table T, and its columns as a record type whose key is the first one. */
async function openTable(columns: string, rows: readonly string[], money: readonly string[] = []) {
  const oracle = await openTestOracle(0)
  const run = (...statements: string[]) => oracle.server.database.run(USER, ...statements)
  run(`CREATE TABLE T (${columns})`, ...rows.map((row) => `INSERT INTO T VALUES (${row})`))
  const pool = oracle.openPool()
  const recordType = testRecordType({
    query: 'SELECT * FROM T',
    columns: [...columns.matchAll(/(?:^|, )(\w+) /g)].map(([, name]) => name as string),
    money: money.map((column) => ({ column, scale: 2 })),
  })
  return {
    server: oracle.server,
    pool,
    run,
    recordType,
    bothTotals: (given: Partial<RecordType> = {}, window?: Window) =>
      bothTotals(pool, { ...recordType, ...given }, { window }),
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]()
      await oracle[Symbol.asyncDispose]()
    },
  }
}

describe('sums', () => {
  test.each(['NUMBER(38,2)', 'NUMBER'])(
    'amounts of %s near 10^36 add up to the last digit over thousands of rows',
    async (type) => {
      await using table = await openTable(`ID NUMBER, M ${type}`, [], ['M'])
      const amount = `${'9'.repeat(36)}.99`
      const doublings = Array.from({ length: 10 }, () => 'INSERT INTO T SELECT * FROM T')
      table.run(`INSERT INTO T VALUES (1, ${amount})`, `INSERT INTO T VALUES (2, ${amount})`, ...doublings)
      table.run('INSERT INTO T VALUES (2, -0.01)')
      const { source, read } = await table.bothTotals()
      expect(source.totals).toEqual(read)
      expect(source.totals.money).toMatchObject({ M: { nonNull: 2049, sum: `2047${'9'.repeat(34)}79.51` } })
    },
  )

  test('amounts of any scale add up to the last digit', async () => {
    await using table = await openTable('ID NUMBER, M NUMBER', [], ['M'])
    const amount = fc
      .tuple(fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }), fc.integer({ min: 0, max: 60 }))
      .map(([units, scale]) => `${units}E-${scale}`)
    await fc.assert(
      fc.asyncProperty(fc.array(amount, { maxLength: 12 }), async (amounts) => {
        table.run('DELETE FROM T', ...amounts.map((text, id) => `INSERT INTO T VALUES (${id % 3}, ${text})`))
        const { source, read } = await table.bothTotals()
        expect(source.totals.money).toEqual(read.money)
      }),
      { numRuns: 50 },
    )
  })

  test.each(['1E38', '-1E38', '1E-67', '123456789E-70'])(
    'the amount %s, which Oracle may not add up exactly, is named and not summed wrongly',
    async (amount) => {
      await using table = await openTable('ID NUMBER, M NUMBER', [`1, ${amount}`, '2, 1'], ['M'])
      await expect(table.bothTotals()).rejects.toMatchObject({
        code: 'ORACLE_VALUE_UNSUPPORTED',
        message: expect.stringContaining('column M holds an amount of 10^38 or more'),
        details: { column: 'M', count: 1 },
      })
    },
  )
})

describe('the set hash', () => {
  const rows = [`1, 'a', 100.10`, `2, 'b', -0.25`, `2, 'c', 7`, `NULL, NULL, NULL`]
  const columns = 'ID NUMBER, NAME VARCHAR2(9), M NUMBER(18,2)'

  test('comes with the other totals from one execution of the view', async () => {
    await using table = await openTable(columns, rows, ['M'])
    const { source, read } = await table.bothTotals()
    expect(source).toEqual({ totals: read, leftOut: [] })
    expect(read).toMatchObject({ rows: 4, distinctEntityKeys: 3 })
    const executed = table.server.statements().filter(({ sql }) => sql.includes('FROM T'))
    expect(executed).toHaveLength(2)
  })

  test('of no rows is zero', async () => {
    await using table = await openTable(columns, [])
    const { source, read } = await table.bothTotals()
    expect(source).toEqual({ totals: read, leftOut: [] })
    expect(source.totals.setHash).toBe('0'.repeat(32))
  })

  test.each([
    { what: 'a digit that differs', change: 'UPDATE T SET M = 100.11 WHERE ID = 1' },
    { what: 'a value swapped between two rows', change: 'UPDATE T SET M = 6.75 - M WHERE ID = 2' },
    { what: 'a row that is there twice', change: 'INSERT INTO T SELECT * FROM T WHERE ID = 1' },
    { what: 'a row that is gone', change: 'DELETE FROM T WHERE ID IS NULL' },
    { what: 'a value that is no longer NULL', change: `UPDATE T SET NAME = 'a' WHERE NAME IS NULL` },
    { what: 'a value in another column', change: `UPDATE T SET M = ID, ID = 7 WHERE M = 7` },
  ])('changes with $what, as that of the rows read', async ({ change }) => {
    await using table = await openTable(columns, rows, ['M'])
    const before = await table.bothTotals()
    table.run(change)
    const after = await table.bothTotals()
    expect(after.source).toEqual({ totals: after.read, leftOut: [] })
    expect(after.source.totals.setHash).not.toBe(before.source.totals.setHash)
  })

  test('stands on texts that are compared by their characters, whatever the session had before', async () => {
    await using table = await openTable('NAME VARCHAR2(9)', [`'a'`, `'A'`])
    const { source, read } = await table.bothTotals()
    expect(source.totals).toEqual(read)
    expect(read.distinctEntityKeys).toBe(2)
    // The stand-in compares no other way.
    expect(table.server.statements().map(({ sql }) => sql)).toContainEqual(
      expect.stringContaining('NLS_COMP = BINARY'),
    )
  })

  test('is that of the rows of a window', async () => {
    await using table = await openTable('ID NUMBER, CHANGED DATE', [
      `1, DATE '2026-01-01'`,
      `2, DATE '2026-01-02'`,
      `3, DATE '2026-01-03'`,
      '4, NULL',
    ])
    const cursor = { columns: ['CHANGED'], nulls: 'exclude' } as const
    const window = { from: '2026-01-02T00:00:00', to: '2026-01-03T00:00:00' }
    const { source, read } = await table.bothTotals({ cursor }, window)
    expect(source).toEqual({ totals: read, leftOut: [] })
    expect(source.totals.rows).toBe(2)
  })

  test('is not asked for unless the schema is given', async () => {
    await using table = await openTable(columns, rows)
    await using snapshot = await createOracleExtractor(table.pool).openSnapshot({ signal, recordTypes: [] })
    const { totals, leftOut } = await snapshot.totals(table.recordType, { signal })
    expect(totals).not.toHaveProperty('setHash')
    expect(leftOut).toEqual([])
    expect(table.server.statements().filter(({ sql }) => sql.includes('STANDARD_HASH'))).toEqual([])
  })

  test('holds text of up to 4,000 bytes, counted in UTF-8 whatever the character set of the column', async () => {
    const long = (text: string, times: number) => `RPAD(${text}, ${times}, ${text})`
    await using table = await openTable('ID NUMBER, V VARCHAR2(4000), N NVARCHAR2(2000)', [
      `1, ${long(`'x'`, 3988)}, NULL`,
      `2, NULL, ${long(`N'ก'`, 1329)}`,
      `3, ${long(`'y'`, 1990)}, ${long(`N'z'`, 1991)}`,
    ])
    const { source, read } = await table.bothTotals()
    expect(source).toEqual({ totals: read, leftOut: [] })
  })
})

describe('a set hash that cannot be had leaves the other totals, and says why', () => {
  test.each([
    { row: `1, RPAD('x', 3989, 'x'), NULL`, why: 'one text that is a byte too long' },
    { row: `1, RPAD('x', 2000, 'x'), RPAD(N'x', 2000, N'x')`, why: 'two texts that are too long together' },
    { row: `1, NULL, RPAD(N'ก', 2000, N'ก')`, why: 'national text that is too long in UTF-8' },
  ])('$why', async ({ row }) => {
    await using table = await openTable('ID NUMBER, V VARCHAR2(4000), N NVARCHAR2(2000)', [
      row,
      `2, 'a', N'b'`,
    ])
    const { source, read } = await table.bothTotals()
    const { setHash: _, ...others } = read
    expect(source).toEqual({
      totals: others,
      leftOut: ['source: no set hash: 1 of 2 rows take more than 4,000 bytes as one text'],
    })
  })

  test('numbers that take more than 64 characters', async () => {
    const written = ['1E63', '-1E62', '-1E-62', '1E-63']
    const unwritten = ['1E64', '-1E63', '1E-64', '-1E-63', '9.99E125', '1E-130']
    await using table = await openTable(
      'ID NUMBER, N NUMBER',
      written.map((number, id) => `${id}, ${number}`),
    )
    const shortOnes = await table.bothTotals()
    expect(shortOnes.source).toEqual({ totals: shortOnes.read, leftOut: [] })
    table.run(...unwritten.map((number) => `INSERT INTO T VALUES (9, ${number})`))
    const { source, read } = await table.bothTotals()
    const { setHash: _, ...others } = read
    expect(source).toEqual({
      totals: others,
      leftOut: ['source: no set hash: 6 of 10 rows hold a number of more than 64 characters'],
    })
  })

  test('large objects and binary floats, by name', async () => {
    await using table = await openTable(
      'ID NUMBER, NOTES CLOB, SCAN BLOB, RATE BINARY_DOUBLE, SHARE_OF BINARY_FLOAT, M NUMBER',
      [`1, 'a', HEXTORAW('FF'), 0.5, 0.25, 3`],
      ['M'],
    )
    const { source, read } = await table.bothTotals()
    const { setHash: _, ...others } = read
    expect(source).toEqual({
      totals: others,
      leftOut: [
        'source: no set hash: SQL does not hash columns NOTES (CLOB), SCAN (BLOB), RATE (BINARY_DOUBLE), SHARE_OF (BINARY_FLOAT)',
      ],
    })
  })

  test('a database in another character set', async () => {
    await using table = await openTable('ID NUMBER', ['1'])
    // A table of the user's own comes before the public name.
    table.run(
      'CREATE TABLE NLS_DATABASE_PARAMETERS (PARAMETER VARCHAR2(128), VALUE VARCHAR2(64))',
      `INSERT INTO NLS_DATABASE_PARAMETERS VALUES ('NLS_CHARACTERSET', 'WE8MSWIN1252')`,
    )
    const { source } = await table.bothTotals()
    expect(source.totals).toEqual({ rows: 1, money: {}, distinctEntityKeys: 1 })
    expect(source.leftOut).toEqual([
      'source: no set hash: the database keeps text in WE8MSWIN1252, and only that in AL32UTF8 is hashed as it is read',
    ])
  })

  test('a database without STANDARD_HASH, which is asked once for all record types', async () => {
    await using table = await openTable('ID NUMBER', ['1'])
    table.server.faults.arm({
      kind: 'error-on-call',
      statement: 'STANDARD_HASH',
      code: 904,
      text: '"STANDARD_HASH": invalid identifier',
    })
    await using snapshot = await createOracleExtractor(table.pool).openSnapshot({ signal, recordTypes: [] })
    const schema = { columns: [] }
    for (const name of ['things', 'others']) {
      const recordType = { ...table.recordType, name }
      expect(await snapshot.totals(recordType, { signal, schema })).toEqual({
        totals: { rows: 1, money: {}, distinctEntityKeys: 1 },
        leftOut: ['source: no set hash: the database has no STANDARD_HASH, which came with 12.1'],
      })
      expect(snapshot.executions(recordType)).toBe(1)
    }
  })
})
