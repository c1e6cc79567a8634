import { expect, test, vi } from 'vitest'
import { createOracleExtractor } from '../src/index.ts'
import { openTestOracle, readAll, USER } from './support/open-oracle.ts'

const signal = new AbortController().signal

test('A10: a whole read leaves no connection and no open cursor behind', async () => {
  await using oracle = await openTestOracle(20)
  await using pool = oracle.openPool()
  expect(await readAll(pool, oracle.things)).toEqual(oracle.expected)
  await vi.waitFor(() => expect(oracle.server.sessions()).toEqual([]))
  expect(oracle.server.defects()).toEqual([])
})

test('A10: leaving the loop early closes the cursor at once', async () => {
  await using oracle = await openTestOracle(20)
  await using pool = oracle.openPool()
  await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
  for await (const _ of snapshot.extract(oracle.things, { batchSize: 4, signal })) {
    expect(oracle.server.sessions()[0]?.openCursors).toBeGreaterThan(0)
    break
  }
  expect(oracle.server.sessions()[0]?.openCursors).toBe(0)
})

test('A10: an error of the reader within the loop closes the cursor and is the one that is told', async () => {
  await using oracle = await openTestOracle(20)
  await using pool = oracle.openPool()
  await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
  const read = async () => {
    for await (const _ of snapshot.extract(oracle.things, { batchSize: 4, signal }))
      throw new Error('disk full')
  }
  await expect(read()).rejects.toThrow('disk full')
  expect(oracle.server.sessions()[0]?.openCursors).toBe(0)
})

test.each([
  { answer: 'obeys', graceMs: 60_000, faults: [] },
  { answer: 'ignores', graceMs: 100, faults: [{ kind: 'ignore-break', times: 9 }] as const },
])(
  'A10: a cancel in mid-fetch that Oracle $answer ends the read, and the connection is closed',
  async (given) => {
    await using oracle = await openTestOracle(20)
    await using pool = oracle.openPool({ graceMs: given.graceMs })
    const stop = new AbortController()
    const read = async () => {
      await using snapshot = await createOracleExtractor(pool).openSnapshot({
        signal: stop.signal,
        recordTypes: [],
      })
      for await (const rows of snapshot.extract(oracle.things, { batchSize: 4, signal: stop.signal })) {
        expect(rows).toHaveLength(4)
        for (const fault of given.faults) oracle.server.faults.arm(fault)
        oracle.server.faults.arm({ kind: 'never-answer' })
      }
    }
    const ended = expect(read()).rejects.toMatchObject({
      code: 'CANCELLED',
      message: 'Reading things was cancelled.',
    })
    await vi.waitFor(() => expect(oracle.server.faults.list().at(-1)).toMatchObject({ struck: 1 }))
    stop.abort()
    await ended
    await vi.waitFor(() => expect(oracle.server.sessions()).toEqual([]))
  },
)

test('A11: a statement that is not answered in its time ends with ORACLE_TIMEOUT, and the snapshot goes on', async () => {
  await using oracle = await openTestOracle(20)
  await using pool = oracle.openPool({ graceMs: 60_000 })
  await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
  const hasty = { ...oracle.things, statementTimeoutMs: 100 }
  await snapshot.describe(hasty, { signal })
  oracle.server.faults.arm({ kind: 'never-answer', statement: 'THINGS' })
  await expect(Array.fromAsync(snapshot.extract(hasty, { batchSize: 4, signal }))).rejects.toMatchObject({
    name: 'TransientError',
    code: 'ORACLE_TIMEOUT',
    message: expect.stringContaining('Oracle did not answer within 0.1 s'),
  })
  const rows = await Array.fromAsync(snapshot.extract(oracle.things, { batchSize: 4, signal }))
  expect(rows.flat()).toHaveLength(20)
})

test('A11: a deadline that Oracle ignores drops the connection after the grace', async () => {
  await using oracle = await openTestOracle(20)
  await using pool = oracle.openPool({ graceMs: 100 })
  await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
  const hasty = { ...oracle.things, statementTimeoutMs: 100 }
  await snapshot.describe(hasty, { signal })
  oracle.server.faults.arm({ kind: 'ignore-break', times: 9 })
  oracle.server.faults.arm({ kind: 'never-answer', statement: 'THINGS' })
  await expect(snapshot.totals(hasty, { signal })).rejects.toMatchObject({ code: 'ORACLE_TIMEOUT' })
  await expect(snapshot.totals(hasty, { signal })).rejects.toMatchObject({ code: 'ORACLE_CONNECTION_LOST' })
})

test('a connection that breaks in mid-fetch is lost for the whole snapshot, and a new one reads everything', async () => {
  await using oracle = await openTestOracle(20)
  await using pool = oracle.openPool()
  {
    await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
    oracle.server.faults.arm({ kind: 'cut-after-rows', rows: 6 })
    await expect(
      Array.fromAsync(snapshot.extract(oracle.things, { batchSize: 4, signal })),
    ).rejects.toMatchObject({
      name: 'TransientError',
      code: 'ORACLE_CONNECTION_LOST',
    })
    await expect(snapshot.totals(oracle.things, { signal })).rejects.toMatchObject({
      code: 'ORACLE_CONNECTION_LOST',
      message: expect.stringContaining('Open a new snapshot'),
    })
  }
  expect(await readAll(pool, oracle.things)).toEqual(oracle.expected)
})

test('an error in mid-fetch is told as it is, and the snapshot goes on', async () => {
  await using oracle = await openTestOracle(20)
  await using pool = oracle.openPool()
  await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
  oracle.server.faults.arm({ kind: 'error-after-rows', rows: 6, code: 1555, text: 'snapshot too old' })
  await expect(
    Array.fromAsync(snapshot.extract(oracle.things, { batchSize: 4, signal })),
  ).rejects.toMatchObject({
    name: 'TransientError',
    code: 'ORACLE_SNAPSHOT_TOO_OLD',
    message: expect.stringContaining('ORA-01555'),
  })
  expect((await snapshot.totals(oracle.things, { signal })).totals).toMatchObject({ rows: 20 })
})

test('when a read-only transaction is refused the label says so', async () => {
  await using oracle = await openTestOracle(3)
  await using pool = oracle.openPool()
  oracle.server.faults.arm({
    kind: 'error-on-call',
    statement: 'SET TRANSACTION',
    code: 1031,
    text: 'insufficient privileges',
  })
  await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
  expect(snapshot.consistency.label).toBe('per statement')
})

test('a snapshot that cannot be opened leaves no connection behind', async () => {
  await using oracle = await openTestOracle(3)
  await using pool = oracle.openPool()
  oracle.server.faults.arm({
    kind: 'error-on-call',
    statement: 'SYSTIMESTAMP',
    code: 4031,
    text: 'out of memory',
  })
  await expect(createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })).rejects.toMatchObject({
    code: 'ORACLE_BUSY',
  })
  await vi.waitFor(() => expect(oracle.server.sessions()).toEqual([]))
})

test('a cancel ends the reader it belongs to and not the call that is under way for another', async () => {
  await using oracle = await openTestOracle(20)
  await using pool = oracle.openPool()
  await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
  const others = { ...oracle.things, name: 'others' }
  await snapshot.describe(oracle.things, { signal })
  await snapshot.describe(others, { signal })
  const stop = new AbortController()
  oracle.server.faults.arm({ kind: 'slow-answer', delayMs: 100, statement: 'THINGS' })
  const slow = Array.fromAsync(snapshot.extract(oracle.things, { batchSize: 4, signal }))
  const waiting = snapshot.totals(others, { signal: stop.signal })
  const stopped = expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' })
  await vi.waitFor(() => expect(oracle.server.faults.list()).toMatchObject([{ struck: 1 }]))
  stop.abort()
  await stopped
  expect((await slow).flat()).toHaveLength(20)
})

test('A10: a snapshot says goodbye to Oracle rather than just hang up', async () => {
  await using oracle = await openTestOracle(1)
  await using pool = oracle.openPool()
  const snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
  const before = oracle.server.messageCount()
  await snapshot[Symbol.asyncDispose]()
  const rollbackAndLogoff = 2
  expect(oracle.server.messageCount() - before).toBe(rollbackAndLogoff)
})

test('a snapshot that is disposed while it is being read ends the read', async () => {
  await using oracle = await openTestOracle(20)
  await using pool = oracle.openPool()
  const snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
  await snapshot.describe(oracle.things, { signal })
  oracle.server.faults.arm({ kind: 'never-answer', statement: 'THINGS' })
  const read = Array.fromAsync(snapshot.extract(oracle.things, { batchSize: 4, signal })).catch(
    (cause: unknown) => cause,
  )
  await vi.waitFor(() => expect(oracle.server.faults.list()).toMatchObject([{ struck: 1 }]))
  await snapshot[Symbol.asyncDispose]()
  expect(await read).toMatchObject({ code: 'CANCELLED' })
})

test('the view is executed once for the rows, once for the totals, and never to describe it', async () => {
  await using oracle = await openTestOracle(20)
  await using pool = oracle.openPool()
  await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
  await snapshot.describe(oracle.things, { signal })
  expect(executionsOfThings(oracle.server)).toBe(0)
  await snapshot.totals(oracle.things, { signal })
  await Array.fromAsync(snapshot.extract(oracle.things, { batchSize: 4, signal }))
  expect(executionsOfThings(oracle.server)).toBe(2)
  expect(snapshot.executions(oracle.things)).toBe(2)
})

test('executions for a snapshot whose connection broke count too', async () => {
  await using oracle = await openTestOracle(20)
  await using pool = oracle.openPool()
  const extractor = createOracleExtractor(pool)
  {
    await using broken = await extractor.openSnapshot({ signal, recordTypes: [] })
    oracle.server.faults.arm({ kind: 'cut-after-rows', rows: 6 })
    await expect(
      Array.fromAsync(broken.extract(oracle.things, { batchSize: 4, signal })),
    ).rejects.toMatchObject({ code: 'ORACLE_CONNECTION_LOST' })
  }
  await using snapshot = await extractor.openSnapshot({ signal, recordTypes: [] })
  await Array.fromAsync(snapshot.extract(oracle.things, { batchSize: 4, signal }))
  expect(snapshot.executions(oracle.things)).toBe(2)
})

function executionsOfThings(server: { statements(): readonly { readonly sql: string }[] }): number {
  return server.statements().filter(({ sql }) => sql.includes('THINGS')).length
}

test('rows and columns that repeat are read alike with and without row compression', async () => {
  for (const rowCompression of [true, false]) {
    await using oracle = await openTestOracle(0, { rowCompression })
    oracle.server.database.run(
      USER,
      ...Array.from(
        { length: 10 },
        (_, i) => `INSERT INTO THINGS VALUES (${i}, 'same', .5, DATE '2026-01-01')`,
      ),
    )
    await using pool = oracle.openPool()
    const rows = await readAll(pool, oracle.things, { batchSize: 3 })
    expect(rows).toEqual(
      Array.from({ length: 10 }, (_, i) => [String(i), 'same', '0.5', '2026-01-01T00:00:00']),
    )
  }
})
