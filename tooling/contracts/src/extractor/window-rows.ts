import type { Cursor, RowBatch, SourceSnapshot, Value, Window } from '@findata/core'
import { describe, expect, test } from 'vitest'
import { type OpenSource, openTable, type SourceTable, signal } from './source-table.ts'

interface CursorCase {
  readonly sqlType: string
  /** In ascending order, each with the canonical text that it is read as. */
  readonly values: readonly (readonly [literal: string, text: string])[]
}

/** Windows are closed stretches of the cursor, by the database's own order, whatever type it has. */
export function describeWindows(open: OpenSource): void {
  describe('windows', () => {
    test.each(CURSORS)(
      'of a $sqlType have every row between their ends, and the ends',
      async ({ sqlType, values }) => {
        await using source = await openTable(open, `ID NUMBER, V ${sqlType}`)
        await source.run(
          ...values.map(([literal], index) => `INSERT INTO ${source.table} VALUES (${index}, ${literal})`),
        )
        await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
        for (const [first, [, from]] of values.entries()) {
          for (const [last, [, to]] of values.entries()) {
            const ids = values.flatMap((_, index) => (index >= first && index <= last ? [String(index)] : []))
            expect(await readWindow(snapshot, source, { from, to })).toEqual(ids)
          }
        }
      },
    )

    test('without a beginning have all up to their end', async () => {
      await using source = await openNulls(open)
      await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
      expect(await readWindow(snapshot, source, { from: null, to: '2' }, 'exclude')).toEqual(['1', '2'])
    })

    test('have rows without a value when these are included, and stop at one when it is not allowed', async () => {
      await using source = await openNulls(open)
      await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
      const window = { from: '2', to: '3' }
      expect(await readWindow(snapshot, source, window, 'include')).toEqual(['2', '3', '9'])
      expect(await readWindow(snapshot, source, window, 'exclude')).toEqual(['2', '3'])
      await expect(readWindow(snapshot, source, window, 'fail')).rejects.toMatchObject({
        code: 'CURSOR_NULL',
      })
    })

    test('of numbers end at the highest one, with one execution', async () => {
      await using source = await openNulls(open)
      await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
      await source.run(`INSERT INTO ${source.table} VALUES (4, 4)`)
      const recordType = recordTypeOf(source, 'include')
      const request = { watermark: '2', overlap: 1, marginMs: 0, signal }
      expect(await snapshot.window(recordType, request)).toMatchObject({
        from: '1',
        to: '3',
        boundedBy: 'maximum',
      })
      expect(snapshot.executions(recordType)).toBe(1)
    })

    test('of numbers are there before any row has one, and read what has none as the cursor says', async () => {
      await using source = await openTable(open, 'ID NUMBER, V NUMBER')
      await source.run(`INSERT INTO ${source.table} VALUES (9, NULL)`)
      await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
      const request = { watermark: null, overlap: 0, marginMs: 0, signal }
      const window = await snapshot.window(recordTypeOf(source, 'include'), request)
      expect(await readWindow(snapshot, source, window, 'include')).toEqual(['9'])
      expect(await readWindow(snapshot, source, window, 'exclude')).toEqual([])
    })

    test.each([
      ['DATE', 'SYSDATE'],
      ['TIMESTAMP(9)', 'LOCALTIME'],
      ['TIMESTAMP(9) WITH TIME ZONE', 'SYSTIMESTAMP'],
    ])('of a %s end by the clock of the database, without an execution', async (sqlType, clock) => {
      await using source = await openTable(open, `ID NUMBER, V ${sqlType}`)
      const now = clock === 'LOCALTIME' ? 'CAST(SYSTIMESTAMP AS TIMESTAMP(9))' : clock
      await source.run(`INSERT INTO ${source.table} VALUES (1, ${now} - 10/1440)`)
      await source.run(`INSERT INTO ${source.table} VALUES (2, ${now} + 10/1440)`)
      await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
      const recordType = recordTypeOf(source, 'exclude')
      const request = { watermark: null, overlap: 0, marginMs: 0, signal }
      const window = await snapshot.window(recordType, request)
      // Another session's transaction may have been open all the while.
      expect(['clock', 'open transaction']).toContain(window.boundedBy)
      expect(snapshot.executions(recordType)).toBe(0)
      if (window.boundedBy === 'clock') expect(await readWindow(snapshot, source, window)).toEqual(['1'])
    })
  })
}

async function openNulls(open: OpenSource): Promise<SourceTable> {
  const source = await openTable(open, 'ID NUMBER, V NUMBER')
  await source.run(
    ...['1, 1', '2, 2', '3, 3', '9, NULL'].map((row) => `INSERT INTO ${source.table} VALUES (${row})`),
  )
  return source
}

function recordTypeOf(source: SourceTable, nulls: Cursor['nulls']) {
  return source.recordType({ columns: ['ID', 'V'], cursor: { columns: ['V'], nulls }, maxExecutions: 100 })
}

/** The first column, sorted; the totals must have counted as many. */
async function readWindow(
  snapshot: SourceSnapshot,
  source: SourceTable,
  window: Window,
  nulls: Cursor['nulls'] = 'exclude',
): Promise<Value[]> {
  const recordType = recordTypeOf(source, nulls)
  const batches: RowBatch[] = await Array.fromAsync(
    snapshot.extract(recordType, { window, batchSize: 100, signal }),
  )
  const ids = batches.flat().map(([id = null]) => id)
  expect((await snapshot.totals(recordType, { window, signal })).totals.rows).toBe(ids.length)
  return ids.sort()
}

const CURSORS: readonly CursorCase[] = [
  {
    sqlType: 'NUMBER',
    values: [
      ['-1E30', `-1${'0'.repeat(30)}`],
      ['-.01', '-0.01'],
      ['0', '0'],
      ['.0000000001', '0.0000000001'],
      ['12345678901234567890.12', '12345678901234567890.12'],
      ['12345678901234567890.13', '12345678901234567890.13'],
    ],
  },
  {
    sqlType: 'DATE',
    values: [
      ["TO_DATE('-4712-01-01', 'SYYYY-MM-DD')", '-4712-01-01T00:00:00'],
      ["TO_DATE('-0044-03-15', 'SYYYY-MM-DD')", '-0044-03-15T00:00:00'],
      ["DATE '0001-01-01'", '0001-01-01T00:00:00'],
      ["TO_DATE('2026-03-08 02:30:00', 'YYYY-MM-DD HH24:MI:SS')", '2026-03-08T02:30:00'],
      ["TO_DATE('2026-03-08 02:30:01', 'YYYY-MM-DD HH24:MI:SS')", '2026-03-08T02:30:01'],
      ["DATE '9999-12-31'", '9999-12-31T00:00:00'],
    ],
  },
  {
    sqlType: 'TIMESTAMP(9)',
    values: [
      ["TIMESTAMP '2026-03-08 02:30:00'", '2026-03-08T02:30:00'],
      ["TIMESTAMP '2026-03-08 02:30:00.000000001'", '2026-03-08T02:30:00.000000001'],
      ["TIMESTAMP '2026-03-08 02:30:00.000000002'", '2026-03-08T02:30:00.000000002'],
      ["TIMESTAMP '2026-03-08 02:30:00.1'", '2026-03-08T02:30:00.1'],
    ],
  },
  {
    sqlType: 'TIMESTAMP(3)',
    values: [
      ["TIMESTAMP '2026-03-08 02:30:00'", '2026-03-08T02:30:00'],
      ["TIMESTAMP '2026-03-08 02:30:00.001'", '2026-03-08T02:30:00.001'],
      ["TIMESTAMP '2026-03-08 02:30:01'", '2026-03-08T02:30:01'],
    ],
  },
  {
    sqlType: 'TIMESTAMP(9) WITH TIME ZONE',
    values: [
      ["TIMESTAMP '2026-03-08 09:30:00 +07:00'", '2026-03-08T02:30:00Z'],
      ["TIMESTAMP '2026-03-08 02:30:00.000000001 +00:00'", '2026-03-08T02:30:00.000000001Z'],
      ["TIMESTAMP '2026-03-07 20:30:00.000000002 -06:00'", '2026-03-08T02:30:00.000000002Z'],
    ],
  },
  {
    sqlType: 'TIMESTAMP(6) WITH LOCAL TIME ZONE',
    values: [
      ["TIMESTAMP '2026-03-08 09:30:00 +07:00'", '2026-03-08T02:30:00Z'],
      ["TIMESTAMP '2026-03-08 02:30:00.000001 +00:00'", '2026-03-08T02:30:00.000001Z'],
      ["TIMESTAMP '2026-03-07 20:30:01 -06:00'", '2026-03-08T02:30:01Z'],
    ],
  },
]
