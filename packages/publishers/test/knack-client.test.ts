import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock, PipelineError } from '@findata/core'
import {
  createVirtualClock,
  type KnackAppDefinition,
  type KnackFaultEffect,
  type KnackOptions,
  startKnack,
} from '@findata/sandbox'
import { describe, expect, test } from 'vitest'
import { createKnackClient, type KnackClient, type KnackRecord } from '../src/knack/knack-client.ts'

const OBJECT = 'object_1'
const APP_ID = '5e2f1a9b0c4d7e8f90a1b2c3'
const API_KEY = 'sandbox-secret-key'

const app = (records: number): KnackAppDefinition => ({
  id: APP_ID,
  apiKey: API_KEY,
  slug: 'tracker',
  name: 'Tracker',
  accountSlug: 'atd',
  timeZone: 'Central Time (US & Canada)',
  objects: [
    {
      key: OBJECT,
      name: 'Orders',
      fields: [
        { key: 'field_1', name: 'Order', type: 'short_text', required: true, unique: true },
        { key: 'field_2', name: 'Balance', type: 'currency' },
        { key: 'field_3', name: 'Status', type: 'multiple_choice', options: ['Active', 'Closed'] },
      ],
      records: Array.from({ length: records }, (_, index) => ({
        field_1: `order ${index}`,
        field_2: '1.00',
      })),
    },
  ],
})

interface Options extends Omit<Partial<KnackOptions>, 'apps' | 'clock'> {
  readonly records?: number
  /** That is armed later: where no answer comes, the client gives up in a time that a test can wait for. */
  readonly effect?: KnackFaultEffect
}

/** A stand-in on a clock that is turned by who sleeps, and a client of it. */
async function openKnack({ records = 0, effect, ...options }: Options = {}) {
  const clock = createVirtualClock()
  const server = await startKnack({ apps: [app(records)], clock, ...options })
  const waits: string[] = []
  const clientOf = (settings: Partial<Parameters<typeof createKnackClient>[0]> = {}) =>
    createKnackClient(
      {
        apiUrl: server.url,
        appId: APP_ID,
        apiKey: API_KEY,
        callsPerSecond: 9.5,
        timeoutMs: effect?.kind === 'no-answer' ? 700 : 10_000,
        ...settings,
      },
      {
        clock,
        signal: new AbortController().signal,
        onWait: (message) => waits.push(message),
      },
    )
  return {
    server,
    clock,
    waits,
    clientOf,
    client: clientOf(),
    orders: () => server.records('tracker', OBJECT).map(({ field_1 }) => field_1),
    sent: (operation: string) => server.requests().filter((request) => request.operation === operation),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

async function readAll(pages: AsyncIterable<readonly KnackRecord[]>): Promise<KnackRecord[]> {
  const records: KnackRecord[] = []
  for await (const page of pages) records.push(...page)
  return records
}

async function failureOf(calling: Promise<unknown>): Promise<PipelineError> {
  try {
    await calling
  } catch (error) {
    const failure = error as PipelineError
    expect(`${failure.message} ${JSON.stringify(failure.details)}`).not.toContain(API_KEY)
    return failure
  }
  throw new Error('it did not fail')
}

const idOf = (records: readonly { readonly id: string }[]) => records[0]?.id ?? ''

/** Of one call; the next one passes. `isDone`: the call has been executed all the same. */
const FAULTS: readonly (readonly [name: string, effect: KnackFaultEffect, isDone: boolean])[] = [
  ['503', { kind: 'server-error', status: 503, at: 'before' }, false],
  ['504 after it was done', { kind: 'server-error', status: 504, at: 'after' }, true],
  ['a connection that is reset', { kind: 'reset-before' }, false],
  ['a lost answer', { kind: 'lost-reply' }, true],
  ['no answer', { kind: 'no-answer' }, false],
  ['cut JSON', { kind: 'truncated-json' }, true],
  ['a page of HTML', { kind: 'html-reply', at: 'before' }, false],
  ['a page of HTML after it was done', { kind: 'html-reply', at: 'after' }, true],
]
const RATE_LIMITED = ['a full second', { kind: 'rate-limited' }, false] as const

describe('application', () => {
  test('reads the app with its zone and fields', async () => {
    await using knack = await openKnack()

    expect(await knack.client.application()).toMatchObject({
      id: APP_ID,
      slug: 'tracker',
      accountSlug: 'atd',
      timeZone: 'America/Chicago',
      objects: [{ key: OBJECT, fields: [{ key: 'field_1', isRequired: true, isUnique: true }, {}, {}] }],
    })
  })

  test.each(FAULTS)('is read in spite of %s', async (_name, effect) => {
    await using knack = await openKnack({ effect })
    knack.server.faults.arm({ operations: ['metadata'], effect })

    expect((await knack.client.application()).name).toBe('Tracker')
  })
})

describe('listRecords', () => {
  test('reads pages of 1,000 in the order that is asked for', async () => {
    await using knack = await openKnack({ records: 2_100 })

    const records = await readAll(knack.client.listRecords(OBJECT, { sortField: 'field_1' }))

    expect(records.map(({ field_1 }) => field_1)).toEqual(knack.orders().toSorted())
    expect(knack.sent('list').map(({ query }) => query)).toEqual(
      ['1', '2', '3'].map((page) => ({
        page,
        rows_per_page: '1000',
        sort_field: 'field_1',
        sort_order: 'asc',
      })),
    )
  })

  test.each([...FAULTS, RATE_LIMITED])('reads each record once in spite of %s', async (_name, effect) => {
    await using knack = await openKnack({ effect, records: 1_200 })
    knack.server.faults.arm({ operations: ['list'], afterMatches: 1, effect })

    const records = await readAll(knack.client.listRecords(OBJECT))

    expect(records.map(({ field_1 }) => field_1)).toEqual(knack.orders())
    expect(knack.client.calls).toBe(3)
    expect(knack.waits).toEqual([
      expect.stringMatching(
        /^(Could not read the records of object_1 \(.+\); trying|Knack takes no more calls)/,
      ),
    ])
  })

  test.each([
    ['goes', { action: 'remove', record: 'first' } as const, ['order 1000']],
    ['is edited and moves', { action: 'edit', record: 'first', values: { field_2: '2.00' } } as const, []],
    ['comes', { action: 'insert', values: { field_1: 'new' } } as const, []],
  ])('misses none of the others when a record %s between two pages', async (_name, edit, wanted) => {
    await using knack = await openKnack({ records: 1_500 })
    knack.server.faults.arm({ operations: ['list'], effect: { kind: 'hand-edit', at: 'after', edit } })

    const records = await readAll(knack.client.listRecords(OBJECT))

    const names = records.map(({ field_1 }) => field_1)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(expect.arrayContaining([...knack.orders(), ...wanted]))
  })

  test('does not trust an announced total', async () => {
    await using knack = await openKnack({ records: 1_000, totalRecordsOff: -3 })

    expect(await readAll(knack.client.listRecords(OBJECT))).toHaveLength(1_000)
    expect(knack.client.calls).toBe(2)
  })

  test('asks for smaller pages where large ones fail again and again', async () => {
    await using knack = await openKnack({ records: 1_100 })
    knack.server.faults.arm({ effect: { kind: 'big-page-fails', aboveRows: 300 }, times: 'always' })

    expect(await readAll(knack.client.listRecords(OBJECT))).toHaveLength(1_100)
    expect(knack.sent('list').filter(({ status }) => status === 500)).toHaveLength(6)
    expect(knack.sent('list').at(-1)?.query).toMatchObject({ rows_per_page: '250', page: '5' })
  })

  test('ends with what failed, to what, and how often it was tried', async () => {
    await using knack = await openKnack({ records: 1 })
    knack.server.faults.arm({
      operations: ['list'],
      times: 'always',
      effect: { kind: 'server-error', status: 503, at: 'before' },
    })

    const failure = await failureOf(readAll(knack.client.listRecords(OBJECT)))

    expect(failure).toMatchObject({
      name: 'TransientError',
      code: 'DESTINATION_BUSY',
      details: { status: 503 },
    })
    expect(failure.message).toMatch(
      /^Could not read the records of object_1: Knack is failing \(503: We will be right back\)\. .*\(tried 6 times\)$/,
    )
  })
})

describe('findRecords', () => {
  test('asks for 20 values in a call, and for none without values', async () => {
    await using knack = await openKnack({ records: 60 })

    const found = await knack.client.findRecords(
      OBJECT,
      'field_1',
      Array.from({ length: 45 }, (_, index) => `order ${index + 10}`),
    )

    expect(found).toHaveLength(45)
    expect(knack.client.calls).toBe(3)
    expect(await knack.client.findRecords(OBJECT, 'field_1', [])).toEqual([])
    expect(knack.client.calls).toBe(3)
  })

  test('carries values that a filter or an address could misread', async () => {
    await using knack = await openKnack()
    const odd = 'a&b=c?#"%20", ["x"] ü < 1'
    knack.server.insert('tracker', OBJECT, { field_1: odd })

    expect(await knack.client.findRecords(OBJECT, 'field_1', [odd])).toMatchObject([{ field_1: odd }])
  })

  test.each([...FAULTS, RATE_LIMITED])('finds in spite of %s', async (_name, effect) => {
    await using knack = await openKnack({ effect, records: 3 })
    knack.server.faults.arm({ operations: ['list'], effect })

    expect(await knack.client.findRecords(OBJECT, 'field_1', ['order 1'])).toMatchObject([
      { field_1: 'order 1' },
    ])
  })
})

test('reads one record, and nothing where there is none', async () => {
  await using knack = await openKnack({ records: 2 })
  const [first] = knack.server.records('tracker', OBJECT)

  expect(await knack.client.readRecord(OBJECT, idOf([first as KnackRecord]))).toEqual(first)
  expect(await knack.client.readRecord(OBJECT, 'f'.repeat(24))).toBeUndefined()
})

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
