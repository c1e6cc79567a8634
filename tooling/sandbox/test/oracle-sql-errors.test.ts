import { describe, expect, test } from 'vitest'
import { number, openDatabase, openSql } from './sql-session.ts'

const sql = openSql()
sql.run(
  'CREATE TABLE T (ID NUMBER(4) NOT NULL, DEPT VARCHAR2(4), AMT NUMBER(6,2), NOTE CLOB, D DATE)',
  "INSERT INTO T VALUES (1, '2400', 1, 'x', NULL)",
  "INSERT INTO T VALUES (2, '24AR', 2, 'y', NULL)",
  'COMMIT',
)

const ERRORS: readonly (readonly [
  statement: string,
  code: number,
  position: number | undefined,
  text: string,
])[] = [
  ['SELEC 1 FROM DUAL', 900, 0, 'invalid SQL statement'],
  ['', 900, 0, 'invalid SQL statement'],
  ['SELECT NOPE FROM T', 904, 7, '"NOPE": invalid identifier'],
  ['SELECT x.NOPE FROM T x', 904, 7, '"X"."NOPE": invalid identifier'],
  ['SELECT "id" FROM T', 904, 7, '"id": invalid identifier'],
  ['SELECT NOPE(1) FROM T', 904, 7, '"NOPE": invalid identifier'],
  ['SELECT 1 FROM T a LEFT JOIN T b', 905, 31, 'missing keyword'],
  ['SELECT (1 FROM DUAL', 907, 10, 'missing right parenthesis'],
  ['SELECT 1 FROM DUAL;', 911, 18, 'invalid character'],
  ['SELECT ! FROM DUAL', 911, 7, 'invalid character'],
  ['SELECT ID FROM T a, T b', 918, 7, 'column ambiguously defined'],
  ['SELECT ID FROM T WHERE ID', 920, 23, 'invalid relational operator'],
  ['SELECT 1 ONE TWO FROM DUAL', 923, 13, 'FROM keyword not found where expected'],
  ['SELECT 1', 923, 8, 'FROM keyword not found where expected'],
  ['SELECT 1 FROM DUAL ORDER 1', 905, undefined, 'missing keyword'],
  ['SELECT 1 FROM DUAL x y', 933, 21, 'SQL command not properly ended'],
  ['SELECT FROM DUAL', 936, 7, 'missing expression'],
  ['SELECT ID FROM T WHERE AND', 936, 23, 'missing expression'],
  [
    'SELECT ID FROM T WHERE ROW_NUMBER() OVER (ORDER BY ID) = 1',
    30483,
    23,
    'window functions are not allowed here',
  ],
  ['SELECT DEPT FROM T GROUP BY DEPT HAVING RANK() OVER (ORDER BY DEPT) = 1', 30483, 40, 'not allowed here'],
  ['SELECT SUM(RANK() OVER (ORDER BY ID)) FROM T', 30483, 11, 'not allowed here'],
  ['SELECT SUM(LAG(ID) OVER (ORDER BY ID)) OVER () FROM T', 30483, 11, 'not allowed here'],
  ['SELECT RANK() FROM T', 30484, 7, 'missing window specification'],
  ['SELECT LAG(ID IGNORE NULLS) FROM T', 30484, 7, 'missing window specification'],
  ['SELECT RANK() OVER (PARTITION BY ID) FROM T', 30485, 7, 'missing ORDER BY'],
  ['SELECT SUM(ID) OVER (ROWS UNBOUNDED PRECEDING) FROM T', 30485, undefined, 'missing ORDER BY'],
  ['SELECT COUNT(DISTINCT ID) OVER (ORDER BY ID) FROM T', 30487, 7, 'ORDER BY not allowed here'],
  ['SELECT RATIO_TO_REPORT(ID) OVER (ORDER BY ID) FROM T', 30487, 7, 'ORDER BY not allowed here'],
  ['SELECT SUM(ID) OVER (ORDER BY ID, D RANGE 1 PRECEDING) FROM T', 30486, undefined, 'invalid window'],
  ['SELECT SUM(ID) OVER (ORDER BY ID ROWS -1 PRECEDING) FROM T', 1428, undefined, 'out of range'],
  ['SELECT ROWID FROM (SELECT ID FROM T)', 1445, 7, 'cannot select ROWID'],
  ["SELECT ID FROM T WHERE ROWID = 'x'", 1410, undefined, 'invalid ROWID'],
  ["SELECT q' x ' FROM DUAL", 1756, 7, 'quoted string not properly terminated'],
  ["SELECT q'[x)' FROM DUAL", 1756, 7, 'quoted string not properly terminated'],
  ["SELECT CASE WHEN 1 = 1 THEN N'a' ELSE 'b' END FROM DUAL", 12704, undefined, 'character set mismatch'],
  ["SELECT COALESCE(N'a', 'b') FROM DUAL", 12704, undefined, 'character set mismatch'],
  ["SELECT N'a' FROM DUAL UNION SELECT 'b' FROM DUAL", 12704, undefined, 'character set mismatch'],
  ["SELECT TO_NUMBER('1ff', 'XX') FROM DUAL", 1722, undefined, 'invalid number'],
  ["SELECT STANDARD_HASH('a', 'SHA3') FROM DUAL", 1760, undefined, 'illegal argument'],
  ['SELECT STANDARD_HASH(NOTE) FROM T', 902, undefined, 'invalid datatype'],
  ['CREATE TABLE U (A FLOAT(127))', 1724, undefined, 'out of range (1 to 126)'],
  ['CREATE TABLE U (A NUMBER(39))', 1727, undefined, 'out of range (1 to 38)'],
  ['CREATE TABLE U (A NUMBER(3,-85))', 1728, undefined, 'out of range (-84 to 127)'],
  ['CREATE TABLE U (A NVARCHAR2(2001))', 910, undefined, 'too long for its datatype'],
  ['CREATE TABLE U (A TIMESTAMP(10))', 30088, undefined, 'out of range'],
  ['SELECT ID FROM GONE', 942, 15, 'table or view does not exist'],
  ['SELECT ID FROM OTHER.GONE', 942, 15, 'table or view does not exist'],
  ['SELECT 1 FROM T WHERE COUNT(*) > 1', 934, 22, 'group function is not allowed here'],
  ['SELECT ID, COUNT(*) FROM T', 937, 7, 'not a single-group group function'],
  ['SELECT ID, COUNT(*) FROM T GROUP BY DEPT', 979, 7, 'not a GROUP BY expression'],
  ['SELECT 1 FROM T ORDER BY 2', 1785, undefined, 'ORDER BY item must be'],
  ['SELECT DISTINCT DEPT FROM T ORDER BY ID', 1791, undefined, 'not a SELECTed expression'],
  ['SELECT ID, DEPT FROM T UNION SELECT ID FROM T', 1789, undefined, 'incorrect number of result columns'],
  ['SELECT ID FROM T UNION SELECT DEPT FROM T', 1790, undefined, 'same datatype'],
  ['SELECT DISTINCT NOTE FROM T', 932, undefined, 'expected - got CLOB'],
  ["SELECT CASE WHEN 1 = 1 THEN 1 ELSE 'a' END FROM DUAL", 932, undefined, 'expected NUMBER got CHAR'],
  ['SELECT (SELECT ID FROM T) FROM DUAL', 1427, undefined, 'single-row subquery returns more than one row'],
  ['SELECT 1 / 0 FROM DUAL', 1476, undefined, 'divisor is equal to zero'],
  ["SELECT TO_NUMBER('12x') FROM DUAL", 1722, undefined, 'invalid number'],
  ['SELECT ID FROM T WHERE DEPT = 2400 OR DEPT = 1', 1722, undefined, 'invalid number'],
  ["SELECT TO_DATE('2026-01-01x', 'YYYY-MM-DD') FROM DUAL", 1830, undefined, 'date format picture ends'],
  ["SELECT TO_DATE('2026-13-01', 'YYYY-MM-DD') FROM DUAL", 1843, undefined, 'not a valid month'],
  [
    "SELECT TO_DATE('2026-02-30', 'YYYY-MM-DD') FROM DUAL",
    1839,
    undefined,
    'date not valid for month specified',
  ],
  ["SELECT TO_DATE('2026-01-32', 'YYYY-MM-DD') FROM DUAL", 1847, undefined, 'day of month'],
  ["SELECT TO_DATE('2026/01', 'YYYY-MM-DD') FROM DUAL", 1840, undefined, 'not long enough'],
  ["SELECT TO_DATE('ab-01-01', 'YYYY-MM-DD') FROM DUAL", 1858, undefined, 'a non-numeric character'],
  [
    `SELECT TO_DATE('2026 01', 'YYYY"T"MM') FROM DUAL`,
    1861,
    undefined,
    'literal does not match format string',
  ],
  ["SELECT TO_DATE('25', 'HH24') FROM DUAL", 1850, undefined, 'hour must be between 0 and 23'],
  ["SELECT TO_CHAR(SYSDATE, 'YYYY-QQ') FROM DUAL", 1810, undefined, 'format code appears twice'],
  ["SELECT TO_CHAR(SYSDATE, 'YYYY?') FROM DUAL", 1821, undefined, 'date format not recognized'],
  ["SELECT 'open FROM DUAL", 1756, 7, 'quoted string not properly terminated'],
  ['INSERT INTO T (ID) VALUES (NULL)', 1400, undefined, 'cannot insert NULL into ("FIN"."T"."ID")'],
  ['UPDATE T SET ID = NULL', 1407, undefined, 'cannot update ("FIN"."T"."ID") to NULL'],
  [
    "INSERT INTO T (ID, DEPT) VALUES (3, 'ÄÄÄ')",
    12899,
    undefined,
    'value too large for column "FIN"."T"."DEPT" (actual: 6, maximum: 4)',
  ],
  ['INSERT INTO T (ID, AMT) VALUES (3, 12345.6)', 1438, undefined, 'value larger than specified precision'],
  ['INSERT INTO T (ID) VALUES (3, 4)', 913, undefined, 'too many values'],
  ['INSERT INTO T VALUES (3)', 947, undefined, 'not enough values'],
  ['INSERT INTO T (NOPE) VALUES (3)', 904, 15, '"NOPE": invalid identifier'],
  ['INSERT INTO T (ID) VALUES (AMT)', 984, undefined, 'column not allowed here'],
  ['CREATE TABLE T (A NUMBER)', 955, undefined, 'name is already used'],
  ['CREATE TABLE U (A NUMBER, A NUMBER)', 957, undefined, 'duplicate column name'],
  ['CREATE TABLE U (A NOPE)', 902, undefined, 'invalid datatype'],
  ['CREATE VIEW V AS SELECT ID + 1 FROM T', 998, undefined, 'must name this expression'],
  ['ALTER SESSION SET NOPE = 1', 2248, undefined, 'invalid option for ALTER SESSION'],
]

describe('errors', () => {
  test.each(ERRORS)('%s is ORA-%i', (statement, code, position, text) => {
    const error = sql.error(statement)
    expect(error.message).toContain(`ORA-${String(code).padStart(5, '0')}: `)
    expect(error.message).toContain(text)
    if (position !== undefined) expect(error.position).toBe(position)
  })

  test('a missing bind is ORA-01008, one too many ORA-01036', () => {
    expect(sql.error('SELECT :a FROM DUAL').code).toBe(1008)
    expect(sql.error('SELECT :a FROM DUAL', '1', '2').code).toBe(1036)
  })

  test('A14: a department compared as a number fails on the first one that is none, as text it does not', () => {
    expect(sql.error('SELECT ID FROM T WHERE DEPT IN (:a, :b)', number('2400'), number('1')).code).toBe(1722)
    expect(sql.rows('SELECT ID FROM T WHERE DEPT IN (:a, :b)', '2400', '1')).toEqual([['1']])
  })

  test('a failing row fails only when it is reached', () => {
    const rows = sql.session.parse('SELECT 1 / (2 - ID) FROM T').execute([]).rows[Symbol.iterator]()
    expect(rows.next().value).toEqual(['1'])
    expect(() => rows.next()).toThrow('ORA-01476')
  })
})

describe('what is not imitated', () => {
  test.each([
    ['SELECT ROW_NUMBER() OVER w FROM T WINDOW w AS (ORDER BY ID)', 'OVER with the name of a window'],
    ['SELECT PERCENT_RANK() OVER (ORDER BY ID) FROM T', 'analytic function PERCENT_RANK'],
    ["SELECT REGEXP_COUNT('a', 'b') FROM T", 'function REGEXP_COUNT'],
    ['SELECT STANDARD_HASH(SYSDATE) FROM T', 'STANDARD_HASH of DATE'],
    ['SELECT ABS(-1.5d) FROM T', 'this function of a binary float'],
    [
      "SELECT TIMESTAMP '1900-01-01 00:00:00 Europe/Madrid' FROM T",
      'the offset of Europe/Madrid while it had seconds',
    ],
    ['SELECT LN(2) FROM DUAL', 'function LN'],
    ['SELECT MEDIAN(ID) FROM T', 'aggregate MEDIAN'],
    ['SELECT ID FROM T CONNECT BY ID = 1', 'CONNECT'],
    ['SELECT a.ID FROM T a, T b WHERE a.ID = b.ID(+)', 'outer join operator (+)'],
    ['SELECT ID FROM T a JOIN T b USING (ID)', 'USING'],
    ['SELECT ID FROM T NATURAL JOIN T', 'NATURAL JOIN'],
    ['SELECT ID FROM T FOR UPDATE', 'FOR UPDATE'],
    ['SELECT DEPT, COUNT(*) FROM T GROUP BY ROLLUP (DEPT)', 'ROLLUP'],
    ["SELECT TO_CHAR(SYSDATE, 'YEAR') FROM DUAL", 'date format element YEAR'],
    ["SELECT TO_CHAR(1, 'RN') FROM DUAL", 'number format element RN'],
    ["SELECT TO_CHAR(RPAD(N'ก', 1334, N'ก')) FROM DUAL", 'TO_CHAR of national text of more than 4000 bytes'],
    ['MERGE INTO T USING T ON (1 = 1)', 'MERGE'],
    ['SAVEPOINT A', 'SAVEPOINT'],
    ['CREATE SEQUENCE S', 'CREATE SEQUENCE'],
    ['CREATE TABLE U (A NUMBER CHECK (A > 1))', 'CHECK'],
    ['CREATE TABLE U (A XMLTYPE)', 'data type XMLTYPE'],
    ['BEGIN IF 1 = 1 THEN NULL; END IF; END;', 'PL/SQL'],
    ['BEGIN dbms_output.put_line(1); END;', 'DBMS_OUTPUT.PUT_LINE'],
    ['DECLARE x NUMBER; BEGIN NULL; END;', 'PL/SQL'],
    ["SELECT DATE '2026-01-02' - TIMESTAMP '2026-01-01 00:00:00' FROM DUAL", 'INTERVAL DAY TO SECOND'],
    ["ALTER SESSION SET NLS_LANGUAGE = 'GERMAN'", 'NLS_LANGUAGE'],
  ])('%s is ORA-03001 and says so', (statement, what) => {
    expect(sql.error(statement)).toMatchObject({ code: 3001, message: expect.stringContaining(what) })
  })
})

test('a table of somebody else is not there without a grant, and only to be read with one', () => {
  const { as } = openDatabase()
  const owner = as('OWNER')
  const reader = as('READER')
  owner.run('CREATE TABLE T (A NUMBER)')
  expect(reader.error('SELECT * FROM OWNER.T').code).toBe(942)
  owner.run('GRANT SELECT ON T TO READER')
  expect(reader.rows('SELECT * FROM OWNER.T')).toEqual([])
  expect(reader.error('INSERT INTO OWNER.T VALUES (1)').code).toBe(1031)
  expect(reader.error('DROP TABLE OWNER.T').code).toBe(1031)
  expect(reader.error('SELECT * FROM OWNER.T AS OF SCN 1').code).toBe(1031)
  owner.run('REVOKE SELECT ON T FROM READER')
  expect(reader.error('SELECT * FROM OWNER.T').code).toBe(942)
})
