import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDecimals } from './decimal.ts'
import { compileRowScreen } from './row-limits.ts'
import type { Row, RowBatch, RowSchema, Value } from './row-schema.ts'
import { type RejectedRow, type ScreenOptions, screenRows } from './screen-rows.ts'
import { openScratchFolder } from './spill-files.ts'
import { collectTotals } from './take-snapshot.ts'

const schema: RowSchema = {
  columns: [
    { name: 'ID', type: { kind: 'text' }, isNullable: false, ordinal: 1 },
    { name: 'AMOUNT', type: { kind: 'number' }, isNullable: true, ordinal: 2 },
    { name: 'NOTE', type: { kind: 'text' }, isNullable: true, ordinal: 3 },
  ],
}
const key = [{ column: 'ID', isNullable: false }]
const recordType = {
  name: 'receipts',
  rowKey: key,
  entityKey: key,
  money: [{ column: 'AMOUNT', scale: 2 }],
}
const screen = compileRowScreen(
  schema,
  {
    AMOUNT: { kind: 'number', digitsBeforePoint: 3, digitsAfterPoint: 2 },
    NOTE: { kind: 'text', maxCharacters: 5 },
  },
  key,
)

async function* inBatches(rows: readonly Row[], size = 3): AsyncGenerator<RowBatch> {
  for (let from = 0; from < rows.length; from += size) yield rows.slice(from, from + size)
}

function screened(rows: readonly Row[], options: Partial<ScreenOptions> = {}) {
  const kept: RejectedRow[] = []
  const onRejected = async (rejected: readonly RejectedRow[]) => void kept.push(...rejected)
  const split = screenRows(inBatches(rows), {
    recordType,
    schema,
    screen,
    onRejected,
    maxRejected: 1000,
    ...options,
  })
  return { ...split, kept }
}

const GOOD: Row = ['A', '1.25', null]
const BAD: Row = ['B', '1.125', 'name']

test('rows that fit go on, the others are kept aside with what is wrong with them', async () => {
  const { batches, kept, rejected } = screened([GOOD, BAD, GOOD, BAD])
  expect((await Array.fromAsync(batches)).flat()).toEqual([GOOD, GOOD])
  const rejection = {
    key: 'ID=B',
    column: 'AMOUNT',
    kind: 'scale',
    reason: '1.125 has 3 digits after the point, and 2 fit',
  }
  expect(kept).toEqual([
    { row: BAD, rejection },
    { row: BAD, rejection },
  ])
  expect(rejected()).toEqual({ rows: 2, sums: { AMOUNT: '2.25' } })
})

test('what was rejected is not told before all was read', async () => {
  const { batches, rejected } = screened([GOOD, GOOD, GOOD, GOOD])
  for await (const _ of batches) {
    expect(rejected).toThrow('is known when all rows were read')
  }
  expect(rejected()).toEqual({ rows: 0, sums: { AMOUNT: '0' } })
})

test('rejected rows are kept before the rest of their batch goes on', async () => {
  const events: string[] = []
  const { batches } = screened([BAD, GOOD, BAD, BAD], {
    onRejected: async (rejected) => {
      events.push(`keeping ${rejected.length}`)
      await Promise.resolve()
      events.push('kept')
    },
  })
  for await (const batch of batches) events.push(`going on with ${batch.length}`)
  expect(events).toEqual(['keeping 2', 'kept', 'going on with 1', 'keeping 1', 'kept'])
})

test('a sink that fails stops the run, and the source is closed', async () => {
  let isClosed = false
  async function* source() {
    try {
      yield [BAD]
      yield [GOOD]
    } finally {
      isClosed = true
    }
  }
  const { batches } = screenRows(source(), {
    recordType,
    schema,
    screen,
    onRejected: () => Promise.reject(new Error('no room')),
    maxRejected: 9,
  })
  await expect(Array.fromAsync(batches)).rejects.toThrow('no room')
  expect(isClosed).toBe(true)
})

test('as many rejected rows as allowed pass, one more stops the run and says which and why', async () => {
  const rows = [BAD, GOOD, GOOD, ['C', '2', 'secret person'], GOOD, GOOD]
  expect(await Array.fromAsync(screened(rows, { maxRejected: 2 }).batches)).toHaveLength(2)

  const { batches, kept } = screened(rows, { maxRejected: 1 })
  const error = await Array.fromAsync(batches).catch((reason: unknown) => reason)
  expect(error).toMatchObject({
    name: 'TerminalError',
    code: 'GUARD_REFUSED',
    message: [
      'Reading receipts was stopped: 2 rows so far do not fit the destination (limit 1).',
      '  ID=B: AMOUNT: 1.125 has 3 digits after the point, and 2 fit',
      '  ID=C: NOTE: its text has 13 characters, and 5 fit',
      'Correct the rows in the source or widen the columns of the destination; or allow more rejected rows, and run again.',
    ].join('\n'),
  })
  expect(JSON.stringify(error)).not.toContain('secret')
  expect(kept).toHaveLength(2)
})

test('every row goes one way, in its order, and both ways together are what was read, to the last digit', async () => {
  const amount = fc.constantFrom<Value[]>(
    '1.5',
    '-0.25',
    '999.99',
    '1000',
    '-12345678901234567890.125',
    '0.001',
    null,
  )
  const row = fc.tuple(
    fc.constantFrom<Value[]>('A', 'B', 'C', null),
    amount,
    fc.constantFrom<Value[]>('ก', 'too long', null),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 30 }), fc.integer({ min: 1, max: 7 }), async (rows, size) => {
      const kept: RejectedRow[] = []
      const split = screenRows(inBatches(rows, size), {
        recordType,
        schema,
        screen,
        onRejected: async (rejected) => void kept.push(...rejected),
        maxRejected: 1000,
      })
      const parts = (await Array.fromAsync(split.batches)).flat()

      const wasRejected = new Set(kept.map((one) => one.row))
      expect(parts).toEqual(rows.filter((one) => !wasRejected.has(one)))
      expect(kept.map((one) => one.row)).toEqual(rows.filter((one) => wasRejected.has(one)))
      for (const one of parts) expect(screen(one)).toBeUndefined()

      await using scratch = await openScratchFolder()
      const read = (await collectTotals(inBatches(rows), schema, recordType, scratch)).totals
      const gone = (await collectTotals(inBatches(parts), schema, recordType, scratch)).totals
      expect(gone.rows + split.rejected().rows).toBe(read.rows)
      expect(addDecimals(gone.money.AMOUNT?.sum ?? '', split.rejected().sums.AMOUNT ?? '')).toBe(
        read.money.AMOUNT?.sum,
      )
    }),
  )
})
