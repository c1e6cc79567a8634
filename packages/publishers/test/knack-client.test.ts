import { describe, expect, test } from 'vitest'
import type { KnackRecord } from '../src/knack/knack-client.ts'
import { APP_ID, FAULTS, failureOf, idOf, OBJECT, openKnack, RATE_LIMITED } from './knack-client-scene.ts'

async function readAll(pages: AsyncIterable<readonly KnackRecord[]>): Promise<KnackRecord[]> {
  const records: KnackRecord[] = []
  for await (const page of pages) records.push(...page)
  return records
}

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
