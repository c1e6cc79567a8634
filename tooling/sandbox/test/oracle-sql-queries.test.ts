import { describe, expect, test } from 'vitest'
import { openSql } from './sql-session.ts'

const sql = openSql()
sql.run(
  'CREATE TABLE ORDERS (ID NUMBER, DEPT VARCHAR2(4), AMT NUMBER(18,2))',
  "INSERT INTO ORDERS VALUES (1, '2400', 10)",
  "INSERT INTO ORDERS VALUES (2, '6200', NULL)",
  'INSERT INTO ORDERS VALUES (3, NULL, -2.5)',
  'CREATE TABLE BUYERS (ORDER_ID NUMBER, FDU VARCHAR2(14))',
  "INSERT INTO BUYERS VALUES (1, '5610 2400 4200')",
  "INSERT INTO BUYERS VALUES (1, '5610 2400 4100')",
  "INSERT INTO BUYERS VALUES (9, '8119 6207 9185')",
)

describe('queries', () => {
  test.each<[title: string, query: string, rows: (string | null)[][]]>([
    [
      'A13: a left join gives one row per buyer and keeps what has none',
      'SELECT o.ID, b.FDU FROM ORDERS o LEFT JOIN (SELECT DISTINCT ORDER_ID, FDU FROM BUYERS) b ON b.ORDER_ID = o.ID WHERE o.DEPT IS NOT NULL ORDER BY 1, 2',
      [
        ['1', '5610 2400 4100'],
        ['1', '5610 2400 4200'],
        ['2', null],
      ],
    ],
    [
      'names are upper case unless quoted',
      'select "ID" as "Mixed", o.id /* hint-like */ "x y" from orders o where rownum = 1 -- end',
      [['1', '1']],
    ],
    [
      'the condition of a subquery is checked beside a comma join',
      'SELECT o.ID FROM ORDERS o, BUYERS b WHERE o.ID = b.ORDER_ID AND EXISTS (SELECT 1 FROM BUYERS c WHERE c.FDU > b.FDU AND c.ORDER_ID = o.ID)',
      [['1']],
    ],
    [
      'a condition over three tables joins them',
      'SELECT COUNT(*) FROM ORDERS a, ORDERS b, BUYERS c WHERE a.ID = b.ID AND b.ID = c.ORDER_ID',
      [['2']],
    ],
    [
      'nulls come last, or first when descending',
      'SELECT AMT FROM ORDERS ORDER BY AMT DESC',
      [[null], ['10'], ['-2.5']],
    ],
    [
      'ROWNUM counts before ORDER BY',
      'SELECT ID FROM ORDERS WHERE ROWNUM <= 2 ORDER BY ID DESC',
      [['2'], ['1']],
    ],
    ['ROWNUM never reaches 2 without 1', 'SELECT ID FROM ORDERS WHERE ROWNUM > 1', []],
    [
      'FETCH FIRST takes the head of the order',
      'SELECT ID FROM ORDERS ORDER BY ID DESC OFFSET 1 ROW FETCH NEXT 1 ROW ONLY',
      [['2']],
    ],
    [
      'aggregates of no rows are one row',
      'SELECT COUNT(*), SUM(AMT), MAX(ID) FROM ORDERS WHERE 1 = 2',
      [['0', null, null]],
    ],
    [
      'grouped aggregates of no rows are none',
      'SELECT DEPT, COUNT(*) FROM ORDERS WHERE 1 = 2 GROUP BY DEPT',
      [],
    ],
    [
      'null is a group',
      'SELECT DEPT, COUNT(*) FROM ORDERS GROUP BY DEPT ORDER BY 1',
      [
        ['2400', '1'],
        ['6200', '1'],
        [null, '1'],
      ],
    ],
    [
      'an expression of GROUP BY can be selected as a whole',
      "SELECT NVL(DEPT, 'none') || '!' FROM ORDERS GROUP BY NVL(DEPT, 'none') HAVING COUNT(*) = 1 ORDER BY NVL(DEPT, 'none')",
      [['2400!'], ['6200!'], ['none!']],
    ],
    [
      'ORDER BY can name an aggregate that is not selected',
      'SELECT ORDER_ID FROM BUYERS GROUP BY ORDER_ID ORDER BY COUNT(*) DESC',
      [['1'], ['9']],
    ],
    [
      'LISTAGG orders and leaves nulls out',
      "SELECT LISTAGG(DEPT, '+') WITHIN GROUP (ORDER BY DEPT DESC) FROM ORDERS",
      [['6200+2400']],
    ],
    [
      'set operators go from left to right',
      'SELECT 1 FROM DUAL UNION ALL SELECT 1 FROM DUAL MINUS SELECT 2 FROM DUAL',
      [['1']],
    ],
    [
      'parentheses change that',
      '(SELECT 1 A FROM DUAL UNION ALL SELECT 1 FROM DUAL) ORDER BY A',
      [['1'], ['1']],
    ],
    [
      'WITH names subqueries that see those before',
      'WITH a AS (SELECT ID FROM ORDERS), b (N) AS (SELECT COUNT(*) FROM a) SELECT N FROM b',
      [['3']],
    ],
    [
      'a join of joins keeps its parentheses',
      'SELECT o.ID, b.FDU FROM ORDERS o LEFT JOIN (BUYERS b JOIN ORDERS p ON p.ID = b.ORDER_ID AND p.AMT > 100) ON b.ORDER_ID = o.ID ORDER BY 1',
      [
        ['1', null],
        ['2', null],
        ['3', null],
      ],
    ],
    [
      'a correlated query sees the row around it',
      'SELECT ID, (SELECT COUNT(*) FROM BUYERS b WHERE b.ORDER_ID = o.ID) FROM ORDERS o ORDER BY 1',
      [
        ['1', '2'],
        ['2', '0'],
        ['3', '0'],
      ],
    ],
    [
      'a correlated query sees the group around it',
      'SELECT DEPT, (SELECT MAX(o.DEPT) FROM DUAL) FROM ORDERS o WHERE DEPT IS NOT NULL GROUP BY DEPT ORDER BY 1',
      [
        ['2400', '2400'],
        ['6200', '6200'],
      ],
    ],
    [
      'A13: totals count rows and distinct keys at once',
      'SELECT COUNT(*), SUM("C"), SUM("S") FROM (SELECT "ID", COUNT(*) "C", COUNT("AMT"), SUM("AMT") "S" FROM (SELECT o.ID, o.AMT FROM ORDERS o JOIN BUYERS b ON b.ORDER_ID = o.ID) GROUP BY "ID")',
      [['1', '2', '20']],
    ],
    [
      'sums are exact',
      'SELECT SUM(X) FROM (SELECT 9999999999999999.99 X FROM DUAL UNION ALL SELECT 0.01 FROM DUAL UNION ALL SELECT -0.03 FROM DUAL)',
      [['9999999999999999.97']],
    ],
  ])('%s', (_, query, rows) => {
    expect(sql.rows(query)).toEqual(rows)
  })

  test('CHAR compares without its blanks, with VARCHAR2 it does not, also in long lists', () => {
    const list = openSql()
    list.run('CREATE TABLE C (V CHAR(4))', "INSERT INTO C VALUES ('ab')")
    expect(list.rows("SELECT 1 FROM C WHERE V IN ('ab', 'b', 'c', 'd', 'e', 'f')")).toEqual([['1']])
    expect(list.rows("SELECT 1 FROM C WHERE V IN (:a, 'b', 'c', 'd', 'e', 'f')", 'ab')).toEqual([])
    expect(list.rows("SELECT 1 FROM C WHERE V IN (:a, 'b', 'c', 'd', 'e', 'ab')", 'x')).toEqual([['1']])
  })

  test('AVG divides exactly', () => {
    expect(sql.rows('SELECT AVG(ID / 3) FROM ORDERS')).toEqual([
      ['0.6666666666666666666666666666666666666667'],
    ])
  })

  test('rows are made as they are pulled', () => {
    const statement = sql.session.parse('SELECT ID FROM ORDERS')
    const [first] = statement.execute([]).rows
    expect(first).toEqual(['1'])
    expect([...statement.execute([]).rows]).toHaveLength(3)
  })
})
