import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bridgeDifferences } from './bridge.ts'
import { type FoldOptions, foldEntities } from './entities.ts'
import type { KeyColumn } from './record-type.ts'
import type { Row, RowSchema, Value } from './row-schema.ts'
import { openScratchFolder } from './spill-files.ts'

const schema: RowSchema = {
  columns: [
    { name: 'DEPT', type: { kind: 'text' }, isNullable: false, ordinal: 1 },
    { name: 'ID', type: { kind: 'text' }, isNullable: false, ordinal: 2 },
    { name: 'AMOUNT', type: { kind: 'number' }, isNullable: true, ordinal: 3 },
    { name: 'BYR_FDU', type: { kind: 'text' }, isNullable: true, ordinal: 4 },
  ],
}
const key = (...columns: string[]): KeyColumn[] =>
  columns.map((column) => ({ column: column.replace('?', ''), isNullable: column.endsWith('?') }))
const recordType: FoldOptions['recordType'] = {
  rowKey: key('DEPT', 'ID', 'BYR_FDU?'),
  entityKey: key('DEPT', 'ID'),
  coalesced: ['BYR_FDU'],
  money: [{ column: 'AMOUNT', scale: 2 }],
}

async function fold(rows: readonly Row[], options: Partial<FoldOptions> = {}) {
  await using scratch = await openScratchFolder()
  async function* batches() {
    for (let from = 0; from < rows.length; from += 3) yield rows.slice(from, from + 3)
  }
  const folded = foldEntities(batches(), { schema, recordType, scratch, ...options })
  const entities = (await Array.fromAsync(folded.batches)).flat()
  return { entities, bridge: folded.bridge(), rejections: folded.rejections() }
}

const line = (rows: number, sum: string) => ({ rows, sums: { AMOUNT: sum } })

const workedExample: readonly Row[] = [
  ['2400', '2400002000', '100.1', '5610 2400 4200'],
  ['2400', '2400002000', '100.1', '5610 2400 4100'],
  ['6200', '2400002000', '7', null],
  ['2400', '24ROW51000', '-0.25', '8400 2507 9042'],
  ['2400', '24ROW51000', '-0.25', '8400 2507 9042'],
]

describe('folding rows into entities', () => {
  test('A13: the worked example becomes three entities, and the bridge explains every row and cent', async () => {
    const { entities, bridge, rejections } = await fold(workedExample)
    expect(entities).toEqual([
      ['2400', '2400002000', '100.1', '5610 2400 4100,\n5610 2400 4200'],
      ['6200', '2400002000', '7', null],
      ['2400', '24ROW51000', '-0.25', '8400 2507 9042'],
    ])
    expect(bridge).toEqual({
      read: line(5, '206.7'),
      rejected: line(0, '0'),
      filtered: line(0, '0'),
      exactDuplicates: line(1, '-0.25'),
      folded: line(1, '100.1'),
      entities: line(3, '106.85'),
    })
    expect(rejections).toMatchObject({ count: 0, listed: [] })
  })

  test('rows that differ in a column that is not coalesced reject the whole entity', async () => {
    const { entities, bridge, rejections } = await fold([
      ['2400', 'X', '100.1', 'FDU1'],
      ['2400', 'Y', '1', 'FDU1'],
      ['2400', 'X', '100.2', 'FDU2'],
    ])
    expect(entities).toEqual([['2400', 'Y', '1', 'FDU1']])
    expect(bridge.rejected).toEqual(line(2, '200.3'))
    expect(rejections).toEqual({
      count: 1,
      byKind: { 'null key': 0, scale: 0, conflict: 1, other: 0 },
      listed: [
        {
          kind: 'conflict',
          key: 'DEPT=2400, ID=X',
          rows: 2,
          reason: 'its rows do not agree in AMOUNT',
          columns: ['AMOUNT'],
        },
      ],
    })
  })

  test('NULL does not agree with a value', async () => {
    const { bridge } = await fold([
      ['2400', 'X', null, 'FDU1'],
      ['2400', 'X', '0', 'FDU1'],
    ])
    expect(bridge.rejected).toEqual(line(2, '0'))
  })

  test('A6: an amount with more digits than its scale rejects its row', async () => {
    const { entities, rejections, bridge } = await fold([
      ['2400', 'X', '100.125', 'FDU1'],
      ['2400', 'Y', '9999999999999999.99', null],
    ])
    expect(entities).toEqual([['2400', 'Y', '9999999999999999.99', null]])
    expect(bridge.rejected).toEqual(line(1, '100.125'))
    expect(rejections.listed).toEqual([
      {
        kind: 'scale',
        key: 'DEPT=2400, ID=X',
        rows: 1,
        reason: 'an amount in AMOUNT has more than 2 digits after the point',
        columns: ['AMOUNT'],
      },
    ])
  })

  test('NULL in a key column that is not nullable rejects its row', async () => {
    const { entities, rejections } = await fold([['2400', null, '1', null]])
    expect(entities).toEqual([])
    expect(rejections.listed).toMatchObject([
      { kind: 'null key', key: 'DEPT=2400, ID=NULL', reason: 'NULL in the key column ID' },
    ])
  })

  test('a row counts once: rejected before filtered, filtered before duplicate', async () => {
    const { bridge, rejections } = await fold(
      [
        ['2400', 'X', '1', null],
        ['2400', 'X', '1', null],
        ['6200', 'bad', '2', null],
        ['2400', 'Y', '4', null],
      ],
      {
        reject: ([, id]) => (id === 'bad' ? 'the address is missing' : undefined),
        filter: ([dept, id]) => dept === '2400' && id !== 'X',
      },
    )
    expect(bridge).toMatchObject({ rejected: line(1, '2'), filtered: line(2, '2'), entities: line(1, '4') })
    expect(rejections.listed).toEqual([
      { kind: 'other', key: 'DEPT=6200, ID=bad', rows: 1, reason: 'the address is missing', columns: [] },
    ])
  })

  test('all rejections are counted and only some are kept', async () => {
    const rows = Array.from({ length: 20 }, (_, id): Row => ['2400', `${id}`, '0.001', null])
    const { rejections } = await fold(rows, { maxRejections: 5 })
    expect(rejections.count).toBe(20)
    expect(rejections.listed).toHaveLength(5)
  })

  test('money is never coalesced', async () => {
    await expect(fold([], { recordType: { ...recordType, coalesced: ['AMOUNT'] } })).rejects.toThrow(
      'AMOUNT is money and cannot be coalesced',
    )
  })

  test('the bridge is not known before the last entity was read', async () => {
    await using scratch = await openScratchFolder()
    async function* batches() {
      yield workedExample
    }
    const folded = foldEntities(batches(), { schema, recordType, scratch })
    for await (const _ of folded.batches) break
    expect(() => folded.bridge()).toThrow('when all entities were read')
  })
})

describe('against grouping in memory by its definition', () => {
  const rows = fc.array(
    fc.tuple(
      fc.constantFrom<Value[]>('2400', '2400', '6200', null),
      fc.constantFrom<Value[]>('1', '2', '3', '4', '5', 'ซ่อมถนน', '🛣️\n"', null),
      fc.constantFrom<Value[]>('7', '7', '7', '7', '7', '-0.25', '0.001', null),
      fc.constantFrom<Value[]>('B', 'A', 'ก', '', null),
    ),
    { maxLength: 50 },
  )

  /** One step after the other, each over all rows. */
  function slowly(all: readonly Row[], coalesced: readonly number[]) {
    const isRejected = ([dept, id, amount]: Row) => dept === null || id === null || amount === '0.001'
    const isFiltered = ([, id]: Row) => id === '5'
    const rejected = all.filter(isRejected)
    const filtered = all.filter((row) => !isRejected(row) && isFiltered(row))
    const left = all.filter((row) => !isRejected(row) && !isFiltered(row))
    const entities: Row[] = []
    const duplicates: Row[] = []
    const folded: Row[] = []
    for (const group of Map.groupBy(left, ([dept, id]) => JSON.stringify([dept, id])).values()) {
      const distinct = [...new Set(group.map((row) => JSON.stringify(row)))].map(
        (row) => JSON.parse(row) as Row,
      )
      const agreed = new Set(
        group.map((row) => JSON.stringify(row.filter((_, index) => !coalesced.includes(index)))),
      )
      if (agreed.size > 1) {
        rejected.push(...group)
        continue
      }
      for (let extra = distinct.length; extra < group.length; extra++) duplicates.push(group[0] as Row)
      folded.push(...distinct.slice(1))
      entities.push(
        (group[0] as Row).map((value, index) => {
          if (!coalesced.includes(index)) return value
          const values = new Set(group.flatMap((row) => row[index] ?? []))
          return values.size === 0 ? null : [...values].sort().join(',\n')
        }),
      )
    }
    const summed = (some: readonly Row[]) => {
      const thousandths = some.reduce((sum, [, , amount]) => sum + Math.round(Number(amount ?? 0) * 1000), 0)
      return line(some.length, String(thousandths / 1000))
    }
    return {
      entities,
      bridge: {
        read: summed(all),
        rejected: summed(rejected),
        filtered: summed(filtered),
        exactDuplicates: summed(duplicates),
        folded: summed(folded),
        entities: summed(entities),
      },
    }
  }

  const sorted = (entities: readonly Row[]) => entities.map((row) => JSON.stringify(row)).sort()

  test.each([
    ['in memory', 48_000_000],
    ['with most rows waiting on disk', 1],
    ['with some rows waiting on disk', 2_000],
  ])('every row finds its place %s', async (_, memoryBytes) => {
    await fc.assert(
      fc.asyncProperty(rows, async (all) => {
        const { entities, bridge } = await fold(all, { memoryBytes, filter: ([, id]) => id !== '5' })
        const expected = slowly(all, [3])
        expect(sorted(entities)).toEqual(sorted(expected.entities))
        expect(bridge).toEqual(expected.bridge)
        expect(bridgeDifferences(bridge, [])).toEqual([])
      }),
      { numRuns: memoryBytes === 1 ? 40 : 100 },
    )
  })

  test('several or no coalesced columns work as one does', async () => {
    const entityKey = key('DEPT', 'ID')
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom(['BYR_FDU'], []), async (all, coalesced) => {
        const { entities, bridge } = await fold(all, {
          recordType: { ...recordType, entityKey, coalesced },
          filter: ([, id]) => id !== '5',
        })
        const expected = slowly(all, coalesced.length === 0 ? [] : [3])
        expect(sorted(entities)).toEqual(sorted(expected.entities))
        expect(bridge).toEqual(expected.bridge)
      }),
    )
  })

  test('two coalesced columns are joined each for itself', async () => {
    const { entities, bridge } = await fold(
      [
        ['2400', 'b', '1', 'X'],
        ['2400', 'a', '1', 'X'],
        ['2400', 'a', '1', 'X'],
        ['2400', 'a', '1', 'Y'],
      ],
      { recordType: { ...recordType, entityKey: key('DEPT'), coalesced: ['ID', 'BYR_FDU'] } },
    )
    expect(entities).toEqual([['2400', 'a,\nb', '1', 'X,\nY']])
    expect(bridge).toMatchObject({
      exactDuplicates: line(1, '1'),
      folded: line(2, '2'),
      entities: line(1, '1'),
    })
  })
})
