import oracledb from 'oracledb'
import { describe, expect, test } from 'vitest'
import { openTyped } from './oracle-typed.ts'
import { openSql } from './sql-session.ts'

describe('TIMESTAMP WITH LOCAL TIME ZONE', () => {
  const now = () => new Date('2026-03-08T07:30:15.250Z')

  test.each(['+00:00', '+05:30', 'America/Chicago'])('keeps its instant in the zone %s', (zone) => {
    const local = openSql({ now, timeZone: '-06:00' })
    local.run(
      'CREATE TABLE L (ID NUMBER, T TIMESTAMP(3) WITH LOCAL TIME ZONE)',
      `ALTER SESSION SET TIME_ZONE = '${zone}'`,
      "INSERT INTO L VALUES (1, TIMESTAMP '2026-07-02 12:00:00')",
      "INSERT INTO L VALUES (2, TIMESTAMP '2026-07-02 12:00:00.1235 -03:00')",
      "INSERT INTO L VALUES (3, DATE '2026-01-02')",
      "ALTER SESSION SET NLS_TIMESTAMP_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF'",
      "INSERT INTO L VALUES (4, '2026-07-02 12:00:00.0')",
    )
    const offsets = { '+00:00': [0, 0], '+05:30': [330, 330], 'America/Chicago': [-300, -360] }[zone] ?? []
    const utc = (text: string, minutes = 0) =>
      `${new Date(Date.parse(`${text}Z`) - minutes * 60_000).toISOString().slice(0, -1)}000000Z`
    expect(local.rows('SELECT T FROM L ORDER BY ID')).toEqual([
      [utc('2026-07-02T12:00:00', offsets[0])],
      [utc('2026-07-02T15:00:00.124')],
      [utc('2026-01-02T00:00:00', offsets[1])],
      [utc('2026-07-02T12:00:00', offsets[0])],
    ])
    expect(
      local.rows(
        "SELECT TO_CHAR(T, 'YYYY-MM-DD HH24:MI:SS.FF'), TO_CHAR(CAST(T AS DATE), 'HH24:MI'), EXTRACT(HOUR FROM T) FROM L WHERE ID = 1",
      ),
    ).toEqual([['2026-07-02 12:00:00.000', '12:00', '12']])
    expect(local.rows("SELECT ID FROM L WHERE T = TIMESTAMP '2026-07-02 12:00:00' ORDER BY 1")).toEqual([
      ['1'],
      ['4'],
    ])
    expect(local.rows("SELECT ID FROM L WHERE T < DATE '2026-01-03'")).toEqual([['3']])
    local.run("ALTER SESSION SET TIME_ZONE = '+09:00'")
    expect(
      local.rows("SELECT TO_CHAR(T, 'YYYY-MM-DD HH24:MI:SS.FF TZR'), SYS_EXTRACT_UTC(T) FROM L WHERE ID = 2"),
    ).toEqual([['2026-07-03 00:00:00.124 +09:00', '2026-07-02T15:00:00.124000000']])
    expect(
      local.rows(
        "SELECT MAX(T) - MIN(T) > INTERVAL '180' DAY FROM L".replace(
          /SELECT (.*) FROM/,
          'SELECT CASE WHEN $1 THEN 1 END FROM',
        ),
      ),
    ).toEqual([['1']])
  })

  test('is the right instant in the driver, from any database and session', async () => {
    await using oracle = await openTyped({ now, timeZone: '-06:00' })
    oracle.run(
      'CREATE TABLE L (T TIMESTAMP(9) WITH LOCAL TIME ZONE)',
      "INSERT INTO L VALUES (TIMESTAMP '2026-07-02 12:00:00.5 America/Chicago')",
    )
    await oracle.connection.execute("ALTER SESSION SET TIME_ZONE = '+05:30'")
    const instant = new Date('2026-07-02T17:00:00.500Z')
    expect(await oracle.rows('SELECT T FROM L')).toEqual([[instant]])
    const bind = { at: { type: oracledb.DB_TYPE_TIMESTAMP_LTZ, val: instant } }
    expect(await oracle.rows("SELECT TO_CHAR(T, 'HH24:MI') FROM L WHERE T = :at", bind)).toEqual([['22:30']])
    await oracle.connection.execute('INSERT INTO L VALUES (:at)', bind)
    expect(await oracle.rows('SELECT COUNT(*) FROM L GROUP BY T')).toEqual([['2']])
  })
})

describe('TIMESTAMP WITH TIME ZONE', () => {
  const zoned = openSql()
  test.each([
    [
      "TO_CHAR(TIMESTAMP '2026-01-02 03:04:05 America/Chicago', 'HH24 TZR TZH:TZM')",
      '03 AMERICA/CHICAGO -06:00',
    ],
    ["TO_CHAR(TIMESTAMP '2026-07-02 03:04:05 America/Chicago', 'HH24 TZH')", '03 -05'],
    [
      "FROM_TZ(TIMESTAMP '2026-03-08 03:30:00', 'America/Chicago')",
      '2026-03-08T08:30:00.000000000Z-05:00[America/Chicago]',
    ],
    ["FROM_TZ(TIMESTAMP '2026-03-08 01:30:00', '-06:00')", '2026-03-08T07:30:00.000000000Z-06:00'],
    [
      "TIMESTAMP '2026-03-07 12:00:00 America/Chicago' + INTERVAL '1' DAY",
      '2026-03-08T18:00:00.000000000Z-05:00[America/Chicago]',
    ],
    [
      "TIMESTAMP '2026-02-08 12:00:00 America/Chicago' + INTERVAL '1' MONTH",
      '2026-03-08T17:00:00.000000000Z-05:00[America/Chicago]',
    ],
    ["EXTRACT(HOUR FROM TIMESTAMP '2026-01-02 03:04:05 -06:00')", '9'],
    ["EXTRACT(TIMEZONE_HOUR FROM TIMESTAMP '2026-01-02 03:04:05 -06:30')", '-6'],
    ["EXTRACT(TIMEZONE_MINUTE FROM TIMESTAMP '2026-01-02 03:04:05 -06:30')", '-30'],
    [
      "TO_TIMESTAMP_TZ('2026-07-02 12:00 Europe/Madrid', 'YYYY-MM-DD HH24:MI TZR')",
      '2026-07-02T10:00:00.000000000Z+02:00[Europe/Madrid]',
    ],
    ["CAST(TIMESTAMP '2026-07-02 12:00:00 Europe/Madrid' AS TIMESTAMP)", '2026-07-02T12:00:00.000000000'],
    [
      "CASE WHEN TIMESTAMP '2026-07-02 12:00:00 Europe/Madrid' = TIMESTAMP '2026-07-02 10:00:00 UTC' THEN 1 END",
      '1',
    ],
    ["TZ_OFFSET('+05:30')", '+05:30'],
    [
      "TO_CHAR(SYS_EXTRACT_UTC(TIMESTAMP '2026-01-31 23:00:00 -02:00') + NUMTODSINTERVAL(90, 'MINUTE'), 'DD HH24:MI')",
      '01 02:30',
    ],
  ])('%s is %s', (expression, value) => {
    expect(zoned.value(expression)).toBe(value)
  })
})
