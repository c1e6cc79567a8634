import { expect, test } from 'vitest'
import { namedObjects, plainSource, possibleCalls } from './named-objects.ts'

const named = (sql: string) =>
  namedObjects(sql).map(({ schema, name, link }) =>
    [schema === undefined ? '' : `${schema}.`, name, link === undefined ? '' : `@${link}`].join(''),
  )

test.each([
  ['SELECT ID FROM things', ['THINGS']],
  ['select t.id from fin.things t, other o', ['FIN.THINGS', 'OTHER']],
  ['SELECT * FROM "Mixed Case"."a.b" x JOIN B ON B.ID = x.ID', ['Mixed Case.a.b', 'B']],
  ['SELECT * FROM RATES@AFAR.EXAMPLE.COM, FIN.RATES@NEAR r', ['RATES@AFAR.EXAMPLE.COM', 'FIN.RATES@NEAR']],
  [
    'SELECT * FROM (SELECT * FROM A LEFT OUTER JOIN (B CROSS JOIN C) ON 1 = 1) WHERE 1 IN (SELECT X FROM D)',
    ['A', 'B', 'C', 'D'],
  ],
  ['WITH W AS (SELECT * FROM A), V (X, Y) AS (SELECT * FROM W) SELECT * FROM V, FIN.W', ['A', 'FIN.W']],
  // Not yet defined where A reads it, nor any more after the parenthesis.
  ['WITH A AS (SELECT * FROM B), B AS (SELECT * FROM A) SELECT * FROM B', ['B']],
  ['SELECT * FROM (WITH A AS (SELECT 1 N FROM DUAL) SELECT N FROM A) JOIN A ON 1 = 1', ['A']],
  ['WITH A AS (SELECT 1 N FROM DUAL) SELECT (SELECT MAX(N) FROM A) FROM T JOIN A ON 1 = 1', ['T']],
  ['SELECT CAST(A AS NUMBER) FROM T UNION ALL SELECT A FROM U ORDER BY A, B', ['T', 'U']],
  ['SELECT * FROM ONLY (FIN.PEOPLE) p, LATERAL (SELECT * FROM T), CONTAINERS(U)', ['FIN.PEOPLE', 'T', 'U']],
  ['SELECT * FROM MODEL m, OFFSET JOIN FETCH ON 1 = 1', ['MODEL', 'OFFSET', 'FETCH']],
  ['SELECT A FROM T START WITH RATE(A) = 1 CONNECT BY PRIOR A = B UNION SELECT A FROM RATE', ['T', 'RATE']],
  ['SELECT EXTRACT(YEAR FROM D), TRIM(BOTH FROM N) FROM T', ['T']],
  [`SELECT 'FROM X', q'[FROM Y]', "FROM Z" FROM T -- FROM V\n/* FROM W */`, ['T']],
  ['SELECT 1 FROM DUAL', []],
  ['SELECT * FROM TABLE(RATES(1, 2)), T', ['T']],
  [
    'SELECT A, (SELECT MAX(B) FROM U) M FROM T GROUP BY A, C HAVING COUNT(*) > (SELECT N FROM L)',
    ['U', 'T', 'L'],
  ],
])('%s', (sql, expected) => {
  expect(named(sql)).toEqual(expected)
})

test.each([
  'SELECT * FROM T',
  'SELECT A, "b c", t.D FROM T t WHERE A IN (SELECT X FROM U) ORDER BY A',
  'SELECT t.* FROM FIN.T t',
])('%s gives the rows of one table as they are', (sql) => {
  expect(plainSource(sql)?.name).toBe('T')
})

test.each([
  'SELECT A AS B FROM T',
  'SELECT A B FROM T',
  'SELECT UPPER(A) FROM T',
  'SELECT DISTINCT A FROM T',
  'SELECT A FROM T, U',
  'SELECT A FROM T JOIN U ON 1 = 1',
  'SELECT A FROM (SELECT A FROM T)',
  'SELECT A FROM T UNION ALL SELECT A FROM T',
  'SELECT A FROM T WHERE 1 = 1 UNION ALL SELECT A FROM T',
  'SELECT A FROM T CONNECT BY PRIOR A = B',
  'WITH T AS (SELECT 1 A FROM DUAL) SELECT A FROM T',
])('%s does not', (sql) => {
  expect(plainSource(sql)).toBeUndefined()
})

test.each([
  ['SELECT RATE(A), P.RATE(B), FIN.P.RATE(C) FROM T', ['RATE', 'P.RATE', 'FIN.P']],
  ['SELECT v.A, 1 AS V FROM T v', []],
  ['SELECT V AS V FROM T', ['V']],
  ['SELECT P.V AS P FROM T', ['P.V']],
  ['SELECT CONNECT_BY_ROOT V A, B AT TIME ZONE W C FROM T CONNECT BY NOCYCLE U', ['V', 'W', 'U']],
  ['SELECT v(1), T.A FROM T v JOIN U ON U.ID = v.ID', ['V']],
  ['SELECT TODAY, :RATE FROM T WHERE (TODAY) > 1', ['TODAY']],
  ['SELECT * FROM TABLE(RATES(1)) r', ['RATES']],
])('%s may call %j', (sql, expected) => {
  const keywords =
    /^(SELECT|FROM|AS|JOIN|ON|WHERE|TABLE|CONNECT|CONNECT_BY_ROOT|BY|NOCYCLE|AT|TIME|ZONE|[ABCTX]|ID|T\.A|U\.ID)$/
  const names = possibleCalls(sql).map(({ schema, name }) => (schema ? `${schema}.${name}` : name))
  expect(names.filter((name) => !keywords.test(name))).toEqual(expected)
})
