import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { endAndRepeat, openPublishCase, type PublishCase, type PublishPoint } from './publish-crash-points.ts'
import { openPublishFixture, type PublishFixture } from './publish-fixture.ts'

// The deep tests kill at every call; here are the riskiest ones.
// Processes that start at once take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

let fixture: PublishFixture
let books: PublishCase
let portal: PublishCase
beforeAll(async () => {
  fixture = await openPublishFixture()
  ;[books, portal] = await Promise.all([
    openPublishCase(fixture, 'books', 'this process'),
    openPublishCase(fixture, 'portal', 'this process'),
  ])
}, 60_000)
afterAll(() => fixture[Symbol.asyncDispose]())

function pointAt({ points }: PublishCase, what: RegExp, at: PublishPoint['at']): PublishPoint {
  const point = points.find((one) => one.at === at && what.test(one.what))
  if (!point) throw new Error(`a clean run makes no call like ${what}`)
  return point
}

test.concurrent.each([
  ['before', 'the first create', /^create/],
  ['after', 'the first create', /^create/],
  ['before', 'the receipts', /^PutObject receipts.*receipts\.json/],
  ['before', 'the parts are removed', /^DeleteObjects/],
  ['before', 'the certificate', /^PutObject certificates/],
] as const)(
  'A38, A42: publish to Knack, killed %s %s, ends as a clean run when it is run again',
  async (at, _, what) => {
    const { wasReached, differences } = await endAndRepeat(books, pointAt(books, what, at))
    expect(differences).toEqual([])
    expect(wasReached).toBe(true)
  },
)

test.concurrent('A54: publish to Socrata, killed after the first chunk, ends as a clean run when it is run again', async () => {
  const { wasReached, differences } = await endAndRepeat(portal, pointAt(portal, /^Upsert/, 'after'))
  expect(differences).toEqual([])
  expect(wasReached).toBe(true)
})
