import fc from 'fast-check'
import oracledb from 'oracledb'
import { expect, test } from 'vitest'
import { bothTotals } from './support/both-totals.ts'
import { openTestOracle, type TestOracle } from './support/open-oracle.ts'
import { testRecordType } from './support/record-type.ts'

type Cell = string | null

/** A column of each type, with what SQL makes its value of, and values over its whole range as that text. */
const COLUMNS: Readonly<Record<string, { type: string; from?: string; cells: fc.Arbitrary<string> }>> = {
  K: { type: 'VARCHAR2(9)', cells: fc.constantFrom('a', 'b', 'ไทย') },
  N: { type: 'NUMBER', from: 'TO_NUMBER(?)', cells: numbers(38, 24) },
  TINY: { type: 'NUMBER', from: 'TO_NUMBER(?)', cells: numbers(3, 61) },
  HUGE: {
    type: 'NUMBER',
    from: 'TO_NUMBER(?)',
    cells: numbers(40, 0).map((digits) => `${digits}${'0'.repeat(62 - digits.length)}`),
  },
  MONEY: { type: 'NUMBER(18,2)', from: 'TO_NUMBER(?)', cells: numbers(16, 2) },
  WHOLE: { type: 'NUMBER(38)', from: 'TO_NUMBER(?)', cells: numbers(38, 0) },
  HUNDREDS: { type: 'NUMBER(20,-5)', from: 'TO_NUMBER(?)', cells: numbers(24, 0) },
  PORTION: { type: 'NUMBER(5,5)', from: 'TO_NUMBER(?)', cells: numbers(5, 5, 5) },
  FINE: { type: 'NUMBER(3,38)', from: 'TO_NUMBER(?)', cells: numbers(3, 38, 38) },
  F: { type: 'FLOAT', from: 'TO_NUMBER(?)', cells: numbers(30, 12) },
  V: { type: 'VARCHAR2(400)', cells: texts(100) },
  C: { type: 'CHAR(40)', cells: texts(10) },
  NV: { type: 'NVARCHAR2(30)', cells: texts(15) },
  NC: { type: 'NCHAR(12)', cells: texts(6) },
  D: { type: 'DATE', from: moment(0), cells: moments(0) },
  T0: { type: 'TIMESTAMP(0)', from: moment(0), cells: moments(0) },
  T3: { type: 'TIMESTAMP(3)', from: moment(3), cells: moments(3) },
  T9: { type: 'TIMESTAMP(9)', from: moment(9), cells: moments(9) },
  Z0: { type: 'TIMESTAMP(0) WITH TIME ZONE', from: instant(0), cells: instants(0) },
  Z6: { type: 'TIMESTAMP(6) WITH TIME ZONE', from: instant(6), cells: instants(6) },
  L: { type: 'TIMESTAMP(9) WITH LOCAL TIME ZONE', from: instant(9), cells: instants(9) },
  R: { type: 'RAW(20)', from: 'HEXTORAW(?)', cells: fc.uint8Array({ minLength: 1, maxLength: 20 }).map(hex) },
  ID: {
    type: 'ROWID',
    from: 'CHARTOROWID(?)',
    cells: fc.stringMatching(/^(?:A[A-Za-z0-9+/]{5}A[A-Za-z0-9+/]{2}){2}$/),
  },
}
const NAMES = Object.keys(COLUMNS)

function numbers(digits: number, mostPlaces: number, leastPlaces = 0): fc.Arbitrary<string> {
  return fc
    .record({
      isNegative: fc.boolean(),
      units: fc.oneof(
        fc.bigInt({ min: 0n, max: 10n ** BigInt(digits) - 1n }),
        fc.constantFrom(0n, 1n, 10n ** BigInt(digits - 1), 10n ** BigInt(digits) - 1n),
      ),
      places: fc.integer({ min: leastPlaces, max: mostPlaces }),
    })
    .map(({ isNegative, units, places }) => {
      const text = units.toString().padStart(places + 1, '0')
      const point = text.length - places
      return `${isNegative ? '-' : ''}${text.slice(0, point)}${places > 0 ? `.${text.slice(point)}` : ''}`
    })
}

function texts(characters: number): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: characters }),
    fc.string({ minLength: 1, maxLength: characters }),
    fc.constantFrom(' ', '0', '-.5', '1=1:', 'E', '😀', '\0'),
  )
}

function moments(fractionalDigits: number): fc.Arbitrary<string> {
  const two = (number: number) => String(number).padStart(2, '0')
  return fc
    .record({
      year: fc.oneof(fc.integer({ min: -4711, max: -1 }), fc.integer({ min: 1, max: 9998 })),
      month: fc.integer({ min: 1, max: 12 }),
      // Ten days of October 1582 are not there.
      day: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 15, max: 28 })),
      second: fc.integer({ min: 0, max: 86_399 }),
      fraction: fc.oneof(
        fc.constantFrom(0, 10 ** fractionalDigits - 1, Math.floor(10 ** (fractionalDigits - 1))),
        fc.integer({ min: 0, max: 10 ** fractionalDigits - 1 }),
      ),
    })
    .map(({ year, month, day, second, fraction }) => {
      const date = `${year < 0 ? '-' : ' '}${String(Math.abs(year)).padStart(4, '0')}-${two(month)}-${two(day)}`
      const time = [second / 3600, (second / 60) % 60, second % 60].map((part) => two(Math.floor(part)))
      const digits = fractionalDigits > 0 ? `.${String(fraction).padStart(fractionalDigits, '0')}` : ''
      return `${date} ${time.join(':')}${digits}`
    })
}

function instants(fractionalDigits: number): fc.Arbitrary<string> {
  const zones = fc.constantFrom('+00:00', '+07:00', '-06:00', '+05:45', '-11:30', '+14:00')
  return fc.tuple(moments(fractionalDigits), zones).map(([local, zone]) => `${local} ${zone}`)
}

function moment(fractionalDigits: number): string {
  const model = `SYYYY-MM-DD HH24:MI:SS${fractionalDigits > 0 ? `.FF${fractionalDigits}` : ''}`
  return fractionalDigits > 0 ? `TO_TIMESTAMP(?, '${model}')` : `TO_DATE(?, '${model}')`
}

function instant(fractionalDigits: number): string {
  return `TO_TIMESTAMP_TZ(?, 'SYYYY-MM-DD HH24:MI:SS${fractionalDigits > 0 ? `.FF${fractionalDigits}` : ''} TZH:TZM')`
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

const rowsOfCells: fc.Arbitrary<Cell[][]> = fc.array(
  fc.tuple(...NAMES.map((name) => fc.option(COLUMNS[name]?.cells ?? fc.constant(''), { freq: 8 }))),
  { maxLength: 6 },
)

async function openEveryType(oracle: TestOracle) {
  const { connectString, user, password } = oracle.server
  const connection = await oracledb.getConnection({ connectString, user, password })
  const columns = NAMES.map((name) => `${name} ${COLUMNS[name]?.type}`)
  await connection.execute(`CREATE TABLE EVERY_TYPE (${columns.join(', ')})`)
  const values = NAMES.map((name, index) => (COLUMNS[name]?.from ?? '?').replace('?', `:${index + 1}`))
  return {
    recordType: testRecordType({ query: 'SELECT * FROM EVERY_TYPE', columns: NAMES }),
    async fill(rows: readonly (readonly Cell[])[]) {
      await connection.execute('DELETE FROM EVERY_TYPE')
      for (const row of rows) {
        const binds = row.map((val) => ({ val, type: oracledb.DB_TYPE_VARCHAR, dir: oracledb.BIND_IN }))
        await connection.execute(`INSERT INTO EVERY_TYPE VALUES (${values.join(', ')})`, binds)
      }
      await connection.commit()
    },
    async [Symbol.asyncDispose]() {
      await connection.close()
    },
  }
}

test('the set hash that Oracle computes is that of the rows as they are read, for every type over its range', async () => {
  await using oracle = await openTestOracle(0)
  await using pool = oracle.openPool()
  await using everyType = await openEveryType(oracle)
  const ordinals = fc
    .shuffledSubarray(NAMES)
    .map((names) => Object.fromEntries(names.map((name, index) => [name, 3 * index + 1])))
  await fc.assert(
    fc.asyncProperty(rowsOfCells, ordinals, async (rows, known) => {
      await everyType.fill(rows)
      const { source, read } = await bothTotals(pool, everyType.recordType, { ordinals: known })
      expect(source).toEqual({ totals: read, leftOut: [] })
      expect(source.totals.rows).toBe(rows.length)
    }),
    { numRuns: 60 },
  )
})
