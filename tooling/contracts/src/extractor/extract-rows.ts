import { describe, expect, test } from 'vitest'
import {
  allBatches,
  type OpenSource,
  openNumbers,
  openTable,
  readAll,
  signal,
  sortedIds,
} from './source-table.ts'

/** Each row comes once, or an error does. */
export function describeExtracting(open: OpenSource): void {
  describe('extract', () => {
    test('A5: rows come in batches of at most the size asked for, each row once', async () => {
      await using source = await openNumbers(open, 5)
      await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
      const batches = await allBatches(snapshot, source.recordType({ columns: ['ID'] }), 2)
      expect(batches.map((batch) => batch.length)).toEqual([2, 2, 1])
      expect(sortedIds(batches.flat())).toEqual([1, 2, 3, 4, 5])
    })

    test.each([1, 3, 6, 7])('A5: %i rows in batches of three are all read', async (count) => {
      await using source = await openNumbers(open, count)
      await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
      const batches = await allBatches(snapshot, source.recordType({ columns: ['ID'] }), 3)
      expect(sortedIds(batches.flat())).toEqual(Array.from({ length: count }, (_, index) => index + 1))
    })

    test('no rows are no batches', async () => {
      await using source = await openTable(open, 'ID NUMBER')
      expect(await readAll(source, source.recordType({ columns: ['ID'] }))).toEqual([])
    })

    test('A14: values are bound as text, quotes and lists included', async () => {
      await using source = await openTable(open, 'ID NUMBER, DEPT VARCHAR2(20)')
      await source.run(
        `INSERT INTO ${source.table} VALUES (1, '2400')`,
        `INSERT INTO ${source.table} VALUES (2, 'O''Brien')`,
        `INSERT INTO ${source.table} VALUES (3, 'not a number')`,
      )
      const query = `SELECT ID FROM ${source.table} WHERE DEPT IN (:depts) OR DEPT = :one`
      const binds = { depts: ['2400', "O'Brien"], one: '2400' }
      const rows = await readAll(source, source.recordType({ columns: ['ID'], query, binds }))
      expect(sortedIds(rows)).toEqual([1, 2])
    })

    test('A13: a join repeats a row as often as it finds partners', async () => {
      await using source = await openTable(open, 'ID NUMBER, FDU VARCHAR2(20)')
      await source.run(
        `INSERT INTO ${source.table} VALUES (1, 'b')`,
        `INSERT INTO ${source.table} VALUES (1, 'a')`,
        `INSERT INTO ${source.table} VALUES (2, NULL)`,
      )
      const query =
        `SELECT s.ID, b.FDU FROM (SELECT DISTINCT ID FROM ${source.table}) s ` +
        `LEFT JOIN (SELECT DISTINCT ID, FDU FROM ${source.table} WHERE FDU IS NOT NULL) b ON b.ID = s.ID`
      const recordType = source.recordType({ columns: ['ID', 'FDU'], query })
      await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
      const rows = (await allBatches(snapshot, recordType, 10)).flat()
      expect(rows.map(([id, fdu]) => `${id}/${fdu}`).sort()).toEqual(['1/a', '1/b', '2/null'])
      expect((await snapshot.totals(recordType, { signal })).totals).toMatchObject({
        rows: 3,
        distinctEntityKeys: 2,
      })
    })

    test('two extracts of one snapshot may be read side by side', async () => {
      await using source = await openNumbers(open, 9)
      await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
      const odd = source.recordType({
        name: 'odd',
        columns: ['ID'],
        query: `${source.query} WHERE MOD(ID, 2) = 1`,
      })
      const even = source.recordType({
        name: 'even',
        columns: ['ID'],
        query: `${source.query} WHERE MOD(ID, 2) = 0`,
      })
      const [odds, evens] = await Promise.all([allBatches(snapshot, odd, 2), allBatches(snapshot, even, 2)])
      expect(sortedIds(odds.flat())).toEqual([1, 3, 5, 7, 9])
      expect(sortedIds(evens.flat())).toEqual([2, 4, 6, 8])
    })

    test('a loop may be left early, and the snapshot read on', async () => {
      await using source = await openNumbers(open, 9)
      await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
      const recordType = source.recordType({ columns: ['ID'] })
      for await (const batch of snapshot.extract(recordType, { batchSize: 2, signal })) {
        expect(batch).toHaveLength(2)
        break
      }
      expect((await allBatches(snapshot, recordType, 100)).flat()).toHaveLength(9)
      expect(snapshot.executions(recordType)).toBe(2)
    })

    test('an extract that is cancelled before or within its rows says so', async () => {
      await using source = await openNumbers(open, 9)
      await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
      const recordType = source.recordType({ columns: ['ID'] })
      const stop = new AbortController()
      const read = async () => {
        for await (const _ of snapshot.extract(recordType, { batchSize: 2, signal: stop.signal }))
          stop.abort()
      }
      await expect(read()).rejects.toMatchObject({ code: 'CANCELLED' })
      await expect(read()).rejects.toMatchObject({ code: 'CANCELLED' })
    })

    test('an error in a row ends the read with a clear error, not with fewer rows', async () => {
      await using source = await openNumbers(open, 9)
      const query = `SELECT ID, 1 / (ID - 7) AS Q FROM ${source.table}`
      const recordType = source.recordType({ columns: ['ID', 'Q'], query })
      await expect(readAll(source, recordType, 2)).rejects.toMatchObject({ code: 'ORACLE_QUERY_FAILED' })
    })
  })
}
