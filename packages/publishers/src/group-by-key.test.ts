import { openScratchFolder } from '@findata/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { groupByKey } from './group-by-key.ts'

async function group(left: readonly string[], right: readonly string[], memoryBytes: number) {
  await using scratch = await openScratchFolder()
  async function* batches(lines: readonly string[]) {
    for (let from = 0; from < lines.length; from += 3) yield lines.slice(from, from + 3)
  }
  const groups = groupByKey({ left: batches(left), right: batches(right) }, { scratch, memoryBytes })
  return (await Array.fromAsync(groups)).flat().sort((a, b) => (a.key < b.key ? -1 : 1))
}

describe('lines of two sides', () => {
  test.each([
    ['in memory', 1_000_000],
    ['on disk', 500],
  ])('meet by key in the order they came, %s', async (_, memoryBytes) => {
    const lines = fc.array(
      fc.tuple(fc.nat({ max: 20 }), fc.string()).map(([key, text]) => `"${key}"\t${JSON.stringify(text)}`),
      { maxLength: 40 },
    )
    await fc.assert(
      fc.asyncProperty(lines, lines, async (left, right) => {
        const groups = await group(left, right, memoryBytes)
        const textsOf = (side: readonly string[], key: string) =>
          side.filter((line) => line.startsWith(`${key}\t`)).map((line) => line.slice(key.length + 1))
        const keys = [...new Set([...left, ...right].map((line) => line.split('\t')[0] as string))].sort()
        expect(groups).toEqual(
          keys.map((key) => ({ key, left: textsOf(left, key), right: textsOf(right, key) })),
        )
      }),
      { numRuns: 40 },
    )
  })

  test('that all share one key end in one group, though memory has no room for it', async () => {
    const lines = Array.from({ length: 500 }, (_, index) => `"same"\t${index}`)
    const [only, ...others] = await group(lines, lines, 500)
    expect(others).toEqual([])
    expect(only?.left).toHaveLength(500)
    expect(only?.right.at(-1)).toBe('499')
  })
})
