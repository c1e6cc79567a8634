import { KNACK_FAULT_EFFECTS, S3_FAULT_EFFECTS, SOCRATA_FAULT_EFFECTS } from '@findata/sandbox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  KNACK_CALLS,
  openPublishFaults,
  type PublishFault,
  type PublishFaultScene,
  SOCRATA_CALLS,
} from './publish-fault-points.ts'
import { openPublishFixture, type PublishFixture } from './publish-fixture.ts'

// The deep tests try every fault at every call; here are those that lose, double or spoil most easily.
let fixture: PublishFixture
let books: PublishFaultScene
let portal: PublishFaultScene
beforeAll(async () => {
  fixture = await openPublishFixture()
  books = await openPublishFaults(fixture, 'books')
  portal = await openPublishFaults(fixture, 'portal')
}, 60_000)
afterAll(() => fixture[Symbol.asyncDispose]())

const knack = KNACK_FAULT_EFFECTS
const socrata = SOCRATA_FAULT_EFFECTS

test.each<[string, PublishFault]>([
  ['A42: the lost reply of a create', { knack: { ...KNACK_CALLS.create, effect: knack['lost-reply'] } }],
  [
    'A42: a create that is done minutes later',
    { knack: { ...KNACK_CALLS.create, effect: knack['late-write'] } },
  ],
  [
    'A42: creates that are done and answered 504, each of them',
    {
      knack: {
        ...KNACK_CALLS.create,
        times: 'always',
        effect: { kind: 'server-error', status: 504, at: 'after' },
      },
    },
  ],
  ['the cut answer of an update', { knack: { ...KNACK_CALLS.update, effect: knack['truncated-json'] } }],
  ['the lost reply of a delete', { knack: { ...KNACK_CALLS.delete, effect: knack['lost-reply'] } }],
  [
    'A40: calls of others in the same second',
    { knack: { ...KNACK_CALLS.create, effect: knack['rate-limited'] } },
  ],
  [
    'a total that is announced too small',
    { knack: { ...KNACK_CALLS.list, effect: { kind: 'wrong-total', by: -3 } } },
  ],
  [
    'a page of HTML in place of a list',
    { knack: { ...KNACK_CALLS['look-up'], effect: knack['html-reply'] } },
  ],
])('%s ends with every record of Knack there once', async (_, fault) => {
  expect(await books.tryFault(fault, [0])).toEqual({ exitCode: 0, kind: 'done', wrong: [] })
})

test.each<[string, PublishFault]>([
  ['A54: the lost reply of a chunk', { socrata: { ...SOCRATA_CALLS.upsert, effect: socrata['lost-reply'] } }],
  [
    'A54: the lost reply of a chunk of deletes',
    { socrata: { ...SOCRATA_CALLS.delete, effect: socrata['lost-reply'] } },
  ],
  [
    'A55: a chunk of which rows are not taken',
    { socrata: { ...SOCRATA_CALLS.upsert, effect: socrata['row-errors'] } },
  ],
  [
    'A55: a chunk of which rows are not counted',
    { socrata: { ...SOCRATA_CALLS.upsert, effect: socrata['missing-rows'] } },
  ],
  [
    'a chunk that is worked on later',
    { socrata: { ...SOCRATA_CALLS.upsert, effect: socrata['still-processing'] } },
  ],
  ['reads that lag behind', { socrata: { ...SOCRATA_CALLS.upsert, effect: socrata['lagging-reads'] } }],
])('%s ends with every row of Socrata there once', async (_, fault) => {
  expect(await portal.tryFault(fault, [0])).toEqual({ exitCode: 0, kind: 'done', wrong: [] })
})

test.each<[string, PublishFault, number, string]>([
  [
    'Knack that stays down while records are created',
    { knack: { ...KNACK_CALLS.create, times: 'always', effect: knack['server-error'] } },
    4,
    'DESTINATION_UNREACHABLE',
  ],
  [
    'A45: others who spend the allowance in the middle',
    { knack: { ...KNACK_CALLS.update, effect: knack['allowance-spent'] } },
    4,
    'DESTINATION_ALLOWANCE_SPENT',
  ],
])('%s ends with a clean error, and the next run is right', async (_, fault, exitCode, code) => {
  const { kind, wrong } = await books.tryFault(fault, [exitCode])
  expect(wrong).toEqual([])
  expect(kind).toContain(`exit ${exitCode} `)
  expect(kind).toContain(code)
})

test.each([
  ['the intents', /^PutObject receipts.*intents/, 'lost-reply'],
  ['the receipts', /^PutObject receipts.*receipts\.json/, 'internal-error'],
  ['the certificate', /^PutObject certificates/, 'lost-reply'],
] as const)('a fault of S3 when %s are written does no harm', async (_, what, kind) => {
  const point = books.given.points.find((one) => what.test(one.what))
  const fault = { s3: S3_FAULT_EFFECTS[kind], call: point?.call ?? 0 }
  expect(await books.tryFault(fault, [0])).toEqual({ exitCode: 0, kind: 'done', wrong: [] })
})
