import { createHash } from 'node:crypto'
import { mkdtempDisposable, readdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTotalsCollector, type TotalsOptions } from './control-totals.ts'
import type { KeyColumn } from './record-type.ts'
import type { Row, RowSchema } from './row-schema.ts'
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

const taskOrders = {
  schema,
  rowKey: key('DEPT', 'ID', 'BYR_FDU?'),
  entityKey: key('DEPT', 'ID'),
  money: [{ column: 'AMOUNT', scale: 2 }],
}

/** Room for a handful of keys: everything else goes to disk. */
const tiny = { memoryBytes: 700 }

async function collect(rows: readonly Row[], options: Omit<TotalsOptions, 'scratch'>, batchSize = 3) {
  await using scratch = await openScratchFolder()
  await using collector = createTotalsCollector({ ...options, scratch })
  for (let from = 0; from < rows.length; from += batchSize)
    await collector.add(rows.slice(from, from + batchSize))
  return await collector.finish()
}

/** Everything by its definition, with maps and whole numbers of hundredths of a cent. */
function slowly(rows: readonly Row[]) {
  const amounts = rows.flatMap(([, , amount]) => (amount == null ? [] : [amount]))
  const units = (amount: string) => {
    const [whole = '', fraction = ''] = amount.split('.')
    return BigInt(whole + fraction.padEnd(4, '0'))
  }
  const text = (value: bigint) => {
    const digits = (value < 0n ? -value : value).toString().padStart(5, '0')
    const plain = `${digits.slice(0, -4)}.${digits.slice(-4)}`.replace(/\.?0+$/, '')
    return value < 0n ? `-${plain}` : plain
  }
  const sorted = amounts.toSorted((a, b) => (units(a) < units(b) ? -1 : 1))
  const rowHash = (row: Row) =>
    BigInt(
      `0x${createHash('sha256')
        .update(
          row
            .map((value, index) =>
              value === null ? '' : `${index + 1}=${Buffer.byteLength(value)}:${value}`,
            )
            .join(''),
        )
        .digest('hex')
        .slice(0, 32)}`,
    )

  const byKey = Map.groupBy(rows, ([dept, id, , fdu]) => JSON.stringify([dept, id, fdu]))
  const withoutNulls = [...byKey].filter(([text]) => {
    const [dept, id] = JSON.parse(text)
    return dept !== null && id !== null
  })
  const distinctValues = (group: readonly Row[]) => new Set(group.map((row) => JSON.stringify(row))).size
  return {
    rows: rows.length,
    nonNull: amounts.length,
    sum: text(amounts.reduce((sum, amount) => sum + units(amount), 0n)),
    min: sorted[0] ?? null,
    max: sorted.at(-1) ?? null,
    setHash: (rows.reduce((sum, row) => sum + rowHash(row), 0n) % 2n ** 128n).toString(16).padStart(32, '0'),
    distinctEntityKeys: new Set(rows.map(([dept, id]) => JSON.stringify([dept, id]))).size,
    distinctRowKeys: byKey.size,
    exactDuplicates: withoutNulls.reduce((sum, [, group]) => sum + group.length - distinctValues(group), 0),
    conflicts: withoutNulls.filter(([, group]) => distinctValues(group) > 1).length,
    nullKeyRows: rows.filter(([dept, id]) => dept === null || id === null).length,
    overScale: amounts.filter((amount) => (amount.split('.')[1] ?? '').length > 2).length,
  }
}

const amounts = fc.option(
  fc.oneof(
    fc.constantFrom('0', '100.1', '-0.25', '9999999999999999.99', '-9999999999999999.99', '0.0001', '7.125'),
    fc.integer({ min: -500, max: 500 }).map(String),
  ),
  { nil: null },
)
const rowsWithFewKeys = fc.array(
  fc.tuple(
    fc.constantFrom('2400', '6200', null),
    fc.constantFrom('24ROW51000', 'ซ่อมถนน', '🛣️', '1', '2', '3', '4', '5', null),
    amounts,
    fc.constantFrom('5610 2400 4200', null, ''),
  ),
  { maxLength: 60 },
)

describe('control totals', () => {
  test('A13: count rows and distinct keys of the worked example, to the digit', async () => {
    const { totals, keys } = await collect(
      [
        ['2400', '2400002000', '100.1', '5610 2400 4200'],
        ['2400', '2400002000', '100.1', '5610 2400 4100'],
        ['6200', '2400002000', '7', null],
        ['2400', '24ROW51000', '-0.25', '8400 2507 9042'],
        ['2400', '24ROW51000', '-0.25', '8400 2507 9042'],
      ],
      taskOrders,
    )
    expect(totals).toEqual({
      rows: 5,
      money: { AMOUNT: { nonNull: 5, sum: '206.7', min: '-0.25', max: '100.1' } },
      distinctEntityKeys: 3,
      setHash: 'ab2ff8bb8391ffcf8192066bd1eecf3e',
    })
    expect(keys).toEqual({
      distinctRowKeys: 4,
      distinctEntityKeys: 3,
      exactDuplicates: 1,
      conflicts: 0,
      nullKeyRows: 0,
      overScale: {},
      examples: {
        exactDuplicates: ['DEPT=2400, ID=24ROW51000, BYR_FDU=8400 2507 9042'],
        conflicts: [],
        nullKeyRows: [],
      },
    })
  })

  test('of no rows are zero and NULL', async () => {
    const { totals } = await collect([], taskOrders)
    expect(totals).toEqual({
      rows: 0,
      money: { AMOUNT: { nonNull: 0, sum: '0', min: null, max: null } },
      distinctEntityKeys: 0,
      setHash: '0'.repeat(32),
    })
  })

  test.each([
    ['in memory', {}],
    ['spilled to disk', tiny],
  ])('A6: agree with their definitions, %s', async (_, memory) => {
    await fc.assert(
      fc.asyncProperty(rowsWithFewKeys, async (rows) => {
        const expected = slowly(rows)
        const { totals, keys } = await collect(rows, { ...taskOrders, ...memory })
        const { examples, overScale, ...counts } = keys
        expect({
          rows: totals.rows,
          setHash: totals.setHash,
          ...totals.money.AMOUNT,
          ...counts,
          overScale: overScale.AMOUNT ?? 0,
        }).toEqual(expected)
        expect(totals.distinctEntityKeys).toBe(expected.distinctEntityKeys)
        expect(examples.exactDuplicates.length > 0).toBe(expected.exactDuplicates > 0)
        expect(examples.conflicts.length).toBe(Math.min(expected.conflicts, 10))
        expect(examples.nullKeyRows.length > 0).toBe(expected.nullKeyRows > 0)
      }),
      { numRuns: 150 },
    )
  })

  test('count the keys once when rows and entities have the same key', async () => {
    await fc.assert(
      fc.asyncProperty(rowsWithFewKeys, async (rows) => {
        const both = { ...taskOrders, entityKey: taskOrders.rowKey, ...tiny }
        const { totals, keys } = await collect(rows, both)
        expect(totals.distinctEntityKeys).toBe(keys.distinctRowKeys)
        expect(keys.distinctRowKeys).toBe(slowly(rows).distinctRowKeys)
      }),
      { numRuns: 30 },
    )
  })

  test('throw for a key or money column that the stream lacks', async () => {
    await expect(collect([], { ...taskOrders, rowKey: key('NOWHERE') })).rejects.toThrow('no column NOWHERE')
    await expect(collect([], { ...taskOrders, money: [{ column: 'PAID', scale: 2 }] })).rejects.toThrow(
      'PAID',
    )
  })
})

describe('the key census', () => {
  test('tells conflicts from duplicates: equal keys with other amounts', async () => {
    const { keys } = await collect(
      [
        ['2400', 'X', '100.1', 'FDU1'],
        ['2400', 'X', '100.2', 'FDU1'],
        ['2400', 'X', '100.2', 'FDU1'],
        ['2400', 'X', '100.3', 'FDU1'],
      ],
      taskOrders,
    )
    expect(keys).toMatchObject({ distinctRowKeys: 1, conflicts: 1, exactDuplicates: 1 })
    expect(keys.examples.conflicts).toEqual(['DEPT=2400, ID=X, BYR_FDU=FDU1'])
  })

  test('counts rows with NULL in a required key column apart, whatever else they are', async () => {
    const row: Row = ['2400', null, '1', null]
    const { keys } = await collect(
      [row, row, ['2400', null, '2', null], ['2400', 'X', '1', null]],
      taskOrders,
    )
    expect(keys).toMatchObject({ nullKeyRows: 3, exactDuplicates: 0, conflicts: 0, distinctRowKeys: 2 })
    expect(keys.examples.nullKeyRows).toEqual(['DEPT=2400, ID=NULL, BYR_FDU=NULL'])
  })

  test('keeps apart keys whose values run together', async () => {
    const { keys } = await collect(
      [
        ['1', '23', null, null],
        ['12', '3', null, null],
        ['1', '2:3', null, null],
        ['1', '-', null, null],
        ['1', '-', null, ''],
      ],
      taskOrders,
    )
    expect(keys.distinctRowKeys).toBe(5)
  })

  test('names pairs that never were in memory together', async () => {
    const others = (from: number): Row[] =>
      Array.from({ length: 40 }, (_, index) => ['2400', `other ${from + index}`, '1', null])
    const { keys } = await collect(
      [
        ['2400', 'twin', '1', null],
        ['2400', 'quarrel', '1', null],
        ...others(0),
        ['2400', 'twin', '1', null],
        ['2400', 'quarrel', '2', null],
        ...others(40),
      ],
      { ...taskOrders, ...tiny },
    )
    expect(keys).toMatchObject({ distinctRowKeys: 82, exactDuplicates: 1, conflicts: 1 })
    expect(keys.examples).toEqual({
      exactDuplicates: ['DEPT=2400, ID=twin, BYR_FDU=NULL'],
      conflicts: ['DEPT=2400, ID=quarrel, BYR_FDU=NULL'],
      nullKeyRows: [],
    })
  })

  test('gives at most ten examples and counts all', async () => {
    const rows = Array.from({ length: 100 }, (_, index): Row => ['2400', `${index % 50}`, '1', null])
    for (const memory of [{}, tiny]) {
      const { keys } = await collect(rows, { ...taskOrders, ...memory })
      expect(keys.exactDuplicates).toBe(50)
      expect(keys.examples.exactDuplicates).toHaveLength(10)
    }
  })

  test('stays quick when all rows share one key', async () => {
    const rows = Array.from({ length: 30_000 }, (_, index): Row => ['2400', 'X', `${index}`, null])
    const { keys } = await collect(rows, taskOrders, 1000)
    expect(keys).toMatchObject({ distinctRowKeys: 1, conflicts: 1, exactDuplicates: 0 })
  })

  test('holds no more keys in memory than it may, however many there are', async () => {
    await using parent = await mkdtempDisposable(join(tmpdir(), 'census-test-'))
    await using scratch = await openScratchFolder(parent.path)
    await using collector = createTotalsCollector({ ...taskOrders, scratch, memoryBytes: 1_000_000 })
    for (let batch = 0; batch < 100; batch++) {
      await collector.add(
        Array.from({ length: 1000 }, (_, row): Row => ['2400', `${batch * 1000 + row}`, '1', null]),
      )
    }
    const { totals, keys } = await collector.finish()
    expect(keys.distinctRowKeys).toBe(100_000)
    expect(totals.distinctEntityKeys).toBe(100_000)

    const folder = join(parent.path, (await readdir(parent.path))[0] ?? '')
    const files = await Promise.all((await readdir(folder)).map((name) => stat(join(folder, name))))
    const onDisk = files.reduce((sum, { size }) => sum + size, 0)
    expect(onDisk).toBeGreaterThan(100_000 * (32 + 16) - 1_000_000)
  })
})
