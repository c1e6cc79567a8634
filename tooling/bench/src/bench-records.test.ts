import type { DiffEntry } from '@findata/publishers'
import { describe, expect, test } from 'vitest'
import { createRecordSets } from './bench-records.ts'

const sets = createRecordSets(2000)

/** Compared the slow way: every record of one side with the record of the other that has its key. */
async function differences(): Promise<DiffEntry[]> {
  const wanted = (await Array.fromAsync(sets.wanted())).flat()
  const present = (await Array.fromAsync(sets.present('by id'))).flat()
  const keyOf = ([dept, id]: readonly unknown[]) => `${dept} / ${id}`
  const wantedByKey = new Map(wanted.map((record) => [record.key, record]))
  const presentByKey = new Map(present.map((record) => [keyOf(record.values), record]))
  expect([wantedByKey.size, presentByKey.size]).toEqual([2000, 2000])
  return [
    ...wanted.flatMap((record): DiffEntry[] => {
      const other = presentByKey.get(record.key)
      if (!other) return [{ kind: 'missing', wanted: record }]
      const changes = ['field_3810', 'field_3686'].map((field) => {
        const place = field === 'field_3810' ? 3 : 7
        return { field, from: other.values[place] ?? null, to: record.values[place] ?? null }
      })
      return changes.some(({ from, to }) => from !== to)
        ? [{ kind: 'changed', wanted: record, present: other, changes }]
        : []
    }),
    ...[...presentByKey].flatMap(([key, record]): DiffEntry[] =>
      wantedByKey.has(key) ? [] : [{ kind: 'departed', key, present: record }],
    ),
  ]
}

test('one record in a thousand is new, one departed and one changed', async () => {
  const found = await differences()
  const counts = Object.groupBy(found, ({ kind }) => kind)
  expect([counts.missing?.length, counts.departed?.length, counts.changed?.length]).toEqual([2, 2, 2])
  expect(() => sets.verify(found)).not.toThrow()
})

test('both orders hold the same records', async () => {
  const [byKey, byId] = await Promise.all(
    (['by key', 'by id'] as const).map(async (order) =>
      (await Array.fromAsync(sets.present(order))).flat().map((record) => JSON.stringify(record)),
    ),
  )
  expect(byId).not.toEqual(byKey)
  expect(byId?.toSorted()).toEqual(byKey?.toSorted())
})

describe('differences are not believed', () => {
  test('if one is left out', async () => {
    const found = await differences()
    expect(() => sets.verify(found.slice(1))).toThrow('was not found')
  })

  test('if one too many is there', async () => {
    const found = await differences()
    expect(() => sets.verify([...found, ...found.slice(0, 1)])).toThrow('7 differences instead of 6')
  })

  test('if a change says another value', async () => {
    const found = (await differences()).map((entry) =>
      entry.kind === 'changed' ? { ...entry, changes: entry.changes.slice(1) } : entry,
    )
    expect(() => sets.verify(found)).toThrow('or not as it is')
  })
})
