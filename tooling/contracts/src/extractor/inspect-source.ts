import { describe, expect, test } from 'vitest'
import { type OpenSource, openTable, signal } from './source-table.ts'

const key = (...columns: string[]) => columns.map((column) => ({ column, isNullable: true }))

/** What can be known of a source without reading its rows. */
export function describeInspecting(open: OpenSource): void {
  describe('inspect', () => {
    test('tells columns in the words of the source, comments, the object and what it may be used for', async () => {
      await using source = await openTable(
        open,
        'ID NUMBER(10) NOT NULL, AMOUNT NUMBER(18,2), NOTE VARCHAR2(30), CHANGED TIMESTAMP(6), "Mixed Case" CLOB',
      )
      await source.run(`COMMENT ON COLUMN ${source.table}.AMOUNT IS 'What was charged'`)
      const recordType = source.recordType({
        columns: ['ID', 'AMOUNT', 'CHANGED', 'Mixed Case'],
        money: [{ column: 'AMOUNT', scale: 2 }],
      })
      const inspection = await source.extractor.inspect(recordType, { signal })
      expect(inspection).toMatchObject({
        columns: [
          { name: 'ID', sourceType: 'NUMBER(10)', isNullable: false },
          { name: 'AMOUNT', sourceType: 'NUMBER(18,2)', isNullable: true, comment: 'What was charged' },
          { name: 'CHANGED', sourceType: 'TIMESTAMP(6)' },
          { name: 'Mixed Case', sourceType: 'CLOB' },
        ],
        undeclared: ['NOTE'],
        fetch: { rows: 31, largeObjects: ['Mixed Case'] },
        objects: [
          {
            name: expect.stringMatching(new RegExp(`\\.${source.table}$`)),
            kind: 'TABLE',
            privileges: ['SELECT', 'FLASHBACK'],
          },
        ],
        findings: [],
        executions: 0,
      })
      expect(inspection.consistency?.label).toMatch(/^(scn|read-only transaction|per statement)/)
    })

    test('tells what is missing and what is not there, without throwing', async () => {
      await using source = await openTable(open, 'ID NUMBER, CHARGED_AMT NUMBER')
      const lacking = source.recordType({ columns: ['ID', 'CHARGED_AMOUNT'] })
      expect((await source.extractor.inspect(lacking, { signal })).findings).toEqual([
        expect.objectContaining({
          level: 'problem',
          about: 'CHARGED_AMOUNT',
          detail: expect.stringContaining('renamed to CHARGED_AMT?'),
          code: 'COLUMNS_MISSING',
        }),
      ])
      const query = `SELECT ID FROM ${source.table} UNION ALL SELECT ID FROM ${source.table}_GONE`
      const gone = source.recordType({ columns: ['ID'], query })
      expect((await source.extractor.inspect(gone, { signal })).findings).toEqual([
        expect.objectContaining({ level: 'problem', code: 'ORACLE_VIEW_MISSING' }),
      ])
    })

    test('counts keys, NULL equal to NULL, by one execution', async () => {
      await using source = await openTable(open, 'DEPT VARCHAR2(4), ID NUMBER, FDU VARCHAR2(9)')
      await source.run(
        `INSERT INTO ${source.table} VALUES ('2400', 1, 'A')`,
        `INSERT INTO ${source.table} VALUES ('2400', 1, NULL)`,
        `INSERT INTO ${source.table} VALUES ('2400', 1, NULL)`,
        `INSERT INTO ${source.table} VALUES ('6200', NULL, NULL)`,
        `INSERT INTO ${source.table} VALUES ('6200', NULL, 'A')`,
      )
      const counted = async (rowKey: string[], entityKey: string[]) => {
        const recordType = source.recordType({
          columns: ['DEPT', 'ID', 'FDU'],
          rowKey: key(...rowKey),
          entityKey: key(...entityKey),
        })
        const { keys, executions } = await source.extractor.inspect(recordType, { signal, countsKeys: true })
        return { ...keys, executions }
      }
      const all = { rows: 5, nullKeys: 0, executions: 1 }
      expect(await counted(['DEPT', 'ID', 'FDU'], ['DEPT', 'ID'])).toEqual({
        ...all,
        rowKeys: 4,
        entityKeys: 2,
      })
      expect(await counted(['FDU'], ['DEPT', 'FDU'])).toEqual({ ...all, rowKeys: 2, entityKeys: 4 })
      expect(await counted(['FDU'], ['DEPT'])).toEqual({ ...all, rowKeys: 2, entityKeys: 2 })
    })

    test('a constraint over the key spares the count', async () => {
      await using source = await openTable(open, 'ID NUMBER PRIMARY KEY, DEPT VARCHAR2(4)')
      const query = `SELECT ID, DEPT FROM ${source.table}`
      const recordType = source.recordType({ columns: ['ID', 'DEPT'], query, rowKey: key('ID') })
      const { uniqueBy, executions } = await source.extractor.inspect(recordType, {
        signal,
        countsKeys: true,
      })
      expect(uniqueBy).toEqual(expect.any(String))
      expect(executions).toBe(0)
    })

    test('tells what changed since the last run', async () => {
      await using source = await openTable(open, 'ID NUMBER(10), NOTE VARCHAR2(30)')
      const recordType = source.recordType({ columns: ['ID', 'NOTE'] })
      const { columns } = await source.extractor.inspect(recordType, { signal })
      const previous = columns.map((column, index) => ({ ...column, ordinal: index + 1 }))
      await source.run(`ALTER TABLE ${source.table} MODIFY (NOTE VARCHAR2(60))`)
      await source.run(
        `ALTER TABLE ${source.table} DROP COLUMN ID`,
        `ALTER TABLE ${source.table} ADD (ID DATE)`,
      )
      const { findings } = await source.extractor.inspect(recordType, { signal, previous })
      expect(findings).toEqual([
        { level: 'change', about: 'ID', detail: 'was NUMBER(10) and is DATE' },
        { level: 'change', about: 'NOTE', detail: 'was text of 30 bytes and is text of 60 bytes' },
      ])
    })
  })
}
