import { SOCRATA_FAULT_EFFECTS, type SocrataFaultKind } from '@findata/sandbox'
import { describe, expect, test } from 'vitest'
import {
  ORDERS_DATASET,
  openSocrataPublishScene,
  orders,
  ordersDestination,
  toSavedPlan,
} from './publish-socrata-scene.ts'

describe('sending', () => {
  test('A54: rows go up in chunks of so many rows, and a second run sends nothing', async () => {
    await using scene = await openSocrataPublishScene({
      destination: ordersDestination({}, { rowsPerRequest: 1_000 }),
    })

    const first = await scene.publish(orders(2_345))
    const second = await scene.publish(orders(2_345))

    expect(first.requests.map(({ rows }) => rows)).toEqual([1_000, 1_000, 345])
    expect(first.outcome).toMatchObject({ created: 2_345, updated: 0, refused: [], waiting: 0 })
    expect(Object.keys(scene.held())).toHaveLength(2_345)
    expect(first.totals.differences).toEqual([])
    expect(first.totals.destination).toEqual(first.totals.mapped)
    expect(second.requests).toEqual([])
    expect(second.plan).toMatchObject({ creates: 0, updates: 0, unchanged: 2_345, callsNeeded: 0 })
    expect(second.totals).toEqual(first.totals)
  })

  test('A54: a chunk holds no more bytes than a request may', async () => {
    await using scene = await openSocrataPublishScene({
      destination: ordersDestination({}, { bytesPerRequest: 2_000 }),
    })

    const { requests } = await scene.publish(orders(50, () => ({ NAME: 'ä'.repeat(100) })))

    expect(requests.length).toBeGreaterThan(5)
    expect(Math.max(...requests.map(({ bytes }) => bytes))).toBeLessThanOrEqual(2_000)
    expect(Object.keys(scene.held())).toHaveLength(50)
  })

  test('only rows that changed go up, with the fields that changed', async () => {
    await using scene = await openSocrataPublishScene()
    await scene.publish(orders(5))
    scene.server.edit(scene.dataset, '0002', { remark: 'Ours' })

    const { requests, outcome, entries } = await scene.publish(
      orders(5, (index) => (index === 1 ? { AMOUNT: '7.25' } : {})),
      { beforeApply: () => scene.server.edit(scene.dataset, '0002', { name: 'By hand' }) },
    )

    expect(entries).toEqual([
      {
        kind: 'update',
        key: 'ID=0002, DEPT=2400',
        id: '0002',
        changes: [{ field: 'amount', from: '1.5', to: '7.25' }],
      },
    ])
    expect(requests.map(({ rows }) => rows)).toEqual([1])
    expect(outcome.updated).toBe(1)
    expect(scene.held()['0002']).toMatchObject({ amount: '7.25', remark: 'Ours', name: 'By hand' })
  })

  test('A61: a value that is gone is cleared by null, and a number is never NaN', async () => {
    await using scene = await openSocrataPublishScene()
    await scene.publish(orders(2))

    const { outcome, totals } = await scene.publish(orders(2, () => ({ AMOUNT: null, OPENED: null })))

    expect(outcome).toMatchObject({ updated: 2, refused: [] })
    expect(scene.held()).toEqual({
      '0001': { id: '0001', name: 'Order 0001' },
      '0002': { id: '0002', name: 'Order 0002' },
    })
    expect(totals.destination.money.AMOUNT).toEqual({ nonNull: 0, sum: '0', min: null, max: null })
  })

  test('what differs only in form is not sent', async () => {
    await using scene = await openSocrataPublishScene({
      definition: {
        ...ORDERS_DATASET,
        rows: [{ id: '0001', name: 'Order  0001', amount: '0.50', opened: '2026-01-05T00:00:00.000' }],
      },
    })

    expect((await scene.publish(orders(1))).requests).toEqual([])
  })
})

describe('what the service does not take', () => {
  test('A55: bad rows are found and refused with its words, and all others are sent', async () => {
    await using scene = await openSocrataPublishScene()
    scene.server.faults.arm({ effect: { kind: 'bad-row' }, row: '0007', times: 'always' })
    scene.server.faults.arm({ effect: { kind: 'bad-row' }, row: '0090', times: 'always' })

    const { outcome, requests, totals } = await scene.publish(orders(100))

    expect(outcome).toMatchObject({
      created: 98,
      refused: [
        { key: 'ID=0007, DEPT=2400', reason: '400 One of the rows could not be processed; no row was taken' },
        { key: 'ID=0090, DEPT=2400', reason: expect.stringMatching(/^400 /) },
      ],
      waiting: 0,
    })
    expect(outcome.stopped).toBeUndefined()
    expect(Object.keys(scene.held())).toHaveLength(98)
    expect(requests.length).toBeLessThanOrEqual(2 * 2 * 8)
    expect(await scene.history('ID=0007, DEPT=2400')).toEqual([
      'create: refused, 400 One of the rows could not be processed; no row was taken',
    ])
    expect(totals.differences).toEqual([])
    expect(totals.notPublished.refused).toEqual({ rows: 2, sums: { AMOUNT: '96' } })
  })

  test.for(['row-errors', 'missing-rows'] as const)(
    'A55: rows that are not counted as taken are sent again, after %s',
    async (kind) => {
      await using scene = await openSocrataPublishScene()
      scene.server.faults.arm({ effect: { kind, rows: 3 }, operations: ['Upsert'] })

      const { outcome, totals } = await scene.publish(orders(20))

      expect(outcome).toMatchObject({ created: 20, refused: [] })
      expect(Object.keys(scene.held())).toHaveLength(20)
      expect(totals.differences).toEqual([])
    },
  )

  test.for(['row-errors', 'missing-rows'] as const)(
    'A55: a row that is never counted as taken is refused, after %s',
    async (kind) => {
      await using scene = await openSocrataPublishScene()
      scene.server.faults.arm({ effect: { kind, rows: 1 }, row: '0001', times: 'always' })

      const { outcome, totals } = await scene.publish(orders(8))

      expect(outcome.refused).toEqual([
        { key: 'ID=0001, DEPT=2400', reason: expect.stringMatching(/^200, but of 1 sent/) },
      ])
      expect(outcome.created).toBe(7)
      expect(totals.notPublished.refused.rows).toBe(1)
      expect(totals.differences).toEqual([])
    },
  )

  test('sending stops after so many refused rows', async () => {
    await using scene = await openSocrataPublishScene({ destination: ordersDestination({ maxRefused: 3 }) })
    scene.server.faults.arm({ effect: { kind: 'bad-row' }, times: 'always' })

    const { outcome, totals } = await scene.publish(orders(1_500))

    expect(outcome.refused).toHaveLength(3)
    expect(outcome).toMatchObject({ created: 0, waiting: 1_497, stopped: { reason: 'rejections' } })
    expect(scene.server.callCount()).toBeLessThan(40)
    expect(totals.notPublished).toMatchObject({ refused: { rows: 3 }, waiting: { rows: 1_497 } })
    expect(totals.differences).toEqual([])
  })

  test('entities that have one row identifier are all rejected, and none wins', async () => {
    await using scene = await openSocrataPublishScene()
    const [order] = orders(1)

    const { entries, totals } = await scene.publish([...orders(3), { ...order, DEPT: '6200', AMOUNT: '9' }])

    expect(
      entries
        .filter(({ kind }) => kind === 'rejected')
        .map(({ key }) => key)
        .sort(),
    ).toEqual(['ID=0001, DEPT=2400', 'ID=0001, DEPT=6200'])
    expect(Object.keys(scene.held())).toEqual(['0002', '0003'])
    expect(totals.notPublished.rejected).toEqual({ rows: 2, sums: { AMOUNT: '9.5' } })
  })

  test('an entity without a row identifier is rejected with its amount', async () => {
    await using scene = await openSocrataPublishScene()

    const { entries, totals } = await scene.publish([
      ...orders(1),
      { ID: ' ', DEPT: '1', NAME: 'X', AMOUNT: '3.25' },
    ])

    expect(entries.at(-1)).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('no value in the key field id'),
    })
    expect(totals.notPublished.rejected).toEqual({ rows: 1, sums: { AMOUNT: '3.25' } })
  })
})

/** What a run gets over by itself. */
const RECOVERABLE = [
  'still-processing',
  'row-errors',
  'missing-rows',
  'bad-row',
  'throttled',
  'internal-error',
  'unavailable',
  'execution-timeout',
  'drop-before',
  'lost-reply',
  'slow-answer',
  'no-answer',
  'lagging-reads',
  'message-in-200',
  'truncated-json',
  'html-reply',
] as const satisfies readonly SocrataFaultKind[]

describe.for(RECOVERABLE)('after %s', (kind) => {
  test.for([0, 1, 2])('at call %i of its kind a run ends with every row once', async (afterMatches) => {
    await using scene = await openSocrataPublishScene({
      destination: ordersDestination(
        { departed: { action: 'delete', maxRecords: 10 } },
        { rowsPerRequest: 10 },
      ),
      timeoutMs: 250,
    })
    await scene.publish(orders(25))
    scene.server.faults.arm({ effect: SOCRATA_FAULT_EFFECTS[kind], afterMatches })
    const changed = orders(30, (index) => ({ NAME: `New ${index}` })).slice(3)

    const { outcome, totals } = await scene.publish(changed)

    expect(
      Object.values(scene.held())
        .map(({ name }) => name)
        .sort(),
    ).toEqual(changed.map(({ NAME }) => NAME).sort())
    expect(outcome).toMatchObject({ created: 5, updated: 22, deleted: 3, refused: [], waiting: 0 })
    expect(totals.differences).toEqual([])
    expect((await scene.plan(changed)).entries).toEqual([])
  })
})

test('A55: reading back waits for what lags, and tells what never comes', async () => {
  await using scene = await openSocrataPublishScene()
  scene.server.faults.arm({ effect: { kind: 'lagging-reads', lagMs: 3_600_000 } })

  const { totals } = await scene.publish(orders(2))

  expect(totals.differences).toEqual(['ID=0001, DEPT=2400 is not there', 'ID=0002, DEPT=2400 is not there'])
  expect(totals.mapped.rows).toBe(2)
  expect(totals.destination.rows).toBe(0)
})

describe('a run that is cut', () => {
  test('A64: ends with what the service said when it stays busy, and the next run finishes', async () => {
    await using scene = await openSocrataPublishScene({
      destination: ordersDestination({}, { rowsPerRequest: 10 }),
    })
    const fault = scene.server.faults.arm({
      effect: { kind: 'unavailable' },
      operations: ['Upsert'],
      afterMatches: 1,
      times: 'always',
    })

    await expect(scene.publish(orders(25))).rejects.toMatchObject({
      code: 'DESTINATION_BUSY',
      message: expect.stringMatching(/upsert 10 rows in dataset orde-rs01.*503.*request id/),
    })
    fault.disarm()

    expect(Object.keys(scene.held())).toHaveLength(10)
    expect((await scene.openJournal()).unanswered).toHaveLength(10)
    expect(await scene.history('ID=0015, DEPT=2400')).toEqual([
      'create: unclear, 503 The service is unavailable at this time',
    ])
    const { outcome } = await scene.publish(orders(25))
    expect(outcome).toMatchObject({ created: 15 })
    expect(Object.keys(scene.held())).toHaveLength(25)
    expect((await scene.openJournal()).unanswered).toEqual([])
    expect(await scene.history('ID=0015, DEPT=2400')).toEqual([
      'create: done, 200',
      'create: not sent, the next run did not find it done',
    ])
  })

  test('sends nothing whose intent is not in the journal', async () => {
    await using scene = await openSocrataPublishScene({
      destination: ordersDestination({}, { rowsPerRequest: 10 }),
    })
    let batches = 0

    const run = scene.publish(orders(25), {
      journal: (journal) => ({
        ...journal,
        writeIntents: (intents) =>
          ++batches === 2 ? Promise.reject(new Error('the store is gone')) : journal.writeIntents(intents),
      }),
    })

    await expect(run).rejects.toThrow('the store is gone')
    expect(Object.keys(scene.held())).toHaveLength(10)
  })

  test('keeps what was sent when its receipts are lost, and the next run sends only the rest', async () => {
    await using scene = await openSocrataPublishScene({
      destination: ordersDestination({}, { rowsPerRequest: 10 }),
    })

    const run = scene.publish(orders(25), {
      journal: (journal) => ({
        ...journal,
        writeReceipts: () => Promise.reject(new Error('the store is gone')),
      }),
    })
    await expect(run).rejects.toThrow('the store is gone')

    const { outcome, requests } = await scene.publish(orders(25))
    expect(outcome).toMatchObject({ created: 15 })
    expect(requests.map(({ rows }) => rows)).toEqual([10, 5])
    expect(await scene.history('ID=0003, DEPT=2400')).toEqual(['create: found, the next run found it done'])
    expect((await scene.openJournal()).unanswered).toEqual([])
  })

  test('stops between two chunks at a signal', async () => {
    await using scene = await openSocrataPublishScene({
      destination: ordersDestination({}, { rowsPerRequest: 10 }),
    })
    const stop = new AbortController()
    const held = scene.server.faults.arm({ effect: { kind: 'hold', at: 'after' }, operations: ['Upsert'] })

    const run = scene.publish(orders(25), { signal: stop.signal })
    await held.arrived()
    stop.abort(new Error('stopped'))

    await expect(run).rejects.toThrow('stopped')
    held.release()
    expect((await scene.publish(orders(25))).outcome).toMatchObject({ created: 15, refused: [] })
    expect(Object.keys(scene.held())).toHaveLength(25)
  })

  test('sends as many writes as the limit says, and says how many are left', async () => {
    await using scene = await openSocrataPublishScene({
      destination: ordersDestination({}, { rowsPerRequest: 10 }),
    })

    const { outcome, totals } = await scene.publish(orders(25), { limit: 13 })

    expect(outcome).toMatchObject({ created: 13, waiting: 12, stopped: { reason: 'limit' } })
    expect(Object.keys(scene.held())).toHaveLength(13)
    expect(totals.notPublished.waiting.rows).toBe(12)
    expect(totals.differences).toEqual([])
  })

  test('a limit that is just reached leaves nothing', async () => {
    await using scene = await openSocrataPublishScene()

    const { outcome } = await scene.publish(orders(5), { limit: 5 })

    expect(outcome).toMatchObject({ created: 5, waiting: 0 })
    expect(outcome.stopped).toBeUndefined()
  })
})

describe('a saved plan', () => {
  test('is applied as it was saved, and refused for rows that changed meanwhile', async () => {
    await using scene = await openSocrataPublishScene()
    await scene.publish(orders(5))
    const wanted = orders(6, (index) => (index < 3 ? { NAME: `New ${index}` } : {}))
    const saved = toSavedPlan(await scene.plan(wanted))
    scene.server.edit(scene.dataset, '0002', { name: 'By hand' })
    scene.server.edit(scene.dataset, '0003', { name: 'New 2' })

    const { outcome, totals } = await scene.publish(wanted, { saved })

    expect(outcome).toMatchObject({
      created: 1,
      updated: 1,
      alreadyDone: 1,
      stale: [{ key: 'ID=0002, DEPT=2400' }],
    })
    expect(scene.held()['0002']).toMatchObject({ name: 'By hand' })
    expect(totals.notPublished.stale.rows).toBe(1)
    expect(totals.differences).toEqual([])
  })

  test('leaves alone what it does not say', async () => {
    await using scene = await openSocrataPublishScene()
    const saved = toSavedPlan(await scene.plan(orders(2)))

    const { outcome, totals } = await scene.publish(orders(4), { saved })

    expect(outcome).toMatchObject({ created: 2, waiting: 2 })
    expect(Object.keys(scene.held())).toEqual(['0001', '0002'])
    expect(totals.notPublished.waiting.rows).toBe(2)
  })
})
