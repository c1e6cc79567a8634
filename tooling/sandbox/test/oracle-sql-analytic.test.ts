import { describe, expect, test } from 'vitest'
import { openSql } from './sql-session.ts'

const sql = openSql()
sql.run(
  'CREATE TABLE PAY (ID NUMBER, DEPT VARCHAR2(4), AMT NUMBER(18,2), PAID DATE)',
  "INSERT INTO PAY VALUES (1, 'A', 10, DATE '2026-01-01')",
  "INSERT INTO PAY VALUES (2, 'A', 20.01, DATE '2026-01-03')",
  "INSERT INTO PAY VALUES (3, 'A', 20.01, DATE '2026-01-03')",
  "INSERT INTO PAY VALUES (4, 'A', NULL, DATE '2026-01-09')",
  "INSERT INTO PAY VALUES (5, 'B', -0.1, NULL)",
  "INSERT INTO PAY VALUES (6, NULL, 7, DATE '2026-01-02')",
)

/** The values of an expression by ID. */
const byId = (expression: string) =>
  sql.rows(`SELECT ${expression}, ID FROM PAY ORDER BY ID`).map(([value]) => value)

test.each<[title: string, expression: string, values: (string | null)[]]>([
  [
    'ROW_NUMBER counts in each partition; null is one',
    'ROW_NUMBER() OVER (PARTITION BY DEPT ORDER BY ID DESC)',
    ['4', '3', '2', '1', '1', '1'],
  ],
  [
    'RANK leaves places out after peers',
    'RANK() OVER (PARTITION BY DEPT ORDER BY AMT)',
    ['1', '2', '2', '4', '1', '1'],
  ],
  [
    'DENSE_RANK does not, and nulls can come first',
    'DENSE_RANK() OVER (PARTITION BY DEPT ORDER BY AMT NULLS FIRST)',
    ['2', '3', '3', '1', '1', '1'],
  ],
  ['a total stands beside each row', 'SUM(AMT) OVER ()', new Array(6).fill('56.92')],
  [
    'a running total holds peers together',
    'SUM(AMT) OVER (PARTITION BY DEPT ORDER BY PAID)',
    ['10', '50.02', '50.02', '50.02', '-0.1', '7'],
  ],
  [
    'ROWS tells peers apart',
    'SUM(AMT) OVER (PARTITION BY DEPT ORDER BY PAID, ID ROWS UNBOUNDED PRECEDING)',
    ['10', '30.01', '50.02', '50.02', '-0.1', '7'],
  ],
  [
    'a window moves along',
    'COUNT(*) OVER (ORDER BY ID ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)',
    ['2', '3', '3', '3', '3', '2'],
  ],
  [
    'a window can lie behind the row, and be empty',
    'SUM(ID) OVER (ORDER BY ID ROWS BETWEEN 2 FOLLOWING AND 3 FOLLOWING)',
    ['7', '9', '11', '6', null, null],
  ],
  [
    'RANGE goes by value: days of a date',
    'COUNT(*) OVER (ORDER BY PAID RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)',
    ['1', '3', '3', '1', '1', '2'],
  ],
  [
    'RANGE takes intervals, and turns with the order',
    "COUNT(*) OVER (ORDER BY PAID DESC RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND UNBOUNDED FOLLOWING)",
    ['2', '4', '4', '5', '6', '4'],
  ],
  [
    'RANGE of numbers',
    'MAX(ID) OVER (ORDER BY AMT RANGE BETWEEN 3 PRECEDING AND 3 FOLLOWING)',
    ['6', '3', '3', '4', '5', '6'],
  ],
  ['an average is exact', 'AVG(ID) OVER (PARTITION BY DEPT)', ['2.5', '2.5', '2.5', '2.5', '5', '6']],
  [
    'DISTINCT counts values once',
    'COUNT(DISTINCT AMT) OVER (PARTITION BY DEPT)',
    ['2', '2', '2', '2', '1', '1'],
  ],
  ['LAG has a default', 'LAG(ID, 2, -1) OVER (ORDER BY ID)', ['-1', '-1', '1', '2', '3', '4']],
  [
    'LEAD ends with the partition',
    'LEAD(ID) OVER (PARTITION BY DEPT ORDER BY ID)',
    ['2', '3', '4', null, null, null],
  ],
  [
    'LAG can leave nulls out',
    'LAG(AMT IGNORE NULLS) OVER (ORDER BY ID)',
    [null, '10', '20.01', '20.01', '20.01', '-0.1'],
  ],
  [
    'FIRST_VALUE and LAST_VALUE are those of the window',
    "FIRST_VALUE(ID) OVER (ORDER BY ID ROWS 2 PRECEDING) || '-' || LAST_VALUE(ID) OVER (ORDER BY ID)",
    ['1-1', '1-2', '1-3', '2-4', '3-5', '4-6'],
  ],
  [
    'LAST_VALUE of a whole partition needs its window, and can leave nulls out',
    'LAST_VALUE(AMT) IGNORE NULLS OVER (PARTITION BY DEPT ORDER BY ID ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)',
    ['20.01', '20.01', '20.01', '20.01', '-0.1', '7'],
  ],
  [
    'NTILE gives the first buckets one row more',
    'NTILE(4) OVER (ORDER BY ID)',
    ['1', '1', '2', '2', '3', '4'],
  ],
  [
    'RATIO_TO_REPORT divides by the total',
    'RATIO_TO_REPORT(ID) OVER (PARTITION BY DEPT)',
    ['0.1', '0.2', '0.3', '0.4', '1', '1'],
  ],
  [
    'LISTAGG lists a partition',
    "LISTAGG(ID, '+') WITHIN GROUP (ORDER BY ID DESC) OVER (PARTITION BY DEPT)",
    ['4+3+2+1', '4+3+2+1', '4+3+2+1', '4+3+2+1', '5', '6'],
  ],
  [
    'KEEP leaves all but the first of an order out',
    'SUM(ID) KEEP (DENSE_RANK LAST ORDER BY AMT NULLS FIRST) OVER (PARTITION BY DEPT)',
    ['5', '5', '5', '5', '5', '6'],
  ],
  [
    'functions stand inside expressions',
    "CASE WHEN ROW_NUMBER() OVER (ORDER BY ID) = 1 THEN 'first' ELSE TO_CHAR(AMT - LAG(AMT) OVER (ORDER BY ID)) END",
    ['first', '10.01', '0', null, null, '7.1'],
  ],
])('%s', (_, expression, values) => {
  expect(byId(expression)).toEqual(values)
})

describe('queries', () => {
  test.each<[title: string, query: string, rows: (string | null)[][]]>([
    [
      'the newest row of each key',
      'SELECT ID FROM (SELECT ID, ROW_NUMBER() OVER (PARTITION BY DEPT ORDER BY ID DESC) RN FROM PAY) WHERE RN = 1 ORDER BY ID',
      [['4'], ['5'], ['6']],
    ],
    [
      'functions come after groups and HAVING',
      'SELECT DEPT, SUM(AMT), SUM(SUM(AMT)) OVER (), RANK() OVER (ORDER BY SUM(AMT) DESC) FROM PAY GROUP BY DEPT HAVING SUM(AMT) > 0 ORDER BY 1',
      [
        ['A', '50.02', '57.02', '1'],
        [null, '7', '57.02', '2'],
      ],
    ],
    [
      'functions come before DISTINCT and ORDER BY',
      'SELECT DISTINCT DEPT, COUNT(*) OVER (PARTITION BY DEPT) FROM PAY ORDER BY 2 DESC, 1',
      [
        ['A', '4'],
        ['B', '1'],
        [null, '1'],
      ],
    ],
    [
      'ORDER BY can name a function',
      'SELECT ID FROM PAY ORDER BY COUNT(*) OVER (PARTITION BY DEPT), ID DESC',
      [['6'], ['5'], ['4'], ['3'], ['2'], ['1']],
    ],
    [
      'a subquery in SELECT stays beside its row',
      'SELECT (SELECT MAX(p.ID) FROM DUAL), COUNT(*) OVER () FROM PAY p WHERE ID < 3 ORDER BY 1',
      [
        ['1', '2'],
        ['2', '2'],
      ],
    ],
    [
      'ROWNUM is that of the row',
      'SELECT ROWNUM, LEAD(ID) OVER (ORDER BY ID DESC) FROM PAY WHERE ID < 3 ORDER BY ID',
      [
        ['1', null],
        ['2', '1'],
      ],
    ],
    ['no rows have no values', 'SELECT SUM(ID) OVER () FROM PAY WHERE 1 = 2', []],
    [
      'KEEP in a group',
      'SELECT DEPT, MIN(ID) KEEP (DENSE_RANK FIRST ORDER BY AMT DESC NULLS LAST), MAX(ID) KEEP (DENSE_RANK FIRST ORDER BY AMT DESC NULLS LAST) FROM PAY GROUP BY DEPT ORDER BY 1',
      [
        ['A', '2', '3'],
        ['B', '5', '5'],
        [null, '6', '6'],
      ],
    ],
    [
      'LISTAGG can leave repetitions out',
      "SELECT LISTAGG(DISTINCT TO_CHAR(AMT), ' ') WITHIN GROUP (ORDER BY AMT DESC) FROM PAY",
      [['20.01 10 7 -.1']],
    ],
    [
      'FETCH takes ties along',
      'SELECT ID FROM PAY ORDER BY AMT DESC NULLS LAST FETCH FIRST 1 ROW WITH TIES',
      [['2'], ['3']],
    ],
    [
      'FETCH takes ties along behind an offset',
      'SELECT AMT FROM PAY ORDER BY AMT NULLS FIRST OFFSET 4 ROWS FETCH NEXT 1 ROWS WITH TIES',
      [['20.01'], ['20.01']],
    ],
    [
      'ties need an order',
      "SELECT DEPT FROM PAY WHERE DEPT = 'A' FETCH FIRST 2 ROWS WITH TIES",
      [['A'], ['A']],
    ],
    [
      'FETCH rounds percents up',
      'SELECT ID FROM PAY ORDER BY ID FETCH FIRST 17 PERCENT ROWS ONLY',
      [['1'], ['2']],
    ],
    [
      'ROWNUM pages through an ordered query',
      'SELECT ID FROM (SELECT x.*, ROWNUM R FROM (SELECT ID FROM PAY ORDER BY ID DESC) x WHERE ROWNUM <= 4) WHERE R > 2',
      [['4'], ['3']],
    ],
  ])('%s', (_, query, rows) => {
    expect(sql.rows(query)).toEqual(rows)
  })
})
