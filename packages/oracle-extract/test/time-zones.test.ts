import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { canonicalRows, EVERY_TYPE, meantRows, rangeTable } from '@findata/contracts'
import { type ColumnType, type RowBatch, readJsonArray } from '@findata/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Login } from './support/fill-tables.ts'
import { ODD_SESSION, openRoundTripOracle } from './support/open-round-trip-source.ts'

const READER = fileURLToPath(new URL('support/read-moments.ts', import.meta.url))
const ZONES = ['UTC', 'America/Chicago', 'Asia/Bangkok']
/** Of rows that stay the same from run to run. */
const SEED = 4_712

/** As local texts; in Chicago 02:30 does not exist on 2026-03-08 and 01:30 is there twice on 2026-11-01. */
const DATES = ['2026-03-08T02:30:00', '2026-11-01T01:30:00', '2026-12-31T23:59:59', '1900-01-01T00:00:00']

/** The file that a process in the zone makes of a query. */
async function readIn(
  zone: string,
  { connectString, user, password }: Login,
  query: string,
  columns: readonly string[],
): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@findata/source', READER, connectString, user, password, query, ...columns],
    { env: { ...process.env, TZ: zone }, maxBuffer: 2 ** 26 },
  )
  const [zoneOfProcess = '', ...file] = stdout.split('\n')
  expect(zoneOfProcess).toBe(zone)
  return file.join('\n')
}

/** The rows of a file. */
async function rowsIn(file: string, columns: readonly (readonly [string, ColumnType])[]): Promise<RowBatch> {
  async function* bytes() {
    yield Buffer.from(file)
  }
  const named = columns.map(([name, type]) => ({ name, type }))
  return (await Array.fromAsync(readJsonArray(bytes(), named, { name: 'moments.json' }))).flat()
}

test.each(ZONES)(
  'A3: a process in %s reads dates, timestamps and instants unshifted, also where the query computes with the zone of the session',
  async (zone) => {
    await using oracle = await openRoundTripOracle()
    await oracle.run(
      'CREATE TABLE MOMENTS (ID NUMBER, D DATE, T TIMESTAMP(6), Z TIMESTAMP(6) WITH TIME ZONE, N NUMBER)',
      ...DATES.map((text, index) => {
        const moment = text.replace('T', ' ')
        return (
          `INSERT INTO MOMENTS VALUES (${index}, TO_DATE('${moment}', 'YYYY-MM-DD HH24:MI:SS'), ` +
          `TIMESTAMP '${moment}.000001', TIMESTAMP '${moment}.5 -05:00', 9999999999999999.99)`
        )
      }),
    )
    const query = 'SELECT m.*, CAST(T AS TIMESTAMP(6) WITH TIME ZONE) AS L FROM MOMENTS m ORDER BY ID'
    const file = await readIn(zone, oracle.login, query, ['ID', 'D', 'T', 'Z', 'N', 'L'])
    const time = { kind: 'timestamp', fractionalDigits: 6 } as const
    const number = { kind: 'number' } as const
    const rows = await rowsIn(file, [
      ['ID', number],
      ['D', { kind: 'date' }],
      ['T', time],
      ['Z', time],
      ['N', number],
      ['L', time],
    ])
    expect(rows).toEqual(
      DATES.map((text, index) => [
        String(index),
        text,
        `${text}.000001`,
        `${new Date(`${text}-05:00`).toISOString().slice(0, 19)}.5Z`,
        '9999999999999999.99',
        `${text}.000001Z`,
      ]),
    )
  },
)

describe('every type over its whole range', () => {
  test.each([
    { where: 'a database in UTC', options: {} },
    {
      where: 'a database in Chicago whose sessions have a decimal comma and a zone of their own',
      options: { timeZone: '-06:00', afterLogon: ODD_SESSION },
    },
  ])('A3: makes the same file in three zones, byte for byte, from $where', async ({ options }) => {
    await using oracle = await openRoundTripOracle(options)
    const { create, insert, columns } = rangeTable('EVERY_TYPE', EVERY_TYPE)
    const [meant = []] = fc.sample(meantRows(EVERY_TYPE, 60), { numRuns: 1, seed: SEED })
    await oracle.run(create)
    await oracle.insert(
      insert,
      meant.map((row, index) => [String(index), ...row.map(({ given }) => given)]),
    )
    const files = await Promise.all(
      ZONES.map((zone) =>
        readIn(zone, oracle.login, 'SELECT * FROM EVERY_TYPE ORDER BY ID', ['ID', ...columns]),
      ),
    )
    expect(new Set(files).size).toBe(1)
    const types = EVERY_TYPE.map(({ type }, index) => [columns[index] ?? '', type] as const)
    expect(await rowsIn(files[0] ?? '', [['ID', { kind: 'number' }], ...types])).toEqual(canonicalRows(meant))
  })
})
