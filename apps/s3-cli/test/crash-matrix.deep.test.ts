import { afterAll, expect, test, vi } from 'vitest'
import type { CliFixtureOptions } from './cli-fixture.ts'
import {
  type CrashPoint,
  type CrashSceneName,
  crashAndRepeat,
  describePoint,
  openCrashScene,
} from './crash-points.ts'

/** Each with stand-ins of its own, since an Oracle fault counts the messages of all connections. */
const LANES = 3

// Two minutes each where nothing else runs.
vi.setConfig({ testTimeout: 900_000 })

const counts = { kills: 0, equal: 0, finished: 0, stops: 0 }
afterAll(() => {
  const { kills, equal, finished, stops } = counts
  process.stdout.write(
    `crash matrix: ${kills} kills, ${equal} runs equal to a clean one (${finished} kills came when the plain file was in place: equal to two), and ${stops} stops by a signal\n`,
  )
})

test.each<CrashSceneName>(['an empty bucket', 'an earlier snapshot'])(
  'A8: extract into %s, killed before and after every network call, ends as a clean run when it is run again',
  async (name) => {
    await killAtAll(name)
    // After the plain file only the lock is given back; then comes the farewell to Oracle.
    expect(counts.finished).toBeLessThan(counts.kills / 5)
  },
)

test('A8: extract of files of several parts, killed before and after every call for a part, ends as a clean run when it is run again', async () => {
  const isUpload = ({ what }: CrashPoint) => /Multipart|UploadPart/.test(what)
  await killAtAll('an earlier snapshot', isUpload, { rows: 1_000, textLength: 14_000 })
})

test('A10: SIGTERM at any network call ends the command and its connections, and the same command again ends as a clean run', async () => {
  const failures: string[] = []
  const lane = async (number: number) => {
    await using scene = await openCrashScene('an earlier snapshot')
    const points = scene.points.filter(({ at }) => at === 'before')
    for (const point of points.filter((_, i) => i % LANES === number)) {
      counts.stops++
      const { first, differences } = await crashAndRepeat(scene, point, 'SIGTERM')
      failures.push(...differences)
      // While it gives the lock back and says goodbye to Oracle, it is done.
      if (first.exitCode !== (first.result.status === 'done' ? 0 : 143)) {
        failures.push(`${describePoint(point)}: exit ${first.exitCode}: ${first.stdout}${first.stderr}`)
      }
      if (scene.cli.oracle.sessions().length > 0) failures.push(`${describePoint(point)}: still connected`)
    }
  }
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)))
  expect(failures).toEqual([])
})

async function killAtAll(
  name: CrashSceneName,
  isMeant: (point: CrashPoint) => boolean = () => true,
  options?: CliFixtureOptions,
): Promise<void> {
  const failures: string[] = []
  const lane = async (number: number) => {
    await using scene = await openCrashScene(name, options)
    for (const point of scene.points.filter(isMeant).filter((_, i) => i % LANES === number)) {
      counts.kills++
      const { wasFinished, differences } = await crashAndRepeat(scene, point)
      if (wasFinished) counts.finished++
      if (differences.length === 0) counts.equal++
      failures.push(...differences)
    }
  }
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)))
  expect(failures).toEqual([])
}
