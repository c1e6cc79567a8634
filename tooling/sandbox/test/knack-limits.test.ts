import { expect, test } from 'vitest'
import { type Answer, appOf, openKnack } from './knack-client.ts'

const NEVER = new AbortController().signal

test('ten calls pass within a second, the eleventh does not', async () => {
  await using knack = await openKnack({ callsPerSecond: 10 })
  const statuses: number[] = []
  for (let call = 0; call < 11; call++) statuses.push((await knack.call('GET')).status)

  expect(statuses).toEqual([...Array(10).fill(200), 429])
})

test('the second slides: a call passes again one second after the first', async () => {
  await using knack = await openKnack({ callsPerSecond: 2 })
  await knack.call('GET')
  await knack.clock.advance(600)
  await knack.call('GET')
  await knack.clock.advance(399)
  const tooEarly = await knack.call('GET')
  await knack.clock.advance(1)
  const inTime = await knack.call('GET')

  expect([tooEarly.status, inTime.status]).toEqual([429, 200])
})

test('calls paced by the same clock are never refused', async () => {
  await using knack = await openKnack({ callsPerSecond: 10 })
  const calls: Promise<Answer>[] = []
  for (let call = 0; call < 100; call++) {
    calls.push(knack.call('GET'))
    await knack.clock.sleep(105, NEVER)
  }

  expect((await Promise.all(calls)).filter(({ status }) => status !== 200)).toEqual([])
})

test('a refusal within the second is plain text, with what is left of the day and the time to come back', async () => {
  await using knack = await openKnack({ callsPerSecond: 1 })
  await knack.call('GET')
  const { status, text, headers } = await knack.call('GET')

  expect([status, text, headers.get('content-type')]).toEqual([
    429,
    'Rate limit exceeded',
    'text/html; charset=utf-8',
  ])
  expect(limitsOf(headers)).toEqual({
    planLimit: 25_000,
    planRemaining: 24_999,
    planResetMs: 18 * 60 * 60 * 1_000,
    rateLimit: 1,
    rateRemaining: 0,
    rateResetSeconds: Date.parse('2026-01-05T06:00:01Z') / 1_000,
  })
})

test('a refused call costs nothing of the day', async () => {
  await using knack = await openKnack({ callsPerSecond: 1 })
  await knack.call('GET')
  await knack.call('GET')

  expect(knack.server.callsToday('account')).toBe(1)
})

test('apps of one account share both limits, apps of another do not', async () => {
  const one = appOf()
  const two = appOf(undefined, { id: 'a'.repeat(24), slug: 'two' })
  const other = appOf(undefined, { id: 'b'.repeat(24), slug: 'other', accountSlug: 'other account' })
  await using knack = await openKnack({ apps: [one, two, other], callsPerSecond: 1, dailyCalls: 2 })
  const statusOf = async (app = one) => (await knack.call('GET', '', undefined, { app })).status

  expect([await statusOf(one), await statusOf(two), await statusOf(other)]).toEqual([200, 429, 200])
  await knack.clock.advance(1_000)
  expect(await statusOf(two)).toBe(200)
  await knack.clock.advance(1_000)
  expect([await statusOf(one), await statusOf(other)]).toEqual([429, 200])
})

test('the calls of a day begin anew at midnight UTC', async () => {
  await using knack = await openKnack({ dailyCalls: 3 })
  for (let call = 0; call < 3; call++) await knack.call('GET')
  const spent = await knack.call('POST', '', { field_1: 'A' })
  await knack.clock.advance(18 * 60 * 60 * 1_000 - 1)
  const lastMoment = await knack.call('GET')
  await knack.clock.advance(1)
  const nextDay = await knack.call('GET')

  expect([spent.status, lastMoment.status, nextDay.status]).toEqual([429, 429, 200])
  expect(limitsOf(spent.headers)).toMatchObject({ planRemaining: 0, rateRemaining: 997 })
  expect(limitsOf(lastMoment.headers)).toMatchObject({ planRemaining: 0, planResetMs: 1 })
  expect(limitsOf(nextDay.headers)).toMatchObject({ planRemaining: 2, planResetMs: 24 * 60 * 60 * 1_000 })
  expect(knack.keys()).toEqual([])
})

test('others of the account can use up the day', async () => {
  await using knack = await openKnack({ dailyCalls: 100 })
  knack.server.spendCalls('account', 90)
  const some = await knack.call('GET')
  knack.server.spendCalls('account')
  const none = await knack.call('GET')

  expect(limitsOf(some.headers).planRemaining).toBe(9)
  expect(none.status).toBe(429)
})

test('a call without access, and the description of an app, cost nothing and tell no limits', async () => {
  await using knack = await openKnack()
  const refused = await knack.call('GET', '', undefined, { app: appOf(undefined, { apiKey: 'wrong' }) })
  const described = await fetch(`${knack.server.url}/applications/${appOf().id}`)

  expect([refused.status, described.status]).toEqual([401, 200])
  expect([...refused.headers.keys(), ...described.headers.keys()].join()).not.toContain('limit')
  expect(knack.server.callsToday('account')).toBe(0)
})

test('every call takes the latency of the clock', async () => {
  await using knack = await openKnack({ latencyMs: 250 })
  const before = knack.clock.now().getTime()
  await knack.call('GET')

  expect(knack.clock.now().getTime() - before).toBe(250)
})

function limitsOf(headers: Headers) {
  const read = (name: string) => Number(headers.get(name) ?? Number.NaN)
  return {
    planLimit: read('X-PlanLimit-Limit'),
    planRemaining: read('X-PlanLimit-Remaining'),
    planResetMs: read('X-PlanLimit-Reset'),
    rateLimit: read('X-RateLimit-Limit'),
    rateRemaining: read('X-RateLimit-Remaining'),
    rateResetSeconds: read('X-RateLimit-Reset'),
  }
}
