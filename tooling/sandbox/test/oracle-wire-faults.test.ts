import { setTimeout as delay } from 'node:timers/promises'
import oracledb from 'oracledb'
import { expect, test } from 'vitest'
import type { OracleControlState } from '../src/oracle/oracle-control.ts'
import { EVERY_ORACLE_FAULT, type OracleFault } from '../src/oracle/oracle-faults.ts'
import type { OracleType } from '../src/oracle/values.ts'
import { type OracleServer, startOracle } from '../src/start-oracle.ts'
import { CannedDatabase, numbered } from './canned-database.ts'

const ROWS = 40
const FETCH = 10
const SQL = 'SELECT n, s FROM t'
const columns: Record<string, OracleType> = { N: { name: 'NUMBER' }, S: { name: 'VARCHAR2', size: 200 } }

function start(): Promise<OracleServer> {
  const rows = () => numbered(ROWS, (index) => [String(index), `text ${index} `.repeat(10)])
  return startOracle({
    database: new CannedDatabase({ [SQL]: { columns, rows }, 'SELECT other FROM t': { columns, rows } }),
  })
}

async function connect(
  { connectString, user, password }: OracleServer,
  callTimeout = 0,
): Promise<oracledb.Connection> {
  const connection = await oracledb.getConnection({ connectString, user, password })
  connection.callTimeout = callTimeout
  return connection
}

/** A whole job: logon, query in several fetches, logoff. */
async function readAll(oracle: OracleServer, callTimeout = 0): Promise<number> {
  await using connection = await connect(oracle, callTimeout)
  const { rows } = await connection.execute(SQL, [], { fetchArraySize: FETCH, prefetchRows: FETCH })
  return rows?.length ?? 0
}

test('a job without faults has as many messages as the matrix below counts on', async () => {
  await using oracle = await start()
  expect(await readAll(oracle)).toBe(ROWS)
  // CONNECT, protocol, types, two for the logon, execute, four fetches, logoff.
  expect(oracle.messageCount()).toBe(11)
})

/** At how many of the eleven messages, if it waits for the n-th, each fault finds something to strike. */
const strikes: Readonly<Record<OracleFault['kind'], number>> = {
  refuse: 1,
  'reset-on-connect': 1,
  'fail-logon': 5,
  'slow-answer': 11,
  'slow-packets': 11,
  'never-answer': 6,
  'cut-before': 11,
  'cut-after': 11,
  'cut-mid-answer': 11,
  'cut-after-answer': 11,
  'cut-after-bytes': 7,
  'cut-after-rows': 10,
  'error-after-rows': 10,
  'error-on-call': 11,
  'ignore-break': 0,
}

test.each(EVERY_ORACLE_FAULT)(
  '$kind at any message ends in all rows or in an error, and the next job works',
  async (fault) => {
    await using oracle = await start()
    const callTimeout = fault.kind === 'never-answer' ? 250 : 0
    let struck = 0
    for (let fromMessage = 1; fromMessage <= 11; fromMessage++) {
      // The driver has no deadline between the connection and the end of the logon: it would wait for ever.
      if (fault.kind === 'never-answer' && fromMessage <= 5) continue
      const armed = oracle.faults.arm({ ...fault, fromMessage })
      const outcome = await readAll(oracle, callTimeout).catch((error: unknown) => error)
      if (outcome !== ROWS) expect(outcome).toMatchObject({ code: expect.stringMatching(/^(NJS|ORA)-/) })
      struck += armed.struck
      oracle.faults.clear()
      expect(await readAll(oracle)).toBe(ROWS)
    }
    expect(struck).toBe(strikes[fault.kind])
    expect(oracle.defects()).toEqual([])
  },
)

const struckAt = async (oracle: OracleServer, fault: OracleFault) => {
  const armed = oracle.faults.arm(fault)
  const outcome = await readAll(oracle).catch((error: unknown) => error)
  expect(armed.struck).toBe(1)
  return outcome
}

test('a refused connection carries the code of the listener', async () => {
  await using oracle = await start()
  expect(await struckAt(oracle, { kind: 'refuse', code: 12514 })).toMatchObject({ code: 'NJS-518' })
  expect(await struckAt(oracle, { kind: 'refuse', code: 12528 })).toMatchObject({
    code: 'NJS-511',
    message: expect.stringContaining('ORA-12528'),
  })
  expect(await struckAt(oracle, { kind: 'reset-on-connect' })).toBeInstanceOf(Error)
})

test('a failed logon carries the given error', async () => {
  await using oracle = await start()
  const fault = { kind: 'fail-logon', code: 28001, text: 'The password has expired.' } as const
  expect(await struckAt(oracle, fault)).toMatchObject({ errorNum: 28001 })
  expect(oracle.failedLogons()).toEqual({})
})

test('a cut after n rows delivers what came before it', async () => {
  await using oracle = await start()
  for (const rows of [0, 1, 10, 25, 39]) {
    oracle.faults.arm({ kind: 'cut-after-rows', rows })
    await using connection = await connect(oracle)
    const query = connection.execute<unknown[]>(SQL, [], {
      resultSet: true,
      fetchArraySize: FETCH,
      prefetchRows: FETCH,
    })
    const received: unknown[] = []
    const failure = await (async () => {
      const { resultSet } = await query
      for (;;) {
        const batch = (await resultSet?.getRows(FETCH)) ?? []
        if (batch.length === 0) return undefined
        received.push(...batch)
      }
    })().catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'NJS-500' })
    expect(received).toHaveLength(Math.floor(rows / FETCH) * FETCH)
    expect(connection.isHealthy()).toBe(false)
    oracle.faults.clear()
  }
})

test('a cut beyond the last row never strikes', async () => {
  await using oracle = await start()
  const armed = oracle.faults.arm({ kind: 'cut-after-rows', rows: ROWS + 1 })
  expect(await readAll(oracle)).toBe(ROWS)
  expect(armed.struck).toBe(0)
})

test('an error in the middle of a fetch leaves the connection usable', async () => {
  await using oracle = await start()
  oracle.faults.arm({ kind: 'error-after-rows', rows: 25, code: 1555, text: 'snapshot too old' })
  await using connection = await connect(oracle)
  const options = { fetchArraySize: FETCH, prefetchRows: FETCH }
  await expect(connection.execute(SQL, [], options)).rejects.toMatchObject({ errorNum: 1555 })
  expect((await connection.execute(SQL, [], options)).rows).toHaveLength(ROWS)
  expect(oracle.statements().map(({ rows, error }) => [rows, error])).toEqual([
    [25, 'ORA-01555: snapshot too old'],
    [ROWS, undefined],
  ])
})

test('a fault can be kept for one statement and for several times', async () => {
  await using oracle = await start()
  oracle.faults.arm({
    kind: 'error-on-call',
    code: 942,
    text: 'table or view does not exist',
    statement: 'other',
    times: 2,
  })
  await using connection = await connect(oracle)
  for (const expected of [/ORA-00942/, /ORA-00942/]) {
    expect((await connection.execute(SQL)).rows).toHaveLength(ROWS)
    await expect(connection.execute('SELECT other FROM t')).rejects.toThrow(expected)
  }
  expect((await connection.execute('SELECT other FROM t')).rows).toHaveLength(ROWS)
})

test.each([
  [1, 1],
  [10, 10],
  [-1, 'all but one'],
  [undefined, 'half'],
] as const)('a cut with %s bytes of an answer sends %s', async (afterBytes, sent) => {
  await using oracle = await start()
  await using connection = await connect(oracle)
  const whole = oracle.bytesSent()
  await connection.execute(SQL, [], { prefetchRows: FETCH })
  const before = oracle.bytesSent()
  oracle.faults.arm({
    kind: 'cut-mid-answer',
    statement: SQL,
    ...(afterBytes !== undefined && { afterBytes }),
  })
  await expect(connection.execute(SQL, [], { prefetchRows: FETCH })).rejects.toMatchObject({
    code: 'NJS-500',
  })
  const bytes = oracle.bytesSent() - before
  if (typeof sent === 'number') expect(bytes).toBe(sent)
  else expect(bytes).toBeGreaterThan(sent === 'half' ? 100 : 500)
  expect(bytes).toBeLessThan(before - whole)
})

test('a cut beyond an answer lets it through', async () => {
  await using oracle = await start()
  const armed = oracle.faults.arm({ kind: 'cut-mid-answer', afterBytes: 1_000_000 })
  expect(await readAll(oracle)).toBe(ROWS)
  expect(armed.struck).toBe(0)
})

test('a cut after an answer delivers it whole and fails the next call', async () => {
  await using oracle = await start()
  await using connection = await connect(oracle)
  oracle.faults.arm({ kind: 'cut-after-answer' })
  expect((await connection.execute(SQL, [], { prefetchRows: ROWS + 1 })).rows).toHaveLength(ROWS)
  await expect(connection.execute(SQL)).rejects.toMatchObject({ code: 'NJS-500' })
})

test('a cut after n bytes lets exactly that many through', async () => {
  await using oracle = await start()
  await readAll(oracle)
  const before = oracle.bytesSent()
  expect(await struckAt(oracle, { kind: 'cut-after-bytes', bytes: 1_234 })).toMatchObject({ code: 'NJS-500' })
  expect(oracle.bytesSent() - before).toBe(1_234)
})

test('a slow answer and slow packets are late but whole', async () => {
  await using oracle = await start()
  for (const fault of [
    { kind: 'slow-answer', delayMs: 30, fromMessage: 6 },
    { kind: 'slow-packets', delayMs: 30, fromMessage: 6 },
  ] as const) {
    const start = performance.now()
    expect(await struckAt(oracle, fault)).toBe(ROWS)
    expect(performance.now() - start).toBeGreaterThan(29)
  }
})

test('a break interrupts a call that waits, and the connection goes on', async () => {
  await using oracle = await start()
  oracle.faults.arm({ kind: 'never-answer', statement: 'SELECT n' })
  await using connection = await connect(oracle)
  const query = connection.execute(SQL)
  await untilStatements(oracle, 1)
  await connection.break()
  await expect(query).rejects.toMatchObject({ errorNum: 1013 })
  expect((await connection.execute(SQL)).rows).toHaveLength(ROWS)
})

test('a break without a call interrupts the next one', async () => {
  await using oracle = await start()
  await using connection = await connect(oracle)
  await connection.break()
  await expect(connection.execute(SQL)).rejects.toMatchObject({ errorNum: 1013 })
  expect((await connection.execute(SQL)).rows).toHaveLength(ROWS)
})

test('a call timeout interrupts a call, and the connection goes on', async () => {
  await using oracle = await start()
  await using connection = await connect(oracle)
  for (const kind of ['never-answer', 'slow-answer'] as const) {
    oracle.faults.arm({ kind, delayMs: 10_000 })
    connection.callTimeout = 50
    await expect(connection.execute(SQL)).rejects.toMatchObject({ code: 'NJS-123' })
    connection.callTimeout = 0
  }
  expect((await connection.execute(SQL)).rows).toHaveLength(ROWS)
  await connection.ping()
})

test('a break interrupts rows that are slow to make', async () => {
  const rows = function* () {
    for (let index = 0; index < 1_000_000; index++) {
      const until = performance.now() + 0.2
      while (performance.now() < until);
      yield [String(index), 'slow']
    }
  }
  await using oracle = await startOracle({ database: new CannedDatabase({ [SQL]: { columns, rows } }) })
  await using connection = await connect(oracle)
  const query = connection.execute(SQL, [], { prefetchRows: 1_000_000 })
  await untilStatements(oracle, 1)
  await connection.break()
  await expect(query).rejects.toMatchObject({ errorNum: 1013 })
  await connection.ping()
})

test('a break that is ignored leaves the client waiting until the connection ends', async () => {
  await using oracle = await start()
  oracle.faults.arm({ kind: 'never-answer', statement: 'SELECT n' })
  const armed = oracle.faults.arm({ kind: 'ignore-break' })
  await using connection = await connect(oracle)
  const query = connection.execute(SQL)
  await untilStatements(oracle, 1)
  await connection.break()
  expect(await Promise.race([query.catch(() => 'failed'), delay(100, 'waits')])).toBe('waits')
  expect(armed.struck).toBe(1)
  oracle.dropConnections()
  await expect(query).rejects.toMatchObject({ code: 'NJS-500' })
})

test('dropped connections are lost to the client and rolled back in the database', async () => {
  await using oracle = await start()
  await using connection = await connect(oracle)
  oracle.dropConnections()
  await expect(connection.execute(SQL)).rejects.toMatchObject({ code: 'NJS-500' })
  expect(oracle.sessions()).toEqual([])
})

test('errors that are marked by a break and a reset are those without, and the connection goes on', async () => {
  const rows = () => numbered(ROWS, (index) => [String(index), 'text'])
  const database = new CannedDatabase({ [SQL]: { columns, rows } })
  await using oracle = await startOracle({ database, marksErrors: true })
  await using connection = await connect(oracle)
  for (let round = 0; round < 2; round++) {
    await expect(connection.execute('SELECT missing')).rejects.toMatchObject({ errorNum: 942, offset: 7 })
    oracle.faults.arm({ kind: 'error-after-rows', rows: 25, code: 1555, text: 'snapshot too old' })
    const options = { fetchArraySize: FETCH, prefetchRows: FETCH }
    await expect(connection.execute(SQL, [], options)).rejects.toMatchObject({ errorNum: 1555 })
    expect((await connection.execute(SQL, [], options)).rows).toHaveLength(ROWS)
    oracle.faults.arm({ kind: 'never-answer', statement: SQL })
    connection.callTimeout = 50
    await expect(connection.execute(SQL)).rejects.toMatchObject({ code: 'NJS-123' })
    connection.callTimeout = 0
    await connection.ping()
  }
  const wrong = { connectString: oracle.connectString, user: oracle.user, password: 'wrong' }
  await expect(oracledb.getConnection(wrong)).rejects.toMatchObject({ errorNum: 1017 })
  expect(oracle.defects()).toEqual([])
})

test('another process arms faults and reads the state over HTTP', async () => {
  await using oracle = await start()
  const control = (method: string, path: string, body?: unknown) =>
    fetch(`${oracle.controlUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const armed = await control('POST', '/faults', { kind: 'error-on-call', code: 4031, text: 'no memory' })
  expect(await armed.json()).toMatchObject({ id: 1, struck: 0 })
  expect(await readAll(oracle).catch((error: unknown) => error)).toMatchObject({ errorNum: 4031 })

  const state = (await (await control('GET', '/')).json()) as OracleControlState
  expect(state).toMatchObject({ faults: [{ id: 1, struck: 1 }], failedLogons: {}, defects: [] })
  expect(state.messageCount).toBe(oracle.messageCount())

  expect((await control('POST', '/faults', { kind: 'no such fault' })).status).toBe(400)
  expect((await control('GET', '/nowhere')).status).toBe(400)
  await control('DELETE', '/faults')
  expect(oracle.faults.list()).toEqual([])
})

async function untilStatements(oracle: OracleServer, count: number): Promise<void> {
  await expect.poll(() => oracle.statements().length, { interval: 5 }).toBe(count)
}
