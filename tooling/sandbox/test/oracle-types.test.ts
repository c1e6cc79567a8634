import fc from 'fast-check'
import type oracledb from 'oracledb'
import { describe, expect, test } from 'vitest'
import { openTyped } from './oracle-typed.ts'
import { openSql } from './sql-session.ts'

test('every type is described to the driver as it was declared', async () => {
  await using oracle = await openTyped()
  oracle.run(
    `CREATE TABLE ALL_TYPES (
      N NUMBER, NS NUMBER(*), NP NUMBER(38), N2 NUMBER(18,2), NN NUMBER(5,-3), NF NUMBER(2,6), NA NUMBER(*,4),
      I INTEGER, D DECIMAL(9,3), R REAL, F FLOAT, F5 FLOAT(5), DP DOUBLE PRECISION, BF BINARY_FLOAT, BD BINARY_DOUBLE,
      V VARCHAR2(10), VC VARCHAR2(10 CHAR), NV NVARCHAR2(10), C CHAR(3), CC CHAR(3 CHAR), NC NCHAR(3), NY NATIONAL CHAR VARYING(7),
      DT DATE, T0 TIMESTAMP(0), T9 TIMESTAMP(9), TZ TIMESTAMP WITH TIME ZONE, TL TIMESTAMP(3) WITH LOCAL TIME ZONE,
      RW RAW(16), CL CLOB, NCL NCLOB, B BLOB, RI ROWID)`,
  )
  expect(await oracle.describe('SELECT * FROM ALL_TYPES')).toEqual([
    'N NUMBER 0 -127',
    'NS NUMBER 0 -127',
    'NP NUMBER 38 0',
    'N2 NUMBER 18 2',
    'NN NUMBER 5 -3',
    'NF NUMBER 2 6',
    'NA NUMBER 38 4',
    'I NUMBER 38 0',
    'D NUMBER 9 3',
    'R NUMBER 63 -127',
    'F NUMBER 126 -127',
    'F5 NUMBER 5 -127',
    'DP NUMBER 126 -127',
    'BF BINARY_FLOAT',
    'BD BINARY_DOUBLE',
    'V VARCHAR2 10',
    'VC VARCHAR2 40',
    'NV NVARCHAR2 20',
    'C CHAR 3',
    'CC CHAR 12',
    'NC NCHAR 6',
    'NY NVARCHAR2 14',
    'DT DATE',
    'T0 TIMESTAMP 0',
    'T9 TIMESTAMP 9',
    'TZ TIMESTAMP WITH TIME ZONE 6',
    'TL TIMESTAMP WITH LOCAL TIME ZONE 3',
    'RW RAW 16',
    'CL CLOB',
    'NCL NCLOB',
    'B BLOB',
    'RI ROWID',
  ])
})

test('values of every type come back from their table', async () => {
  await using oracle = await openTyped()
  oracle.run(
    `CREATE TABLE V (N NUMBER, F FLOAT(5), BF BINARY_FLOAT, BD BINARY_DOUBLE, NV NVARCHAR2(4), C CHAR(4), NC NCHAR(4), T TIMESTAMP(3),
      TZ TIMESTAMP WITH TIME ZONE, RW RAW(4), CL CLOB, NCL NCLOB, B BLOB)`,
    `INSERT INTO V VALUES (-0.5, 123.45, 0.1, 1e300d, N'ไทñ', 'ab', N'ñ', TIMESTAMP '2026-01-02 03:04:05.6789',
      TIMESTAMP '2026-07-02 12:00:00 America/Chicago', HEXTORAW('00ff'), 'text', TO_NCLOB('ไทย'), TO_BLOB(HEXTORAW('c0de')))`,
    'INSERT INTO V (N) VALUES (NULL)',
  )
  expect(await oracle.rows('SELECT * FROM V')).toEqual([
    [
      '-.5',
      '120',
      Math.fround(0.1),
      1e300,
      'ไทñ',
      'ab  ',
      'ñ   ',
      new Date(2026, 0, 2, 3, 4, 5, 679),
      new Date('2026-07-02T17:00:00Z'),
      Buffer.from([0, 255]),
      'text',
      'ไทย',
      Buffer.from([0xc0, 0xde]),
    ],
    new Array(13).fill(null),
  ])
})

test('an NCLOB is also read from its locator', async () => {
  await using oracle = await openTyped()
  oracle.run('CREATE TABLE L (C NCLOB)', "INSERT INTO L VALUES (TO_NCLOB('ไทย😀'))")
  const { rows } = await oracle.connection.execute<[oracledb.Lob]>('SELECT C FROM L')
  expect(await rows?.[0]?.[0].getData()).toBe('ไทย😀')
})

const sql = openSql()
sql.run('CREATE TABLE SMALL (A NUMBER(5,2), B NUMBER(3,-2), C NUMBER(2,4), D NUMBER(4))')

describe('NUMBER(p, s)', () => {
  test.each([
    ['A', '123.455', '123.46'],
    ['A', '-123.455', '-123.46'],
    ['A', '999.994', '999.99'],
    ['A', '999.995', 1438],
    ['B', '12349', '12300'],
    ['B', '12350', '12400'],
    ['B', '-12350', '-12400'],
    ['B', '49', '0'],
    ['B', '99949', '99900'],
    ['B', '99950', 1438],
    ['C', '0.00994', '0.0099'],
    ['C', '0.00995', 1438],
    ['C', '0.01', 1438],
    ['D', '9999.4', '9999'],
    ['D', '9999.5', 1438],
  ])('column %s takes %s as %s', (column, value, stored) => {
    const insert = `INSERT INTO SMALL (${column}) VALUES (${value})`
    if (typeof stored === 'number') {
      expect(sql.error(insert).code).toBe(stored)
      return
    }
    sql.run(insert)
    expect(sql.rows(`SELECT ${column} FROM SMALL WHERE ${column} IS NOT NULL`)).toEqual([[stored]])
    sql.run('ROLLBACK')
  })

  test('rounds half away from zero at its scale and refuses more digits than its precision', () => {
    const precision = fc.integer({ min: 1, max: 38 })
    const scale = fc.integer({ min: -20, max: 40 })
    const digits = fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n })
    fc.assert(
      fc.property(precision, scale, digits, fc.integer({ min: 0, max: 40 }), (p, s, units, shift) => {
        // In units of 10^-60 every value and every half of a last place is whole.
        const value = units * 10n ** BigInt(60 - shift)
        const place = 10n ** BigInt(60 - s)
        const size = value < 0n ? -value : value
        const rounded = ((size + place / 2n) / place) * (value < 0n ? -1n : 1n)
        const fits = (rounded < 0n ? -rounded : rounded) < 10n ** BigInt(p)
        const cast = `SELECT CAST(${units}e-${shift} AS NUMBER(${p},${s})) - (${rounded}e${-s}) FROM DUAL`
        if (fits) expect(sql.rows(cast)).toEqual([['0']])
        else expect(sql.error(cast).code).toBe(1438)
      }),
    )
  })

  test('a NUMBER without precision goes from 1e-130 up to, but not to, 1e126', () => {
    sql.run('CREATE TABLE PLAIN (N NUMBER)')
    const nines = '9'.repeat(40)
    for (const value of ['1e-130', '1e125', `${nines}e86`, `-${nines}e86`, `0.${nines}`, '-1e-130'])
      sql.run(`INSERT INTO PLAIN VALUES (${value})`)
    sql.run('INSERT INTO PLAIN VALUES (1e-131)')
    expect(sql.rows('SELECT N FROM PLAIN').map(([text]) => text)).toEqual([
      `0.${'0'.repeat(129)}1`,
      `1${'0'.repeat(125)}`,
      `${nines}${'0'.repeat(86)}`,
      `-${nines}${'0'.repeat(86)}`,
      `0.${nines}`,
      `-0.${'0'.repeat(129)}1`,
      '0',
    ])
    expect(sql.error('INSERT INTO PLAIN VALUES (1e126)').code).toBe(1426)
    expect(sql.error('SELECT N * 10 FROM PLAIN WHERE N = 1e125').code).toBe(1426)
  })
})

describe('FLOAT(b)', () => {
  test.each([
    [5, '1.23', '1.2'],
    [5, '7.89', '7.9'],
    [5, '12.79', '13'],
    [5, '-123.45', '-120'],
    [1, '23.8', '20'],
    [1, '95', '100'],
    [63, '0.12345678901234567895', '0.123456789012345679'],
    [126, '1234567890123456789012345678901234567891', '1234567890123456789012345678901234567900'],
  ])('of %i bits holds %s as %s', (bits, value, stored) => {
    expect(sql.value(`CAST(${value} AS FLOAT(${bits}))`)).toBe(stored)
  })
})

describe('national text', () => {
  const text = openSql()
  text.run('CREATE TABLE NT (V NVARCHAR2(3), C NCHAR(3), W VARCHAR2(3 CHAR), B VARCHAR2(3))')

  test('is counted in UTF-16, other text in bytes or characters', () => {
    text.run("INSERT INTO NT (V, W) VALUES (N'ไทย', 'ไทย')")
    expect(text.error("INSERT INTO NT (V) VALUES (N'😀😀')").message).toContain('(actual: 4, maximum: 3)')
    text.run("INSERT INTO NT (W) VALUES ('😀😀😀')")
    expect(text.error("INSERT INTO NT (B) VALUES ('ñx1')").message).toContain('(actual: 4, maximum: 3)')
    expect(text.rows('SELECT LENGTH(V), LENGTHB(V), LENGTHB(W) FROM NT WHERE V = W')).toEqual([
      ['3', '6', '9'],
    ])
  })

  test('stays national where it meets other text', () => {
    expect(
      text.columns("SELECT V || 'ab' A, NVL(V, 'longer') B, UPPER(V) C, N'x' D, SUBSTR(V, 1, 2) E FROM NT"),
    ).toEqual(['A NVARCHAR2(5)', 'B NVARCHAR2(6)', 'C NVARCHAR2(3)', 'D NCHAR(1)', 'E NVARCHAR2(3)'])
  })
})

describe('dates before our era', () => {
  test('are stored and ordered', () => {
    const old = openSql()
    old.run(
      'CREATE TABLE O (D DATE, T TIMESTAMP(9))',
      "INSERT INTO O VALUES (TO_DATE('-4712-01-01', 'SYYYY-MM-DD'), TIMESTAMP '-0044-03-15 12:00:00.5')",
      "INSERT INTO O VALUES (DATE '-0001-12-31', NULL)",
      "INSERT INTO O VALUES (DATE '0001-01-01', NULL)",
    )
    expect(old.rows("SELECT TO_CHAR(D, 'SYYYY-MM-DD BC') FROM O ORDER BY D DESC")).toEqual([
      [' 0001-01-01 AD'],
      ['-0001-12-31 BC'],
      ['-4712-01-01 BC'],
    ])
    expect(old.rows("SELECT TO_CHAR(MIN(D), 'SYYYY-MM-DD'), ADD_MONTHS(MIN(D), 1) FROM O")).toEqual([
      ['-4712-01-01', '-4712-02-01T00:00:00'],
    ])
  })

  test('reach the driver with their year', async () => {
    await using oracle = await openTyped()
    oracle.run('CREATE TABLE O (D DATE)', "INSERT INTO O VALUES (DATE '-0044-03-15')")
    const [[date] = []] = await oracle.rows('SELECT D FROM O')
    expect((date as Date).getFullYear()).toBe(-44)
  })
})

describe('ROWID', () => {
  test('stays with a row through updates, and finds it', async () => {
    await using oracle = await openTyped()
    oracle.run(
      'CREATE TABLE R (ID NUMBER, V VARCHAR2(9))',
      ...[1, 2, 3].map((id) => `INSERT INTO R VALUES (${id}, 'old')`),
      'CREATE VIEW RV AS SELECT * FROM R',
    )
    const before = await oracle.rows('SELECT r.ROWID, ID FROM R r ORDER BY ROWID')
    expect(before.map(([, id]) => id)).toEqual(['1', '2', '3'])
    expect(new Set(before.map(([rowId]) => rowId)).size).toBe(3)
    for (const [rowId] of before) expect(rowId).toMatch(/^[A-Za-z0-9+/]{18}$/)
    oracle.run(
      "UPDATE R SET V = 'new' WHERE ID = 2",
      'DELETE FROM R WHERE ID = 1',
      "INSERT INTO R VALUES (4, 'old')",
      'ALTER TABLE R ADD W NUMBER',
    )
    const after = await oracle.rows('SELECT ROWID, ID FROM R ORDER BY ID')
    expect(after.slice(0, 2)).toEqual(before.slice(1))
    expect(before.map(([rowId]) => rowId)).not.toContain(after[2]?.[0])
    const [, second] = before
    expect(await oracle.rows('SELECT ID, V FROM R WHERE ROWID = :id', [second?.[0] as string])).toEqual([
      ['2', 'new'],
    ])
    await oracle.connection.execute('DELETE FROM R WHERE ROWID = :id', [second?.[0] as string])
    expect(await oracle.rows('SELECT * FROM R ORDER BY ID')).toEqual([
      ['3', 'old', null],
      ['4', 'old', null],
    ])
    expect(await oracle.describe('SELECT ROWID FROM R')).toEqual(['ROWID ROWID'])
    await expect(oracle.rows('SELECT ROWID FROM RV')).rejects.toThrow('ORA-01445')
  })

  test('is an old version of the row in the past too, and orders like the rows', () => {
    const past = openSql()
    past.run(
      'CREATE TABLE R (ID NUMBER)',
      ...Array.from({ length: 70 }, (_, id) => `INSERT INTO R VALUES (${id})`),
      'COMMIT',
    )
    past.run('UPDATE R SET ID = ID + 1000', 'COMMIT')
    expect(past.rows('SELECT ID FROM R ORDER BY ROWID').map(([id]) => Number(id))).toEqual(
      Array.from({ length: 70 }, (_, id) => id + 1000),
    )
    const [[bounds] = []] = past.rows("SELECT MIN(ROWID) || ' ' || MAX(ROWID) FROM R")
    const [low = '', high = ''] = (bounds ?? '').split(' ')
    expect(past.rows('SELECT COUNT(*) FROM R WHERE ROWID BETWEEN :low AND :high', low, high)).toEqual([
      ['70'],
    ])
    expect(
      past.rows(
        'SELECT COUNT(*) FROM R a JOIN R b ON a.ROWID = b.ROWID WHERE ROWIDTOCHAR(a.ROWID) = :low',
        low,
      ),
    ).toEqual([['1']])
  })
})
