import { expect, test } from 'vitest'
import { KNACK_FAULT_EFFECTS, type KnackFaultEffect } from '../src/knack/knack-faults.ts'
import { type KnackUnderTest, openKnack } from './knack-client.ts'

const CREATE = { field_1: 'A' }

/** What a client sees of a create that each fault hits, and what there is afterwards. */
const OUTCOMES: {
  readonly [Kind in KnackFaultEffect['kind']]: readonly [sees: unknown, keys: readonly string[]]
} = {
  'server-error': [503, []],
  'reset-before': ['reset', []],
  'lost-reply': ['reset', ['A']],
  'late-write': ['reset', []],
  delay: [200, ['A']],
  'no-answer': ['timeout', []],
  'rate-limited': [429, []],
  'allowance-spent': [429, []],
  'wrong-total': [200, ['A']],
  'hand-edit': [200, []],
  'big-page-fails': [200, ['A']],
  'truncated-json': ['broken JSON', ['A']],
  'html-reply': ['HTML', []],
  hold: ['timeout', []],
}

for (const [kind, [sees, keys]] of Object.entries(OUTCOMES)) {
  test(`${kind}: a create is seen as ${sees} and leaves ${keys.length} records`, async () => {
    await using knack = await openKnack()
    const fault = knack.server.faults.arm({ effect: KNACK_FAULT_EFFECTS[kind as KnackFaultEffect['kind']] })
    const giveUp = sees === 'timeout' ? fault.arrived() : undefined

    expect([await seen(knack, 'POST', '', CREATE, giveUp), knack.keys()]).toEqual([sees, keys])
  })
}

test('a server error after the write leaves the write', async () => {
  await using knack = await openKnack()
  knack.server.faults.arm({ effect: { kind: 'server-error', status: 502, at: 'after' } })

  expect([await seen(knack, 'POST', '', CREATE), knack.keys()]).toEqual([502, ['A']])
})

test('a page of HTML after the write leaves the write', async () => {
  await using knack = await openKnack()
  knack.server.faults.arm({ effect: { kind: 'html-reply', at: 'after' } })

  expect([await seen(knack, 'POST', '', CREATE), knack.keys()]).toEqual(['HTML', ['A']])
})

test('a create whose connection broke lands minutes later', async () => {
  await using knack = await openKnack()
  knack.server.faults.arm({ effect: { kind: 'late-write', landsAfterMs: 180_000, answer: 'reset' } })
  const sees = await seen(knack, 'POST', '', CREATE)
  await knack.clock.advance(179_999)
  const before = knack.keys()
  await knack.clock.advance(1)

  expect([sees, before, knack.keys()]).toEqual(['reset', [], ['A']])
})

test('a create that a gateway gave up on lands between two look-ups', async () => {
  await using knack = await openKnack()
  knack.server.faults.arm({ effect: { kind: 'late-write', landsAfterMs: 60_000, answer: 'gateway-timeout' } })
  const sees = await seen(knack, 'POST', '', CREATE)
  const lookUp = async () => (await knack.call('GET')).json as { total_records: number }
  const first = await lookUp()
  await knack.clock.advance(60_000)
  const second = await lookUp()

  expect([sees, first.total_records, second.total_records]).toEqual([504, 0, 1])
})

test('a slow create succeeds after its client gave up', async () => {
  await using knack = await openKnack()
  const fault = knack.server.faults.arm({
    effect: { kind: 'late-write', landsAfterMs: 60_000, answer: 'when-done' },
  })
  const giveUp = new AbortController()
  const call = knack.call('POST', '', CREATE, { signal: giveUp.signal })
  await fault.arrived()
  giveUp.abort()
  await expect(call).rejects.toThrow('aborted')
  await knack.clock.advance(60_000)

  expect(knack.keys()).toEqual(['A'])
})

test('a slow create answers the client that waits', async () => {
  await using knack = await openKnack()
  knack.server.faults.arm({ effect: { kind: 'late-write', landsAfterMs: 60_000, answer: 'when-done' } })
  const before = knack.clock.now().getTime()
  const { status, json } = await knack.call('POST', '', CREATE)

  expect([status, json]).toMatchObject([200, CREATE])
  expect(knack.clock.now().getTime() - before).toBe(60_000)
})

test('a late write that the app refuses changes nothing', async () => {
  await using knack = await openKnack()
  knack.server.faults.arm({ effect: { kind: 'late-write', landsAfterMs: 1, answer: 'reset' } })
  await seen(knack, 'POST', '', { field_2: 'no amount' })
  await knack.clock.advance(1)

  expect(knack.keys()).toEqual([])
})

test('a list announces more or fewer records than it has', async () => {
  await using knack = await openKnack({ totalRecordsOff: -1 })
  for (const field_1 of ['A', 'B', 'C']) knack.server.insert('app', 'object_1', { field_1 })
  const always = await knack.call('GET', '?rows_per_page=2')
  knack.server.faults.arm({ effect: { kind: 'wrong-total', by: 4 } })
  const once = await knack.call('GET', '?rows_per_page=2')

  expect(always.json).toMatchObject({ total_records: 2, total_pages: 1, records: [{}, {}] })
  expect(once.json).toMatchObject({ total_records: 7, total_pages: 4, records: [{}, {}] })
})

test('a record that is deleted between two pages moves the next one out of sight', async () => {
  await using knack = await openKnack()
  for (const field_1 of ['A', 'B', 'C', 'D']) knack.server.insert('app', 'object_1', { field_1 })
  knack.server.faults.arm({
    effect: { kind: 'hand-edit', at: 'after', edit: { action: 'remove', record: 'first' } },
  })
  const pages = [
    await knack.call('GET', '?rows_per_page=2'),
    await knack.call('GET', '?rows_per_page=2&page=2'),
  ]

  expect(pages.flatMap(({ json }) => keysOf(json))).toEqual(['A', 'B', 'D'])
})

test('a record that is changed between two pages comes twice when no order was asked for', async () => {
  await using knack = await openKnack()
  for (const field_1 of ['A', 'B', 'C', 'D']) knack.server.insert('app', 'object_1', { field_1 })
  knack.server.faults.arm({
    effect: {
      kind: 'hand-edit',
      at: 'after',
      edit: { action: 'edit', record: 'first', values: { field_2: '1' } },
    },
  })
  const pages = [
    await knack.call('GET', '?rows_per_page=2'),
    await knack.call('GET', '?rows_per_page=2&page=2'),
  ]

  expect(pages.flatMap(({ json }) => keysOf(json))).toEqual(['A', 'B', 'D', 'A'])
})

test('a record that is inserted before a call is part of its answer', async () => {
  await using knack = await openKnack()
  knack.server.faults.arm({
    effect: { kind: 'hand-edit', at: 'before', edit: { action: 'insert', values: { field_1: 'new' } } },
  })

  expect(keysOf((await knack.call('GET')).json)).toEqual(['new'])
})

test('a page of too many rows fails as long as it is asked for, a smaller one passes', async () => {
  await using knack = await openKnack()
  knack.server.faults.arm({ effect: { kind: 'big-page-fails', aboveRows: 250 }, times: 'always' })
  const statuses = []
  for (const rows of [1_000, 500, 250, 1_000, 25]) {
    statuses.push((await knack.call('GET', `?rows_per_page=${rows}`)).status)
  }

  expect(statuses).toEqual([500, 500, 200, 500, 200])
})

test('a spent allowance stays spent until midnight', async () => {
  await using knack = await openKnack()
  knack.server.faults.arm({ effect: { kind: 'allowance-spent' } })
  const first = await knack.call('GET')
  const second = await knack.call('GET')
  await knack.clock.advance(24 * 60 * 60 * 1_000)
  const nextDay = await knack.call('GET')

  expect([first.status, second.status, nextDay.status]).toEqual([429, 429, 200])
  expect(first.headers.get('X-PlanLimit-Remaining')).toBe('0')
})

test('a burst of others is told apart from a spent allowance by its headers', async () => {
  await using knack = await openKnack()
  knack.server.faults.arm({ effect: { kind: 'rate-limited' } })
  const { headers } = await knack.call('GET')

  expect(headers.get('X-RateLimit-Remaining')).toBe('0')
  expect(headers.get('X-PlanLimit-Remaining')).toBe('25000')
})

test('a held call goes on when it is released', async () => {
  await using knack = await openKnack()
  const before = knack.server.faults.arm({ effect: { kind: 'hold', at: 'before' } })
  const after = knack.server.faults.arm({ effect: { kind: 'hold', at: 'after' }, afterMatches: 1 })
  const first = knack.call('POST', '', CREATE)
  await before.arrived()
  const second = knack.call('POST', '', { field_1: 'B' })
  await after.arrived()
  const whileHeld = knack.keys()
  before.release()
  after.release()

  expect(whileHeld).toEqual(['B'])
  expect([(await first).status, (await second).status, knack.keys()]).toEqual([200, 200, ['B', 'A']])
})

test('a held call whose client has gone by the release is dropped', async () => {
  await using knack = await openKnack()
  const fault = knack.server.faults.arm({ effect: { kind: 'hold', at: 'before' } })
  const sees = await seen(knack, 'POST', '', CREATE, fault.arrived())
  fault.release()
  await knack.call('GET')

  expect([sees, knack.keys()]).toEqual(['timeout', []])
})

test('a fault hits the calls that it matches, so many times after so many', async () => {
  await using knack = await openKnack()
  const effect = { kind: 'server-error', status: 503, at: 'before' } as const
  knack.server.faults.arm({
    effect,
    operations: ['create'],
    text: '"field_1":"hit"',
    afterMatches: 1,
    times: 2,
  })
  const statuses = []
  for (const field_1 of ['hit', 'other', 'hit', 'hit', 'hit']) {
    statuses.push((await knack.call('POST', '', { field_1 })).status)
    statuses.push((await knack.call('GET')).status)
  }

  expect(statuses).toEqual([200, 200, 200, 200, 503, 200, 503, 200, 200, 200])
})

test('a fault by chance hits the same calls for the same seed', async () => {
  const statusesOf = async (seed: number) => {
    await using knack = await openKnack()
    const effect = { kind: 'server-error', status: 503, at: 'before' } as const
    knack.server.faults.arm({ effect, times: 'always', percent: 30, seed })
    const statuses = []
    for (let call = 0; call < 40; call++) statuses.push((await knack.call('GET')).status)
    return statuses
  }
  const [first, again, other] = await Promise.all([statusesOf(1), statusesOf(1), statusesOf(2)])

  expect(first).toEqual(again)
  expect(first).not.toEqual(other)
  expect(first.filter((status) => status === 503).length).toBeGreaterThan(3)
  expect(first.filter((status) => status === 200).length).toBeGreaterThan(15)
})

test('every call is recorded with what it asked for, what it got and which fault hit it', async () => {
  await using knack = await openKnack()
  await knack.call('POST', '/', CREATE)
  knack.server.faults.arm({ effect: { kind: 'lost-reply' } })
  await seen(knack, 'GET', '?page=2')
  await fetch(`${knack.server.url}/pages/scene_1/views/view_1/records`)

  const at = '2026-01-05T06:00:00.000Z'
  const common = { at, app: 'app', object: 'object_1', record: '' }
  expect(knack.server.requests()).toEqual([
    {
      ...common,
      call: 1,
      operation: 'create',
      method: 'POST',
      query: {},
      body: CREATE,
      status: 200,
      fault: null,
    },
    {
      ...common,
      call: 2,
      operation: 'list',
      method: 'GET',
      query: { page: '2' },
      body: null,
      status: null,
      fault: 'lost-reply',
    },
    {
      ...common,
      call: 3,
      operation: 'unknown',
      method: 'GET',
      app: '',
      object: '',
      query: {},
      body: null,
      status: 401,
      fault: null,
    },
  ])
})

/** What a client sees that goes when `giveUp` settles. */
async function seen(
  knack: KnackUnderTest,
  method: string,
  path: string,
  body?: unknown,
  giveUp?: Promise<unknown>,
): Promise<unknown> {
  const impatience = new AbortController()
  void giveUp?.then(() => impatience.abort())
  try {
    const { status, text, json } = await knack.call(method, path, body, { signal: impatience.signal })
    if (status !== 200 || json !== undefined) return status
    return text.startsWith('<!DOCTYPE html>') ? 'HTML' : 'broken JSON'
  } catch {
    return impatience.signal.aborted ? 'timeout' : 'reset'
  }
}

function keysOf(json: unknown): unknown[] {
  return (json as { records: { field_1: unknown }[] }).records.map(({ field_1 }) => field_1)
}
