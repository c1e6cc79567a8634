import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import {
  commitSample,
  SAMPLE_RECORD_TYPE as SAMPLE,
  sampleRunId,
  takeSampleSnapshot,
  writeSampleData,
} from '@findata/contracts'
import { exitCodeOf, type PipelineError, type SnapshotStore } from '@findata/core'
import { afterEach, expect, test, vi } from 'vitest'
import { lifeOf, thisHolder } from '../src/object-lock/lock-holder.ts'
import { acquireLock } from '../src/object-lock/lock-object.ts'
import { createS3SnapshotStore } from '../src/s3-snapshot-store.ts'
import { openClientWithout, openStandIn, QUICK_RETRY, type StandIn } from './s3-place.ts'

const signal = new AbortController().signal
const MINUTE_MS = 60_000
/** Elsewhere than on Linux nobody tells when a process began. */
const SEES_PROCESSES = existsSync('/proc/self/stat')

afterEach(() => {
  vi.useRealTimers()
})

/** A clock that tests move. */
function createClock() {
  let ms = Date.parse('2026-11-22T13:00:00Z')
  return {
    now: () => new Date(ms),
    advance(by: number) {
      ms += by
    },
  }
}

function lockOf(store: SnapshotStore, runId = sampleRunId()) {
  return store.lock(SAMPLE, runId, { signal })
}

test('a lock that expired is taken over with a larger fence, and its holder learns it', async () => {
  await using place = await openStandIn()
  const clock = createClock()
  const options = { now: clock.now, expiryMs: MINUTE_MS, signal }
  await using stalled = await acquireLock(place.bucket, 'locks/a.json', { ...options, runId: 'first' })
  clock.advance(MINUTE_MS + 1)
  await using taker = await acquireLock(place.bucket, 'locks/a.json', { ...options, runId: 'second' })

  expect(taker.fence).toBe(stalled.fence + 1)
  await expect(stalled.renew()).rejects.toMatchObject({ code: 'LOCK_HELD' })
  expect(stalled.lost.aborted).toBe(true)
  expect((stalled.lost.reason as Error).message).toContain('run second')
  await taker.renew()
  expect(taker.lost.aborted).toBe(false)
})

test('a lock that is renewed does not expire', async () => {
  await using place = await openStandIn()
  const clock = createClock()
  const options = { now: clock.now, expiryMs: MINUTE_MS, signal }
  await using lock = await acquireLock(place.bucket, 'locks/a.json', { ...options, runId: 'first' })
  clock.advance(MINUTE_MS - 1)
  await lock.renew()
  clock.advance(MINUTE_MS - 1)

  const refused = acquireLock(place.bucket, 'locks/a.json', { ...options, runId: 'second' })
  await expect(refused).rejects.toMatchObject({ code: 'LOCK_HELD' })
})

test('a lock renews itself while it is held, and not afterwards', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  await using place = await openStandIn()
  const options = { now: () => new Date(), expiryMs: 3 * MINUTE_MS, signal, runId: 'first' }
  const renewal = place.server.faults.arm({
    effect: { kind: 'delay', delayMs: 0 },
    operations: ['PutObject'],
    afterMatches: 2,
  })
  {
    await using _ = await acquireLock(place.bucket, 'locks/a.json', options)
    vi.advanceTimersByTime(MINUTE_MS)
    expect((await renewal.arrived()).key).toContain('locks/a.json')
  }

  expect(vi.getTimerCount()).toBe(0)
})

test('a holder that cannot reach the store loses its lock when it expires, not before', async () => {
  await using place = await openStandIn()
  const clock = createClock()
  const options = { now: clock.now, expiryMs: MINUTE_MS, signal, runId: 'first' }
  await using lock = await acquireLock(place.bucket, 'locks/a.json', options)
  place.server.faults.arm({ effect: { kind: 'reset-before-body' }, times: 'always' })

  await expect(lock.renew()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
  expect(lock.lost.aborted).toBe(false)
  clock.advance(MINUTE_MS)
  await expect(lock.renew()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
  expect(lock.lost.aborted).toBe(true)
})

test('a renewal whose reply is lost does not lose the lock', async () => {
  await using place = await openStandIn()
  await using lock = await acquireLock(place.bucket, 'locks/a.json', {
    now: () => new Date(),
    expiryMs: MINUTE_MS,
    signal,
    runId: 'first',
  })
  place.server.faults.arm({ effect: { kind: 'lost-reply' }, operations: ['PutObject'] })
  await lock.renew()
  await lock.renew()

  expect(lock.lost.aborted).toBe(false)
})

test('a renewal of which nothing came back, neither an answer nor a look, does not lose the lock', async () => {
  await using place = await openStandIn()
  await using lock = await acquireLock(place.bucket, 'locks/a.json', {
    now: () => new Date(),
    expiryMs: MINUTE_MS,
    signal,
    runId: 'first',
  })
  const { faults } = place.server
  faults.arm({ effect: { kind: 'lost-reply' }, operations: ['PutObject'] })
  faults.arm({ effect: { kind: 'slow-down' }, operations: ['PutObject'], afterMatches: 1, times: 'always' })
  faults.arm({ effect: { kind: 'slow-down' }, operations: ['HeadObject'], times: 'always' })
  await expect(lock.renew()).rejects.toMatchObject({ code: 'STORE_BUSY' })
  faults.clear()

  await lock.renew()
  await lock.renew()
  expect(lock.lost.aborted).toBe(false)
})

test('a run that loses its lock after its commit is not told that nothing was committed', async () => {
  await using place = await openStandIn()
  const clock = createClock()
  const options = { now: clock.now, expiryMs: MINUTE_MS, signal }
  await using lock = await acquireLock(place.bucket, 'locks/a.json', { ...options, runId: 'first' })
  await lock.renewToCommit()
  clock.advance(MINUTE_MS + 1)
  await using _ = await acquireLock(place.bucket, 'locks/a.json', { ...options, runId: 'second' })

  const error = (await lock.renew().catch((reason: unknown) => reason)) as PipelineError
  expect(error.code).toBe('LOCK_HELD')
  expect(error.message).toContain('Its commit had begun')
  expect(error.message).not.toContain('Nothing was committed')
})

test('a store that ignores If-Match is refused before a run does anything else, and its lock is given back', async () => {
  await using place = await openStandIn()
  using client = openClientWithout('if-match', place)
  const { prefix } = place
  const store = createS3SnapshotStore(client, { bucket: 'findata', prefix, retry: QUICK_RETRY })

  await expect(takeSampleSnapshot({ store })).rejects.toMatchObject({ code: 'STORE_UNSUPPORTED' })
  expect(await place.keys()).toEqual([])
  await using _ = await lockOf(place.openStore())
})

test('of ten runs that race for a free or an expired lock, one gets it', async () => {
  await using place = await openStandIn()
  const clock = createClock()
  for (const fence of [1, 2, 3]) {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, rival) =>
        acquireLock(place.bucket, 'locks/a.json', {
          now: clock.now,
          expiryMs: MINUTE_MS,
          signal,
          runId: `rival-${rival}`,
        }),
      ),
    )
    const winners = outcomes.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value)
    expect(winners.map((lock) => lock.fence)).toEqual([fence])
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(exitCodeOf(outcome.reason)).toBe(7)
    }
    clock.advance(MINUTE_MS + 1)
  }
})

test('a stalled run whose lock was taken over cannot commit any more', async () => {
  await using place = await openStandIn()
  const clock = createClock()
  const stalledStore = place.openStore({ now: clock.now })
  const runId = sampleRunId()
  await using _stalled = await lockOf(stalledStore, runId)
  const data = await writeSampleData({ store: stalledStore, runId })
  clock.advance(2 * MINUTE_MS)
  const takerStore = place.openStore({ now: clock.now })
  await using _taker = await lockOf(takerStore)

  const error = await commitSample({ store: stalledStore, runId }, data, undefined).catch((e: unknown) => e)
  expect(error).toMatchObject({ code: 'LOCK_HELD' })
  expect(await takerStore.readCurrent(SAMPLE)).toBeUndefined()
})

test('ten runs that each believe the lock of the others expired commit once', async () => {
  await using place = await openStandIn()
  const clock = createClock()
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, async () => {
      const store = place.openStore({
        // Every look at the clock is an expiry later.
        now: () => {
          clock.advance(2 * MINUTE_MS)
          return clock.now()
        },
      })
      const runId = sampleRunId()
      await using _ = await lockOf(store, runId)
      const data = await writeSampleData({ store, runId })
      return await commitSample({ store, runId }, data, undefined)
    }),
  )

  expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(1)
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(exitCodeOf(outcome.reason)).toBe(7)
  }
  expect((await place.openStore().readCurrent(SAMPLE))?.index.snapshots.length).toBe(1)
})

test('a run that held its lock and died on this machine does not keep the next one waiting', async () => {
  await using place = await openStandIn()
  const dead = {
    version: 1,
    kind: 'findata-lock',
    state: 'held',
    fence: 7,
    runId: 'dead',
    holder: { ...thisHolder(), process: 2 ** 22 + 1 },
    since: new Date().toISOString(),
    until: new Date(Date.now() + MINUTE_MS).toISOString(),
  }
  await place.overwrite('locks/sample.json', Buffer.from(JSON.stringify(dead)))

  await using lock = await lockOf(place.openStore())
  expect(lock.fence).toBe(8)
})

test('only a holder that ran here can be told alive or gone, and its number alone does not identify it', async () => {
  const own = thisHolder()
  expect(lifeOf(own)).toBe(SEES_PROCESSES ? 'alive' : 'unknown')
  expect(lifeOf({ ...own, machine: 'another' })).toBe('unknown')
  expect(lifeOf({ ...own, process: 2 ** 22 + 1 })).toBe(SEES_PROCESSES ? 'gone' : 'unknown')
  expect(lifeOf({ ...own, started: '1' })).toBe(SEES_PROCESSES ? 'gone' : 'unknown')
})

test('where nobody tells when a process began, a missing one may live on another machine of that name', async () => {
  const own = thisHolder()
  const missing = { ...own, process: 2 ** 22 + 1 }
  expect(lifeOf({ ...missing, started: '' }, own)).toBe('unknown')
  expect(lifeOf(missing, { ...own, started: '' })).toBe('unknown')
})

test.runIf(SEES_PROCESSES)('a killed process that nobody has buried yet is gone', async () => {
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  try {
    const pid = Number(String((await once(parent.stdout, 'data'))[0]))
    const started = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[21] ?? ''
    const holder = { ...thisHolder(), process: pid, started }
    expect(lifeOf(holder)).toBe('alive')
    process.kill(pid, 'SIGKILL')
    await vi.waitFor(() => expect(lifeOf(holder)).toBe('gone'))
  } finally {
    parent.kill('SIGKILL')
  }
})

/** Puts a lock that another machine holds. */
async function lockFromElsewhere(place: StandIn, until: number): Promise<void> {
  const lock = {
    version: 1,
    kind: 'findata-lock',
    state: 'held',
    fence: 7,
    runId: 'elsewhere',
    holder: { ...thisHolder(), machine: 'another' },
    since: new Date().toISOString(),
    until: new Date(until).toISOString(),
  }
  await place.overwrite('locks/sample.json', Buffer.from(JSON.stringify(lock)))
}

test('a run that may wait takes over from a holder elsewhere that stays silent until its lock expires', async () => {
  await using place = await openStandIn()
  await lockFromElsewhere(place, Date.now() + 300)
  const told: string[] = []
  const onWait = (message: string) => void told.push(message)

  await using lock = await place.openStore().lock(SAMPLE, sampleRunId(), { signal, onWait })
  expect(lock.fence).toBe(8)
  expect(told).toEqual([expect.stringContaining('Run elsewhere')])
})

test('a run that waits learns of the first sign of life that the lock is held', async () => {
  await using place = await openStandIn()
  await lockFromElsewhere(place, Date.now() + MINUTE_MS)
  const onWait = () => void lockFromElsewhere(place, Date.now() + MINUTE_MS + 1)

  const waiting = place.openStore({ lockExpiryMs: 3_000 }).lock(SAMPLE, sampleRunId(), { signal, onWait })
  await expect(waiting).rejects.toMatchObject({ code: 'LOCK_HELD' })
})

test('a run waits no longer than an expiry, whatever the clock of the holder says', async () => {
  await using place = await openStandIn()
  await lockFromElsewhere(place, Date.now() + 1_000 * MINUTE_MS)

  const waiting = place
    .openStore({ lockExpiryMs: 200 })
    .lock(SAMPLE, sampleRunId(), { signal, onWait: () => {} })
  await expect(waiting).rejects.toMatchObject({ code: 'LOCK_HELD' })
})

test('waiting for a lock ends with the signal', async () => {
  await using place = await openStandIn()
  await lockFromElsewhere(place, Date.now() + MINUTE_MS)
  const stop = new AbortController()
  const onWait = () => stop.abort(new Error('stopped'))

  const waiting = place.openStore().lock(SAMPLE, sampleRunId(), { signal: stop.signal, onWait })
  await expect(waiting).rejects.toThrow('stopped')
})

test('a run that is stopped while the store is silent ends its call at once and gives its lock back', async () => {
  await using place = await openStandIn()
  const stop = new AbortController()
  const store = place.openStore({ signal: stop.signal })
  {
    await using _ = await lockOf(store)
    const held = place.server.faults.arm({
      effect: { kind: 'hold', at: 'before' },
      operations: ['ListObjectsV2'],
    })
    const sweeping = store.sweep(SAMPLE, undefined)
    await held.arrived()
    stop.abort(new Error('stopped'))
    await expect(sweeping).rejects.toThrow('stopped')
  }
  await using next = await lockOf(place.openStore())
  expect(next.fence).toBe(2)
})

test.runIf(SEES_PROCESSES)('a holder that is known to live is not waited for', async () => {
  await using place = await openStandIn()
  await using _ = await lockOf(place.openStore())
  const onWait = () => expect.fail('it waits')

  const refused = place.openStore().lock(SAMPLE, sampleRunId(), { signal, onWait })
  await expect(refused).rejects.toMatchObject({ code: 'LOCK_HELD' })
})

test.each(['{', '{"kind":"findata-lock","version":2}', 'null', ''])(
  'a lock object that says %j is refused with what to do',
  async (content) => {
    await using place = await openStandIn()
    await place.overwrite('locks/sample.json', Buffer.from(content))

    const error = await lockOf(place.openStore()).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'FILE_INVALID' })
    expect((error as PipelineError).message).toContain('delete it')
  },
)

test('a record type that is locked is told with the run, its machine and the time, and nothing is changed', async () => {
  await using place = await openStandIn()
  const good = await takeSampleSnapshot({ store: place.openStore() })
  const runId = sampleRunId()
  await using _ = await lockOf(place.openStore(), runId)

  const error = await takeSampleSnapshot({ store: place.openStore() }).catch((reason: unknown) => reason)
  expect(exitCodeOf(error)).toBe(7)
  const { message } = error as PipelineError
  expect(message).toContain(runId)
  expect(message).toContain(thisHolder().host)
  expect(message).toMatch(/since 20\d\d-.*until 20\d\d-/)
  expect(await place.openStore().readCurrent(SAMPLE)).toEqual(good)
})
