import oracledb from 'oracledb'
import { expect, test } from 'vitest'
import { dataPackets, splitDataPackets } from '../src/oracle/tns-packets.ts'
import { OracleError, type OracleType, type OracleValue } from '../src/oracle/values.ts'
import { type OracleServerOptions, startOracle } from '../src/start-oracle.ts'
import { CannedDatabase, type CannedResult, numbered } from './canned-database.ts'

const NUMBER: OracleType = { name: 'NUMBER' }
const TEXT: OracleType = { name: 'VARCHAR2', size: 400 }
const BIG = 'SELECT n, kind, note FROM big'

function rowOf(index: number): OracleValue[] {
  return [String(index), `kind ${Math.floor(index / 7)}`, index % 5 === 0 ? null : 'the same note']
}

function bigTable(rowCount: number): Record<string, CannedResult> {
  return { [BIG]: { columns: { N: NUMBER, KIND: TEXT, NOTE: TEXT }, rows: () => numbered(rowCount, rowOf) } }
}

async function startCanned(
  results: Readonly<Record<string, CannedResult>>,
  options: Partial<OracleServerOptions> = {},
) {
  const database = new CannedDatabase(results)
  const oracle = await startOracle({ database, ...options })
  const { connectString, user, password } = oracle
  return Object.assign(oracle, {
    log: database.log,
    connect: () => oracledb.getConnection({ connectString, user, password }),
  })
}

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

test('describes a statement without running it', async () => {
  const sql = 'SELECT a, b, c, d, e, f, g FROM described WHERE a = :a'
  const columns: Record<string, OracleType> = {
    A: { name: 'NUMBER', precision: 18, scale: 2 },
    B: NUMBER,
    C: { name: 'NUMBER', precision: 10 },
    D: { name: 'VARCHAR2', size: 46 },
    E: { name: 'TIMESTAMP', fractionalDigits: 6 },
    F: { name: 'RAW', size: 16 },
    G: { name: 'CLOB' },
  }
  await using oracle = await startCanned({
    [sql]: { columns, rows: () => [['1', '2', '3', 'd', null, null, 'g']] },
  })
  await using connection = await oracle.connect()
  const { metaData, bindNames } = await connection.getStatementInfo(sql)
  expect(bindNames).toEqual(['A'])
  expect(
    metaData?.map(({ name, dbTypeName, precision, scale, byteSize }) => [
      name,
      dbTypeName,
      precision,
      scale,
      byteSize,
    ]),
  ).toEqual([
    ['A', 'NUMBER', 18, 2, undefined],
    ['B', 'NUMBER', 0, -127, undefined],
    ['C', 'NUMBER', 10, 0, undefined],
    ['D', 'VARCHAR2', undefined, undefined, 46],
    ['E', 'TIMESTAMP', 6, undefined, undefined],
    ['F', 'RAW', undefined, undefined, 16],
    ['G', 'CLOB', undefined, undefined, undefined],
  ])
  expect(oracle.log.some((entry) => entry.startsWith(`execute ${sql}`))).toBe(false)

  // The client then runs the same cursor although it has not yet sent a bind on it.
  const { rows } = await connection.execute<unknown[]>(
    sql,
    { a: 1 },
    { fetchInfo: { G: { type: oracledb.STRING } } },
  )
  expect(rows).toEqual([[1, 2, 3, 'd', null, null, 'g']])
})

test('errors carry their number, their text and their position', async () => {
  await using oracle = await startCanned(bigTable(5))
  await using connection = await oracle.connect()
  const sql = 'SELECT n FROM missing'
  await expect(connection.execute(sql)).rejects.toMatchObject({
    errorNum: 942,
    message: expect.stringContaining('ORA-00942: table or view does not exist'),
    offset: sql.indexOf('missing'),
  })
  expect((await connection.execute(BIG)).rows).toHaveLength(5)
})

test('changes report their row counts and leave a transaction open until commit or rollback', async () => {
  const update = 'UPDATE t SET a = :a WHERE b = :b'
  await using oracle = await startCanned({ [update]: { rowsAffected: (binds) => Number(binds[1]?.value) } })
  await using connection = await oracle.connect()
  expect(await connection.execute(update, ['x', 3])).toMatchObject({ rowsAffected: 3 })
  expect(connection.transactionInProgress).toBe(true)
  await connection.commit()
  expect(connection.transactionInProgress).toBe(false)
  expect(await connection.execute(update, ['y', 1])).toMatchObject({ rowsAffected: 1 })
  await connection.rollback()
  expect(connection.transactionInProgress).toBe(false)
  await connection.execute(update, ['z', 2], { autoCommit: true })
  expect(connection.transactionInProgress).toBe(false)
  const many = await connection.executeMany(update, [
    ['a', 1],
    ['b', 20],
    ['c', 300],
  ]) // prettier-ignore
  expect(many.rowsAffected).toBe(321)
  expect(oracle.log.filter((entry) => /commit|rollback/.test(entry))).toEqual([
    'commit',
    'rollback',
    'commit',
  ])
})

test('a connection that ends in a transaction is rolled back', async () => {
  const update = 'UPDATE t SET a = 1'
  await using oracle = await startCanned({ [update]: { rowsAffected: () => 1 } })
  {
    await using connection = await oracle.connect()
    await connection.execute(update)
  }
  expect(oracle.log.slice(-3)).toEqual(['rollback', 'rollback', 'close'])
})

test('what is not imitated is refused by name', async () => {
  const update = 'UPDATE t SET a = :a'
  await using oracle = await startCanned({ [update]: { rowsAffected: () => 1 } })
  await using connection = await oracle.connect()
  await expect(connection.executeMany(update, [['x']], { batchErrors: true })).rejects.toThrow(
    'ORA-03115: the sandbox does not imitate batch errors',
  )
  await expect(connection.executeMany(update, [['x']], { dmlRowCounts: true })).rejects.toThrow('ORA-03115')
  await expect(connection.execute(update, [{ type: oracledb.DB_TYPE_BOOLEAN, val: true }])).rejects.toThrow(
    'ORA-03115: the sandbox does not imitate binds of data type 252',
  )
  await connection.ping()
  expect(await connection.execute(update, ['x'])).toMatchObject({ rowsAffected: 1 })
})

test('the session shows what its client says of itself', async () => {
  await using oracle = await startCanned(bigTable(1))
  await using connection = await oracle.connect()
  connection.module = 'findata'
  connection.action = 'extract task_orders'
  connection.clientId = 'run 42'
  connection.clientInfo = 'Žluťoučký'
  await connection.ping()
  expect(oracle.sessions()).toMatchObject([
    {
      user: 'FINDATA',
      openCursors: 0,
      isInTransaction: false,
      context: {
        MODULE: 'findata',
        ACTION: 'extract task_orders',
        CLIENT_IDENTIFIER: 'run 42',
        CLIENT_INFO: 'Žluťoučký',
        CLIENT_DRIVER: expect.stringContaining('node-oracledb'),
        SESSION_USER: 'FINDATA',
        SERVICE_NAME: 'SANDBOX',
        HOST: expect.any(String),
      },
    },
  ])
  connection.action = ''
  await connection.ping()
  expect(oracle.sessions()[0]?.context).not.toHaveProperty('ACTION')
})

test('application contexts and the current schema arrive before the call they ride on', async () => {
  const results = { ...bigTable(1), 'ALTER SESSION SET CURRENT_SCHEMA = FINANCE': {} }
  await using oracle = await startCanned(results)
  await using connection = await oracle.connect()
  connection.appContext('CLIENTCONTEXT', [{ region: 'south' }])
  connection.currentSchema = 'FINANCE'
  await connection.execute(BIG)
  expect(oracle.sessions()[0]?.context).toMatchObject({ 'CLIENTCONTEXT.region': 'south' })
  expect(oracle.log).toContain('parse ALTER SESSION SET CURRENT_SCHEMA = FINANCE')

  connection.currentSchema = 'NOWHERE'
  await expect(connection.execute(BIG)).rejects.toThrow('ORA-00942')
})

test('a pool holds several sessions at once', async () => {
  await using oracle = await startCanned(bigTable(300))
  const { connectString, user, password } = oracle
  const pool = await oracledb.createPool({ connectString, user, password, poolMin: 3, poolMax: 4 })
  try {
    const connections = await Promise.all([1, 2, 3, 4].map(() => pool.getConnection()))
    const results = await Promise.all(connections.map((connection) => connection.execute(BIG)))
    expect(results.map(({ rows }) => rows?.length)).toEqual([300, 300, 300, 300])
    expect(new Set(oracle.sessions().map(({ sid }) => sid)).size).toBe(4)
    await Promise.all(connections.map((connection) => connection.close()))
  } finally {
    await pool.close(0)
  }
  expect(oracle.defects()).toEqual([])
})

test('statements are recorded with binds, rows and errors', async () => {
  const sql = 'SELECT n FROM t WHERE a = :a'
  await using oracle = await startCanned({
    [sql]: { columns: { N: NUMBER }, rows: () => numbered(150, (index) => [String(index)]) },
  })
  await using connection = await oracle.connect()
  await connection.execute(sql, ['x'])
  expect(oracle.statements()).toEqual([
    { sid: 1, user: 'FINDATA', sql, binds: ['x'], rows: 150, error: undefined },
  ])
})

test('messages are counted per connection and in all', async () => {
  await using oracle = await startCanned(bigTable(1))
  await using first = await oracle.connect()
  const afterLogon = oracle.messageCount()
  await first.ping()
  await using second = await oracle.connect()
  await second.ping()
  // CONNECT, protocol, data types and two of authentication.
  expect(afterLogon).toBe(5)
  expect(oracle.messageCount()).toBe(12)
  expect(oracle.sessions().map(({ messages }) => messages)).toEqual([6, 6])
})
