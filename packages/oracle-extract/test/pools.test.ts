import { exitCodeOf } from '@findata/core'
import oracledb from 'oracledb'
import { expect, test, vi } from 'vitest'
import { createOracleExtractor, type OraclePool } from '../src/index.ts'
import { openTestOracle, readAll, type TestOracle } from './support/open-oracle.ts'

const signal = new AbortController().signal
const ROWS = 60
const MANY = 50

/** Each through a session of its own, all open at the same time before any of them reads. */
async function readTogether({ things }: TestOracle, pools: readonly OraclePool[]) {
  const snapshots = await Promise.all(
    pools.map((pool) => createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [things] })),
  )
  return await Promise.all(
    snapshots.map(async (snapshot) => {
      const batches = await Array.fromAsync(snapshot.extract(things, { batchSize: 7, signal }))
      const { totals } = await snapshot.totals(things, { signal })
      await snapshot[Symbol.asyncDispose]()
      return { rows: batches.flat().sort(([a], [b]) => Number(a) - Number(b)), counted: totals.rows }
    }),
  )
}

test('fifty sessions of one pool are open at once, each reads everything, and none is left', async () => {
  await using oracle = await openTestOracle(ROWS)
  await using pool = oracle.openPool({ poolSize: MANY, connectTimeoutMs: 20_000 })
  const sessions = await Promise.all(Array.from({ length: MANY }, () => pool.openSession({ signal })))
  expect(new Set(oracle.server.sessions().map(({ sid }) => sid)).size).toBe(MANY)
  await Promise.all(sessions.map((session) => session[Symbol.asyncDispose]()))
  await expect.poll(() => oracle.server.sessions()).toEqual([])

  const results = await readTogether(
    oracle,
    Array.from({ length: MANY }, () => pool),
  )
  expect(results).toEqual(Array.from({ length: MANY }, () => ({ rows: oracle.expected, counted: ROWS })))
  await expect.poll(() => oracle.server.sessions()).toEqual([])
  expect(oracle.server.defects()).toEqual([])
})

test('fifty sessions of five pools read everything, and closing one pool leaves the others alone', async () => {
  await using oracle = await openTestOracle(ROWS)
  const openPool = () => oracle.openPool({ poolSize: 10, connectTimeoutMs: 20_000 })
  await using first = openPool()
  const pools = [first, openPool(), openPool(), openPool(), openPool()]
  const results = await readTogether(
    oracle,
    Array.from({ length: MANY }, (_, index) => pools[index % 5] ?? first),
  )
  expect(results).toEqual(Array.from({ length: MANY }, () => ({ rows: oracle.expected, counted: ROWS })))
  for (const pool of pools.slice(1)) await pool[Symbol.asyncDispose]()
  expect(await readAll(first, oracle.things)).toEqual(oracle.expected)
  await expect.poll(() => oracle.server.sessions()).toEqual([])
})

test('no more connections are open than the pool allows, also while some of them break', async () => {
  await using oracle = await openTestOracle(9)
  await using pool = oracle.openPool({ poolSize: 3 })
  let most = 0
  const read = async () => {
    try {
      await using session = await pool.openSession({ signal })
      most = Math.max(most, oracle.server.sessions().length)
      await session.call({ doing: 'Reading', action: 'read', signal, timeoutMs: 5_000 }, (connection) =>
        connection.execute('SELECT * FROM THINGS'),
      )
      return 'all'
    } catch (cause) {
      expect(exitCodeOf(cause)).toBe(3)
      return 'broken'
    }
  }
  oracle.server.faults.arm({ kind: 'cut-after', statement: 'THINGS', times: 7 })
  const outcomes = await Promise.all(Array.from({ length: 30 }, read))
  expect(outcomes.filter((outcome) => outcome === 'broken')).toHaveLength(7)
  expect(most).toBeLessThanOrEqual(3)
  expect(await readAll(pool, oracle.things)).toEqual(oracle.expected)
  await expect.poll(() => oracle.server.sessions()).toEqual([])
})

test('whoever asked first gets the next free connection', async () => {
  await using oracle = await openTestOracle(1)
  await using pool = oracle.openPool({ poolSize: 1 })
  const first = await pool.openSession({ signal })
  const order: number[] = []
  const stop = new AbortController()
  const waiting = [1, 2, 3, 4].map(async (place) => {
    await using _session = await pool.openSession({ signal: place === 2 ? stop.signal : signal })
    order.push(place)
  })
  const outcomes = Promise.allSettled(waiting)
  stop.abort()
  await first[Symbol.asyncDispose]()
  await outcomes
  expect(order).toEqual([1, 3, 4])
})

test('a pool that is closed turns those away that wait for a connection, and those that are being connected', async () => {
  await using oracle = await openTestOracle(1)
  const pool = oracle.openPool({ poolSize: 2 })
  await pool.openSession({ signal })
  oracle.server.faults.arm({ kind: 'never-answer' })
  const attempts = [1, 2, 3].map(() => pool.openSession({ signal }))
  const outcomes = Promise.allSettled(attempts)
  await expect.poll(() => oracle.server.faults.list()[0]?.struck).toBe(1)
  await pool[Symbol.asyncDispose]()
  expect(await outcomes).toMatchObject(
    Array.from({ length: 3 }, () => ({ status: 'rejected', reason: { code: 'CANCELLED' } })),
  )
  await expect.poll(() => oracle.server.sessions()).toEqual([])
})

test('a pool that is closed in the very moment of a logon leaves no session behind', async () => {
  await using oracle = await openTestOracle(1)
  const connect = oracledb.getConnection.bind(oracledb)
  for (let ticks = 0; ticks < 16; ticks++) {
    const pool = oracle.openPool()
    using _spy = vi.spyOn(oracledb, 'getConnection').mockImplementation(async (...args: unknown[]) => {
      const connection = await connect(...(args as Parameters<typeof connect>))
      void afterMicrotasks(ticks).then(() => pool[Symbol.asyncDispose]())
      return connection
    })
    const outcome: unknown = await pool.openSession({ signal }).catch((cause: unknown) => cause)
    await expect.poll(() => oracle.server.sessions(), { message: `after ${ticks}` }).toEqual([])
    expect(outcome instanceof Error ? outcome : { code: 'CANCELLED' }).toMatchObject({ code: 'CANCELLED' })
  }
})

async function afterMicrotasks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick++) await undefined
}

test('closing a pool waits for no call: it is broken off and its reader told so', async () => {
  await using oracle = await openTestOracle(9)
  const pool = oracle.openPool({ graceMs: 50 })
  oracle.server.faults.arm({ kind: 'never-answer', statement: 'THINGS' })
  const rows = readAll(pool, oracle.things)
  rows.catch(() => {})
  await expect.poll(() => oracle.server.faults.list()[0]?.struck).toBe(1)
  await pool[Symbol.asyncDispose]()
  await expect(rows).rejects.toMatchObject({ name: expect.stringMatching(/^T/) })
  await expect.poll(() => oracle.server.sessions()).toEqual([])
})

test('however readers leave, nothing of theirs is left open', async () => {
  await using oracle = await openTestOracle(ROWS)
  await using pool = oracle.openPool({ poolSize: 8 })
  const extractor = createOracleExtractor(pool)
  const stop = new AbortController()
  const options = { signal, recordTypes: [oracle.things] }
  const leaveEarly = async () => {
    await using snapshot = await extractor.openSnapshot(options)
    for await (const _ of snapshot.extract(oracle.things, { batchSize: 3, signal })) break
  }
  const fail = async () => {
    await using snapshot = await extractor.openSnapshot(options)
    for await (const _ of snapshot.extract(oracle.things, { batchSize: 3, signal })) throw new Error('reader')
  }
  const cancel = async () => {
    await using snapshot = await extractor.openSnapshot(options)
    for await (const _ of snapshot.extract(oracle.things, { batchSize: 3, signal: stop.signal })) stop.abort()
  }
  const twice = async () => {
    const snapshot = await extractor.openSnapshot(options)
    await snapshot[Symbol.asyncDispose]()
    await snapshot[Symbol.asyncDispose]()
  }
  for (let round = 0; round < 3; round++) {
    const outcomes = await Promise.allSettled([leaveEarly(), fail(), cancel(), twice(), leaveEarly()])
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
      'fulfilled',
    ])
  }
  await expect.poll(() => oracle.server.sessions()).toEqual([])
  // All eight places are free again.
  const sessions = await Promise.all(Array.from({ length: 8 }, () => pool.openSession({ signal })))
  expect(oracle.server.sessions()).toHaveLength(8)
  await Promise.all(sessions.map((session) => session[Symbol.asyncDispose]()))
  expect(oracle.server.defects()).toEqual([])
})
