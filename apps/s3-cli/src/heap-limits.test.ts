import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** The space for new objects after a while of work whose results live a little, and the most it was, in MB. */
const WORK = `
import { setImmediate } from 'node:timers/promises'
import { getHeapSpaceStatistics } from 'node:v8'
const recent = []
const size = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size / 1024 ** 2
let most = 0
for (let turn = 0; turn < 40; turn++) {
  recent[turn % 4] = Array.from({ length: 20_000 }, (_, index) => [turn, index, {}])
  await setImmediate()
  most = Math.max(most, size())
}
console.log(JSON.stringify({ last: size(), most }))
`

async function newSpaceMb(
  ...flags: readonly string[]
): Promise<{ readonly last: number; readonly most: number }> {
  const args = ['--conditions=@findata/source', ...flags, '--input-type=module', '--eval', WORK]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout)
}

test('the space for new objects stays small, which V8 left alone makes large', async () => {
  const [limited, unlimited] = await Promise.all([
    newSpaceMb(`--import=${import.meta.resolve('./heap-limits.ts')}`),
    newSpaceMb(),
  ])
  // Not to the megabyte: V8 is told after a collection, and rounds to its pages.
  expect(limited.last).toBeLessThan(24)
  expect(limited.last).toBeGreaterThanOrEqual(2)
  expect(unlimited.most).toBeGreaterThan(24)
})
