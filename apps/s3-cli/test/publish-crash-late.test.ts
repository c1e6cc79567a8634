import { join } from 'node:path'
import { type Clock, systemClock } from '@findata/core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Stopped } from '../src/stop-signal.ts'
import { attempt, callsOf, entriesOf } from './publish-attempts.ts'
import { differencesFrom, openPublishCase, type PublishCase } from './publish-crash-points.ts'
import { openPublishFixture, type PublishFixture, type PublishScene } from './publish-fixture.ts'
import { readObjects } from './stored-copy.ts'

// Processes that start at once take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

let fixture: PublishFixture
let books: PublishCase
beforeAll(async () => {
  fixture = await openPublishFixture()
  books = await openPublishCase(fixture, 'books', 'this process')
}, 60_000)
afterAll(() => fixture[Symbol.asyncDispose]())

const HOUR_MS = 3_600_000
/** As it is in practice: nobody waits for it here. */
const SETTLING = { knack: { connection: { settleMs: 600_000, concurrency: 1 } } }

/** Kills a run while its first create is under way; that one is done an hour later by the clock of the destination. */
async function killDuringLateCreate(scene: PublishScene): Promise<void> {
  const late = scene.knack.faults.arm({
    operations: ['create'],
    effect: { kind: 'late-write', landsAfterMs: HOUR_MS, answer: 'when-done' },
  })
  const running = scene.start(books.args)
  await late.arrived()
  running.process.kill('SIGKILL')
  expect((await running.outcome).exitCode).toBe(null)
  expect(entriesOf(scene)).not.toContain('900001')
}

/** The machine's clock, but for long waits: those are skipped, after `onSkip`. */
function impatientClock(onSkip: () => void = () => {}): Clock {
  let skippedMs = 0
  return {
    now: () => new Date(Date.now() + skippedMs),
    async sleep(ms, signal) {
      if (ms < 60_000) return await systemClock.sleep(ms, signal)
      skippedMs += ms
      onSkip()
      signal.throwIfAborted()
    },
  }
}

test.concurrent('A42: a create that lands after its run was killed, and within its settle time, is not sent again', async () => {
  await using scene = await fixture.openScene(SETTLING)
  await killDuringLateCreate(scene)

  const clock = impatientClock(() => scene.elapse(HOUR_MS))
  const told = await attempt(fixture, scene, books.args, { clock })

  expect(told).toMatchObject({ exitCode: 0, one: { created: 2, verdict: 'balanced', duplicates: 0 } })
  expect(entriesOf(scene).filter((key) => key === '900001')).toHaveLength(1)
  expect(await differencesFrom(books, scene)).toEqual([])
})

test.concurrent('A42: without waiting, a create that may still land is held, and told', async () => {
  await using scene = await fixture.openScene(SETTLING)
  await killDuringLateCreate(scene)

  const told = await attempt(fixture, scene, [...books.args, '--no-wait'])
  const plan = await attempt(fixture, scene, ['plan', 'ledger', 'books'])

  // All that the killed run had written down may have been sent.
  expect(told).toMatchObject({
    exitCode: 4,
    code: 'DESTINATION_UNREACHABLE',
    one: { created: 0, held: 3, deleted: 1 },
  })
  expect(told.message).toMatch(/ENTRY_ID=900001: its create had no answer and may still arrive until 20/)
  expect(plan).toMatchObject({ exitCode: 0, one: { creates: 0, held: 3 } })
  expect(callsOf(scene).filter((call) => call === 'create')).toHaveLength(1)

  scene.elapse(HOUR_MS)
  const next = await attempt(fixture, scene, books.args, { clock: impatientClock() })
  expect(next).toMatchObject({ exitCode: 0, one: { created: 2, held: 0 } })
  expect(await differencesFrom(books, scene)).toEqual([])
})

test.concurrent('A42: a run that is stopped while it waits for a create to settle ends at once, and sends nothing more', async () => {
  await using scene = await fixture.openScene(SETTLING)
  await killDuringLateCreate(scene)
  const stop = new AbortController()
  const clock = impatientClock(() => stop.abort(new Stopped('SIGTERM')))

  const told = await attempt(fixture, scene, books.args, { clock, signal: stop.signal })
  const callsOfStopped = callsOf(scene)
  scene.elapse(HOUR_MS)
  const next = await attempt(fixture, scene, books.args, { clock: impatientClock() })

  expect(told).toMatchObject({ exitCode: 143, code: 'CANCELLED' })
  expect(callsOfStopped.filter((call) => call === 'create')).toHaveLength(1)
  expect(next).toMatchObject({ exitCode: 0, one: { created: 2, duplicates: 0 } })
  expect(await differencesFrom(books, scene)).toEqual([])
})

test.concurrent('A37, A42: a create that lands after its settle time is reported as a duplicate by the next plan', async () => {
  await using scene = await fixture.openScene(SETTLING)
  await killDuringLateCreate(scene)

  const again = await attempt(fixture, scene, books.args, { clock: impatientClock() })
  scene.elapse(HOUR_MS)
  const plan = await attempt(fixture, scene, ['plan', 'ledger', 'books'])
  const next = await attempt(fixture, scene, books.args)

  expect(again).toMatchObject({ exitCode: 0, one: { created: 3 } })
  expect(plan).toMatchObject({ exitCode: 0, one: { duplicates: 1, creates: 0, updates: 0, deletes: 0 } })
  expect(plan.printed).toContain('900001')
  expect(next).toMatchObject({
    exitCode: 0,
    one: { duplicates: 1, created: 0, deleted: 0, verdict: 'balanced' },
  })
  expect(entriesOf(scene).filter((key) => key === '900001')).toHaveLength(2)
})

test.concurrent('SIGTERM while a create is under way ends with 143 after its answer is in the receipts, and the next run finishes', async () => {
  await using scene = await fixture.openScene({ knack: { connection: { concurrency: 1 } } })
  // Long enough for the signal to come first.
  const slow = scene.knack.faults.arm({
    operations: ['create'],
    afterMatches: 2,
    effect: { kind: 'delay', delayMs: 1_000 },
  })
  const running = scene.start(books.args)
  await slow.arrived()
  running.process.kill('SIGTERM')
  const outcome = await running.outcome

  expect(outcome).toMatchObject({ exitCode: 143, result: { exitCode: 143, error: { code: 'CANCELLED' } } })
  expect(entriesOf(scene)).toContain('900003')
  const { client } = fixture.cli
  const parts = await readObjects({ client, bucket: scene.bucket }, 'receipts/')
  const receipts = [...parts]
    .filter(([key]) => key.includes('.receipts'))
    .map(([, bytes]) => bytes.toString())
  expect(receipts.join()).toContain('"outcome":"done"')
  expect(await attempt(fixture, scene, books.args)).toMatchObject({
    exitCode: 0,
    one: { created: 0, deleted: 1 },
  })
  expect(await differencesFrom(books, scene)).toEqual([])
})

test.concurrent('a saved plan that was killed in the middle is applied again, and ends as a clean run', async () => {
  await using scene = await fixture.openScene({ knack: { connection: { concurrency: 1 } } })
  const file = join(fixture.cli.folder, 'killed.plan')
  expect(await attempt(fixture, scene, ['plan', 'ledger', 'books', '--out', file])).toMatchObject({
    exitCode: 0,
  })
  const args = [...books.args, '--plan', file]
  const held = scene.knack.faults.arm({
    operations: ['create'],
    afterMatches: 1,
    effect: { kind: 'hold', at: 'after' },
  })
  const running = scene.start(args)
  await held.arrived()
  running.process.kill('SIGKILL')
  await running.outcome
  held.disarm()

  const told = await attempt(fixture, scene, args)

  expect(told).toMatchObject({ exitCode: 0, one: { created: 1, updated: 0, deleted: 1, alreadyDone: 5 } })
  expect(await differencesFrom(books, scene)).toEqual([])
})
