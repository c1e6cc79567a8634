import { describe, expect, test } from 'vitest'
import { type OpenSource, openTable, signal } from './source-table.ts'

/** What the database counts is what is read. */
export function describeTotals(open: OpenSource): void {
  describe('totals', () => {
    test('are rows, entities, and exact counts, sums and bounds of the money columns', async () => {
      await using source = await openTable(open, 'K VARCHAR2(5), A NUMBER, B NUMBER(18,2)')
      await source.run(
        `INSERT INTO ${source.table} VALUES ('a', 12345678901234567890.12, -0.25)`,
        `INSERT INTO ${source.table} VALUES ('a', .01, NULL)`,
        `INSERT INTO ${source.table} VALUES ('b', NULL, 100.1)`,
        `INSERT INTO ${source.table} VALUES (NULL, -0.13, NULL)`,
      )
      const recordType = source.recordType({
        columns: ['K', 'A', 'B'],
        money: [
          { column: 'A', scale: 2 },
          { column: 'B', scale: 2 },
        ],
      })
      await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
      expect((await snapshot.totals(recordType, { signal })).totals).toEqual({
        rows: 4,
        distinctEntityKeys: 3,
        money: {
          A: { nonNull: 3, sum: '12345678901234567890', min: '-0.13', max: '12345678901234567890.12' },
          B: { nonNull: 2, sum: '99.85', min: '-0.25', max: '100.1' },
        },
      })
      expect(snapshot.executions(recordType)).toBe(1)
    })

    test('of no rows are zeros', async () => {
      await using source = await openTable(open, 'ID NUMBER, A NUMBER')
      await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
      const recordType = source.recordType({ columns: ['ID', 'A'], money: [{ column: 'A', scale: 2 }] })
      expect((await snapshot.totals(recordType, { signal })).totals).toEqual({
        rows: 0,
        distinctEntityKeys: 0,
        money: { A: { nonNull: 0, sum: '0', min: null, max: null } },
      })
    })
  })
}
