import type { Certificate } from '@findata/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attempt, callsOf, entriesOf, expectNoSecretsStored, writesOf } from './publish-attempts.ts'
import {
  BOOKS,
  ENTRIES,
  MARKS,
  openPublishFixture,
  type PublishFixture,
  type SceneOptions,
} from './publish-fixture.ts'
import { readObjects } from './stored-copy.ts'

let fixture: PublishFixture
beforeAll(async () => {
  fixture = await openPublishFixture()
}, 60_000)
afterAll(() => fixture[Symbol.asyncDispose]())

const PUBLISH = ['publish', 'ledger', 'books']

/** Entries of one unit become one record, whose rows do not agree. */
const BY_UNIT: SceneOptions = {
  isFilled: false,
  recordType: { entityKey: ['UNIT'] },
  knack: {
    mapping: {
      fields: [
        { field: 'field_2', from: 'UNIT', isKey: true },
        { field: 'field_4', from: 'AMOUNT' },
      ],
      departed: { action: 'report' },
    },
  },
  socrata: {
    dataset: (definition) => ({ ...definition, rowIdentifier: 'unit' }),
    mapping: {
      fields: [
        { field: 'unit', from: 'UNIT', isKey: true },
        { field: 'amount', from: 'AMOUNT' },
      ],
      departed: { action: 'report' },
    },
  },
}

test.concurrent.each(['books', 'portal'] as const)(
  'A28: rows that disagree stop publishing to %s before anything is sent, and are left out only with a reason',
  async (destination) => {
    await using scene = await fixture.openScene(BY_UNIT)
    await attempt(fixture, scene, ['extract', 'ledger'])
    const args = ['publish', 'ledger', destination]

    const refused = await attempt(fixture, scene, args)
    const sentAtFirst = writesOf(scene)
    const allowed = await attempt(fixture, scene, [
      ...args,
      '--allow-conflicts',
      '--reason',
      'ticket 4711',
      '--by',
      'Ana',
    ])

    expect(refused).toMatchObject({ exitCode: 5, code: 'GUARD_REFUSED' })
    expect(refused.message).toMatch(
      /2 entities whose rows do not agree[\s\S]*6000[\s\S]*--allow-conflicts --reason/,
    )
    expect(sentAtFirst).toEqual([])
    expect(allowed).toMatchObject({ exitCode: 6, code: 'RECORDS_REJECTED', one: { created: 6, rejected: 2 } })
    expect(await certificates(scene.bucket)).toMatchObject([
      { verdict: 'refused', overrides: [] },
      { verdict: 'balanced', overrides: [{ guard: 'conflicts', by: 'Ana', reason: 'ticket 4711' }] },
    ])
    await expectNoSecretsStored(fixture, scene)
  },
)

test.concurrent('A43: more deletions than the cap stop the run before it sends anything, unless they are allowed', async () => {
  await using scene = await fixture.openScene()
  for (let i = 1; i <= 6; i++) scene.knack.insert(BOOKS, ENTRIES, { field_1: `70000${i}`, field_2: '6001' })

  const planned = await attempt(fixture, scene, ['plan', 'ledger', 'books'])
  const refused = await attempt(fixture, scene, PUBLISH)
  const sentAtFirst = writesOf(scene)
  const allowed = await attempt(fixture, scene, [
    ...PUBLISH,
    '--allow-departed',
    '--reason',
    'unit 6001 closed',
  ])

  expect(planned).toMatchObject({ exitCode: 5, one: { departing: { records: 7, limit: 5 } } })
  expect(refused).toMatchObject({ exitCode: 5, code: 'GUARD_REFUSED' })
  expect(refused.message).toMatch(
    /7 records that left the source[\s\S]*limit 5[\s\S]*--allow-departed --reason/,
  )
  expect(sentAtFirst).toEqual([])
  expect(allowed).toMatchObject({ exitCode: 0, one: { deleted: 7, overrides: ['departed'] } })
  expect(entriesOf(scene)).toHaveLength(10)
})

test.concurrent('an override without a failing guard is recorded and changes nothing', async () => {
  await using scene = await fixture.openScene()

  const told = await attempt(fixture, scene, [...PUBLISH, '--allow-conflicts', '--reason', 'as every night'])

  expect(told).toMatchObject({ exitCode: 0, one: { overrides: [], created: 3 } })
})

const MIRROR: SceneOptions = {
  knack: { connection: { concurrency: 1 } },
  others: {
    mirror: {
      kind: 'knack',
      connection: {
        appId: 'env:KNACK_APP_ID',
        apiKey: 'env:KNACK_API_KEY',
        apiUrl: 'env:KNACK_API_URL',
        app: { slug: BOOKS },
      },
      recordTypes: {
        ledger: {
          target: MARKS,
          fields: [
            { field: 'field_21', from: 'ENTRY_ID', convert: { numberText: { scale: 0 } }, isKey: true },
          ],
        },
      },
    },
  },
}

test.concurrent.each([
  ['the same publication', 'books', 'locks/destinations/ledger.books.json'],
  ['another one of the same Knack account', 'mirror', 'locks/destinations/knack-ledgers.json'],
] as const)('while a run is sending, %s ends as locked, and sends nothing', async (_, destination, lock) => {
  await using scene = await fixture.openScene(MIRROR)
  const held = scene.knack.faults.arm({ operations: ['create'], effect: { kind: 'hold', at: 'before' } })
  const running = attempt(fixture, scene, PUBLISH, { timeoutMs: 20_000 })
  await held.arrived()
  const calls = callsOf(scene)

  const second = await attempt(fixture, scene, ['publish', 'ledger', destination])
  const callsOfSecond = callsOf(scene).slice(calls.length)
  held.release()
  const first = await running

  expect(second).toMatchObject({ exitCode: 7, code: 'LOCK_HELD' })
  expect(second.message).toContain(lock)
  expect(second.message).toContain('Wait for it to end')
  expect(callsOfSecond.filter((call) => call !== 'metadata')).toEqual([])
  expect(first).toMatchObject({ exitCode: 0, one: { created: 3, updated: 3, deleted: 1 } })
})

test.concurrent('A45: a spent allowance ends as unavailable with the time it begins anew, and the next days finish', async () => {
  await using scene = await fixture.openScene({ knack: { dailyCalls: 13 } })

  const first = await attempt(fixture, scene, PUBLISH)
  const spent = scene.knack.callsToday('ledgers')
  const codes = []
  for (let day = 2; day <= 4; day++) {
    scene.elapse(24 * 60 * 60 * 1_000)
    codes.push((await attempt(fixture, scene, PUBLISH)).exitCode)
  }

  expect(first).toMatchObject({
    exitCode: 4,
    code: 'DESTINATION_ALLOWANCE_SPENT',
    one: { verdict: 'balanced' },
  })
  expect(first.message).toMatch(/used up[\s\S]*begins anew at 20\d\d-\d\d-\d\dT00:00:00/)
  expect(spent).toBeLessThanOrEqual(13 - 5)
  expect(codes.at(-1)).toBe(0)
  expect(callsOf(scene).filter((call) => call === 'create')).toHaveLength(3)
  expect(entriesOf(scene)).toHaveLength(10)
})

test.concurrent('A45: calls that others used up before end the run at its first call, which says when to come again', async () => {
  await using scene = await fixture.openScene()
  scene.knack.spendCalls('ledgers')

  const told = await attempt(fixture, scene, PUBLISH)

  expect(told).toMatchObject({ exitCode: 4, code: 'DESTINATION_ALLOWANCE_SPENT' })
  expect(told.message).toMatch(/begin anew at .*start the same command again then/)
  expect(callsOf(scene)).toEqual(['metadata', 'list'])
})

test.concurrent('A40: one record that Knack refuses is named, kept for the next run, and stops no other', async () => {
  await using scene = await fixture.openScene({ knack: { mapping: { departed: { action: 'report' } } } })
  const [record] = scene.knack.records(BOOKS, ENTRIES)
  scene.knack.faults.arm({
    operations: ['update'],
    record: record?.id ?? '',
    effect: { kind: 'hand-edit', at: 'before', edit: { action: 'remove', record: record?.id ?? '' } },
  })

  const first = await attempt(fixture, scene, PUBLISH)
  const second = await attempt(fixture, scene, PUBLISH)

  expect(first).toMatchObject({
    exitCode: 6,
    code: 'RECORDS_REJECTED',
    one: { updated: 2, created: 3, refused: 1 },
  })
  expect(first.message).toContain('ENTRY_ID=1')
  expect(second).toMatchObject({ exitCode: 0, one: { created: 1, updated: 0 } })
  expect(entriesOf(scene).toSorted()).toEqual([...new Set(entriesOf(scene))].toSorted())
})

async function certificates(bucket: string): Promise<readonly Certificate[]> {
  const objects = await readObjects({ client: fixture.cli.client, bucket }, 'certificates/ledger/')
  return [...objects]
    .filter(([key]) => key.split('/').length === 4)
    .map(([, bytes]) => JSON.parse(bytes.toString()) as Certificate)
    .toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1))
}
