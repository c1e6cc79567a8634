import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createKeyTable } from './key-table.ts'
import { createSortedRuns } from './sorted-runs.ts'
import { openScratchFolder } from './spill-files.ts'

const word = fc.oneof(fc.constantFrom(0, 1, 0xffffffff), fc.nat(5), fc.integer({ min: 0, max: 0xffffffff }))
const compare = (a: readonly number[], b: readonly number[]) => {
  const place = a.findIndex((value, index) => value !== b[index])
  return place === -1 ? 0 : (a[place] as number) - (b[place] as number)
}

describe('sorted runs', () => {
  test.each([1, 3, 9])('of records of %i words merge into one order, whatever the memory', async (width) => {
    const records = fc.array(fc.array(word, { minLength: width, maxLength: width }), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(
        records,
        fc.integer({ min: 1, max: 20 }),
        fc.nat(500),
        async (all, perRun, memoryBytes) => {
          await using scratch = await openScratchFolder()
          await using runs = createSortedRuns(scratch, { width, memoryBytes })
          let rest = all
          for (; rest.length > perRun; rest = rest.slice(perRun)) {
            await runs.spill(Uint32Array.from(rest.slice(0, perRun).flat()), perRun)
          }
          const merged: number[][] = []
          await runs.merge(Uint32Array.from(rest.flat()), rest.length, (words, offset) => {
            merged.push([...words.slice(offset, offset + width)])
          })
          expect(merged).toEqual(all.toSorted(compare))
          expect(runs.runs).toBe(Math.max(0, Math.ceil(all.length / perRun) - 1))
        },
      ),
      { numRuns: 60 },
    )
  })

  test('of many records that are all equal are quick', async () => {
    await using scratch = await openScratchFolder()
    await using runs = createSortedRuns(scratch, { width: 4, memoryBytes: 1_000_000 })
    let visited = 0
    await runs.merge(new Uint32Array(4 * 200_000), 200_000, () => visited++)
    expect(visited).toBe(200_000)
  })
})

describe('a key table', () => {
  const record = fc.tuple(word, word, word, word, word, word, word, word)

  test('tells new keys, duplicates and conflicts apart while it grows', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 300 }), (records) => {
        const table = createKeyTable({ width: 8, memoryBytes: 1_000_000 })
        const known = new Map<string, Set<string>>()
        for (const words of records) {
          const inserted = table.insert(Uint32Array.from(words))
          const [key, row] = [
            words
              .slice(0, 4)
              .with(1, words[1] || 1)
              .join(),
            words.slice(4).join(),
          ]
          const rows = known.get(key)
          expect(inserted).toBe(!rows ? 'new' : rows.has(row) ? 'duplicate' : 'conflict')
          known.set(key, (rows ?? new Set()).add(row))
        }
        const distinct = [...known.values()].reduce((sum, rows) => sum + rows.size, 0)
        expect(table.compact().count).toBe(distinct)
      }),
    )
  })

  test('is full before its records outgrow its memory, and empty when cleared', () => {
    for (const width of [4, 8] as const) {
      const memoryBytes = 100_000
      const table = createKeyTable({ width, memoryBytes })
      const words = new Uint32Array(8)
      const fill = () => {
        for (let count = 0; ; count++) {
          words[0] = count
          words[1] = Math.imul(count + 1, 0x9e3779b1)
          if (table.insert(words.subarray(0, width)) === 'full') return count
        }
      }
      const count = fill()
      expect(count * (width * 4 + 8)).toBeGreaterThan(memoryBytes * 0.6)
      expect(table.compact()).toMatchObject({ count, words: { length: expect.any(Number) } })
      expect(table.compact().words.byteLength).toBeLessThanOrEqual(memoryBytes)
      table.clear()
      expect(fill()).toBe(count)
    }
  })
})
