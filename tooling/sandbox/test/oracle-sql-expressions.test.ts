import { describe, expect, test } from 'vitest'
import { number, openSql } from './sql-session.ts'

const sql = openSql({ now: () => new Date('2026-03-08T07:30:15.250Z'), timeZone: '-06:00' })

type Facts = readonly (readonly [expression: string, value: string | null])[]

function holds(title: string, facts: Facts): void {
  describe(title, () => {
    test.each(facts)('%s is %s', (expression, value) => {
      expect(sql.value(expression)).toBe(value)
    })
  })
}

holds('numbers', [
  ['0.1 + 0.2', '0.3'],
  ['1/3', '0.3333333333333333333333333333333333333333'],
  ['10/3', '3.33333333333333333333333333333333333333'],
  ['2/3', '0.6666666666666666666666666666666666666667'],
  ['1/4', '0.25'],
  ['7/2', '3.5'],
  ['12345678901234567890123456789012345678 + 1', '12345678901234567890123456789012345679'],
  ['99999999999999999999999999999999999999.99 * 1', '99999999999999999999999999999999999999.99'],
  ['1e-130 / 10', '0'],
  ['-0.0', '0'],
  ['2 * -3', '-6'],
  ['1 - - 1', '2'],
  ['1 + NULL', null],
  ["'12' + 3", '15'],
  ['ROUND(2.5)', '3'],
  ['ROUND(-2.5)', '-3'],
  ['ROUND(1234.567, -2)', '1200'],
  ['ROUND(1.005, 2)', '1.01'],
  ['TRUNC(-1.99)', '-1'],
  ['TRUNC(1999.99, -3)', '1000'],
  ['FLOOR(-1.5)', '-2'],
  ['CEIL(-1.5)', '-1'],
  ['MOD(-7, 3)', '-1'],
  ['MOD(7, 0)', '7'],
  ['ABS(-0.5)', '0.5'],
  ['SIGN(-0.5)', '-1'],
  ['POWER(2, 100)', '1267650600228229401496703205376'],
  ['POWER(2, -1)', '0.5'],
  ['SQRT(2)', '1.41421356237309504880168872420969807857'],
  ['GREATEST(2, 10, 9)', '10'],
  ['LEAST(2, NULL)', null],
  ['0.1f + 0', '0.1'],
  ['0.1f + 0d', '0.10000000149011612'],
  ['0.1d * 3', '0.30000000000000004'],
  ['BINARY_DOUBLE_NAN', 'NaN'],
])

holds('text and null', [
  ["'a' || NULL", 'a'],
  ['NULL || NULL', null],
  ["''", null],
  ["'it''s' || q'[ it's ]' || N'ñ'", "it's it's ñ"],
  ["1 || 'x' || .5", '1x.5'],
  ["UPPER('straße ñ')", 'STRAßE Ñ'],
  ["SUBSTR('abcdef', 2, 3)", 'bcd'],
  ["SUBSTR('abcdef', -3, 2)", 'de'],
  ["SUBSTR('abcdef', 0, 2)", 'ab'],
  ["SUBSTR('abc', 9)", null],
  ["SUBSTR('a😀b', 2, 1)", '😀'],
  ["LENGTH('a😀')", '2'],
  ["LENGTHB('ถ')", '3'],
  ["LENGTH('')", null],
  ["INSTR('banana', 'an', 1, 2)", '4'],
  ["INSTR('banana', 'a', -1)", '6'],
  ["TRIM('  a ')", 'a'],
  ["TRIM(BOTH 'x' FROM 'xaxx')", 'a'],
  ["LTRIM('xyxa', 'xy')", 'a'],
  ["RTRIM('   ')", null],
  ["LPAD('7', 3, '0')", '007'],
  ["RPAD('abcd', 2)", 'ab'],
  ["REPLACE('aXbX', 'X')", 'ab'],
  ["NVL('', 'x')", 'x'],
  ["NVL2('', 1, 2)", '2'],
  ["COALESCE(NULL, '', 'z')", 'z'],
  ["NULLIF('a', 'a')", null],
  ["DECODE(NULL, 1, 'one', NULL, 'none', 'other')", 'none'],
  ["DECODE('2', 1, 'one', 2, 'two')", 'two'],
  ["CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END", 'b'],
  ["CASE WHEN NULL = NULL THEN 'equal' ELSE 'unknown' END", 'unknown'],
  ['CASE WHEN 1 = 2 OR NULL IS NULL THEN 1 END', '1'],
  ["CASE WHEN 'a' = 'a  ' THEN 1 ELSE 0 END", '1'],
  ["CASE WHEN 'a' LIKE 'A%' THEN 1 ELSE 0 END", '0'],
  ["CASE WHEN '50%' LIKE '%!%' ESCAPE '!' THEN 1 ELSE 0 END", '1'],
  ['CASE WHEN 3 NOT IN (1, NULL) THEN 1 ELSE 0 END', '0'],
  ["CASE WHEN 'z' < 'ñ' AND 'Z' < 'a' THEN 1 ELSE 0 END", '1'],
  ["CASE WHEN '\uffff' < '😀' THEN 1 ELSE 0 END", '1'],
  [
    "RAWTOHEX(STANDARD_HASH('abc', 'SHA256'))",
    'BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD',
  ],
  ["HEXTORAW('00ff0A')", '00ff0a'],
  ["CAST('abcdef' AS VARCHAR2(3))", 'abc'],
  ["CAST('ab' AS CHAR(4))", 'ab  '],
  ['CAST(1234.567 AS NUMBER(6,1))', '1234.6'],
])

holds('numbers as text', [
  ['TO_CHAR(0.5)', '.5'],
  ['TO_CHAR(-0.01)', '-.01'],
  ['TO_CHAR(1e39)', `1${'0'.repeat(39)}`],
  ['TO_CHAR(1e40)', `1.${'0'.repeat(34)}E+40`],
  ['TO_CHAR(1/300000)', '3.3333333333333333333333333333333333E-06'],
  ["TO_CHAR(1234.5, 'TM9')", '1234.5'],
  ["TO_CHAR(1234.5, '999,990.00')", '   1,234.50'],
  ["TO_CHAR(-1234567.891, 'FM999,999,990.00')", '-1,234,567.89'],
  ["TO_CHAR(0, '99.99')", '   .00'],
  ["TO_CHAR(0, '90.99')", '  0.00'],
  ["TO_CHAR(0, 'FM9.99')", '0.'],
  ["TO_CHAR(123.456, 'FM999.009')", '123.456'],
  ["TO_CHAR(123, 'FM999.009')", '123.00'],
  ["TO_CHAR(-0.004, '0.00')", '-0.00'],
  ["TO_CHAR(12345, '999')", '####'],
  ["TO_CHAR(7, '0000')", ' 0007'],
  ["TO_CHAR(-5, '99MI')", ' 5-'],
  ["TO_CHAR(-5, '99PR')", ' <5>'],
  ["TO_CHAR(5, 'S99')", ' +5'],
  ["TO_CHAR(5, '$99')", '  $5'],
  ["TO_NUMBER('1,234.50', '9,999.99')", '1234.5'],
  ["TO_NUMBER(' -12.5e1 ')", '-125'],
])

holds('dates and timestamps', [
  [
    "TO_CHAR(DATE '2026-03-01', 'DY DAY MON Month Q WW IW J DDD D')",
    'SUN SUNDAY    MAR March     1 09 09 2461101 060 1',
  ],
  [`TO_CHAR(DATE '2026-03-01', 'SYYYY-MM-DD"T"HH24:MI:SS')`, ' 2026-03-01T00:00:00'],
  [`TO_CHAR(TO_DATE('-0044-03-15', 'SYYYY-MM-DD'), 'SYYYY-MM-DD', 'NLS_CALENDAR=GREGORIAN')`, '-0044-03-15'],
  ["TO_CHAR(TIMESTAMP '2026-01-02 03:04:05.123456', 'HH:MI:SS.FF3 AM FF9')", '03:04:05.123 AM 123456000'],
  ["TO_CHAR(TIMESTAMP '2026-01-02 03:04:05 -05:30', 'TZH:TZM')", '-05:30'],
  ["TO_CHAR(DATE '2026-01-02')", '02-JAN-26'],
  ["TO_DATE('1-mar-26', 'DD-MON-RR')", '2026-03-01T00:00:00'],
  ["TO_DATE('1-mar-71', 'DD-MON-RR')", '1971-03-01T00:00:00'],
  ["TO_DATE('20260102', 'YYYYMMDD')", '2026-01-02T00:00:00'],
  ["TO_DATE('2026-01-02', 'YYYY-MM-DD HH24:MI:SS')", '2026-01-02T00:00:00'],
  ["TO_DATE('01/02/2026 3:04 PM', 'MM/DD/YYYY HH:MI AM')", '2026-01-02T15:04:00'],
  ["TO_DATE('10:20', 'HH24:MI')", '2026-03-01T10:20:00'],
  ["TO_TIMESTAMP('2026-01-02 03:04:05.5', 'YYYY-MM-DD HH24:MI:SS.FF')", '2026-01-02T03:04:05.500000000'],
  [
    "TO_TIMESTAMP_TZ('2026-01-02 03:04 +02:00', 'YYYY-MM-DD HH24:MI TZH:TZM')",
    '2026-01-02T01:04:00.000000000Z+02:00',
  ],
  ["DATE '2026-03-01' - DATE '2026-02-01'", '28'],
  ["DATE '2026-03-01' - 1/86400", '2026-02-28T23:59:59'],
  ["DATE '1582-10-15' - 1", '1582-10-04T00:00:00'],
  ["DATE '2026-01-31' + INTERVAL '36' HOUR", '2026-02-01T12:00:00'],
  ["ADD_MONTHS(DATE '2026-02-28', 1)", '2026-03-31T00:00:00'],
  ["LAST_DAY(DATE '2024-02-01')", '2024-02-29T00:00:00'],
  ["MONTHS_BETWEEN(DATE '2026-03-31', DATE '2026-02-28')", '1'],
  ["TRUNC(TO_DATE('2026-08-14 15:16', 'YYYY-MM-DD HH24:MI'), 'Q')", '2026-07-01T00:00:00'],
  ["TRUNC(DATE '2026-03-08', 'IW')", '2026-03-02T00:00:00'],
  ["ROUND(TO_DATE('2026-08-14 12:00', 'YYYY-MM-DD HH24:MI'))", '2026-08-15T00:00:00'],
  ['SYSDATE', '2026-03-08T01:30:15'],
  ['SYSTIMESTAMP', '2026-03-08T07:30:15.250000000Z-06:00'],
  ['SYS_EXTRACT_UTC(SYSTIMESTAMP)', '2026-03-08T07:30:15.250000000'],
  [
    "TIMESTAMP '2026-01-02 03:04:05.5 +05:30' AT TIME ZONE 'UTC'",
    '2026-01-01T21:34:05.500000000Z+00:00[UTC]',
  ],
  [
    "TIMESTAMP '2026-07-02 12:00:00 +00:00' AT TIME ZONE 'America/Chicago'",
    '2026-07-02T12:00:00.000000000Z-05:00[America/Chicago]',
  ],
  ["CAST(TIMESTAMP '2026-01-02 03:04:05.987654' AS TIMESTAMP(3))", '2026-01-02T03:04:05.988000000'],
  ["EXTRACT(YEAR FROM DATE '2026-01-02')", '2026'],
  ["CASE WHEN DATE '2026-01-02' = TIMESTAMP '2026-01-02 00:00:00' THEN 1 END", '1'],
  [
    "CASE WHEN TIMESTAMP '2026-01-02 00:00:00 +00:00' = TIMESTAMP '2026-01-02 02:00:00 +02:00' THEN 1 END",
    '1',
  ],
  ['DBTIMEZONE', '-06:00'],
])

describe('binds', () => {
  test('a bind has the type it is sent with', () => {
    expect(sql.value(':a + :b', number('1'), '2')).toBe('3')
    expect(sql.value("NVL(:a, 'none')", '')).toBe('none')
  })

  test('a described bind is text unless its type is known', () => {
    expect(sql.value(':a', number('0.5'))).toBe('.5')
    const [column] = sql.session.parse('SELECT :a FROM DUAL', [{ name: 'NUMBER' }]).columns
    expect(column?.type).toEqual({ name: 'NUMBER' })
  })

  test('each occurrence of a placeholder has its own name in the list', () => {
    expect(sql.session.parse('SELECT :a, :B, :a FROM DUAL -- :c').bindNames).toEqual(['A', 'B', 'A'])
  })
})

test('the environment tells who asks', () => {
  const other = openSql()
  expect(other.value("SYS_CONTEXT('USERENV', 'SESSION_USER')")).toBe('FIN')
  expect(other.value("SYS_CONTEXT('USERENV', 'MODULE')")).toBeNull()
  other.run("BEGIN dbms_application_info.set_module('extract', 'units'); END;")
  expect(other.value("SYS_CONTEXT('USERENV', 'ACTION')")).toBe('units')
})
