import { describe, expect, test } from 'vitest'
import { type OpenSource, openTable, readAll, signal } from './source-table.ts'

/** Columns are told, and mistakes named, before anything is executed. */
export function describeDescribing(open: OpenSource): void {
  describe('describe', () => {
    test('tells the declared columns in their order with their types, and executes nothing', async () => {
      await using source = await openTable(
        open,
        'ID NUMBER(10) NOT NULL, AMOUNT NUMBER(18,2), NOTE VARCHAR2(30)',
      )
      await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
      const recordType = source.recordType({ columns: ['NOTE', 'ID', 'AMOUNT'] })
      expect(await snapshot.describe(recordType, { signal })).toEqual([
        { name: 'NOTE', type: { kind: 'text', size: 30 }, isNullable: true },
        { name: 'ID', type: { kind: 'number', precision: 10, scale: 0 }, isNullable: false },
        { name: 'AMOUNT', type: { kind: 'number', precision: 18, scale: 2 }, isNullable: true },
      ])
      expect(snapshot.executions(recordType)).toBe(0)
    })

    test('names all columns that the query does not give, and what they may be called now', async () => {
      await using source = await openTable(open, 'ID NUMBER, CHARGED_AMT NUMBER')
      const columns = ['ID', 'CHARGED_AMOUNT', 'VENDOR']
      await expect(readAll(source, source.recordType({ columns }))).rejects.toMatchObject({
        code: 'COLUMNS_MISSING',
        message: expect.stringContaining('columns CHARGED_AMOUNT (renamed to CHARGED_AMT?), VENDOR'),
      })
    })

    test('names all columns that the view of an explicit query does not have', async () => {
      await using source = await openTable(open, 'ID NUMBER, CHARGED_AMT NUMBER')
      const columns = ['ID', 'CHARGED_AMOUNT', 'VENDOR']
      const query = `SELECT t.ID, t.CHARGED_AMOUNT, t.VENDOR FROM ${source.table} t WHERE t.VENDOR IS NOT NULL`
      await expect(readAll(source, source.recordType({ columns, query }))).rejects.toMatchObject({
        code: 'COLUMNS_MISSING',
        details: { missing: ['CHARGED_AMOUNT', 'VENDOR'] },
        message: expect.stringContaining('CHARGED_AMOUNT (renamed to CHARGED_AMT?)'),
      })
    })

    test('names a view that is not there', async () => {
      await using source = await openTable(open, 'ID NUMBER')
      const query = `SELECT ID FROM ${source.table}_GONE`
      await expect(readAll(source, source.recordType({ columns: ['ID'], query }))).rejects.toMatchObject({
        code: 'ORACLE_VIEW_MISSING',
        message: expect.stringContaining(`${source.table}_GONE`),
      })
    })

    test('money that is no NUMBER is refused', async () => {
      await using source = await openTable(open, 'ID NUMBER, V BINARY_DOUBLE')
      const recordType = source.recordType({ columns: ['ID', 'V'], money: [{ column: 'V', scale: 2 }] })
      await expect(readAll(source, recordType)).rejects.toMatchObject({ code: 'ORACLE_VALUE_UNSUPPORTED' })
    })

    test('a query that Oracle does not understand is refused', async () => {
      await using source = await openTable(open, 'ID NUMBER')
      const query = `SELECT ID FROM ${source.table} WHERE AND`
      await expect(readAll(source, source.recordType({ columns: ['ID'], query }))).rejects.toMatchObject({
        code: 'ORACLE_QUERY_INVALID',
      })
    })
  })
}
