import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { PipelineError } from '@findata/core'
import { createVirtualClock } from '@findata/sandbox'
import { expect, test } from 'vitest'
import { createKnackClient } from '../src/knack/knack-client.ts'

const API_KEY = 'sandbox-secret-key'
const RECORD = { id: 'a'.repeat(24), field_1: '13240.01', field_1_raw: 1 }

interface Scripted {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** A server that gives these answers one after the other, and a client whose pauses are as short as they can be. */
async function openScripted(answers: readonly Scripted[]) {
  const clock = createVirtualClock()
  const start = clock.now().getTime()
  const times: number[] = []
  const isWaiting = Promise.withResolvers<string>()
  const server = createServer((request, response) => {
    const { status, headers, body } = answers[times.length] ?? { status: 500, body: 'unexpected' }
    times.push(clock.now().getTime() - start)
    request.resume()
    response.writeHead(status, headers).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = createKnackClient(
    {
      apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`,
      appId: 'app',
      apiKey: API_KEY,
      callsPerSecond: 10,
    },
    { clock, signal: new AbortController().signal, random: () => 0, onWait: isWaiting.resolve },
  )
  return {
    client,
    /** When each call came, in milliseconds since the start. */
    times,
    isWaiting: isWaiting.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function failureOf(calling: Promise<unknown>): Promise<PipelineError> {
  try {
    await calling
  } catch (error) {
    return error as PipelineError
  }
  throw new Error('it did not fail')
}

const found = { status: 200, body: JSON.stringify(RECORD) }
const START_SECONDS = createVirtualClock().now().getTime() / 1_000

test.each([
  ['until the second that the limiter names', { 'X-RateLimit-Reset': String(START_SECONDS + 1) }, 1_000],
  ['at most two seconds for a limiter', { 'X-RateLimit-Reset': String(START_SECONDS + 600) }, 2_000],
  [
    'a second when the limiter names one that is over',
    { 'X-RateLimit-Reset': String(START_SECONDS - 5) },
    1_000,
  ],
  [
    'as long as Retry-After says',
    { 'Retry-After': '7', 'X-RateLimit-Reset': String(START_SECONDS + 1) },
    7_000,
  ],
  ['a second when nothing is said', {}, 1_000],
])('waits %s', async (_name, headers: Readonly<Record<string, string>>, waitMs) => {
  await using knack = await openScripted([{ status: 429, headers, body: 'Rate limit exceeded' }, found])

  await knack.client.readRecord('object_1', RECORD.id)

  expect(knack.times).toEqual([0, waitMs])
})

test('lets all calls wait when one is refused, and then come more slowly', async () => {
  await using knack = await openScripted([{ status: 429, body: 'Rate limit exceeded' }, found, found, found])

  const first = knack.client.readRecord('object_1', RECORD.id)
  await knack.isWaiting
  await Promise.all([first, ...[2, 3].map(() => knack.client.readRecord('object_1', RECORD.id))])

  expect(knack.times[0]).toBe(0)
  expect(knack.times[1]).toBe(1_000)
  expect((knack.times[2] ?? 0) - 1_000).toBeGreaterThan(100)
})

test('sends a write within 90 seconds or not at all', async () => {
  const busy = { status: 429, headers: { 'Retry-After': '60' }, body: 'Rate limit exceeded' }
  await using knack = await openScripted([busy, busy, found])

  const failure = await failureOf(knack.client.createRecord('object_1', {}))

  expect(failure).toMatchObject({
    name: 'TransientError',
    code: 'DESTINATION_BUSY',
    details: { wasSent: false },
  })
  expect(failure.details.isUnclear).toBeUndefined()
  expect(knack.times).toEqual([0, 60_000])
  expect(knack.client.calls).toBe(2)
})

test('the day begins anew at midnight UTC when the answer does not say when', async () => {
  await using knack = await openScripted([
    { status: 429, headers: { 'X-PlanLimit-Remaining': '0' }, body: 'Rate limit exceeded' },
  ])

  await expect(knack.client.createRecord('object_1', {})).rejects.toMatchObject({
    code: 'DESTINATION_ALLOWANCE_SPENT',
    details: { resetAt: '2026-01-06T00:00:00.000Z' },
  })
})

test('a good last call of the day is no refusal', async () => {
  await using knack = await openScripted([{ ...found, headers: { 'X-PlanLimit-Remaining': '0' } }])

  expect(await knack.client.readRecord('object_1', RECORD.id)).toEqual(RECORD)
  expect(knack.client.allowance()).toEqual({ left: 0 })
})

test('keeps the digits of a number in a record', async () => {
  await using knack = await openScripted([
    { status: 200, body: '{"id":"a","field_1":13240.010,"field_1_raw":12345678901234567890.5}' },
  ])

  expect(await knack.client.readRecord('object_1', 'a')).toMatchObject({
    field_1: '13240.010',
    field_1_raw: '12345678901234567890.5',
  })
})

test('hides the key when an answer repeats it', async () => {
  await using knack = await openScripted([{ status: 401, body: `Invalid API key ${API_KEY}` }])

  const failure = await failureOf(knack.client.createRecord('object_1', {}))

  expect(failure.message).toContain('Invalid API key [secret]')
  expect(failure.message).not.toContain(API_KEY)
})

test('hides the key among the reasons of a refusal, too', async () => {
  const body = JSON.stringify({ errors: [{ field: 'field_1', message: `${API_KEY} may not write it` }] })
  await using knack = await openScripted([{ status: 400, body }])

  const failure = await failureOf(knack.client.createRecord('object_1', {}))

  expect(failure.message).toContain('field_1: [secret] may not write it')
})
