import oracledb from 'oracledb'
import { expect, test } from 'vitest'
import { type OracleServer, type OracleServerOptions, startOracle } from '../src/start-oracle.ts'
import { CannedDatabase, numbered } from './canned-database.ts'

const SQL = 'SELECT n FROM t'
const LOST = { code: 'NJS-500' }

async function start(options: Partial<OracleServerOptions> = {}) {
  const rows = () => numbered(50, (index) => [String(index)])
  const database = new CannedDatabase({ [SQL]: { columns: { N: { name: 'NUMBER' } }, rows } })
  return Object.assign(await startOracle({ database, ...options }), { log: database.log })
}

function connect({ connectString, user, password }: OracleServer): Promise<oracledb.Connection> {
  return oracledb.getConnection({ connectString, user, password })
}

test.each([
  ['killed', /ORA-00028: your session has been killed/],
  ['idle', /ORA-02396: exceeded maximum idle time/],
] as const)(
  'a session that ends as %s is closed at once and says so to the next call',
  async (ending, words) => {
    await using oracle = await start()
    await using connection = await connect(oracle)
    await using other = await connect(oracle)
    oracle.endSessions(ending, oracle.sessions()[0]?.sid)
    expect(oracle.sessions()).toHaveLength(1)
    expect(oracle.log.slice(-2)).toEqual(['rollback', 'close'])
    await expect(connection.execute(SQL)).rejects.toMatchObject({
      ...LOST,
      message: expect.stringMatching(words),
    })
    expect((await other.execute(SQL)).rows).toHaveLength(50)
    expect(oracle.defects()).toEqual([])
  },
)

test('a session that is killed in a call fails that call, also from another process', async () => {
  await using oracle = await start()
  oracle.faults.arm({ kind: 'never-answer', statement: SQL })
  await using connection = await connect(oracle)
  const query = connection.execute(SQL)
  query.catch(() => undefined)
  await expect.poll(() => oracle.statements().length, { interval: 5 }).toBe(1)
  const body = JSON.stringify({ ending: 'killed' })
  const { status } = await fetch(`${oracle.controlUrl}/sessions/end`, { method: 'POST', body })
  expect(status).toBe(200)
  await expect(query).rejects.toMatchObject({ ...LOST, message: expect.stringContaining('ORA-00028') })
  expect(oracle.sessions()).toEqual([])
})

test('cursors of a session that was killed between two fetches are gone', async () => {
  await using oracle = await start()
  await using connection = await connect(oracle)
  const options = { resultSet: true, prefetchRows: 10, fetchArraySize: 10 }
  const { resultSet } = await connection.execute(SQL, [], options)
  expect(await resultSet?.getRows(10)).toHaveLength(10)
  oracle.endSessions('killed')
  await expect(resultSet?.getRows(10)).rejects.toMatchObject({
    message: expect.stringContaining('ORA-00028'),
  })
})

test('a user has no more sessions than its profile allows', async () => {
  await using oracle = await start({ sessionsPerUser: 2 })
  const first = await connect(oracle)
  await using _second = await connect(oracle)
  await expect(connect(oracle)).rejects.toMatchObject({ errorNum: 2391 })
  await first.close()
  await using _third = await connect(oracle)
  oracle.dropConnections()
  await using _fourth = await connect(oracle)
  expect(oracle.failedLogons()).toEqual({})
})

test('a password that expires soon lets in with a warning, one that has expired does not', async () => {
  await using oracle = await start()
  await using before = await connect(oracle)
  expect(before.warning).toBeUndefined()
  oracle.accounts.expirePassword(oracle.user, 7)
  await using warned = await connect(oracle)
  expect(warned.warning).toMatchObject({
    errorNum: 28002,
    message: expect.stringContaining('ORA-28002: the password will expire within 7 days'),
  })
  expect((await warned.execute(SQL)).rows).toHaveLength(50)
  oracle.accounts.expirePassword(oracle.user)
  await expect(connect(oracle)).rejects.toMatchObject({ errorNum: 28001 })
  oracle.accounts.setPassword(oracle.user, oracle.password)
  await using _after = await connect(oracle)
  expect(oracle.failedLogons()).toEqual({})
})

test('fifty sessions are open and read at once', async () => {
  await using oracle = await start()
  const connections = await Promise.all(Array.from({ length: 50 }, () => connect(oracle)))
  expect(new Set(oracle.sessions().map(({ sid }) => sid)).size).toBe(50)
  const results = await Promise.all(connections.map((connection) => connection.execute(SQL)))
  expect(results.every(({ rows }) => rows?.length === 50)).toBe(true)
  await Promise.all(connections.map((connection) => connection.close()))
  await expect.poll(() => oracle.sessions()).toEqual([])
})
