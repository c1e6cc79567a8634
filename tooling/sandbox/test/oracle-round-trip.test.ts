import fc from 'fast-check'
import oracledb from 'oracledb'
import { expect, test } from 'vitest'
import { openTyped } from './oracle-typed.ts'

const ZONES = ['+00:00', '-09:30', 'Europe/Madrid'] as const
const COUNT = 150

const pad = (value: number | bigint, length = 2) => String(value).padStart(length, '0')

/** In UTC, with nanoseconds; no earlier than regions have whole minutes as offsets. */
const moments = fc.sample(
  fc.tuple(
    fc.date({
      min: new Date('1972-01-01T00:00:00Z'),
      max: new Date('2060-01-01T00:00:00Z'),
      noInvalidDate: true,
    }),
    fc.integer({ min: 0, max: 999_999 }),
  ),
  COUNT,
)
const FORMAT = 'YYYY-MM-DD"T"HH24:MI:SS.FF9'
const textOf = ([date, rest]: readonly [Date, number]) => `${date.toISOString().slice(0, -1)}${pad(rest, 6)}`

test.each(ZONES)('instants written in the zone %s are the same for every reader', async (zone) => {
  await using oracle = await openTyped({ timeZone: '+02:00' })
  oracle.run(
    'CREATE TABLE M (ID NUMBER, TZ TIMESTAMP(9) WITH TIME ZONE, TL TIMESTAMP(9) WITH LOCAL TIME ZONE)',
  )
  await oracle.connection.execute(`ALTER SESSION SET TIME_ZONE = '${zone}'`)
  await oracle.connection.executeMany(
    `INSERT INTO M SELECT :1, T AT TIME ZONE '${zone}', T FROM (SELECT FROM_TZ(TO_TIMESTAMP(:2, '${FORMAT}'), 'UTC') T FROM DUAL)`,
    moments.map((moment, index) => [index, textOf(moment)]),
  )

  for (const reader of ZONES) {
    await oracle.connection.execute(`ALTER SESSION SET TIME_ZONE = '${reader}'`)
    const rows = await oracle.rows(
      `SELECT TZ, TL, TO_CHAR(SYS_EXTRACT_UTC(TZ), '${FORMAT}'), TO_CHAR(TL AT TIME ZONE 'UTC', '${FORMAT}') FROM M WHERE TZ = TL ORDER BY ID`,
    )
    expect(rows).toEqual(moments.map((moment) => [moment[0], moment[0], textOf(moment), textOf(moment)]))
  }
})

test('dates and timestamps of all years come back as they were written', async () => {
  const years = fc.integer({ min: -4711, max: 9999 }).filter((year) => year !== 0)
  const fields = fc.sample(
    fc.tuple(
      years,
      ...[12, 28, 24, 60, 60].map((limit) => fc.integer({ min: 0, max: limit - 1 })),
      fc.bigInt({ min: 0n, max: 999_999_999n }),
    ),
    COUNT,
  )
  const texts = fields.map(([year, month, day, hour, minute, second, nanoseconds]) => {
    const date = `${year < 0 ? '-' : ' '}${pad(Math.abs(year), 4)}-${pad(Number(month) + 1)}-${pad(Number(day) + 1)}`
    return {
      date: `${date} ${pad(Number(hour))}:${pad(Number(minute))}:${pad(Number(second))}`,
      fraction: pad(nanoseconds ?? 0, 9),
    }
  })
  const [dates, stamps] = ['SYYYY-MM-DD HH24:MI:SS', 'SYYYY-MM-DD HH24:MI:SS.FF9']
  await using oracle = await openTyped()
  oracle.run('CREATE TABLE M (ID NUMBER, D DATE, T TIMESTAMP(9))')
  await oracle.connection.executeMany(
    `INSERT INTO M VALUES (:1, TO_DATE(:2, '${dates}'), TO_TIMESTAMP(:3, '${stamps}'))`,
    texts.map(({ date, fraction }, index) => [index, date.trim(), `${date}.${fraction}`.trim()]),
  )

  const rows = await oracle.rows(
    `SELECT D, TO_CHAR(D, '${dates}'), TO_CHAR(T, '${stamps}') FROM M ORDER BY ID`,
  )
  expect(rows.map(([, ...shown]) => shown)).toEqual(
    texts.map(({ date, fraction }) => [date, `${date}.${fraction}`]),
  )
  // The driver takes the years 0 to 99 for those of the last century.
  for (const [index, [date]] of rows.entries()) {
    const [year = 0] = fields[index] ?? []
    if (year < 0 || year > 99) expect((date as Date).getFullYear()).toBe(year)
  }
})

test('numbers, binary numbers, text and bytes come back as they were bound', async () => {
  const values = fc.sample(
    fc.record({
      number: fc.tuple(
        fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }),
        fc.integer({ min: -125, max: 86 }),
      ),
      double: fc.double({ noNaN: true }),
      float: fc.float({ noNaN: true }),
      text: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 200 }),
    }),
    COUNT,
  )
  await using oracle = await openTyped()
  oracle.run(
    'CREATE TABLE V (ID NUMBER, N NUMBER, BD BINARY_DOUBLE, BF BINARY_FLOAT, V VARCHAR2(4000), NV NVARCHAR2(2000), R RAW(200), C CLOB, NC NCLOB, B BLOB)',
  )
  for (const [
    index,
    {
      number: [units, exponent],
      double,
      float,
      text,
      bytes,
    },
  ] of values.entries()) {
    await oracle.connection.execute(
      'INSERT INTO V VALUES (:1, TO_NUMBER(:2), :3, :4, :5, :6, :7, :8, :9, :10)',
      [
        index,
        `${units}e${exponent}`,
        { type: oracledb.DB_TYPE_BINARY_DOUBLE, val: double },
        { type: oracledb.DB_TYPE_BINARY_FLOAT, val: float },
        text,
        { type: oracledb.DB_TYPE_NVARCHAR, val: text },
        Buffer.from(bytes),
        { type: oracledb.DB_TYPE_CLOB, val: text },
        { type: oracledb.DB_TYPE_NCLOB, val: text },
        { type: oracledb.DB_TYPE_BLOB, val: Buffer.from(bytes) },
      ],
    )
  }

  const rows = await oracle.rows('SELECT N, BD, BF, V, NV, R, C, NC, B FROM V ORDER BY ID')
  for (const [
    index,
    {
      number: [units, exponent],
      double,
      float,
      text,
      bytes,
    },
  ] of values.entries()) {
    const [shown, ...rest] = rows[index] ?? []
    const [whole = '', decimals = ''] = String(shown).split('.')
    // In units of 10^-125 both are whole.
    expect(BigInt(whole.replace(/^(-?)$/, '$10') + decimals.padEnd(125, '0'))).toBe(
      units * 10n ** BigInt(exponent + 125),
    )
    const buffer = Buffer.from(bytes)
    expect(rest).toEqual([double + 0, float + 0, text, text, buffer, text, text, buffer])
  }
})
