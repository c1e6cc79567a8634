import { afterAll, expect, test } from 'vitest'
import type { CliFixtureOptions } from './cli-fixture.ts'
import { type CrashPoint, type CrashSceneName, crashAndRepeat, openCrashScene } from './crash-points.ts'

/** Each with stand-ins of its own, since an Oracle fault counts the messages of all connections. */
const LANES = 3

const counts = { kills: 0, equal: 0, finished: 0 }
afterAll(() => {
  const { kills, equal, finished } = counts
  process.stdout.write(
    `crash matrix: ${kills} kills, ${equal} runs equal to a clean one (${finished} kills came after the end of the work)\n`,
  )
})

test.each<CrashSceneName>(['an empty bucket', 'an earlier snapshot'])(
  'A8: extract into %s, killed before and after every network call, ends as a clean run when it is run again',
  async (name) => {
    await killAtAll(name)
    // The last call to S3 gives the lock back; what follows is the farewell to Oracle.
    expect(counts.finished).toBeLessThan(counts.kills / 5)
  },
)

test('A8: extract of files of several parts, killed before and after every call for a part, ends as a clean run when it is run again', async () => {
  const isUpload = ({ what }: CrashPoint) => /Multipart|UploadPart/.test(what)
  await killAtAll('an earlier snapshot', isUpload, { rows: 1_000, textLength: 14_000 })
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
