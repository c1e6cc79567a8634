import { TerminalError } from '@findata/core'
import { describe, expect, test } from 'vitest'
import { createOracleExtractor } from '../src/index.ts'
import { openTestOracle } from './support/open-oracle.ts'
import { at, insert, LEDGER, ledger, MINUTE, openWindowScene, windowed } from './support/open-windows.ts'
import { testRecordType } from './support/record-type.ts'

const { signal } = new AbortController()

describe('a cursor of several columns', () => {
  const SEVERAL = 'CREATE TABLE SEVERAL (ID VARCHAR2(10) NOT NULL, "Last Change" DATE, MADE DATE)'
  const several = windowed('SEVERAL', ['ID', 'Last Change', 'MADE'], 'COALESCE("Last Change", MADE)')

  test('goes by the first that is not NULL, in mixed case too', async () => {
    await using scene = await openWindowScene([SEVERAL])
    scene.setClock('10:00:00')
    scene.fin(
      "INSERT INTO SEVERAL VALUES ('NEW', NULL, SYSDATE - 1/24)",
      "INSERT INTO SEVERAL VALUES ('CHANGED', SYSDATE - 2/24, SYSDATE - 9/24)",
      "INSERT INTO SEVERAL VALUES ('FUTURE', SYSDATE + 1, SYSDATE - 9/24)",
    )
    const run = await scene.run(several)
    expect(run).toMatchObject({
      ids: ['CHANGED', 'NEW'],
      countedRows: 2,
      census: { watermark: at('09:00:00') },
    })
    const next = await scene.run(several, { after: run, overlap: 30 * MINUTE })
    expect(next).toMatchObject({ window: { from: at('08:30:00') }, ids: ['NEW'], countedRows: 1 })
  })
})

describe('rows without a cursor value', () => {
  const withNulls = (nulls: 'include' | 'exclude' | 'fail') =>
    windowed('LEDGER', ['ID', 'CHANGED'], { expression: 'CHANGED', nulls })

  async function openNulls() {
    const scene = await openWindowScene([LEDGER])
    scene.setClock('10:00:00')
    scene.fin(insert('A'), insert('N1', 'NULL'), insert('N2', 'NULL'))
    return scene
  }

  test('are read in every window when they are included, and counted', async () => {
    await using scene = await openNulls()
    const first = await scene.run(withNulls('include'))
    expect(first).toMatchObject({ ids: ['A', 'N1', 'N2'], countedRows: 3, census: { nullRows: 2 } })
    scene.setClock('10:05:00')
    scene.fin("UPDATE LEDGER SET CHANGED = SYSDATE WHERE ID = 'A'")
    const next = await scene.run(withNulls('include'), { after: first })
    expect(next).toMatchObject({ ids: ['A', 'N1', 'N2'], countedRows: 3, census: { late: { rows: 0 } } })
  })

  test('are in no window when they are excluded, and in the key sweep all the same', async () => {
    await using scene = await openNulls()
    expect(await scene.run(withNulls('exclude'))).toMatchObject({
      ids: ['A'],
      countedRows: 1,
      census: { nullRows: 0 },
      sweptKeys: ['A', 'N1', 'N2'],
    })
  })

  test('stop a run that does not allow them, with key and column; the totals have counted them', async () => {
    await using scene = await openNulls()
    const strict = withNulls('fail')
    await expect(scene.run(strict)).rejects.toMatchObject({
      name: 'TerminalError',
      code: 'CURSOR_NULL',
      message: expect.stringContaining('NULL stands in CHANGED of the row ID=N1'),
      details: { columns: ['CHANGED'], keys: expect.arrayContaining(['ID=N1']) },
    })
    await using pool = scene.openPool()
    await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [strict] })
    const window = { from: null, to: at('10:00:00') }
    expect((await snapshot.totals(strict, { window, signal })).totals.rows).toBe(3)
    const whole = await Array.fromAsync(snapshot.extract(strict, { batchSize: 9, signal }))
    expect(whole.flat()).toHaveLength(3)
  })
})

describe('a cursor that is a number', () => {
  const COUNTED = 'CREATE TABLE COUNTED (ID NUMBER(10) NOT NULL, VERSION NUMBER)'
  const counted = windowed('COUNTED', ['ID', 'VERSION'], { expression: 'VERSION', nulls: 'exclude' })

  test('ends at its maximum at the SCN, whatever is committed meanwhile, by one execution', async () => {
    await using scene = await openWindowScene([COUNTED])
    scene.fin('INSERT INTO COUNTED VALUES (1, 10.25)', 'INSERT INTO COUNTED VALUES (2, -.5)')
    await using pool = scene.openPool()
    await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [counted] })
    scene.fin('INSERT INTO COUNTED VALUES (3, 99)')
    const request = { watermark: '-0.5', overlap: 0, marginMs: 0, signal }
    const window = await snapshot.window(counted, request)
    expect(window).toMatchObject({ from: '-0.5', to: '10.25', boundedBy: 'maximum' })
    expect(snapshot.executions(counted)).toBe(1)
    const rows = await Array.fromAsync(snapshot.extract(counted, { window, batchSize: 9, signal }))
    expect(rows.flat().sort()).toEqual([
      ['1', '10.25'],
      ['2', '-0.5'],
    ])
  })

  test('is read again from the overlap on', async () => {
    await using scene = await openWindowScene([COUNTED])
    scene.fin(...[1, 2, 3].map((id) => `INSERT INTO COUNTED VALUES (${id}, ${id}E30)`))
    const first = await scene.run(counted)
    expect(first.census.watermark).toBe(`3${'0'.repeat(30)}`)
    const next = await scene.run(counted, { after: first, overlap: 1e30 })
    expect(next).toMatchObject({ ids: ['2', '3'], countedRows: 2, census: { late: undefined } })
  })

  test.each([
    ['include', ['1']],
    ['exclude', []],
  ] as const)('has a window before it has a value, where NULLs are to %s', async (nulls, ids) => {
    await using scene = await openWindowScene([COUNTED])
    scene.fin('INSERT INTO COUNTED VALUES (1, NULL)')
    const first = await scene.run({ ...counted, cursor: { columns: ['VERSION'], nulls } })
    expect(first).toMatchObject({ ids, countedRows: ids.length, census: { watermark: null } })
    scene.fin('INSERT INTO COUNTED VALUES (2, 7)')
    expect(await scene.run(counted, { after: first })).toMatchObject({ ids: ['2'], window: { from: null } })
  })

  test('is not to be NULL before any row has a value either, where that is to fail', async () => {
    await using scene = await openWindowScene([COUNTED])
    scene.fin('INSERT INTO COUNTED VALUES (1, NULL)')
    const strict = { ...counted, cursor: { columns: ['VERSION'], nulls: 'fail' } } as const
    await expect(scene.run(strict)).rejects.toMatchObject({ code: 'CURSOR_NULL' })
  })

  test('is refused before Oracle looks for its maximum where rows and totals could not follow; a time costs nothing', async () => {
    await using scene = await openWindowScene([COUNTED, LEDGER])
    await using pool = scene.openPool()
    await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
    const request = { watermark: null, overlap: 0, marginMs: 0, signal }
    await snapshot.window(ledger, request)
    expect(snapshot.executions(ledger)).toBe(0)
    const twice = { ...counted, maxExecutions: 2 }
    await expect(snapshot.window(twice, request)).rejects.toMatchObject({
      code: 'EXECUTIONS_SPENT',
      message: expect.stringContaining(
        'reading the highest number of its cursor, of its totals and of its rows takes 3, and maxExecutions is 2',
      ),
    })
    expect(snapshot.executions(twice)).toBe(0)
    await snapshot.window({ ...twice, sourceTotals: 'off' }, request)
    expect(snapshot.executions(twice)).toBe(1)
  })
})

describe('what is given as a cursor or a window', () => {
  test('is bound and never part of a statement', async () => {
    await using scene = await openWindowScene([LEDGER])
    scene.fin(insert('A'))
    const first = await scene.run(ledger)
    const { sql } = await scene.run(ledger, { after: first })
    const inWindow = sql.filter((text) => text.includes('FINDATA_FROM'))
    expect(inWindow).toHaveLength(2)
    for (const text of inWindow) expect(text).not.toMatch(/2026/)
  })

  test.each([
    'CHANGED OR 1=1',
    'COALESCE(CHANGED, (SELECT MAX(CHANGED) FROM FIN.LEDGER))',
    'CHANGED) OR (1=1',
    'SYSDATE',
    '"CHANGED" --',
  ])('a cursor expression %s is refused before there is a connection', (expression) => {
    expect(() => windowed('LEDGER', ['ID', 'CHANGED'], expression)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    )
  })

  test.each(['CHANGED" IS NULL OR 1=1 --', 'changed', 'SECRET'])(
    'a cursor column %s that was not checked before is refused when it is described',
    async (column) => {
      await using oracle = await openTestOracle(1)
      await using pool = oracle.openPool()
      const recordType = { ...oracle.things, cursor: { columns: [column], nulls: 'include' } } as const
      await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
      const window = { from: null, to: at('10:00:00') }
      const read = Array.fromAsync(snapshot.extract(recordType, { window, batchSize: 9, signal }))
      await expect(read).rejects.toMatchObject({
        code: 'COLUMNS_MISSING',
        message: expect.stringContaining(`the source lacks column ${column}`),
      })
      expect(snapshot.executions(recordType)).toBe(0)
    },
  )

  test('a cursor of text is refused with the reason, and one of mixed types too', async () => {
    await using oracle = await openTestOracle(1)
    await using pool = oracle.openPool()
    await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
    const over = (...columns: string[]) =>
      snapshot.describe(
        { ...oracle.things, name: columns.join(), cursor: { columns, nulls: 'include' } },
        { signal },
      )
    await expect(over('NAME')).rejects.toThrow(/NAME is text, which has no distance/)
    await expect(over('CHANGED', 'ID')).rejects.toThrow(/CHANGED is a date and ID a number/)
  })

  test.each(["2026-03-01' OR '1'='1", '2026-03-01', '2026-02-30T00:00:00'])(
    'an end %s is refused',
    async (to) => {
      await using oracle = await openTestOracle(1)
      await using pool = oracle.openPool()
      await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
      const recordType = { ...oracle.things, cursor: { columns: ['CHANGED'], nulls: 'include' } } as const
      await expect(snapshot.totals(recordType, { window: { from: null, to }, signal })).rejects.toThrow(
        TerminalError,
      )
      expect(snapshot.executions(recordType)).toBe(0)
    },
  )

  test('a cursor column that the query gives and the record type does not declare is refused', async () => {
    await using oracle = await openTestOracle(1)
    await using pool = oracle.openPool()
    await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
    const cursor = { columns: ['CHANGED'], nulls: 'include' } as const
    const recordType = { ...oracle.things, columns: ['ID', 'AMOUNT'], cursor }
    await expect(snapshot.describe(recordType, { signal })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  test('a record type without a cursor has no windows', async () => {
    await using oracle = await openTestOracle(1)
    await using pool = oracle.openPool()
    await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
    const request = { watermark: null, overlap: 0, marginMs: 0, signal }
    await expect(snapshot.window(oracle.things, request)).rejects.toThrow('things has no cursor')
  })

  test('a query whose placeholder could be mistaken for that of a window is refused', async () => {
    await using oracle = await openTestOracle(1)
    await using pool = oracle.openPool()
    await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
    const query = 'SELECT ID FROM THINGS WHERE NAME <> :findata_to'
    const recordType = testRecordType({ query, columns: ['ID'], binds: { findata_to: 'x' } })
    await expect(snapshot.describe(recordType, { signal })).rejects.toMatchObject({
      code: 'ORACLE_QUERY_INVALID',
    })
  })
})
