import oracledb from 'oracledb'
import { expect, test } from 'vitest'
import type { OracleType } from '../src/oracle/values.ts'
import { numbered } from './canned-database.ts'
import { BIG, bigTable, NUMBER, startCanned } from './canned-oracle.ts'

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
