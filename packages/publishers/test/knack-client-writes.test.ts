import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '@findata/core'
import { startKnack } from '@findata/sandbox'
import { describe, expect, test } from 'vitest'
import { createKnackClient, type KnackClient } from '../src/knack/knack-client.ts'
import {
  API_KEY,
  APP_ID,
  app,
  FAULTS,
  failureOf,
  idOf,
  OBJECT,
  openKnack,
  RATE_LIMITED,
} from './knack-client-scene.ts'

describe('createRecord', () => {
  const values = { field_1: 'new', field_2: '1,997.78' }

  test('returns the record as Knack made it', async () => {
    await using knack = await openKnack()

    const created = await knack.client.createRecord(OBJECT, values)

    expect(created).toMatchObject({ field_1: 'new', field_2: '$1,997.78', field_2_raw: '1,997.78' })
    expect(knack.server.records('tracker', OBJECT)).toEqual([created])
  })

  test.each(FAULTS)('A42: is sent once, and is unclear after %s', async (_name, effect, isDone) => {
    await using knack = await openKnack({ effect })
    knack.server.faults.arm({ operations: ['create'], effect })

    const failure = await failureOf(knack.client.createRecord(OBJECT, values))

    expect(failure).toMatchObject({ name: 'TransientError', details: { isUnclear: true } })
    expect(knack.sent('create')).toHaveLength(1)
    expect(knack.orders()).toEqual(isDone ? ['new'] : [])
  })

  test('A42: is unclear when it lands after the answer', async () => {
    await using knack = await openKnack()
    knack.server.faults.arm({
      operations: ['create'],
      effect: { kind: 'late-write', landsAfterMs: 180_000, answer: 'gateway-timeout' },
    })

    const failure = await failureOf(knack.client.createRecord(OBJECT, values))

    expect(failure.details).toMatchObject({ isUnclear: true, status: 504 })
    expect(knack.orders()).toEqual([])
    await knack.clock.advance(180_000)
    expect(knack.orders()).toEqual(['new'])
  })

  test('is sent again when the second was full, since it was not executed', async () => {
    await using knack = await openKnack()
    knack.server.faults.arm({ operations: ['create'], effect: { kind: 'rate-limited' }, times: 3 })

    await knack.client.createRecord(OBJECT, values)

    expect(knack.orders()).toEqual(['new'])
    expect(knack.sent('create').map(({ status }) => status)).toEqual([429, 429, 429, 200])
  })

  test('is tried again, and not unclear, when no connection can be made', async () => {
    await using knack = await openKnack()
    await knack.server[Symbol.asyncDispose]()

    const failure = await failureOf(knack.client.createRecord(OBJECT, values))

    expect(failure).toMatchObject({
      name: 'TransientError',
      code: 'DESTINATION_UNREACHABLE',
      details: { wasSent: false, attempts: 6 },
    })
    expect(failure.details.isUnclear).toBeUndefined()
  })

  test('A40: says in plain words why a record is refused', async () => {
    await using knack = await openKnack({ records: 1 })
    await knack.client.application()

    const failure = await failureOf(
      knack.client.createRecord(OBJECT, { field_1: 'order 0', field_3: 'Sleeping' }),
    )

    expect(failure).toMatchObject({
      name: 'RejectedRowError',
      code: 'RECORDS_REJECTED',
      details: { status: 400 },
    })
    expect(failure.message).toMatch(
      /^Could not create a record in object_1: (Order|Status) \(field_[13]\): .+\.$/,
    )
    expect(knack.sent('create')).toHaveLength(1)
  })

  test('says that the object is missing', async () => {
    await using knack = await openKnack()

    expect(await failureOf(knack.client.createRecord('object_9', values))).toMatchObject({
      name: 'TerminalError',
      code: 'DESTINATION_MISSING',
    })
  })
})

describe('updateRecord', () => {
  test('A39: changes only the fields it is given', async () => {
    await using knack = await openKnack({ records: 1 })

    const updated = await knack.client.updateRecord(OBJECT, idOf(knack.server.records('tracker', OBJECT)), {
      field_2: '5.00',
    })

    expect(updated).toMatchObject({ field_1: 'order 0', field_2_raw: '5.00' })
  })

  test.each([...FAULTS, RATE_LIMITED])('is repeated after %s', async (_name, effect) => {
    await using knack = await openKnack({ effect, records: 1 })
    knack.server.faults.arm({ operations: ['update'], effect })

    await knack.client.updateRecord(OBJECT, idOf(knack.server.records('tracker', OBJECT)), {
      field_2: '5.00',
    })

    expect(knack.server.records('tracker', OBJECT)).toMatchObject([{ field_2_raw: '5.00' }])
    expect(knack.sent('update')).toHaveLength(2)
  })

  test('is unclear when it was never answered', async () => {
    await using knack = await openKnack({ records: 1 })
    knack.server.faults.arm({ operations: ['update'], effect: { kind: 'reset-before' }, times: 'always' })

    const failure = await failureOf(
      knack.client.updateRecord(OBJECT, idOf(knack.server.records('tracker', OBJECT)), { field_2: '5.00' }),
    )

    expect(failure.details).toMatchObject({ isUnclear: true, attempts: 6 })
  })

  test('refuses a record that is gone', async () => {
    await using knack = await openKnack()

    expect(await failureOf(knack.client.updateRecord(OBJECT, 'f'.repeat(24), {}))).toMatchObject({
      name: 'RejectedRowError',
      code: 'RECORDS_REJECTED',
      message: `Could not update record ${'f'.repeat(24)} of object_1: it is not there any more (404: Record not found).`,
    })
  })
})

describe('deleteRecord', () => {
  test.each([...FAULTS, RATE_LIMITED])('is done once in spite of %s', async (_name, effect) => {
    await using knack = await openKnack({ effect, records: 2 })
    knack.server.faults.arm({ operations: ['delete'], effect })

    await knack.client.deleteRecord(OBJECT, idOf(knack.server.records('tracker', OBJECT)))

    expect(knack.orders()).toEqual(['order 1'])
  })

  test('refuses a record that was gone before', async () => {
    await using knack = await openKnack()

    expect(await failureOf(knack.client.deleteRecord(OBJECT, 'f'.repeat(24)))).toMatchObject({
      name: 'RejectedRowError',
      code: 'RECORDS_REJECTED',
    })
  })
})

describe('limits', () => {
  async function updateAll(ids: string[], client: KnackClient): Promise<void> {
    const work = async () => {
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
        await client.updateRecord(OBJECT, id, { field_2: '5.00' })
      }
    }
    await Promise.all([work(), work(), work(), work()])
  }

  test('A40: keeps 9.5 calls a second below a limit of 10 without one refusal', async () => {
    let now = 0
    // Not the turning clock: on a busy machine it may go on while a call is on its way, as a slow network would.
    const clock: Clock = {
      now: () => new Date(now),
      async sleep(ms) {
        const answered = () => server.requests().filter(({ status }) => status !== null).length
        while (answered() < client.calls) await nextTurn()
        now += ms
      },
    }
    await using server = await startKnack({ apps: [app(96)], clock, callsPerSecond: 10 })
    const client = createKnackClient(
      { apiUrl: server.url, appId: APP_ID, apiKey: API_KEY, callsPerSecond: 9.5 },
      { clock, signal: new AbortController().signal },
    )

    await updateAll(
      server.records('tracker', OBJECT).map(({ id }) => id),
      client,
    )

    expect(server.requests().map(({ status }) => status)).toEqual(Array.from({ length: 96 }, () => 200))
    expect(95_000 / now).toBeCloseTo(9.5, 2)
  })

  test('gives way when others call the same account, and gets all done', async () => {
    await using knack = await openKnack({ records: 40, callsPerSecond: 10 })
    const ours = knack.clientOf({ callsPerSecond: 9.5 })
    const theirs = knack.clientOf({ callsPerSecond: 6 })

    await Promise.all([
      updateAll(
        knack.server.records('tracker', OBJECT).map(({ id }) => id),
        ours,
      ),
      (async () => {
        for (let call = 0; call < 30; call++) await theirs.readRecord(OBJECT, 'f'.repeat(24))
      })(),
    ])

    expect(knack.server.requests().some(({ status }) => status === 429)).toBe(true)
    expect(knack.server.records('tracker', OBJECT).every(({ field_2_raw }) => field_2_raw === '5.00')).toBe(
      true,
    )
    expect(knack.waits[0]).toMatch(/^Knack takes no more calls this second; waiting \d\.\d s$/)
  })

  test('A45: counts its calls and knows what is left of the day', async () => {
    await using knack = await openKnack({ records: 1, dailyCalls: 1_000 })
    knack.server.spendCalls('atd', 100)
    knack.server.faults.arm({
      operations: ['get'],
      effect: { kind: 'server-error', status: 503, at: 'after' },
    })
    expect(knack.client.allowance()).toEqual({})

    await knack.client.application()
    await knack.client.readRecord(OBJECT, idOf(knack.server.records('tracker', OBJECT)))

    expect(knack.client.calls).toBe(3)
    expect(knack.client.allowance()).toEqual({
      limit: 1_000,
      left: 898,
      resetAt: new Date('2026-01-06T00:00:00.000Z'),
    })
  })

  test('stops at once when the calls of the day are used up, and says until when', async () => {
    await using knack = await openKnack({ records: 1 })
    knack.server.faults.arm({ operations: ['create'], effect: { kind: 'allowance-spent' } })

    const failure = await failureOf(knack.client.createRecord(OBJECT, { field_1: 'new' }))

    expect(failure).toMatchObject({
      name: 'TerminalError',
      code: 'DESTINATION_ALLOWANCE_SPENT',
      details: { resetAt: '2026-01-06T00:00:00.000Z' },
    })
    expect(failure.message).toContain('begin anew at 2026-01-06T00:00:00.000Z')
    expect(knack.client.calls).toBe(1)
  })

  test('goes on when the calls of the day begin anew', async () => {
    await using knack = await openKnack({ records: 1 })
    knack.server.spendCalls('atd')
    await failureOf(knack.client.createRecord(OBJECT, { field_1: 'new' }))

    await knack.clock.advance(18 * 3_600_000)
    await knack.client.createRecord(OBJECT, { field_1: 'new' })

    expect(knack.orders()).toEqual(['order 0', 'new'])
  })
})

describe('credentials', () => {
  test.each([
    ['a wrong key', { apiKey: 'another-secret' }, 'Invalid API key'],
    ['a malformed app id', { appId: 'nonsense' }, 'Malformed App ID'],
  ])('%s is refused once, in the words of Knack and without the key', async (_name, settings, words) => {
    await using knack = await openKnack()
    const client = knack.clientOf(settings)

    const failure = await failureOf(client.createRecord(OBJECT, { field_1: 'new' }))

    expect(failure).toMatchObject({ name: 'TerminalError', code: 'DESTINATION_CREDENTIALS_REFUSED' })
    expect(failure.message).toContain(words)
    expect(failure.message).not.toContain('another-secret')
    expect(client.calls).toBe(1)
  })
})
