import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  describePublishPoint,
  endAndRepeat,
  openPublishCase,
  type PublishCase,
} from './publish-crash-points.ts'
import { openPublishFixture, type PublishFixture } from './publish-fixture.ts'

/** Commands under way at once, each in a scene of its own. */
const LANES = 3

// Some minutes each where nothing else runs.
vi.setConfig({ testTimeout: 1_200_000 })

let fixture: PublishFixture
const counts = { kills: 0, stops: 0, unreached: 0, equal: 0 }
beforeAll(async () => {
  fixture = await openPublishFixture()
}, 120_000)
afterAll(async () => {
  const { kills, stops, unreached, equal } = counts
  process.stdout.write(
    `crash matrix of publishing: ${kills} kills and ${stops} stops by a signal (${unreached} never reached), ${equal} equal to a clean run after the same command again\n`,
  )
  await fixture[Symbol.asyncDispose]()
})

test.each(['books', 'portal'] as const)(
  'A38, A42: publish to %s, killed before and after every network call, ends as a clean run when it is run again',
  async (destination) => {
    const given = await openPublishCase(fixture, destination, 'processes', {
      socrata: { connection: { rowsPerRequest: 4 } },
    })

    const failures: string[] = []
    await inLanes(given.points, async (point) => {
      counts.kills++
      const { wasReached, differences } = await endAndRepeat(given, point)
      if (!wasReached) counts.unreached++
      if (differences.length === 0) counts.equal++
      failures.push(...differences)
    })

    expect(failures).toEqual([])
    // Calls under way at once may come in another order, but not often in another number.
    expect(counts.unreached).toBeLessThan(counts.kills / 20)
  },
)

test('A40: publish that Knack refuses two records, killed before and after every write to S3, tells of them when it is run again', async () => {
  const given = await openPublishCase(fixture, 'books', 'processes', {
    knack: { units: ['6000', '6001', '6002', '6003', '6004', '6005', '6006', '6208'] },
  })
  expect(given.exitCode).toBe(6)
  const writes = given.points.filter(({ what }) => /^(PutObject|DeleteObjects)/.test(what))
  expect(writes.some(({ what }) => what.startsWith('PutObject rejects'))).toBe(true)

  const failures: string[] = []
  await inLanes(writes, async (point) => {
    counts.kills++
    const { wasReached, differences } = await endAndRepeat(given, point)
    if (!wasReached) counts.unreached++
    if (differences.length === 0) counts.equal++
    failures.push(...differences)
  })

  expect(failures).toEqual([])
})

test.each(['books', 'portal'] as const)(
  'SIGTERM at any network call of publish to %s ends it after its receipts, and the same command again ends as a clean run',
  async (destination) => {
    const given = await openPublishCase(fixture, destination, 'processes', {
      socrata: { connection: { rowsPerRequest: 4 } },
    })

    const failures: string[] = []
    await inLanes(stopPoints(given), async (point) => {
      counts.stops++
      const { outcome, wasReached, differences } = await endAndRepeat(given, point, 'SIGTERM')
      if (!wasReached) counts.unreached++
      if (differences.length === 0) counts.equal++
      failures.push(...differences)
      const isAsExpected = outcome.exitCode === (outcome.result.status === 'done' ? 0 : 143)
      if (!isAsExpected) {
        failures.push(
          `${describePublishPoint(point)}: exit ${outcome.exitCode}: ${outcome.stdout}${outcome.stderr}`,
        )
      }
    })

    expect(failures).toEqual([])
  },
)

function stopPoints({ points }: PublishCase) {
  return points.filter(({ at }) => at === 'before')
}

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items]
  const lane = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}
