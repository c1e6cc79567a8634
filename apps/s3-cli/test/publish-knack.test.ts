import type { PublishProgress } from '@findata/core'
import { expect, test } from 'vitest'
import { APP, keyOf, OBJECT, openKnackScene, orders } from './publish-knack-scene.ts'

const DEPT = 'field_1276'
const ID = 'field_1277'
const NAME = 'field_2632'
const STATUS = 'field_3810'
const BALANCE = 'field_3686'
const BUYERS = 'field_3807'
const MODIFIED = 'field_3809'
const DEACTIVATED = 'field_4501'
const NOTES = 'field_4502'

test('A38, A45: creates what is missing once, and the next run makes no call but to read', async () => {
  await using scene = await openKnackScene()

  const first = await scene.publish([...orders(12), ...orders(12)])
  const calls = scene.knack.requests().length
  const second = await scene.publish(orders(12))

  expect(first.summary).toMatchObject({ creates: 12, callsNeeded: 1 + 12 + 1, callsLeft: 24_949 })
  expect(first.outcome).toMatchObject({ created: 12, calls: 1 + 1 + 1 + 12 + 1, refused: [], waiting: 0 })
  expect(first.totals.differences).toEqual([])
  expect(scene.records()).toHaveLength(12)
  expect(second.summary).toMatchObject({ unchanged: 12, creates: 0, callsNeeded: 0 })
  expect(operationsSince(scene.knack.requests(), calls)).toEqual(['metadata', 'list'])
  expect(second.totals).toEqual(first.totals)
})

test('A27: buyer FDUs of one task order appear joined in one record', async () => {
  await using scene = await openKnackScene()

  const { totals } = await scene.publish([
    { id: '1', buyer: '5610 2400 4200' },
    { id: '1', buyer: '5610 2400 4100' },
    { id: '1', buyer: null },
  ])

  expect(scene.records().map((record) => record[BUYERS])).toEqual(['5610 2400 4100,\n5610 2400 4200'])
  expect(totals.differences).toEqual([])
})

test('A26, A32: the modified date is the start of the run on the clock of the app, and only changes carry it', async () => {
  await using scene = await openKnackScene()
  const rows = [{ id: '1' }, { id: '2' }]
  await scene.publish(rows)
  await scene.clock.advance(24 * 60 * 60 * 1000)

  await scene.publish([{ id: '1' }, { id: '2', balance: '11' }])

  expect(scene.records().map((record) => [record[ID], record[MODIFIED]])).toEqual([
    ['1', '01/05/2026 00:00'],
    ['2', '01/06/2026 00:00'],
  ])
})

test('A39, A41: an update is one call that names what changed and the modified date, so that fields of the staff stay', async () => {
  await using scene = await openKnackScene()
  await scene.publish(orders(3))
  const [, second] = scene.records()
  scene.knack.edit(APP, OBJECT, second?.id ?? '', { [NOTES]: 'ask Ana first', [NAME]: 'renamed by hand' })
  const calls = scene.knack.requests().length
  await scene.clock.advance(60_000)

  const { entries } = await scene.publish(orders(3))

  const requests = scene.knack.requests().slice(calls)
  expect(requests.map(({ operation }) => operation)).toEqual(['metadata', 'list', 'update', 'list'])
  expect(requests[2]).toMatchObject({ record: second?.id, body: { [NAME]: 'Order 0002' } })
  expect(Object.keys(requests[2]?.body as object).sort()).toEqual([NAME, MODIFIED].sort())
  expect(entries).toMatchObject([
    {
      kind: 'update',
      changes: [{ field: NAME, from: 'renamed by hand', to: 'Order 0002' }, { field: MODIFIED }],
    },
  ])
  expect(scene.records()[1]).toMatchObject({ [NOTES]: 'ask Ana first', [NAME]: 'Order 0002' })
})

test('A40: of ten updates with one bad record nine are done and one is refused, with the reason', async () => {
  await using scene = await openKnackScene()
  await scene.publish(orders(10))

  const changed = orders(10).map((order) => ({
    ...order,
    status: order.id === '0004' ? 'Abandoned' : 'Inactive',
  }))
  const { outcome, totals } = await scene.publish(changed)

  expect(outcome).toMatchObject({ updated: 9, refused: [{ key: keyOf('0004') }], waiting: 0 })
  expect(outcome.refused[0]?.reason).toContain('STATUS must be one of its options')
  expect(outcome.stopped).toBeUndefined()
  expect(totals).toMatchObject({ mapped: { rows: 9 }, destination: { rows: 9 }, differences: [] })
  expect(totals.notPublished.refused).toMatchObject({ rows: 1, sums: { TASK_ORDER_BAL: '10' } })
  expect(scene.records().filter((record) => record[STATUS] === 'Inactive')).toHaveLength(9)
})

test('A40: sending stops when as many records are refused as the mapping allows', async () => {
  await using scene = await openKnackScene()

  const bad = orders(60).map((order) => ({ ...order, status: 'Abandoned' }))
  const { outcome, totals } = await scene.publish(bad, { mapping: { maxRefused: 3 } })

  expect(outcome.stopped).toMatchObject({ reason: 'rejections' })
  // Calls under way when the third was refused still end.
  expect(outcome.refused.length).toBeGreaterThanOrEqual(3)
  expect(outcome.refused.length).toBeLessThanOrEqual(6)
  expect(outcome.waiting).toBe(60 - outcome.refused.length)
  expect(totals.notPublished.waiting.rows).toBe(outcome.waiting)
  expect(totals.differences).toEqual([])
  expect((await scene.publish(orders(60))).outcome).toMatchObject({ created: 60, held: [] })
})

test('A43: records that left the source are reported, and deleted only where that is configured', async () => {
  await using scene = await openKnackScene()
  await scene.publish(orders(3))

  const reported = await scene.publish(orders(2))
  const deleted = await scene.publish(orders(2), {
    mapping: { departed: { action: 'delete', maxRecords: 1 } },
  })

  expect(reported.entries).toMatchObject([
    { kind: 'departed', key: 'TASK_ORDER_DEPT=2400, TASK_ORDER_ID=0003' },
  ])
  expect(reported.outcome).toMatchObject({ deleted: 0, updated: 0 })
  expect(deleted.summary).toMatchObject({ deletes: 1, departing: { records: 1, limit: 1 } })
  expect(deleted.outcome).toMatchObject({ deleted: 1 })
  expect(scene.records().map((record) => record[ID])).toEqual(['0001', '0002'])
})

const FLAG = { action: 'flag', field: DEACTIVATED, value: 'Yes', maxRecords: 5 } as const

test('A43: records that left the source are flagged once, and the flag is taken back once when they return', async () => {
  await using scene = await openKnackScene()
  await scene.publish(orders(3))
  const options = { mapping: { departed: FLAG } }
  const flags = () => scene.records().map((record) => record[`${DEACTIVATED}_raw`])

  const flagged = await scene.publish(orders(2), options)
  const again = await scene.publish(orders(2), options)
  const flagsOfDeparted = flags()
  const returned = await scene.publish(orders(3), options)
  const settled = await scene.publish(orders(3), options)

  expect(flagged.outcome).toMatchObject({ updated: 1 })
  expect(again.summary).toMatchObject({ departed: 1, updates: 0, departing: { records: 0, limit: 5 } })
  expect(flagsOfDeparted).toEqual([undefined, undefined, true])
  expect(returned.entries).toMatchObject([
    { kind: 'update', key: keyOf('0003'), changes: [{ field: DEACTIVATED, from: 'true', to: null }, {}] },
  ])
  expect(returned.totals).toMatchObject({ differences: [] })
  expect(flags()).toEqual([undefined, undefined, undefined])
  expect(settled.summary).toMatchObject({ updates: 0, unchanged: 3 })
  expect(scene.calls('update')).toBe(2)
})

test('A43: what the staff writes into the field of the flag is neither cleared nor a difference', async () => {
  await using scene = await openKnackScene()
  await scene.publish(orders(2))
  const [first] = scene.records()
  scene.knack.edit(APP, OBJECT, first?.id ?? '', { [DEACTIVATED]: 'No' })

  const { summary, totals } = await scene.publish(orders(2), { mapping: { departed: FLAG } })

  expect(summary).toMatchObject({ updates: 0, unchanged: 2, equalities: {} })
  expect(totals.mapped).toEqual(totals.destination)
  expect(scene.records()[0]?.[`${DEACTIVATED}_raw`]).toBe(false)
})

test('A36: a flag that its field cannot hold is refused, since it would be written in every run', async () => {
  await using scene = await openKnackScene()

  await expect(
    scene.publish(orders(1), { mapping: { departed: { ...FLAG, value: 'Inactive' } } }),
  ).rejects.toMatchObject({
    code: 'DESTINATION_MISMATCH',
    message: expect.stringContaining(`${DEACTIVATED} `),
  })
})

test('A43: records whose rows the filter leaves out stay, where those that left are deleted', async () => {
  await using scene = await openKnackScene()
  await scene.publish(orders(4))
  const departed = { action: 'delete', maxRecords: 5 } as const
  const filter = { not: { column: 'TASK_ORDER_ID', in: ['0002'] } } as const

  const { entries, outcome, summary } = await scene.publish(orders(3), { mapping: { departed, filter } })

  expect(entries).toMatchObject([
    { kind: 'delete', key: keyOf('0004') },
    { kind: 'departed', key: keyOf('0002'), isFilteredOut: true },
  ])
  expect(summary).toMatchObject({ departed: 2, deletes: 1, departing: { records: 1, limit: 5 } })
  expect(outcome).toMatchObject({ deleted: 1 })
  expect(scene.records().map((record) => record[ID])).toEqual(['0001', '0002', '0003'])
})

test('A36: the field that marks records that left must be there', async () => {
  await using scene = await openKnackScene()
  const departed = { action: 'flag', field: 'field_9999', value: 'Yes', maxRecords: 5 } as const

  await expect(scene.publish(orders(1), { mapping: { departed } })).rejects.toMatchObject({
    code: 'DESTINATION_MISMATCH',
    message: expect.stringContaining('field_9999'),
  })
})

test('A37: of records with one key the oldest is kept up to date and the others are reported', async () => {
  await using scene = await openKnackScene()
  await scene.publish(orders(1))
  const twin = scene.knack.insert(APP, OBJECT, { [DEPT]: '2400', [ID]: '0001', [BALANCE]: '99.00' })

  const { entries, outcome, totals } = await scene.publish([{ id: '0001', balance: '12' }])

  const [oldest] = scene.records()
  expect(entries).toMatchObject([
    { kind: 'update', id: oldest?.id },
    { kind: 'duplicate', key: keyOf('0001'), id: twin.id, keptId: oldest?.id },
  ])
  expect(outcome).toMatchObject({ updated: 1 })
  expect(scene.records().map((record) => record[BALANCE])).toEqual(['$12.00', '$99.00'])
  expect(totals.differences).toEqual([])
})

test('A37, A43: what others made during the run is counted when the destination is read back', async () => {
  await using scene = await openKnackScene()
  await scene.publish(orders(1))

  const { summary, totals } = await scene.publish([{ id: '0001', balance: '12' }], {
    beforeApply() {
      for (const id of ['0001', '0002']) scene.knack.insert(APP, OBJECT, { [DEPT]: '2400', [ID]: id })
    },
  })

  expect(summary).toMatchObject({ updates: 1, duplicates: 0, departed: 0 })
  expect(totals).toMatchObject({ duplicates: { rows: 1 }, departed: { rows: 1 }, differences: [] })
})

test('A35: empty values, entities and white space make no update', async () => {
  await using scene = await openKnackScene()
  const rows = [
    { id: '1', name: null },
    { id: '2', name: 'Bridge & ramp' },
    { id: '3', name: 'Lot <50' },
  ]
  await scene.publish(rows)
  const [first, second, third] = scene.records()
  scene.knack.edit(APP, OBJECT, first?.id ?? '', { [NAME]: '' })
  scene.knack.edit(APP, OBJECT, second?.id ?? '', { [NAME]: ' Bridge &amp;  ramp' })

  const { summary } = await scene.publish(rows)

  expect(third?.[NAME]).toBe('Lot < 50')
  expect(summary).toMatchObject({ unchanged: 3, updates: 0 })
})

test('A45: stops cleanly when the calls of the day are used up, and goes on the next day', async () => {
  await using scene = await openKnackScene({ dailyCalls: 40 })
  const settings = { reserveCalls: 5 }

  const first = await scene.publish(orders(50), { settings })
  const usedOnTheFirstDay = scene.knack.callsToday('atd')
  await scene.clock.advance(24 * 60 * 60 * 1000)
  const second = await scene.publish(orders(50), { settings })
  await scene.clock.advance(24 * 60 * 60 * 1000)
  const third = await scene.publish(orders(50), { settings })

  expect(first.outcome.stopped).toMatchObject({ reason: 'allowance', resumeAt: '2026-01-06T00:00:00.000Z' })
  expect(first.outcome.waiting).toBe(50 - first.outcome.created)
  expect(first.totals.differences).toEqual([])
  expect(usedOnTheFirstDay).toBeGreaterThan(30)
  expect(usedOnTheFirstDay).toBeLessThanOrEqual(35)
  expect(first.outcome.created + second.outcome.created + third.outcome.created).toBe(50)
  expect(third.outcome).toMatchObject({ waiting: 0, refused: [], held: [] })
  expect(scene.records()).toHaveLength(50)
})

test('A45: others who use up the calls of the day in the middle stop the run as cleanly', async () => {
  await using scene = await openKnackScene()
  scene.knack.faults.arm({
    operations: ['create'],
    afterMatches: 7,
    effect: { kind: 'allowance-spent' },
  })

  const publishing = scene.publish(orders(20))

  await expect(publishing).rejects.toMatchObject({ code: 'DESTINATION_ALLOWANCE_SPENT' })
  expect(scene.records()).toHaveLength(7)
  await scene.clock.advance(24 * 60 * 60 * 1000)
  const next = await scene.publish(orders(20))
  expect(next.outcome).toMatchObject({ created: 13, held: [] })
  expect(scene.records()).toHaveLength(20)
})

test('sends no more writes than the limit, the most important first', async () => {
  await using scene = await openKnackScene()
  await scene.publish(orders(3))

  const rows = [...orders(5), { id: '0001', name: 'renamed' }, { id: '0003', balance: '12' }]
  const { outcome, totals } = await scene.publish(latest(rows), { limit: 2 })

  expect(outcome).toMatchObject({ updated: 1, created: 1, waiting: 2, stopped: { reason: 'limit' } })
  expect(scene.records()[2]?.[BALANCE]).toBe('$12.00')
  expect(totals.notPublished.waiting.rows).toBe(2)
  expect(totals.differences).toEqual([])
})

test('says how far it is', async () => {
  await using scene = await openKnackScene()
  const told: PublishProgress[] = []

  await scene.publish(orders(2), { onProgress: (progress) => void told.push(progress) })

  expect(told.filter(({ phase }) => phase === 'send')).toEqual([
    { phase: 'send', done: 1, total: 2 },
    { phase: 'send', done: 2, total: 2 },
  ])
  expect(new Set(told.map(({ phase }) => phase))).toEqual(new Set(['read destination', 'send', 'read back']))
})

test('reads back again for a while when the store lags behind', async () => {
  await using scene = await openKnackScene()
  const before = scene.clock.now().getTime()
  scene.knack.faults.arm({
    operations: ['create'],
    effect: { kind: 'hand-edit', at: 'after', edit: { action: 'remove', record: 'first' } },
  })

  const { totals } = await scene.publish(orders(1))

  expect(totals.differences).toEqual([`${keyOf('0001')} is not there`])
  expect(totals).toMatchObject({ mapped: { rows: 1 }, destination: { rows: 0 } })
  expect(scene.clock.now().getTime() - before).toBeGreaterThan(30_000)
})

function operationsSince(requests: readonly { readonly operation: string }[], first: number): string[] {
  return requests.slice(first).map(({ operation }) => operation)
}

/** The last row of each order. */
function latest<T extends { readonly id: string }>(rows: readonly T[]): T[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()]
}
