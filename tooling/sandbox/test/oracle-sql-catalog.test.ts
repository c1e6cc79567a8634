import { describe, expect, test } from 'vitest'
import { openDatabase, openSql } from './sql-session.ts'

describe('describe', () => {
  const sql = openSql()
  sql.run(
    'CREATE TABLE T (ID NUMBER(10) NOT NULL, AMT NUMBER(18,2), N NUMBER, NAME VARCHAR2(30), C CHAR(3), U VARCHAR2(5 CHAR), D DATE, TS TIMESTAMP(3), Z TIMESTAMP WITH TIME ZONE, L CLOB, R RAW(8), B BLOB, BD BINARY_DOUBLE, "Mixed Case" NUMBER(5,-2))',
  )

  test('columns keep their types', () => {
    expect(sql.columns('SELECT * FROM T')).toEqual([
      'ID NUMBER(10,0) NOT NULL',
      'AMT NUMBER(18,2)',
      'N NUMBER',
      'NAME VARCHAR2(30)',
      'C CHAR(3)',
      'U VARCHAR2(20)',
      'D DATE',
      'TS TIMESTAMP(3)',
      'Z TIMESTAMP(6) WITH TIME ZONE',
      'L CLOB',
      'R RAW(8)',
      'B BLOB',
      'BD BINARY_DOUBLE',
      'Mixed Case NUMBER(5,-2)',
    ])
  })

  test('expressions have the types and names that Oracle gives them', () => {
    expect(
      sql.columns(
        `SELECT id + 1, NAME || '-' || C, COUNT(*), sum( AMT ), MAX(AMT), TO_CHAR(D, 'YYYY-MM-DD') AS "day", NVL(NAME, 'x') x, 'lit'
         FROM T GROUP BY ID, NAME, C, D`,
      ),
    ).toEqual([
      'ID+1 NUMBER',
      `NAME||'-'||C VARCHAR2(34)`,
      'COUNT(*) NUMBER',
      'SUM(AMT) NUMBER',
      'MAX(AMT) NUMBER(18,2)',
      'day VARCHAR2(10)',
      'X VARCHAR2(30)',
      `'LIT' CHAR(3)`,
    ])
  })

  test('the side of an outer join that may be missing is nullable', () => {
    expect(sql.columns('SELECT a.ID A, b.ID B FROM T a LEFT JOIN T b ON a.ID = b.ID')).toEqual([
      'A NUMBER(10,0) NOT NULL',
      'B NUMBER(10,0)',
    ])
  })

  test('set operators find a type for both sides', () => {
    expect(
      sql.columns("SELECT NAME, ID, D FROM T UNION ALL SELECT 'a', 0.5, SYSTIMESTAMP FROM DUAL"),
    ).toEqual(['NAME VARCHAR2(30)', 'ID NUMBER', 'D TIMESTAMP(6) WITH TIME ZONE'])
  })
})

describe('storing', () => {
  test('values take the form of their column', () => {
    const sql = openSql({ now: () => new Date('2026-01-01T00:00:00Z') })
    sql.run(
      'CREATE TABLE T (A NUMBER(5,-2), B NUMBER(6,2), C CHAR(4), D DATE DEFAULT SYSDATE, E TIMESTAMP(1), F VARCHAR2(3 CHAR), G RAW(2), H BINARY_FLOAT)',
      "INSERT INTO T (A, B, C, E, F, G, H) VALUES (12345, '1.005', 'ab', TIMESTAMP '2026-01-01 00:00:00.96', 'ถนน', '0Aff', 0.1)",
      "INSERT INTO T (A, D) VALUES ('', DEFAULT)",
    )
    expect(sql.rows('SELECT * FROM T')).toEqual([
      ['12300', '1.01', 'ab  ', '2026-01-01T00:00:00', '2026-01-01T00:00:01.000000000', 'ถนน', '0aff', '0.1'],
      [null, null, null, '2026-01-01T00:00:00', null, null, null, null],
    ])
    expect(sql.rows("SELECT LENGTH(C) FROM T WHERE C = 'ab'")).toEqual([['4']])
  })

  test('rows given from outside must be canonical and fit', () => {
    const { database } = openDatabase()
    const add =
      (type: Parameters<typeof database.addTable>[1]['columns'][number]['type'], value: string) => () =>
        database.addTable('FIN', { name: `T_${value}`, columns: [{ name: 'A', type }], rows: [[value]] })
    expect(add({ name: 'NUMBER' }, '1.50')).toThrow(
      'Row 0 of FIN.T_1.50 has a A that is not in the canonical form of NUMBER',
    )
    expect(add({ name: 'NUMBER', precision: 2, scale: 0 }, '100')).toThrow('ORA-01438')
    expect(add({ name: 'DATE' }, '2026-01-01')).toThrow('canonical form of DATE')
    expect(add({ name: 'VARCHAR2', size: 2 }, 'abc')).toThrow('ORA-12899')
  })

  test('a table can be made on demand', () => {
    const { database, as } = openDatabase()
    let made = 0
    const row = (index: number) => {
      made++
      return [String(index), `row ${index}`]
    }
    database.addTable('FIN', {
      name: 'G',
      columns: [
        { name: 'ID', type: { name: 'NUMBER' } },
        { name: 'NAME', type: { name: 'VARCHAR2', size: 20 } },
      ],
      generated: { rowCount: 1_000_000, row },
    })
    const sql = as('FIN')
    expect(sql.rows('SELECT NAME FROM G WHERE MOD(ID, 10) = 9 AND ROWNUM <= 2')).toEqual([
      ['row 9'],
      ['row 19'],
    ])
    expect(made).toBeLessThan(50)
    expect(sql.error('DELETE FROM G').code).toBe(3001)
  })
})

describe('schemas', () => {
  test('views run with the rights of their owner and are found through synonyms', () => {
    const { database, as } = openDatabase()
    database.run(
      'FINDW',
      `CREATE TABLE ORDERS (ID NUMBER, STATUS VARCHAR2(20));
       INSERT INTO ORDERS VALUES (1, 'Active; now');
       CREATE VIEW ORDERS_VW AS SELECT * FROM ORDERS WHERE STATUS IS NOT NULL;
       GRANT SELECT ON ORDERS_VW TO READER`,
    )
    database.run('READER', 'CREATE SYNONYM ORDERS_VW FOR FINDW.ORDERS_VW')
    const reader = as('READER')
    expect(reader.rows('SELECT o.ID, orders_vw.status FROM ORDERS_VW o, FINDW.ORDERS_VW')).toEqual([
      ['1', 'Active; now'],
    ])
    expect(reader.error('SELECT * FROM FINDW.ORDERS').code).toBe(942)
    expect(reader.rows('SELECT FINDW.ORDERS_VW.ID FROM FINDW.ORDERS_VW')).toEqual([['1']])
    reader.run('ALTER SESSION SET CURRENT_SCHEMA = FINDW')
    expect(reader.rows('SELECT ID FROM ORDERS_VW')).toEqual([['1']])
  })

  test('a view keeps its columns when the table gets more, and breaks when it loses one', () => {
    const sql = openSql()
    sql.run(
      'CREATE TABLE T (A NUMBER, B NUMBER)',
      'CREATE VIEW V AS SELECT * FROM T',
      'ALTER TABLE T ADD C NUMBER',
    )
    expect(sql.columns('SELECT * FROM V')).toEqual(['A NUMBER', 'B NUMBER'])
    sql.run('ALTER TABLE T RENAME COLUMN B TO BB')
    expect(sql.error('SELECT * FROM V').message).toContain('ORA-04063: view "FIN.V" has errors')
    sql.run('CREATE OR REPLACE VIEW V (X) AS SELECT BB FROM T')
    expect(sql.columns('SELECT * FROM V')).toEqual(['X NUMBER'])
  })

  test('tables change their columns with their rows', () => {
    const sql = openSql()
    sql.run(
      "CREATE TABLE T AS SELECT 1 AS A, 'x' AS B FROM DUAL",
      'ALTER TABLE T ADD (C NUMBER DEFAULT 7 NOT NULL, D DATE)',
      'ALTER TABLE T DROP COLUMN B',
      'ALTER TABLE T MODIFY A NUMBER(9)',
    )
    expect(sql.rows('SELECT * FROM T')).toEqual([['1', '7', null]])
    expect(sql.columns('SELECT A FROM T')).toEqual(['A NUMBER(9,0)'])
    sql.run('TRUNCATE TABLE T')
    expect(sql.rows('SELECT * FROM T')).toEqual([])
    sql.run('DROP TABLE T PURGE')
    expect(sql.error('SELECT * FROM T').code).toBe(942)
  })

  test('privileges to create can be taken away', () => {
    const { database, as } = openDatabase()
    const sql = as('FIN')
    expect(sql.rows('SELECT PRIVILEGE FROM SESSION_PRIVS').flat()).toContain('CREATE TABLE')
    database.run('SYS', 'REVOKE CREATE TABLE FROM FIN')
    expect(sql.error('CREATE TABLE T (A NUMBER)').code).toBe(1031)
  })
})

describe('the dictionary', () => {
  const { database, as } = openDatabase({ now: () => new Date('2026-01-02T03:04:05Z') })
  database.run(
    'FINDW',
    'CREATE TABLE UNITS (ID NUMBER(12) NOT NULL, NAME VARCHAR2(100 CHAR), AMT NUMBER(18,2), TS TIMESTAMP)',
    "COMMENT ON TABLE UNITS IS 'Units of departments'",
    "COMMENT ON COLUMN UNITS.NAME IS 'Long name'",
    'CREATE VIEW UNITS_VW AS SELECT ID, NAME FROM UNITS',
    "COMMENT ON COLUMN UNITS_VW.NAME IS 'Shown name'",
    'CREATE TABLE SECRET (A NUMBER)',
    'GRANT SELECT ON UNITS_VW TO READER',
    'GRANT SELECT ON UNITS TO READER',
  )
  const reader = as(
    'READER',
    new Map([
      ['MODULE', 'findata'],
      ['HOST', 'etl1'],
      ['SID', '77'],
    ]),
  )

  test.each([
    ['SELECT OWNER, TABLE_NAME, NUM_ROWS FROM ALL_TABLES', [['FINDW', 'UNITS', '0']]],
    ['SELECT VIEW_NAME, TEXT FROM ALL_VIEWS', [['UNITS_VW', 'SELECT ID, NAME FROM UNITS']]],
    [
      "SELECT OBJECT_TYPE, STATUS, CREATED FROM ALL_OBJECTS WHERE OBJECT_NAME = 'UNITS_VW'",
      [['VIEW', 'VALID', '2026-01-02T03:04:05']],
    ],
    [
      "SELECT COLUMN_NAME, DATA_TYPE, DATA_LENGTH, DATA_PRECISION, DATA_SCALE, NULLABLE, COLUMN_ID, CHAR_LENGTH, CHAR_USED FROM ALL_TAB_COLUMNS WHERE TABLE_NAME = 'UNITS' ORDER BY COLUMN_ID",
      [
        ['ID', 'NUMBER', '22', '12', '0', 'N', '1', '0', null],
        ['NAME', 'VARCHAR2', '400', null, null, 'Y', '2', '100', 'C'],
        ['AMT', 'NUMBER', '22', '18', '2', 'Y', '3', '0', null],
        ['TS', 'TIMESTAMP(6)', '11', null, '6', 'Y', '4', '0', null],
      ],
    ],
    ["SELECT COMMENTS FROM ALL_TAB_COMMENTS WHERE TABLE_NAME = 'UNITS'", [['Units of departments']]],
    [
      "SELECT TABLE_NAME, COMMENTS FROM ALL_COL_COMMENTS WHERE COLUMN_NAME = 'NAME' ORDER BY 1",
      [
        ['UNITS', 'Long name'],
        ['UNITS_VW', 'Shown name'],
      ],
    ],
    [
      'SELECT OWNER, TABLE_NAME, PRIVILEGE FROM USER_TAB_PRIVS ORDER BY 2',
      [
        ['FINDW', 'UNITS', 'SELECT'],
        ['FINDW', 'UNITS_VW', 'SELECT'],
      ],
    ],
    ['SELECT COUNT(*) FROM USER_TABLES', [['0']]],
    ["SELECT VALUE FROM NLS_DATABASE_PARAMETERS WHERE PARAMETER = 'NLS_CHARACTERSET'", [['AL32UTF8']]],
    [
      'SELECT BANNER FROM V$VERSION',
      [['Oracle Database 19c Enterprise Edition Release 19.0.0.0.0 - Production']],
    ],
    ['SELECT * FROM DUAL', [['X']]],
  ])('%s', (query, rows) => {
    expect(reader.rows(query)).toEqual(rows)
  })

  test('V$SESSION and V$DATABASE need a grant, which can be taken away', () => {
    expect(reader.error('SELECT * FROM V$SESSION').code).toBe(942)
    expect(reader.error('SELECT CURRENT_SCN FROM V$DATABASE').code).toBe(942)
    database.run('SYS', 'GRANT SELECT ON V_$SESSION TO READER', 'GRANT SELECT ON V_$DATABASE TO READER')
    expect(reader.rows('SELECT SID, USERNAME, MODULE, MACHINE FROM V$SESSION')).toEqual([
      ['77', 'READER', 'findata', 'etl1'],
    ])
    expect(reader.rows('SELECT NAME FROM V$DATABASE')).toEqual([['SANDBOX']])
    database.run('SYS', 'REVOKE SELECT ON V_$SESSION FROM READER')
    expect(reader.error('SELECT * FROM V$SESSION').code).toBe(942)
  })
})
