import fc from 'fast-check'
import oracledb from 'oracledb'
import { expect, test } from 'vitest'
import { numberText } from '../src/oracle/bind-values.ts'
import { writeNumber } from '../src/oracle/number-encoding.ts'
import type { OracleType, OracleValue } from '../src/oracle/values.ts'
import { WireReader, WireWriter } from '../src/oracle/wire-buffer.ts'
import { startOracle } from '../src/start-oracle.ts'
import { CannedDatabase, type CannedResult, clientZone, numbered } from './canned-database.ts'

async function connectTo(results: Readonly<Record<string, CannedResult>>) {
  const oracle = await startOracle({ database: new CannedDatabase(results) })
  const connection = await oracledb.getConnection(oracle)
  return {
    oracle,
    connection,
    async [Symbol.asyncDispose]() {
      await connection.close()
      await oracle[Symbol.asyncDispose]()
    },
  }
}

const SQL = 'SELECT v FROM t'

async function roundTrip(
  type: OracleType,
  values: readonly OracleValue[],
  options: oracledb.ExecuteOptions = {},
) {
  await using session = await connectTo({
    [SQL]: { columns: { V: type }, rows: () => values.map((value) => [value]) },
  })
  const { rows } = await session.connection.execute<unknown[]>(SQL, [], options)
  expect(session.oracle.defects()).toEqual([])
  return (rows ?? []).map(([value]) => value)
}

const asText = { fetchInfo: { V: { type: oracledb.STRING } } }

/** As the driver writes a number as text: without a leading zero. */
function driverText(value: string): string {
  return value.replace(/^(-?)0\./, '$1.')
}

const numbers = fc
  .tuple(fc.boolean(), fc.stringMatching(/^[1-9]\d{0,37}$/), fc.integer({ min: -120, max: 80 }))
  .map(([isNegative, digits, shift]) => {
    const point = digits.length + shift
    const whole = point <= 0 ? '0' : digits.slice(0, point).padEnd(point, '0')
    const fraction = (point <= 0 ? '0'.repeat(-point) + digits : digits.slice(point)).replace(/0+$/, '')
    return `${isNegative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
  })

test('any number of 38 digits goes to its bytes and back', () => {
  fc.assert(
    fc.property(numbers, (value) => {
      const out = new WireWriter(4)
      writeNumber(out, value)
      expect(numberText(new WireReader(out.written()).bytes() ?? Buffer.alloc(0))).toBe(value)
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  ['1', 'c102'],
  ['-1', '3e6466'],
  ['0', '80'],
  ['0.01', 'c002'],
  ['100', 'c202'],
  ['1234.56', 'c20d2339'],
  ['-1234.56', '3d59432d66'],
  ['0.001', 'bf0b'],
  [`-${'9'.repeat(38)}`, `2c${'02'.repeat(19)}66`],
  [`-${'9'.repeat(40)}`, `2b${'02'.repeat(20)}`],
])('NUMBER %s has the bytes that Oracle documents', (value, hex) => {
  const out = new WireWriter()
  writeNumber(out, value)
  expect(out.written().subarray(1).toString('hex')).toBe(hex)
})

test('numbers keep all their digits', async () => {
  const values = [
    '0',
    '1',
    '-1',
    '0.5',
    '-0.01',
    '10',
    '100',
    '-100',
    '1234567890123456.78',
    '99999999999999999999999999999999999999',
    '-99999999999999999999999999999999999999',
    '0.00000000000000000000000000000000000001',
    '1234567890123456789012345678901234567890',
    `1${'0'.repeat(125)}`,
    null,
  ] // prettier-ignore
  expect(await roundTrip({ name: 'NUMBER' }, values, asText)).toEqual(
    values.map((value) => (value === null ? null : driverText(value))),
  )
  const random = fc.sample(numbers, 500)
  expect(await roundTrip({ name: 'NUMBER' }, random, asText)).toEqual(random.map(driverText))
})

test('a number that Oracle cannot hold is a defect, not another number', async () => {
  await expect(roundTrip({ name: 'NUMBER' }, ['1'.repeat(42)], asText)).rejects.toThrow('ORA-03120')
  await expect(roundTrip({ name: 'NUMBER' }, [`1${'0'.repeat(127)}`], asText)).rejects.toThrow('ORA-03120')
})

test('text arrives as it is, whatever its length and script', async () => {
  const texts = [
    'a',
    'ไทย ภาษา',
    'niño',
    '😀'.repeat(30),
    'x'.repeat(252),
    'x'.repeat(253),
    'é'.repeat(126),
    'é'.repeat(127),
    '<50 acres',
    'y'.repeat(4000),
    ' ',
    null,
  ] // prettier-ignore
  for (const name of ['VARCHAR2', 'NVARCHAR2', 'CHAR', 'NCHAR'] as const) {
    expect(await roundTrip({ name, size: 4000 }, texts)).toEqual(texts)
  }
})

test('any text survives', async () => {
  const texts = fc.sample(fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }), 300)
  expect(await roundTrip({ name: 'VARCHAR2', size: 4000 }, texts)).toEqual(texts)
  expect(await roundTrip({ name: 'NVARCHAR2', size: 2000 }, texts)).toEqual(texts)
  expect(await roundTrip({ name: 'CLOB' }, texts, asText)).toEqual(texts)
})

test('dates have their fields in the client, in its own zone', async () => {
  const local = (...fields: [number, number, number, number, number, number, number?]) => new Date(...fields)
  expect(
    await roundTrip({ name: 'DATE' }, [
      '2026-01-02T03:04:05',
      '1999-12-31T23:59:59',
      '9999-12-31T00:00:00',
      null,
    ]),
  ).toEqual([local(2026, 0, 2, 3, 4, 5), local(1999, 11, 31, 23, 59, 59), local(9999, 11, 31, 0, 0, 0), null])
  expect(
    await roundTrip({ name: 'TIMESTAMP', fractionalDigits: 6 }, [
      '2026-01-02T03:04:05.678901000',
      '2026-01-02T03:04:05.000000000',
    ]),
  ).toEqual([local(2026, 0, 2, 3, 4, 5, 678), local(2026, 0, 2, 3, 4, 5)])
})

test('an instant with a time zone is the same instant in the client', async () => {
  expect(
    await roundTrip({ name: 'TIMESTAMP WITH TIME ZONE', fractionalDigits: 9 }, [
      '2026-01-02T03:04:05.120000000Z+05:30',
      '2026-07-02T23:59:59.000000000Z-05:00',
      null,
    ]),
  ).toEqual([new Date('2026-01-02T03:04:05.120Z'), new Date('2026-07-02T23:59:59Z'), null])
})

test('bytes and floating point numbers arrive exactly', async () => {
  expect(await roundTrip({ name: 'RAW', size: 300 }, ['00ff', 'ab'.repeat(300), null])).toEqual([
    Buffer.from([0, 255]),
    Buffer.alloc(300, 0xab),
    null,
  ])
  const doubles = [
    0,
    1,
    -1,
    0.1,
    -0.1,
    Number.MAX_VALUE,
    Number.MIN_VALUE,
    -Number.MAX_VALUE,
    Number.POSITIVE_INFINITY,
  ]
  expect(await roundTrip({ name: 'BINARY_DOUBLE' }, [...doubles.map(String), 'NaN', null])).toEqual([
    ...doubles,
    Number.NaN,
    null,
  ])
  const floats = [0, 1.5, -1.5, Math.fround(0.1), Math.fround(-3.4e38)]
  expect(await roundTrip({ name: 'BINARY_FLOAT' }, [...floats.map(String), null])).toEqual([...floats, null])
})

const documents = ['short', 'x'.repeat(100_000), 'ไทย😀', null, 'z'.repeat(8132), 'short']

test('a CLOB comes as text when the client defines it so', async () => {
  expect(await roundTrip({ name: 'CLOB' }, documents, asText)).toEqual(documents)
  expect(await roundTrip({ name: 'CLOB' }, documents, { ...asText, fetchArraySize: 1 })).toEqual(documents)
})

test('a CLOB comes as a locator that is read piece by piece', async () => {
  await using session = await connectTo({
    [SQL]: { columns: { V: { name: 'CLOB' } }, rows: () => documents.map((value) => [value]) },
  })
  for (let run = 0; run < 2; run++) {
    const { rows } = await session.connection.execute<[oracledb.Lob | null]>(SQL)
    const read: unknown[] = []
    for (const [lob] of rows ?? []) read.push(lob === null ? null : await lob.getData())
    expect(read).toEqual(documents)
    expect(rows?.map(([lob]) => lob?.length)).toEqual(documents.map((value) => value?.length))
    let streamed = ''
    const large = rows?.[1]?.[0]
    large?.setEncoding('utf8')
    for await (const piece of large ?? []) streamed += piece
    expect(streamed).toBe(documents[1])
  }
})

test('a BLOB comes as a buffer or as a locator', async () => {
  const blobs = ['00ff', 'cd'.repeat(50_000), null]
  const buffers = blobs.map((value) => (value === null ? null : Buffer.from(value, 'hex')))
  expect(await roundTrip({ name: 'BLOB' }, blobs, { fetchInfo: { V: { type: oracledb.BUFFER } } })).toEqual(
    buffers,
  )

  await using session = await connectTo({
    [SQL]: { columns: { V: { name: 'BLOB' } }, rows: () => blobs.map((value) => [value]) },
  })
  const { rows } = await session.connection.execute<[oracledb.Lob | null]>(SQL)
  const read: unknown[] = []
  for (const [lob] of rows ?? []) {
    read.push(lob === null ? null : await lob.getData())
    lob?.destroy()
  }
  expect(read).toEqual(buffers)
  await session.connection.ping()
  expect(session.oracle.defects()).toEqual([])
})

test('large objects stand beside other columns in many fetches', async () => {
  const columns: Record<string, OracleType> = {
    ID: { name: 'NUMBER' },
    SCOPE: { name: 'CLOB' },
    KIND: { name: 'VARCHAR2', size: 10 },
  }
  const row = (index: number): OracleValue[] => [
    String(index),
    index % 3 === 0 ? null : `scope ${index % 4} `.repeat(100),
    'same',
  ]
  await using session = await connectTo({ [SQL]: { columns, rows: () => numbered(50, row) } })
  const options = { fetchInfo: { SCOPE: { type: oracledb.STRING } }, fetchArraySize: 7 }
  for (let run = 0; run < 2; run++) {
    const { rows } = await session.connection.execute<unknown[]>(SQL, [], options)
    expect(rows).toEqual(Array.from({ length: 50 }, (_, index) => [index, ...row(index).slice(1)]))
  }
})

test('binds of every default type arrive as the value they are', async () => {
  const sql = 'SELECT v FROM t WHERE a IN (:a, :b, :c, :d, :e, :f, :g, :a)'
  const received: unknown[] = []
  await using session = await connectTo({
    [sql]: {
      columns: { V: { name: 'NUMBER' } },
      rows: (binds) => {
        received.push(...binds.map(({ type, value }) => [type.name, value]))
        return []
      },
    },
  })
  const date = new Date(2026, 2, 4, 5, 6, 7, 89)
  await session.connection.execute(sql, {
    a: 'ไทย',
    b: 1234.5,
    c: date,
    d: Buffer.from('ff00', 'hex'),
    e: null,
    f: -0.001,
    g: new Date(2026, 2, 4, 5, 6, 7),
  })
  expect(received).toEqual([
    ['VARCHAR2', 'ไทย'],
    ['NUMBER', '1234.5'],
    ['TIMESTAMP', '2026-03-04T05:06:07.089000000'],
    ['RAW', 'ff00'],
    ['VARCHAR2', null],
    ['NUMBER', '-0.001'],
    ['TIMESTAMP', '2026-03-04T05:06:07.000000000'],
    ['VARCHAR2', 'ไทย'],
  ])
})

test('binds of declared types arrive as the value they are', async () => {
  const sql = 'INSERT INTO t VALUES (:a, :b, :c, :d, :e, :f, :g, :h)'
  const received: unknown[] = []
  await using session = await connectTo({
    [sql]: {
      rowsAffected: (binds) => {
        received.push(...binds.map(({ type, value }) => [type.name, value]))
        return 1
      },
    },
  })
  const local = new Date(2026, 2, 4, 5, 6, 7, 89)
  await session.connection.execute(sql, [
    { type: oracledb.DB_TYPE_DATE, val: local },
    { type: oracledb.DB_TYPE_TIMESTAMP, val: local },
    { type: oracledb.DB_TYPE_TIMESTAMP_TZ, val: new Date('2026-03-04T05:06:07.5Z') },
    { type: oracledb.DB_TYPE_BINARY_DOUBLE, val: -0.1 },
    { type: oracledb.DB_TYPE_CLOB, val: 'c'.repeat(40_000) },
    { type: oracledb.DB_TYPE_NVARCHAR, val: 'ไทย' },
    'v'.repeat(33_000),
    { type: oracledb.DB_TYPE_TIMESTAMP_LTZ, val: new Date('2026-03-04T05:06:07.089Z') },
  ])
  expect(received).toEqual([
    ['DATE', '2026-03-04T05:06:07'],
    ['TIMESTAMP', '2026-03-04T05:06:07.089000000'],
    ['TIMESTAMP WITH TIME ZONE', '2026-03-04T05:06:07.500000000Z+00:00'],
    ['BINARY_DOUBLE', '-0.1'],
    ['CLOB', 'c'.repeat(40_000)],
    ['NVARCHAR2', 'ไทย'],
    ['CLOB', 'v'.repeat(33_000)],
    ['TIMESTAMP WITH TIME ZONE', `2026-03-04T05:06:07.089000000Z${clientZone()}`],
  ])
  expect(session.oracle.defects()).toEqual([])
})

test('a converter in the client sees every value, also those that repeat', async () => {
  const columns: Record<string, OracleType> = { N: { name: 'NUMBER' }, S: { name: 'VARCHAR2', size: 9 } }
  await using session = await connectTo({ [SQL]: { columns, rows: () => numbered(20, () => ['7', 'same']) } })
  const { rows } = await session.connection.execute<unknown[]>(SQL, [], {
    fetchArraySize: 6,
    prefetchRows: 6,
    fetchTypeHandler: () => ({ converter: (value: unknown) => `<${value}>` }),
  })
  expect(rows).toEqual(Array.from({ length: 20 }, () => ['<7>', '<same>']))
})
