import type { Value } from '@findata/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openWorkplace, present, wanted } from '../test/records.ts'
import { toComparable } from './canonical-compare.ts'
import type { DiffEntry } from './row-diff.ts'
import type { PresentRecord, WantedRecord } from './target-record.ts'

async function diff(
  wantedRecords: readonly WantedRecord[],
  presentRecords: readonly PresentRecord[],
  memoryBytes?: number,
) {
  await using workplace = await openWorkplace()
  const result = await workplace.diff(wantedRecords, presentRecords, memoryBytes)
  return {
    counts: result.counts,
    equalities: result.equalities,
    entries: await Array.fromAsync(result.entries()),
    again: await Array.fromAsync(result.entries()),
    matches: await Array.fromAsync(result.matches()),
  }
}

describe('the difference between what is wanted and what is there', () => {
  test('A37: is found by key: what is missing, what changed and how, what departed', async () => {
    const { counts, entries, again, matches } = await diff(
      [
        wanted('2400', '1', '10.00'),
        wanted('2400', '2', '99999999999999999999.02'),
        wanted('6200', '1', '3.00'),
      ],
      [
        present('b', '2400', '2', '99,999,999,999,999,999,999.01'),
        present('a', '2400', '1', '10.00'),
        present('c', '2400', '9', '5.00'),
      ],
    )
    expect(counts).toEqual({
      wanted: 3,
      present: 3,
      equal: 1,
      changed: 1,
      missing: 1,
      departed: 1,
      duplicate: 0,
      collision: 0,
    })
    expect(entries).toEqual([
      {
        kind: 'changed',
        wanted: wanted('2400', '2', '99999999999999999999.02'),
        present: present('b', '2400', '2', '99,999,999,999,999,999,999.01'),
        changes: [{ field: 'balance', from: '99,999,999,999,999,999,999.01', to: '99999999999999999999.02' }],
      },
      { kind: 'missing', wanted: wanted('6200', '1', '3.00') },
      { kind: 'departed', key: '2400 / 9', present: present('c', '2400', '9', '5.00') },
    ])
    expect(again).toEqual(entries)
    expect(matches).toEqual([{ wanted: ['2400', '1', '10.00', null], present: ['2400', '1', '10.00', null] }])
  })

  test('A29, A34: counts values that are equal although written differently, by reason', async () => {
    const { counts, equalities, matches } = await diff(
      [wanted('2400', '1', '1997.78', 'A,\nB'), wanted('2400', '2', '0.00', 'B')],
      [present('a', '2400', '1 ', '$1,997.78', 'B,\nA'), present('b', '2400', '2', '$0.00', 'B')],
    )
    expect(counts).toMatchObject({ equal: 2, changed: 0 })
    expect(equalities).toEqual({ '10 = $10.00': 2, 'order only': 1, 'white space only': 1 })
    expect(matches[0]?.present).toEqual(['2400', '1 ', '$1,997.78', 'B,\nA'])
  })

  test('A39: is never a field that is ignored', async () => {
    const { counts } = await diff([wanted('2400', '1', '1.00')], [present('a', '2400', '1', '1.00')])
    expect(counts).toMatchObject({ equal: 1, changed: 0 })
  })

  test('A37: keeps the oldest of several records with one key, and names the others', async () => {
    const { counts, entries } = await diff(
      [wanted('2400', '1', '1.00')],
      [
        present('c', '2400', '1', '1.00'),
        present('a', '2400', '1', '2.00'),
        present('b', '2400', ' 1', '3.00'),
      ],
    )
    expect(counts).toMatchObject({ changed: 1, duplicate: 2, equal: 0 })
    expect(entries.slice(1)).toEqual([
      { kind: 'duplicate', key: '2400 / 1', present: present('b', '2400', ' 1', '3.00'), keptId: 'a' },
      { kind: 'duplicate', key: '2400 / 1', present: present('c', '2400', '1', '1.00'), keptId: 'a' },
    ])
    expect(entries[0]).toMatchObject({ kind: 'changed', present: { id: 'a' } })
  })

  test('A38: lets none of the records win that share a key in the destination', async () => {
    const twins = [wanted('2400', '1', '1.00'), wanted('2400', '1 ', '2.00')]
    const { counts, entries } = await diff(twins, [present('a', '2400', '1', '1.00')])
    expect(counts).toMatchObject({ collision: 2, equal: 0, changed: 0, departed: 0 })
    expect(entries).toEqual([
      { kind: 'collision', wanted: twins, present: present('a', '2400', '1', '1.00') },
    ])
    expect((await diff([twins[0] as WantedRecord, twins[0] as WantedRecord], [])).counts.collision).toBe(2)
  })

  test('A35: matches no record by an empty key, which departs', async () => {
    const { entries } = await diff(
      [wanted(null, ' ', '1.00')],
      [present('a', '', null, '1.00'), present('b', null, '', '1.00')],
    )
    expect(entries).toEqual([
      { kind: 'collision', wanted: [wanted(null, ' ', '1.00')] },
      { kind: 'departed', key: '', present: present('a', '', null, '1.00') },
      { kind: 'departed', key: '', present: present('b', null, '', '1.00') },
    ])
  })

  test('keeps tabs, line feeds and any other character of a value', async () => {
    const text = 'a\tb\nc\r"\\ \u2028 🛣️ \0 \ud800'
    const { entries } = await diff([wanted('2400', text, text, text, text)], [])
    expect(entries).toEqual([{ kind: 'missing', wanted: wanted('2400', text, text, text, text) }])
  })
})

describe('against a comparison of maps', () => {
  const key = fc.constantFrom<Value[]>('1', '2', '3', ' 3', '4', '5', '', null)
  const balance = fc.constantFrom<Value[]>('1.00', '1', '$1.00', '2.00', '', null)
  const fdus = fc.constantFrom<Value[]>('A,\nB', 'B,\nA', 'A', null)
  const wantedRecords = fc.array(
    fc.tuple(fc.constantFrom('2400', '6200'), key, balance, fdus).map((of) => wanted(...of)),
    { maxLength: 30 },
  )
  const presentRecords = fc
    .array(fc.tuple(fc.constantFrom('2400', '6200', ''), key, balance, fdus), { maxLength: 30 })
    .chain((rows) =>
      fc.shuffledSubarray(
        rows.map((of, index) => present(`id${index}`, ...of)),
        { minLength: rows.length },
      ),
    )

  const kinds = ['text', 'text', 'currency', 'list'] as const
  const comparable = (values: readonly Value[]) =>
    kinds.map((kind, place) => toComparable(kind, values[place] as Value))
  const keyOf = ({ values }: { readonly values: readonly Value[] }) =>
    JSON.stringify(comparable(values).slice(0, 2))

  function inShort(entry: DiffEntry): string {
    switch (entry.kind) {
      case 'missing':
        return `missing ${entry.wanted.key}`
      case 'changed':
        return `changed ${entry.present.id}`
      case 'departed':
        return `departed ${entry.present.id}`
      case 'duplicate':
        return `duplicate ${entry.present.id} of ${entry.keptId}`
      case 'collision':
        return `collision ${entry.wanted.length}`
    }
  }

  function slowly(wantedSide: readonly WantedRecord[], presentSide: readonly PresentRecord[]) {
    const found: string[] = []
    for (const key of new Set([...wantedSide, ...presentSide].map(keyOf))) {
      const left = wantedSide.filter((record) => keyOf(record) === key)
      const right = presentSide
        .filter((record) => keyOf(record) === key)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
      const isEmpty = key === '[null,null]'
      if (left.length > 1 || (isEmpty && left.length > 0)) found.push(`collision ${left.length}`)
      if (left.length === 0 || isEmpty) {
        for (const { id } of right) found.push(`departed ${id}`)
        continue
      }
      const [kept, ...others] = right
      for (const { id } of others) found.push(`duplicate ${id} of ${kept?.id}`)
      if (left.length > 1) continue
      const [only] = left as [WantedRecord]
      if (!kept) found.push(`missing ${only.key}`)
      else if (`${comparable(only.values)}` !== `${comparable(kept.values)}`) found.push(`changed ${kept.id}`)
      else found.push('equal')
    }
    return found.sort()
  }

  test.each([
    ['in memory', 24_000_000],
    ['partitioned on disk', 400],
  ])('finds the same, %s', async (_, memoryBytes) => {
    await fc.assert(
      fc.asyncProperty(wantedRecords, presentRecords, async (wantedSide, presentSide) => {
        const { entries, matches } = await diff(wantedSide, presentSide, memoryBytes)
        const found = entries.map(inShort)
        expect([...found, ...matches.map(() => 'equal')].sort()).toEqual(slowly(wantedSide, presentSide))
      }),
      { numRuns: 60 },
    )
  })

  test('gives the same entries and matches in memory and partitioned', async () => {
    await fc.assert(
      fc.asyncProperty(wantedRecords, presentRecords, async (wantedSide, presentSide) => {
        const sorted = ({ entries, matches, ...rest }: Awaited<ReturnType<typeof diff>>) => ({
          counts: rest.counts,
          equalities: rest.equalities,
          lines: [...entries, ...matches].map((entry) => JSON.stringify(entry)).sort(),
        })
        expect(sorted(await diff(wantedSide, presentSide, 400))).toEqual(
          sorted(await diff(wantedSide, presentSide)),
        )
      }),
      { numRuns: 40 },
    )
  })
})
