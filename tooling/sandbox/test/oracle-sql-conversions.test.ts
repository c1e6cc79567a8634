import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { openSql } from './sql-session.ts'

const sql = openSql()

type Facts = readonly (readonly [expression: string, value: string | null])[]

function holds(title: string, facts: Facts): void {
  describe(title, () => {
    test.each(facts)('%s is %s', (expression, value) => {
      expect(sql.value(expression)).toBe(value)
    })
  })
}

holds('number formats', [
  ["TO_CHAR(-0.5, 'TM9')", '-.5'],
  ["TO_CHAR(1234567890123456789012345678901234567890, 'TM')", '1234567890123456789012345678901234567890'],
  ["TO_CHAR(1e63, 'TM9')", `1${'0'.repeat(63)}`],
  ["TO_CHAR(1.5e70, 'TM9')", '1.5E+70'],
  ["TO_CHAR(-1e-130, 'TM9')", '-1E-130'],
  ["TO_CHAR(12300, 'TME')", '1.23E+04'],
  ["TO_NUMBER('FFFFFFFF', 'XXXXXXXX')", '4294967295'],
  ["TO_NUMBER('ff', 'XXXXXXXX')", '255'],
  [
    `TO_NUMBER('123456789abcdef0123456789abcdef', '${'X'.repeat(32)}')`,
    String(0x123456789abcdef0123456789abcdefn),
  ],
  ["TO_CHAR(255, 'XXXX')", '   FF'],
  ["TO_CHAR(255, 'FM000xxx')", '0000ff'],
  ["TO_CHAR(70000, 'XXXX')", '#####'],
  ["TO_CHAR(-1, 'XX')", '###'],
])

holds('quotes', [
  ["q'[it's]'", "it's"],
  ["q'{a]b}'", 'a]b'],
  ["q'(x)y)'", 'x)y'],
  ["q'<a>b>'", 'a>b'],
  ["Q'!don''t!'", "don''t"],
  ["nq'|ñ'|'", "ñ'"],
  ["Nq'[]'", null],
  ["q'%50%'", '50'],
])

const sha1 = (bytes: string, encoding: 'hex' | 'utf8' | 'utf16le') =>
  createHash('sha1').update(Buffer.from(bytes, encoding)).digest('hex')

holds('hashes and bytes', [
  ["STANDARD_HASH('abc', 'MD5')", '900150983cd24fb0d6963f7d28e17f72'],
  ["STANDARD_HASH('abc')", 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ["STANDARD_HASH(HEXTORAW('616263'))", 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ["STANDARD_HASH('ñ')", sha1('ñ', 'utf8')],
  ["STANDARD_HASH(N'A')", sha1('0041', 'hex')],
  ['STANDARD_HASH(NULL)', sha1('', 'hex')],
  ['STANDARD_HASH(-1234.56)', sha1('3d59432d66', 'hex')],
  ['STANDARD_HASH(10.0)', sha1('c10b', 'hex')],
  ["UTL_RAW.CAST_TO_RAW('ñ')", 'c3b1'],
  ["UTL_RAW.CAST_TO_VARCHAR2(HEXTORAW('c3b1'))", 'ñ'],
  ["RAWTOHEX(UTL_RAW.CAST_TO_RAW('ab'))", '6162'],
  ["TO_NUMBER(SUBSTR(STANDARD_HASH('abc', 'MD5'), 1, 8), 'XXXXXXXX')", String(0x90015098)],
  ["SUBSTRB('añb', 1, 2)", 'a '],
  ["SUBSTRB('añb', 3)", ' b'],
  ["SUBSTRB('añb', -1)", 'b'],
])

test('the hash has the size of its method', () => {
  expect(
    sql.columns(
      "SELECT STANDARD_HASH('a') A, STANDARD_HASH('a', 'MD5') B, STANDARD_HASH('a', 'SHA512') C FROM DUAL",
    ),
  ).toEqual(['A RAW(20)', 'B RAW(16)', 'C RAW(64)'])
})

holds('remainders', [
  ['REMAINDER(18, 7)', '-3'],
  ['REMAINDER(5, 10)', '5'],
  ['REMAINDER(15, 10)', '-5'],
  ['REMAINDER(-5, 10)', '-5'],
  ['REMAINDER(1.5, 1)', '-0.5'],
  ['REMAINDER(7, -2)', '-1'],
])

holds('casts', [
  ["CAST('1,5' AS VARCHAR2(2))", '1,'],
  ["CAST(N'ไทย' AS NVARCHAR2(2))", 'ไท'],
  ["LENGTHB(N'ไทย')", '6'],
  ["LENGTHB(TO_CHAR(N'ไทย'))", '9'],
  ["CAST('12.5' AS NUMBER(3))", '13'],
  ['CAST(0.1 AS BINARY_DOUBLE)', '0.1'],
  ['CAST(0.1d AS NUMBER)', '0.1'],
  ['CAST(12345 AS VARCHAR2(9))', '12345'],
  ["CAST(HEXTORAW('00ff') AS VARCHAR2(9))", '00FF'],
  ["CAST('00ff' AS RAW(2))", '00ff'],
  ["CAST('long text' AS CLOB)", 'long text'],
  ["CAST(TO_CLOB('text') AS VARCHAR2(9))", 'text'],
  ["CAST(TIMESTAMP '2026-01-02 03:04:05.9' AS DATE)", '2026-01-02T03:04:05'],
  ["CAST(DATE '2026-01-02' AS TIMESTAMP WITH TIME ZONE)", '2026-01-02T00:00:00.000000000Z+00:00'],
  [
    "CAST(TIMESTAMP '2026-01-02 03:04:05 -05:00' AS TIMESTAMP WITH LOCAL TIME ZONE)",
    '2026-01-02T08:04:05.000000000Z',
  ],
  ["CAST('AAARXIAAHAAAACAAAB' AS ROWID)", 'AAARXIAAHAAAACAAAB'],
  ["DECODE(NULL, 'a', 1, NULL, 2)", '2'],
  ["DECODE('c', 'a', 1, 'b', 2)", null],
])

describe('ORA_HASH', () => {
  const bucket = (expression: string) => sql.value(`ORA_HASH(${expression})`)

  test('is the same each time, between 0 and the last bucket, and spread', () => {
    const found = Array.from({ length: 400 }, (_, id) => bucket(`${id}, 7`))
    expect(found).toEqual(Array.from({ length: 400 }, (_, id) => openSql().value(`ORA_HASH(${id}, 7)`)))
    expect(new Set(found).size).toBe(8)
    for (let wanted = 0; wanted < 8; wanted++)
      expect(found.filter((value) => value === String(wanted)).length).toBeGreaterThan(25)
  })

  test('differs by seed, and takes null and any bucket up to 4294967295', () => {
    expect(bucket("'x', 4294967295, 1")).not.toBe(bucket("'x', 4294967295, 2"))
    expect(bucket("'x'")).toBe(bucket("'x', 4294967295, 0"))
    expect(bucket('NULL, 0')).toBe('0')
    expect(sql.error("SELECT ORA_HASH('x', 4294967296) FROM DUAL").message).toContain('from 0 to 4294967295')
  })
})
