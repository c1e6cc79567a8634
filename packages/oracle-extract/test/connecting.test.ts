import { once } from 'node:events'
import { createServer } from 'node:net'
import { createOracleDatabase, startOracle } from '@findata/sandbox'
import { expect, test, vi } from 'vitest'
import { createOracleExtractor, openOraclePool } from '../src/index.ts'
import { IMPATIENT, openTestOracle, USER } from './support/open-oracle.ts'

const signal = new AbortController().signal

test('A2: a wrong password is tried exactly once, whatever the retries', async () => {
  await using oracle = await openTestOracle(1)
  await using pool = oracle.openPool({ password: 'wrong', retry: { attempts: 5, firstDelayMs: 0 } })
  await expect(pool.openSession({ signal })).rejects.toMatchObject({
    name: 'TerminalError',
    code: 'ORACLE_LOGIN_REFUSED',
    message: expect.stringMatching(
      /^Connecting to Oracle as FINANCE failed: .*ORA-01017.*Correct ORACLE_USER/s,
    ),
  })
  expect(oracle.server.failedLogons()).toEqual({ [USER]: 1 })
})

test('A2: the password is in no error', async () => {
  await using oracle = await openTestOracle(1)
  await using pool = oracle.openPool({ password: 'tr0ub4dor' })
  const error: unknown = await pool.openSession({ signal }).catch((cause: unknown) => cause)
  const { inspect } = await import('node:util')
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('tr0ub4dor')
})

test('A11: a database that is starting is tried again until it lets in', async () => {
  await using oracle = await openTestOracle(1)
  oracle.server.faults.arm({
    kind: 'fail-logon',
    code: 1033,
    text: 'ORACLE initialization in progress',
    times: 2,
  })
  await using pool = oracle.openPool({ retry: { attempts: 3, firstDelayMs: 0 } })
  await using session = await pool.openSession({ signal })
  expect(session.isLost).toBe(false)
})

test('A11: a listener that never gets free is given up after the attempts asked for', async () => {
  await using oracle = await openTestOracle(1)
  oracle.server.faults.arm({ kind: 'refuse', code: 12528, times: 9 })
  await using pool = oracle.openPool({ retry: { attempts: 3, firstDelayMs: 0 } })
  await expect(pool.openSession({ signal })).rejects.toMatchObject({
    name: 'TransientError',
    code: 'ORACLE_UNREACHABLE',
    message: expect.stringContaining('ORA-12528'),
    details: { attempts: 3 },
  })
  expect(oracle.server.faults.list()).toMatchObject([{ struck: 3 }])
})

test('a service that the listener does not know is named as such', async () => {
  await using oracle = await openTestOracle(1)
  const connectString = oracle.server.connectString.replace(oracle.server.service, 'NOSUCH')
  await using pool = oracle.openPool({ connectString })
  await expect(pool.openSession({ signal })).rejects.toMatchObject({
    code: 'ORACLE_UNREACHABLE',
    message: expect.stringMatching(/the listener does not know the service.*Check the service/s),
  })
})

test('an address where nothing listens is unreachable', async () => {
  await using oracle = await openTestOracle(1)
  const { connectString } = oracle.server
  await oracle.server[Symbol.asyncDispose]()
  await using pool = oracle.openPool({ connectString })
  await expect(pool.openSession({ signal })).rejects.toMatchObject({
    code: 'ORACLE_UNREACHABLE',
    message: expect.stringMatching(/nothing listens at the address.*Check host and port/s),
  })
})

test('a connect string that cannot be read is a mistake of the settings', async () => {
  await using pool = openOraclePool(
    { user: 'X', password: () => 'x', connectString: '(DESCRIPTION=(' },
    IMPATIENT,
  )
  await expect(pool.openSession({ signal })).rejects.toMatchObject({ code: 'ENVIRONMENT_INVALID' })
})

test('A11: a server that accepts and then says nothing is given up at the deadline, and its socket is closed', async () => {
  const closed = vi.fn()
  const listener = createServer((socket) => socket.on('error', closed).on('close', closed).resume())
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address() as { port: number }
  await using pool = openOraclePool(
    { user: 'X', password: () => 'x', connectString: `127.0.0.1:${address.port}/fin` },
    { connectTimeoutMs: 100, retry: { attempts: 2, firstDelayMs: 0 } },
  )
  await expect(pool.openSession({ signal })).rejects.toMatchObject({
    code: 'ORACLE_UNREACHABLE',
    message: expect.stringContaining('no answer within 0.1 s'),
  })
  await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(2))
  listener.close()
})

test('A11: a logon that is never answered is given up at the deadline, and its socket is closed', async () => {
  await using oracle = await openTestOracle(1)
  oracle.server.faults.arm({ kind: 'never-answer', fromMessage: 4, times: 9 })
  await using pool = oracle.openPool({ connectTimeoutMs: 200 })
  await expect(pool.openSession({ signal })).rejects.toMatchObject({ code: 'ORACLE_UNREACHABLE' })
  await vi.waitFor(() => expect(oracle.server.sessions()).toEqual([]))
})

test('A10: a connect attempt that is cancelled ends at once', async () => {
  await using oracle = await openTestOracle(1)
  oracle.server.faults.arm({ kind: 'never-answer', times: 9 })
  await using pool = oracle.openPool({ connectTimeoutMs: 60_000 })
  const stop = new AbortController()
  const session = pool.openSession({ signal: stop.signal })
  await vi.waitFor(() => expect(oracle.server.messageCount()).toBeGreaterThan(0))
  stop.abort()
  await expect(session).rejects.toMatchObject({ code: 'CANCELLED' })
})

test('the DBA sees module, client id and what is being done', async () => {
  await using oracle = await openTestOracle(9)
  await using pool = oracle.openPool({ module: 's3-cli 1.2.3', clientId: 'run-42' })
  await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
  for await (const _ of snapshot.extract(oracle.things, { batchSize: 4, signal })) {
    expect(oracle.server.sessions().map(({ context }) => context)).toMatchObject([
      { MODULE: 's3-cli 1.2.3', CLIENT_IDENTIFIER: 'run-42', ACTION: 'extract things' },
    ])
  }
})

test('an attempt that failed gives its place in the pool back', async () => {
  await using oracle = await openTestOracle(1)
  await using pool = oracle.openPool({ poolSize: 1, retry: { attempts: 1 } })
  oracle.server.faults.arm({ kind: 'refuse', code: 12528 })
  await expect(pool.openSession({ signal })).rejects.toMatchObject({ code: 'ORACLE_UNREACHABLE' })
  await using session = await pool.openSession({ signal })
  expect(session.isLost).toBe(false)
})

test('waiting for a free connection can be cancelled', async () => {
  await using oracle = await openTestOracle(1)
  await using pool = oracle.openPool({ poolSize: 1 })
  const first = await pool.openSession({ signal })
  const stop = new AbortController()
  const second = pool.openSession({ signal: stop.signal })
  stop.abort()
  await expect(second).rejects.toMatchObject({ code: 'CANCELLED' })
  await first[Symbol.asyncDispose]()
  await using _third = await pool.openSession({ signal })
})

test('A10: closing the pool closes what its users left open', async () => {
  await using oracle = await openTestOracle(1)
  const pool = oracle.openPool()
  await pool.openSession({ signal })
  await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
  expect(oracle.server.sessions()).toHaveLength(2)
  await pool[Symbol.asyncDispose]()
  await vi.waitFor(() => expect(oracle.server.sessions()).toEqual([]))
  await expect(pool.openSession({ signal })).rejects.toMatchObject({ code: 'CANCELLED' })
})

test('a user of mixed case and a password with every kind of character log in', async () => {
  const password = `pä$$"w'@rd/ ;:`
  await using server = await startOracle({ database: createOracleDatabase(), users: { FINANCE: password } })
  await using pool = openOraclePool(
    { user: 'finance', password: () => password, connectString: server.connectString },
    IMPATIENT,
  )
  await using session = await pool.openSession({ signal })
  expect(session.isLost).toBe(false)
})
