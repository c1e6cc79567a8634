import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diffRows, type RowDiffOptions } from './diff-rows.ts'
import type { Row, RowSchema, Value } from './row-schema.ts'
import { openScratchFolder } from './spill-files.ts'

const schema: RowSchema = {
  columns: [
    { name: 'DEPT', type: { kind: 'text' }, isNullable: false, ordinal: 1 },
    { name: 'ID', type: { kind: 'text' }, isNullable: false, ordinal: 2 },
    { name: 'AMOUNT', type: { kind: 'number' }, isNullable: true, ordinal: 3 },
    { name: 'NOTE', type: { kind: 'text' }, isNullable: true, ordinal: 4 },
  ],
}

async function diff(left: readonly Row[], right: readonly Row[], options: Partial<RowDiffOptions> = {}) {
  await using scratch = await openScratchFolder()
  const stream = (rows: readonly Row[]) =>
    async function* () {
      for (let from = 0; from < rows.length; from += 3) yield rows.slice(from, from + 3)
    }
  return await diffRows({
    left: stream(left),
    right: stream(right),
    leftSchema: schema,
    rightSchema: schema,
    rowKey: [
      { column: 'DEPT', isNullable: false },
      { column: 'ID', isNullable: true },
    ],
    scratch,
    maxExamples: 3,
    ...options,
  })
}

describe('the difference of two sets of rows', () => {
  test('A6: is added, removed and changed rows, each changed value with all its digits', async () => {
    const result = await diff(
      [
        ['2400', 'same', '1', null],
        ['2400', 'paid', '9999999999999999.98', 'ถนน'],
        ['2400', 'gone', '3', null],
      ],
      [
        ['2400', 'new', '4', '🛣️'],
        ['2400', 'paid', '9999999999999999.99', null],
        ['2400', 'same', '1', null],
      ],
    )
    expect(result).toEqual({
      added: 1,
      removed: 1,
      changed: 1,
      unchanged: 1,
      columnsAdded: [],
      columnsRemoved: [],
      examples: {
        added: [{ key: 'DEPT=2400, ID=new', values: { DEPT: '2400', ID: 'new', AMOUNT: '4', NOTE: '🛣️' } }],
        removed: [
          { key: 'DEPT=2400, ID=gone', values: { DEPT: '2400', ID: 'gone', AMOUNT: '3', NOTE: null } },
        ],
        changed: [
          {
            key: 'DEPT=2400, ID=paid',
            changes: [
              { column: 'AMOUNT', from: '9999999999999999.98', to: '9999999999999999.99' },
              { column: 'NOTE', from: 'ถนน', to: null },
            ],
          },
        ],
      },
    })
  })

  test('of equal rows is nothing, and they are read once', async () => {
    let reads = 0
    const rows: Row[] = [['2400', 'A', '1', null]]
    const read = async function* () {
      reads++
      yield rows
    }
    expect(await diff([], [], { left: read, right: read })).toMatchObject({
      unchanged: 1,
      added: 0,
      changed: 0,
    })
    expect(reads).toBe(2)
  })

  test('counts equal rows one to one', async () => {
    const row: Row = ['2400', 'A', '1', null]
    expect(await diff([row], [row, row, row])).toMatchObject({
      unchanged: 1,
      added: 2,
      removed: 0,
      changed: 0,
    })
    expect(await diff([row, row], [['2400', 'A', '2', null]])).toMatchObject({ changed: 1, removed: 1 })
  })

  test('reports columns that only one side has, and compares the others wherever they stand', async () => {
    const [dept, id, amount, note] = schema.columns as [never, never, never, never]
    const added = { name: 'SCOPE', type: { kind: 'clob' } as const, isNullable: true, ordinal: 5 }
    const result = await diff(
      [
        ['2400', 'A', '1', 'dropped'],
        ['2400', 'B', '1', 'dropped'],
      ],
      [
        ['text', '1', 'A', '2400'],
        ['text', '2', 'B', '2400'],
      ],
      {
        rightSchema: { columns: [added, amount, id, dept] },
        leftSchema: { columns: [dept, id, amount, note] },
      },
    )
    expect(result).toMatchObject({
      unchanged: 1,
      changed: 1,
      columnsAdded: ['SCOPE'],
      columnsRemoved: ['NOTE'],
    })
    expect(result.examples.changed[0]?.changes).toEqual([{ column: 'AMOUNT', from: '1', to: '2' }])
  })

  test('needs the key on both sides', async () => {
    const rightSchema = { columns: schema.columns.slice(1) }
    await expect(diff([], [], { rightSchema })).rejects.toThrow('no column DEPT')
  })

  test('shows only so many examples and counts all', async () => {
    const rows = Array.from({ length: 100 }, (_, id): Row => ['2400', `${id}`, '1', null])
    const result = await diff(rows, [], { maxExamples: 7 })
    expect(result.removed).toBe(100)
    expect(result.examples.removed).toHaveLength(7)
    expect(await diff(rows, [], { maxExamples: 0 })).toMatchObject({
      removed: 100,
      examples: { removed: [] },
    })
  })
})

describe('against a comparison of maps', () => {
  const rows = fc.array(
    fc.tuple(
      fc.constantFrom<Value[]>('2400', '6200'),
      fc.constantFrom<Value[]>('1', '2', '3', '4', '5', '6', null),
      fc.constantFrom<Value[]>('7', '-0.25', null),
      fc.constantFrom<Value[]>('ก', null),
    ),
    { maxLength: 40 },
  )
  const keyOf = ([dept, id]: Row) => JSON.stringify([dept, id])

  function slowly(left: readonly Row[], right: readonly Row[]) {
    const counts = { added: 0, removed: 0, changed: 0, unchanged: 0 }
    for (const key of new Set([...left, ...right].map(keyOf))) {
      const before = left.filter((row) => keyOf(row) === key).map((row) => JSON.stringify(row))
      const after = right.filter((row) => keyOf(row) === key).map((row) => JSON.stringify(row))
      const gone = before.filter((row) => {
        const twin = after.indexOf(row)
        if (twin !== -1) after.splice(twin, 1)
        return twin === -1
      })
      counts.unchanged += before.length - gone.length
      counts.changed += Math.min(gone.length, after.length)
      counts.removed += Math.max(0, gone.length - after.length)
      counts.added += Math.max(0, after.length - gone.length)
    }
    return counts
  }

  test.each([
    ['in memory', 48_000_000],
    ['spilled to disk', 300],
  ])('all counts agree, and the examples explain them, %s', async (_, memoryBytes) => {
    await fc.assert(
      fc.asyncProperty(rows, rows, async (left, right) => {
        const { examples, columnsAdded, columnsRemoved, ...counts } = await diff(left, right, {
          memoryBytes,
          maxExamples: 100,
        })
        expect(counts).toEqual(slowly(left, right))
        expect(examples.added).toHaveLength(counts.added)
        expect(examples.removed).toHaveLength(counts.removed)
        expect(examples.changed).toHaveLength(counts.changed)

        const texts = (some: readonly Row[]) => some.map((row) => JSON.stringify(row))
        for (const { values } of examples.added)
          expect(texts(right)).toContain(JSON.stringify(Object.values(values)))
        for (const { values } of examples.removed)
          expect(texts(left)).toContain(JSON.stringify(Object.values(values)))
        for (const { changes } of examples.changed) expect(changes.length).toBeGreaterThan(0)
      }),
      { numRuns: 100 },
    )
  })

  test('what is added one way is removed the other way', async () => {
    await fc.assert(
      fc.asyncProperty(rows, rows, async (left, right) => {
        const there = await diff(left, right)
        const back = await diff(right, left)
        expect([there.added, there.removed, there.changed]).toEqual([back.removed, back.added, back.changed])
      }),
      { numRuns: 30 },
    )
  })
})
