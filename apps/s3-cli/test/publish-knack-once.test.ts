import type { PublishJournal } from '@findata/core'
import { expect, test } from 'vitest'
import { APP, type KnackScene, keyOf, OBJECT, openKnackScene, orders } from './publish-knack-scene.ts'

const DEPT = 'field_1276'
const ID = 'field_1277'
const STATUS = 'field_3810'
const SETTLE_MS = 10 * 60 * 1000

test('A42: a create whose answer was lost is looked up at once and not sent again', async () => {
  await using scene = await openKnackScene()
  scene.knack.faults.arm({ operations: ['create'], text: '0003', effect: { kind: 'lost-reply' } })

  const { outcome, totals, runId } = await scene.publish(orders(5))

  expect(outcome).toMatchObject({ created: 5, held: [] })
  expect(idsOf(scene)).toEqual(['0001', '0002', '0003', '0004', '0005'])
  expect(scene.calls('create')).toBe(5)
  expect(totals.differences).toEqual([])
  expect(await scene.history(keyOf('0003'))).toMatchObject([
    { intent: { runId, kind: 'create' }, receipt: { outcome: 'found' } },
  ])
})

test('A42: a create that never arrived is sent again when it can no longer arrive', async () => {
  await using scene = await openKnackScene()
  const before = scene.clock.now().getTime()
  const messages: (string | undefined)[] = []
  scene.knack.faults.arm({ operations: ['create'], text: '0003', effect: { kind: 'reset-before' } })

  const { outcome, totals } = await scene.publish(orders(5), {
    onProgress: ({ phase, message }) => void (phase === 'settle' && messages.push(message)),
  })

  expect(outcome).toMatchObject({ created: 5, held: [] })
  expect(idsOf(scene)).toEqual(['0001', '0002', '0003', '0004', '0005'])
  expect(scene.calls('create')).toBe(6)
  expect(scene.clock.now().getTime() - before).toBeGreaterThan(SETTLE_MS)
  expect(messages).toEqual([expect.stringMatching(/^1 create had no answer.*until 2026-01-05T06:10:0/)])
  expect(totals.differences).toEqual([])
  const history = await scene.history(keyOf('0003'))
  expect(history.map(({ receipt }) => receipt?.outcome).sort()).toEqual(['done', 'not sent'])
})

test('A42: a create that arrives late is found when its settle time is over', async () => {
  await using scene = await openKnackScene()
  scene.knack.faults.arm({
    operations: ['create'],
    text: '0003',
    effect: { kind: 'late-write', landsAfterMs: 180_000, answer: 'gateway-timeout' },
  })

  const { outcome, totals } = await scene.publish(orders(5))

  expect(outcome).toMatchObject({ created: 5, held: [] })
  expect(idsOf(scene)).toEqual(['0001', '0002', '0003', '0004', '0005'])
  expect(scene.calls('create')).toBe(5)
  expect(totals.differences).toEqual([])
})

test('A42: a timer that fires too early does not leave a create held that is waited for', async () => {
  await using scene = await openKnackScene()
  scene.knack.faults.arm({ operations: ['create'], text: '0001', effect: { kind: 'reset-before' } })

  const { outcome } = await scene.publish(orders(1), {
    clock: (clock) => ({
      now: clock.now,
      sleep: (ms, signal) => clock.sleep(ms > SETTLE_MS / 2 ? ms - 1 : ms, signal),
    }),
  })

  expect(outcome).toMatchObject({ created: 1, held: [] })
  expect(idsOf(scene)).toEqual(['0001'])
})

test('A42: without waiting an unclear create is held, by the next runs too, until its settle time is over', async () => {
  await using scene = await openKnackScene()
  scene.knack.faults.arm({ operations: ['create'], text: '0003', effect: { kind: 'reset-before' } })

  const first = await scene.publish(orders(5), { waitsForUnclear: false })
  const second = await scene.publish(orders(5), { waitsForUnclear: false })
  await scene.clock.advance(SETTLE_MS + 180_000)
  const third = await scene.publish(orders(5), { waitsForUnclear: false })
  const fourth = await scene.publish(orders(5), { waitsForUnclear: false })

  expect(first.outcome).toMatchObject({ created: 4, held: [{ key: keyOf('0003') }] })
  expect(first.totals).toMatchObject({ notPublished: { held: { rows: 1 } }, differences: [] })
  expect(second.summary).toMatchObject({ creates: 0, held: 1 })
  expect(second.outcome).toMatchObject({ created: 0, held: [{ key: keyOf('0003') }] })
  expect(third.summary).toMatchObject({ creates: 1, held: 0 })
  expect(third.outcome).toMatchObject({ created: 1, held: [] })
  expect(fourth.summary).toMatchObject({ unchanged: 5, creates: 0, held: 0 })
  expect(idsOf(scene)).toEqual(['0001', '0002', '0003', '0004', '0005'])
})

test('A42: a run that was killed with creates under way leaves them to the settle time of the next run', async () => {
  await using scene = await openKnackScene()
  scene.knack.faults.arm({
    operations: ['create'],
    times: 'always',
    effect: { kind: 'late-write', landsAfterMs: 120_000, answer: 'gateway-timeout' },
  })
  const killed = scene.publish(orders(3), { journal: losingReceipts, waitsForUnclear: false })
  await expect(killed).rejects.toThrow('the process is gone')
  scene.knack.faults.clear()

  const next = await scene.publish(orders(3))

  expect(next.summary).toMatchObject({ held: 3, creates: 0 })
  expect(next.outcome).toMatchObject({ created: 0, alreadyDone: 3, held: [] })
  expect(next.totals.differences).toEqual([])
  expect(idsOf(scene)).toEqual(['0001', '0002', '0003'])
})

test('A37: a record that arrives after its settle time is reported as a duplicate by the next plan', async () => {
  await using scene = await openKnackScene()
  scene.knack.faults.arm({
    operations: ['create'],
    text: '0002',
    effect: { kind: 'late-write', landsAfterMs: 2 * SETTLE_MS, answer: 'reset' },
  })
  await scene.publish(orders(2))
  await scene.clock.advance(2 * SETTLE_MS)

  const { entries, summary } = await scene.publish(orders(2))

  expect(idsOf(scene)).toEqual(['0001', '0002', '0002'])
  expect(summary).toMatchObject({ unchanged: 2, duplicates: 1, creates: 0, updates: 0 })
  expect(entries).toMatchObject([{ kind: 'duplicate', key: keyOf('0002') }])
})

test('A42: a record that somebody made since the plan becomes an update, or nothing', async () => {
  await using scene = await openKnackScene()

  const { outcome, totals } = await scene.publish(orders(3), {
    beforeApply() {
      scene.knack.insert(APP, OBJECT, { [DEPT]: '2400', [ID]: '0002', [STATUS]: 'Active' })
      // The id is the same, the department is not.
      scene.knack.insert(APP, OBJECT, { [DEPT]: '6200', [ID]: '0003' })
    },
  })

  expect(outcome).toMatchObject({ created: 2, updated: 1 })
  const update = scene.knack.requests().find(({ operation }) => operation === 'update')
  for (const same of [DEPT, ID, STATUS]) expect(update?.body).not.toHaveProperty(same)
  expect(idsOf(scene)).toEqual(['0001', '0002', '0003', '0003'])
  expect(totals.differences).toEqual([])
})

test('a stop ends the calls that are under way, writes their receipts down and sends nothing more', async () => {
  await using scene = await openKnackScene()
  const stop = new AbortController()
  let isStopped = false
  const stopping = scene.publish(orders(40), {
    signal: stop.signal,
    onProgress({ phase, done }) {
      if (phase !== 'send' || done < 5 || isStopped) return
      isStopped = true
      stop.abort(new Error('stopped by hand'))
    },
  })

  await expect(stopping).rejects.toThrow('stopped by hand')

  const made = scene.records().length
  expect(made).toBeGreaterThanOrEqual(5)
  expect(made).toBeLessThanOrEqual(5 + 4)
  const next = await scene.publish(orders(40), { waitsForUnclear: false })
  expect(next.summary).toMatchObject({ creates: 40 - made, held: 0 })
  expect(idsOf(scene)).toHaveLength(40)
})

test('nothing is sent whose intent is not acknowledged, and the next run need not wait for it', async () => {
  await using scene = await openKnackScene()
  const failing = scene.publish(orders(3), {
    journal: (journal) => ({
      ...journal,
      async writeIntents(intents) {
        await journal.writeIntents(intents)
        throw new Error('the answer of the store was lost')
      },
    }),
  })

  await expect(failing).rejects.toThrow('the answer of the store was lost')

  expect(scene.calls('create')).toBe(0)
  const next = await scene.publish(orders(3))
  expect(next.summary).toMatchObject({ creates: 3, held: 0 })
})

test('credentials that are refused in the middle end the run, and what was done is known to the next', async () => {
  await using scene = await openKnackScene()
  const failing = scene.publish(orders(3), {
    settings: { apiKey: () => 'another-key' },
  })
  await expect(failing).rejects.toMatchObject({ code: 'DESTINATION_CREDENTIALS_REFUSED' })

  const next = await scene.publish(orders(3))

  expect(next.outcome).toMatchObject({ created: 3 })
})

test('a saved plan sends only what it says, and leaves alone what changed since', async () => {
  await using scene = await openKnackScene()
  await scene.publish(orders(3))
  const changed = orders(4).map((order) => ({ ...order, name: `new ${order.id}` }))
  const planned = await scene.publish(changed, { limit: 0 })
  const saved = {
    summary: planned.summary,
    fields: planned.fields,
    entries: () => iterate(planned.entries.filter(({ key }) => key !== keyOf('0004'))),
  }
  const [first, second] = scene.records()
  scene.knack.edit(APP, OBJECT, first?.id ?? '', { field_2632: 'renamed by hand' })
  scene.knack.edit(APP, OBJECT, second?.id ?? '', { field_2632: 'new 0002' })

  const { outcome, totals } = await scene.publish(changed, { saved })

  expect(outcome).toMatchObject({
    created: 0,
    updated: 1,
    alreadyDone: 1,
    waiting: 1,
    stale: [{ key: keyOf('0001') }],
  })
  expect(totals).toMatchObject({
    notPublished: { stale: { rows: 1 }, waiting: { rows: 1 } },
    differences: [],
  })
  expect(scene.records().map(({ field_2632 }) => field_2632)).toEqual([
    'renamed by hand',
    'new 0002',
    'new 0003',
  ])
})

function idsOf(scene: KnackScene): unknown[] {
  return scene
    .records()
    .map((record) => record[ID])
    .sort()
}

/** As if the process were killed before it could write down what was answered. */
function losingReceipts(journal: PublishJournal): PublishJournal {
  return { ...journal, writeReceipts: () => Promise.reject(new Error('the process is gone')) }
}

async function* iterate<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}
