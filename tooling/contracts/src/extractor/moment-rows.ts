import type { RecordType, Row, SourceSnapshot, Value } from '@findata/core'
import { describe, expect, test, vi } from 'vitest'
import {
  allBatches,
  type ExtractorUnderTest,
  type OpenSource,
  openNumbers,
  openTable,
  readAll,
  signal,
  sortedIds,
} from './source-table.ts'

/** All that one snapshot reads belongs to the moment that its label tells. */
export function describeMoments(open: OpenSource): void {
  describe('one moment', () => {
    test('a snapshot sees nothing that commits after it was opened', async () => {
      await using source = await openNumbers(open, 3)
      await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [] })
      await source.run(`DELETE FROM ${source.table} WHERE ID = 1`, `INSERT INTO ${source.table} VALUES (99)`)
      const recordType = source.recordType({ columns: ['ID'], money: [{ column: 'ID', scale: 0 }] })
      expect(snapshot.consistency.label).toBe('read-only transaction')
      expect(snapshot.consistency.fixedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
      expect(sortedIds((await allBatches(snapshot, recordType, 2)).flat())).toEqual([1, 2, 3])
      expect((await snapshot.totals(recordType, { signal })).totals).toMatchObject({
        rows: 3,
        money: { ID: { sum: '6' } },
      })
      expect(sortedIds(await readAll(source, recordType))).toEqual([2, 3, 99])
    })

    test('with record types the label is an SCN or a read-only transaction, and no query is executed to prove it', async () => {
      await using source = await openTable(open, 'ID NUMBER')
      const recordType = source.recordType({ columns: ['ID'] })
      await using snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [recordType] })
      const { label, scn, because = [] } = snapshot.consistency
      expect(PROVEN).toContain(label)
      expect(scn).toEqual(label.startsWith('scn') ? expect.stringMatching(/^\d+$/) : undefined)
      expect(because.length > 0).toBe(label !== 'scn')
      expect(snapshot.executions(recordType)).toBe(0)
    })

    test('a record type whose view is not there leaves the label of the others', async () => {
      await using source = await openTable(open, 'ID NUMBER')
      const recordType = source.recordType({ columns: ['ID'] })
      const gone = { ...recordType, name: 'gone', query: `SELECT ID FROM ${source.table}_GONE` }
      await using alone = await source.extractor.openSnapshot({ signal, recordTypes: [recordType] })
      await using both = await source.extractor.openSnapshot({ signal, recordTypes: [recordType, gone] })
      expect(both.consistency.label).toBe(alone.consistency.label)
      await expect(both.describe(gone, { signal })).rejects.toMatchObject({ code: 'ORACLE_VIEW_MISSING' })
    })

    test('rows, totals and keys agree while money moves between rows, and rows come and go', async () => {
      await using source = await openTable(open, 'ID NUMBER, AMOUNT NUMBER(18,2)')
      await source.run(
        ...Array.from({ length: 12 }, (_, id) => `INSERT INTO ${source.table} VALUES (${id}, ${id}.25)`),
      )
      const recordType = source.recordType({
        columns: ['ID', 'AMOUNT'],
        money: [{ column: 'AMOUNT', scale: 2 }],
        maxExecutions: 9,
      })
      await using snapshot = await openReadable(source, recordType)
      const counted = async () => (await snapshot.totals(recordType, { signal })).totals
      const before = await counted()
      const rows: Row[] = []
      for await (const batch of snapshot.extract(recordType, { batchSize: 2, signal })) {
        rows.push(...batch)
        await source.run(
          `UPDATE ${source.table} SET AMOUNT = AMOUNT + CASE MOD(ID, 2) WHEN 0 THEN 1 ELSE -1 END`,
          `DELETE FROM ${source.table} WHERE ID = ${rows.length}`,
          `INSERT INTO ${source.table} VALUES (${100 + rows.length}, 5)`,
        )
      }
      const cents = (amount: Value | undefined) => Math.round(Number(amount) * 100)
      expect(rows).toHaveLength(before.rows)
      expect(rows.reduce((sum, [, amount]) => sum + cents(amount), 0)).toBe(cents(before.money.AMOUNT?.sum))
      const keys = (await Array.fromAsync(snapshot.keys(recordType, { batchSize: 5, signal }))).flat()
      expect(sortedIds(keys)).toEqual(sortedIds(rows))
      expect(await counted()).toEqual(before)
    })

    test('a resumed run reads the same SCN again, or is fuzzy and says why', async () => {
      await using source = await openNumbers(open, 3)
      const recordType = source.recordType({ columns: ['ID'] })
      const first = await openReadable(source, recordType)
      const { consistency } = first
      await first[Symbol.asyncDispose]()
      await source.run(`INSERT INTO ${source.table} VALUES (99)`)
      const options = { signal, recordTypes: [recordType], resumed: consistency }
      await using again = await source.extractor.openSnapshot(options)
      if (consistency.scn === undefined) {
        const why = expect.stringContaining(consistency.fixedAt)
        expect(again.consistency).toMatchObject({
          label: 'fuzzy',
          because: [why, ...(consistency.because ?? [])],
        })
      } else {
        expect(again.consistency).toEqual(consistency)
        expect(sortedIds((await allBatches(again, recordType, 10)).flat())).not.toContain(99)
      }
    })
  })
}

const PROVEN = ['scn', 'scn, links not visible', 'read-only transaction']

/** An SCN that a database tells by the time alone may lie some seconds back, before the table was made. */
async function openReadable(source: ExtractorUnderTest, recordType: RecordType): Promise<SourceSnapshot> {
  return await vi.waitFor(
    async () => {
      const snapshot = await source.extractor.openSnapshot({ signal, recordTypes: [recordType] })
      try {
        await snapshot.totals(recordType, { signal })
        return snapshot
      } catch (cause) {
        await snapshot[Symbol.asyncDispose]()
        throw cause
      }
    },
    { timeout: 10_000 },
  )
}
