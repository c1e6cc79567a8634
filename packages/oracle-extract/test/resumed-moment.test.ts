import type { Consistency, RecordType, SourceSnapshot } from '@findata/core'
import { describe, expect, test } from 'vitest'
import { countedSum, lines, openWarehouse, reading, sumOf, type Warehouse } from './support/open-warehouse.ts'

const { signal } = new AbortController()

describe('a resumed run', () => {
  async function interrupted(warehouse: Warehouse) {
    await using snapshot = await warehouse.open([lines])
    warehouse.fin('UPDATE LINES SET AMOUNT = 0')
    return snapshot.consistency
  }

  test('reads the same SCN again while its undo is there', async () => {
    await using warehouse = await openWarehouse()
    const first = await interrupted(warehouse)
    await using again = await warehouse.open([lines], first)
    expect(again.consistency).toEqual(first)
    expect(await sumOf(again, lines)).toBe(100)
    expect(await countedSum(again, lines)).toBe('100')
  })

  test.each([
    ['its undo is gone', (warehouse: Warehouse) => warehouse.database.expireUndo()],
    [
      'a table is not the same any more',
      ({ fin }: Warehouse) => fin('ALTER TABLE LINES ADD NOTE VARCHAR2(5)'),
    ],
  ])('is fuzzy, with both moments named, where %s', async (_, spoil) => {
    await using warehouse = await openWarehouse()
    const first = await interrupted(warehouse)
    spoil(warehouse)
    await using again = await openedOrTooOld(warehouse, first)
    expect(again.consistency.label).toBe('fuzzy')
    expect(again.consistency.scn).not.toBe(first.scn)
    const [why = ''] = again.consistency.because ?? []
    expect(why).toContain(`is of scn ${first.scn} (fixed at ${first.fixedAt}), what is read now of scn `)
    expect(why).toContain('The earlier moment cannot be read again')
    expect(await sumOf(again, lines)).toBe(0)
  })

  /** Undo that is missing may show only in the read itself; then the attempt after it knows. */
  async function openedOrTooOld({ open }: Warehouse, first: Consistency): Promise<SourceSnapshot> {
    const snapshot = await open([lines], first)
    if (snapshot.consistency.label === 'fuzzy') return snapshot
    await expect(sumOf(snapshot, lines)).rejects.toMatchObject({ code: 'ORACLE_SNAPSHOT_TOO_OLD' })
    await snapshot[Symbol.asyncDispose]()
    return await open([lines], first)
  }

  test('reads the same SCN again where the database is too slow to say that it cannot', async () => {
    await using warehouse = await openWarehouse(undefined, { connectTimeoutMs: 200 })
    const first = await interrupted(warehouse)
    warehouse.server.faults.arm({ kind: 'never-answer', statement: 'WHERE 1 = 0' })
    await using again = await warehouse.open([lines], first)
    expect(again.consistency).toEqual(first)
    expect(await sumOf(again, lines)).toBe(100)
  })

  test('is fuzzy after a read-only transaction, which nothing can open again', async () => {
    await using warehouse = await openWarehouse()
    warehouse.fin('REVOKE FLASHBACK ON LINES_VW FROM READER')
    const first = await interrupted(warehouse)
    await using again = await warehouse.open([lines], first)
    expect(again.consistency).toMatchObject({
      label: 'fuzzy',
      because: [
        expect.stringContaining(`is of read-only transaction (fixed at ${first.fixedAt})`),
        expect.stringContaining('GRANT FLASHBACK'),
      ],
    })
  })

  test('stays fuzzy when what is read again was fuzzy', async () => {
    await using warehouse = await openWarehouse()
    const first: Consistency = {
      ...(await interrupted(warehouse)),
      label: 'fuzzy',
      because: ['It was resumed before.'],
    }
    await using again = await warehouse.open([lines], first)
    expect(again.consistency).toEqual(first)
  })

  test('is fuzzy where a read at the SCN has failed for want of undo, even if the SCN itself is still known', async () => {
    await using warehouse = await openWarehouse()
    await using first = await warehouse.open([lines])
    warehouse.server.faults.arm({ kind: 'error-after-rows', rows: 2, code: 1555, text: 'snapshot too old' })
    await expect(sumOf(first, lines)).rejects.toMatchObject({
      name: 'TransientError',
      code: 'ORACLE_SNAPSHOT_TOO_OLD',
    })
    await using again = await warehouse.open([lines], first.consistency)
    expect(again.consistency).toMatchObject({
      label: 'fuzzy',
      because: [expect.stringContaining('cannot be read again: its undo is gone.')],
    })
  })

  test('has windows that end where those of its moment ended', async () => {
    let time = Date.parse('2026-03-01T10:00:00Z')
    await using warehouse = await openWarehouse(() => new Date(time))
    warehouse.fin(
      "CREATE VIEW STAMPED_VW AS SELECT ID, AMOUNT, DATE '2026-03-01' AS CHANGED FROM LINES",
      'GRANT SELECT ON STAMPED_VW TO READER',
      'GRANT FLASHBACK ON STAMPED_VW TO READER',
    )
    const stamped: RecordType = {
      ...reading('FIN.STAMPED_VW'),
      query: 'SELECT * FROM FIN.STAMPED_VW',
      columns: ['ID', 'AMOUNT', 'CHANGED'],
      cursor: { columns: ['CHANGED'], nulls: 'fail' },
    }
    const windowOf = (snapshot: SourceSnapshot) =>
      snapshot.window(stamped, { watermark: null, overlap: 0, marginMs: 0, signal })
    await using first = await warehouse.open([stamped])
    const window = await windowOf(first)
    expect(window).toMatchObject({ to: '2026-03-01T17:00:00', boundedBy: 'clock' })
    time += 60 * 60_000
    await using again = await warehouse.open([stamped], first.consistency)
    expect(again.consistency).toEqual(first.consistency)
    // Which transactions were open then is not known any more.
    const notProven = [expect.stringMatching(/transaction/)]
    expect(await windowOf(again)).toEqual({ ...window, notProven })
    expect(window.notProven).not.toEqual((await windowOf(again)).notProven)
  })
})
