import oracledb from 'oracledb'
import { expect, test } from 'vitest'
import { dataPackets, splitDataPackets } from '../src/oracle/tns-packets.ts'
import { OracleError } from '../src/oracle/values.ts'
import { type CannedResult, numbered } from './canned-database.ts'
import { BIG, bigTable, NUMBER, rowOf, startCanned, TEXT } from './canned-oracle.ts'

for (const rowCompression of [true, false]) {
  const name = rowCompression ? 'with row compression' : 'without row compression'

  test.each([0, 1, 2, 99, 100, 101, 1000])(`a query of %i rows arrives whole ${name}`, async (rowCount) => {
    await using oracle = await startCanned(bigTable(rowCount), { rowCompression })
    await using connection = await oracle.connect()
    for (const [prefetchRows, fetchArraySize] of [
      [2, 100],
      [0, 100],
      [100, 100],
      [7, 3],
      [1000, 1000],
    ] as const) {
      const { rows } = await connection.execute(BIG, [], { prefetchRows, fetchArraySize })
      expect(rows).toEqual(Array.from({ length: rowCount }, (_, index) => [index, ...rowOf(index).slice(1)]))
    }
    expect(oracle.defects()).toEqual([])
  })

  test(`a result set gives exactly as many rows as each call asks for ${name}`, async () => {
    await using oracle = await startCanned(bigTable(250), { rowCompression })
    await using connection = await oracle.connect()
    const options = { resultSet: true, fetchArraySize: 64, prefetchRows: 10 }
    await using resultSet = (await connection.execute<unknown[]>(BIG, [], options)).resultSet
    const sizes: number[] = []
    const all: unknown[][] = []
    for (const count of [1, 30, 100, 3, 64, 64]) {
      const rows = (await resultSet?.getRows(count)) ?? []
      sizes.push(rows.length)
      all.push(...rows)
    }
    expect(sizes).toEqual([1, 30, 100, 3, 64, 52])
    expect(all.map(([, kind]) => kind)).toEqual(Array.from({ length: 250 }, (_, index) => rowOf(index)[1]))
  })
}

test('rows that are encoded ahead are neither lost nor repeated, whatever is fetched next', async () => {
  await using oracle = await startCanned(bigTable(5_000))
  await using connection = await oracle.connect()
  const options = { resultSet: true, fetchArraySize: 100, prefetchRows: 100 }
  for (let run = 0; run < 2; run++) {
    await using resultSet = (await connection.execute<unknown[]>(BIG, [], options)).resultSet
    const all: unknown[] = []
    for (const count of [100, 100, 700, 700, 1, 250, 250, 2, 900, 900, 900, 900]) {
      all.push(...((await resultSet?.getRows(count)) ?? []))
      await new Promise(setImmediate)
    }
    expect(all).toEqual(Array.from({ length: 5_000 }, (_, index) => [index, ...rowOf(index).slice(1)]))
  }
})

test('an error of a row that is encoded ahead comes when that row is asked for', async () => {
  const sql = 'SELECT n FROM failing'
  const rows = function* () {
    yield* numbered(25, (index) => [String(index)])
    throw new OracleError(1722, 'invalid number')
  }
  await using oracle = await startCanned({ [sql]: { columns: { N: NUMBER }, rows } })
  await using connection = await oracle.connect()
  const options = { resultSet: true, fetchArraySize: 10, prefetchRows: 10 }
  await using resultSet = (await connection.execute(sql, [], options)).resultSet
  for (let fetched = 0; fetched < 2; fetched++) {
    expect(await resultSet?.getRows(10)).toHaveLength(10)
    await new Promise(setImmediate)
  }
  await expect(resultSet?.getRows(10)).rejects.toMatchObject({ errorNum: 1722 })
})

test.each([1, 7, 8, 9, 16, 17])('row compression works with %i columns', async (columnCount) => {
  const sql = 'SELECT wide FROM t'
  const columns = Object.fromEntries(Array.from({ length: columnCount }, (_, column) => [`C${column}`, TEXT]))
  const row = (index: number) =>
    Array.from({ length: columnCount }, (_, column) => `${index >> (column % 4)}`)
  await using oracle = await startCanned({ [sql]: { columns, rows: () => numbered(64, row) } })
  await using connection = await oracle.connect()
  const { rows } = await connection.execute(sql, [], { fetchArraySize: 10 })
  expect(rows).toEqual(Array.from({ length: 64 }, (_, index) => row(index)))
})

test('row compression leaves out what the row before held', async () => {
  const sent = async (rowCompression: boolean) => {
    let bytes = 0
    await using oracle = await startCanned(bigTable(1000), { rowCompression })
    await using connection = await oracle.connect()
    await connection.execute(BIG, [], { fetchArraySize: 1000 })
    bytes += oracle.bytesSent()
    return bytes
  }
  expect(await sent(true)).toBeLessThan((await sent(false)) * 0.6)
})

test('the wire works with small and large data units', async () => {
  const long = `SELECT n, kind, note FROM big /* ${'x'.repeat(20_000)} */`
  const results = { ...bigTable(500), [long]: bigTable(500)[BIG] ?? {} }
  await using oracle = await startCanned(results)
  for (const sdu of [512, 1000, 8192, 65_535, 524_288]) {
    const { user, password } = oracle
    const connectString = `${oracle.connectString}?sdu=${sdu}`
    await using connection = await oracledb.getConnection({ connectString, user, password })
    expect((await connection.execute(long, [], { fetchArraySize: 500 })).rows).toHaveLength(500)
  }
})

test('no packet is larger than the data unit', () => {
  const payload = Buffer.from(Array.from({ length: 2_500 }, (_, index) => index & 0xff))
  const packets = splitDataPackets(dataPackets(payload, 512))
  expect(packets.map(({ length }) => length)).toEqual([512, 512, 512, 512, 502])
  expect(Buffer.concat(packets.map((packet) => packet.subarray(10)))).toEqual(payload)
})

test('a statement that runs again uses its cursor and starts at the first row', async () => {
  await using oracle = await startCanned(bigTable(5))
  await using connection = await oracle.connect()
  for (const prefetchRows of [2, 2, 0, 2]) {
    const { rows } = await connection.execute(BIG, [], { prefetchRows })
    expect(rows).toHaveLength(5)
  }
  expect(oracle.log.filter((entry) => entry === `parse ${BIG}`)).toHaveLength(1)
  expect(oracle.log.filter((entry) => entry === `execute ${BIG} []`)).toHaveLength(4)
})

test('a cached cursor runs with new binds, and with binds of another type', async () => {
  const sql = 'SELECT echo FROM binds WHERE a = :a'
  const rows: CannedResult['rows'] = (binds) => [[binds[0]?.value ?? null]]
  await using oracle = await startCanned({ [sql]: { columns: { ECHO: TEXT }, rows } })
  await using connection = await oracle.connect()
  const echoes: unknown[] = []
  for (const a of ['one', 'two', 3, null, 'a much longer text than the first one']) {
    echoes.push((await connection.execute<unknown[]>(sql, { a })).rows?.[0]?.[0])
  }
  expect(echoes).toEqual(['one', 'two', '3', null, 'a much longer text than the first one'])
})

test('a result set that is left early gives its cursor back', async () => {
  await using oracle = await startCanned(bigTable(1000))
  await using connection = await oracle.connect()
  const { resultSet } = await connection.execute(BIG, [], { resultSet: true })
  await resultSet?.getRow()
  await resultSet?.close()
  expect((await connection.execute(BIG)).rows).toHaveLength(1000)
})

test('cursors that the client closes are closed, and too many are ORA-01000', async () => {
  const results = Object.fromEntries(
    Array.from({ length: 8 }, (_, index) => [
      `SELECT n FROM t${index}`,
      { columns: { N: NUMBER }, rows: () => [['1']] },
    ]),
  )
  await using oracle = await startCanned(results, { maxOpenCursors: 4 })
  const { connectString, user, password } = oracle
  await using connection = await oracledb.getConnection({ connectString, user, password, stmtCacheSize: 2 })
  for (const sql of Object.keys(results)) await connection.execute(sql)
  await connection.ping()
  expect(oracle.sessions()[0]?.openCursors).toBe(2)

  const open = Object.keys(results).map(
    (sql) => () => connection.execute(sql, [], { resultSet: true, prefetchRows: 0 }),
  )
  const sets: (oracledb.ResultSet<unknown> | undefined)[] = []
  await expect(
    (async () => {
      for (const execute of open) sets.push((await execute()).resultSet)
    })(),
  ).rejects.toThrow('ORA-01000')
  for (const set of sets) await set?.close()
})

test('a statement that fails when it first runs leaves no cursor open', async () => {
  const failing = () => {
    throw new OracleError(1476, 'divisor is equal to zero')
  }
  const results = Object.fromEntries(
    Array.from({ length: 8 }, (_, index) => [
      `SELECT n FROM t${index}`,
      { columns: { N: NUMBER }, rows: failing },
    ]),
  )
  await using oracle = await startCanned(results, { maxOpenCursors: 4 })
  await using connection = await oracle.connect()
  for (const sql of Object.keys(results)) await expect(connection.execute(sql)).rejects.toThrow('ORA-01476')
  expect(oracle.sessions()[0]?.openCursors).toBe(0)
})

test('a failure of the database behind the wire is an error of the call and is kept', async () => {
  const failing = () => {
    throw new TypeError('broken engine')
  }
  await using oracle = await startCanned({
    ...bigTable(3),
    'SELECT x FROM t': { columns: { X: NUMBER }, rows: failing },
  })
  await using connection = await oracle.connect()
  await expect(connection.execute('SELECT x FROM t')).rejects.toThrow(
    'ORA-03120: defect or gap of the sandbox: TypeError: broken engine',
  )
  expect((await connection.execute(BIG)).rows).toHaveLength(3)
  expect(oracle.defects()).toEqual([expect.stringContaining('broken engine')])
})
