import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createOracleExtractor } from '../src/index.ts'
import { at, insert, LEDGER, ledger, MINUTE, openWindowScene, windowed } from './support/open-windows.ts'

const READER = fileURLToPath(new URL('support/read-windows.ts', import.meta.url))
const { signal } = new AbortController()

describe('rows that commit late with an earlier time', () => {
  /** A began at 9:58 and stays open over the run of 10:05, which sees B of 10:00. */
  async function openLateCommit() {
    const scene = await openWindowScene([LEDGER])
    scene.setClock('09:50:00')
    scene.fin(insert('EARLY'))
    scene.setClock('09:58:00')
    const late = scene.openWriter()
    late.write(insert('A'))
    scene.setClock('10:00:00')
    scene.fin(insert('B'))
    scene.setClock('10:05:00')
    return { scene, late }
  }

  test('are caught by the next window, because it ends before the oldest open transaction', async () => {
    const { scene, late } = await openLateCommit()
    await using _ = scene
    const first = await scene.run(ledger)
    expect(first).toMatchObject({
      window: { from: null, to: at('09:58:00'), boundedBy: 'open transaction' },
      ids: ['EARLY'],
      census: { watermark: at('09:50:00') },
    })
    late.commit()
    scene.setClock('10:10:00')
    const second = await scene.run(ledger, { after: first })
    expect(second).toMatchObject({
      window: { from: at('09:50:00'), to: at('10:10:00'), boundedBy: 'clock' },
      ids: ['A', 'B', 'EARLY'],
      census: { watermark: at('10:00:00'), late: { rows: 1, worst: 0 } },
    })
  })

  test('are caught and counted by the overlap when transactions cannot be seen, which the window says', async () => {
    const { scene, late } = await openLateCommit()
    await using _ = scene
    scene.sys('REVOKE SELECT ON GV_$TRANSACTION FROM READER')
    const first = await scene.run(ledger, { overlap: 3 * MINUTE })
    expect(first).toMatchObject({ window: { to: at('10:05:00'), boundedBy: 'clock' }, ids: ['B', 'EARLY'] })
    expect(first.window.notProven).toEqual([expect.stringContaining('SELECT ON SYS.GV_$TRANSACTION')])
    late.commit()
    scene.setClock('10:10:00')
    const second = await scene.run(ledger, { after: first, overlap: 3 * MINUTE })
    expect(second).toMatchObject({
      window: { from: at('09:57:00') },
      ids: ['A', 'B'],
      census: { late: { rows: 1, worst: 7 * MINUTE, advisedOverlap: 5 * MINUTE } },
    })
  })

  test('are missed without an overlap when transactions cannot be seen, and found by the key sweep', async () => {
    const { scene, late } = await openLateCommit()
    await using _ = scene
    scene.sys('REVOKE SELECT ON GV_$TRANSACTION FROM READER')
    const first = await scene.run(ledger)
    late.commit()
    scene.setClock('10:10:00')
    const second = await scene.run(ledger, { after: first })
    expect(second.ids).toEqual(['B'])
    expect(second.sweptKeys).toEqual(['A', 'B', 'EARLY'])
  })
})

describe('a long UPDATE that stamps its rows before it shows as a transaction', () => {
  /** Stamps A with 10:00 and shows from 10:20 on; the run of 10:15 has read B of 10:10 and could not see it. */
  async function readDuringUpdate(overlap: number) {
    const scene = await openWindowScene([LEDGER])
    scene.setClock('09:00:00')
    scene.fin(insert('A'))
    scene.setClock('10:10:00')
    scene.fin(insert('B'))
    scene.setClock('10:15:00')
    const during = await scene.run(ledger, { overlap })
    scene.setClock('10:00:00')
    scene.moveDuringSlowly('10:20:00')
    const update = scene.openWriter()
    update.write(
      "UPDATE LEDGER SET CHANGED = SYSDATE WHERE ID = 'A' AND SLOWLY() = 1",
      insert('C', "TO_DATE('2026-03-01 10:00:00', 'YYYY-MM-DD HH24:MI:SS')"),
    )
    return { scene, during, update }
  }

  test('is not seen by the run that it begins before, and holds back those after that', async () => {
    const { scene, during, update } = await readDuringUpdate(0)
    await using _ = scene
    expect(during).toMatchObject({ window: { to: at('10:15:00'), boundedBy: 'clock' }, ids: ['A', 'B'] })
    expect(during.window.notProven).toEqual([expect.stringContaining('A long statement')])
    scene.setClock('10:30:00')
    const open = await scene.run(ledger, { after: during })
    expect(open.window).toMatchObject({ to: at('10:20:00'), boundedBy: 'open transaction' })
    update.commit()
  })

  test('is caught by an overlap that reaches back to its stamp, and counted late', async () => {
    const { scene, during, update } = await readDuringUpdate(10 * MINUTE)
    await using _ = scene
    update.commit()
    scene.setClock('10:30:00')
    const after = await scene.run(ledger, { after: during, overlap: 10 * MINUTE })
    expect(after.rows).toContainEqual(['A', at('10:00:00')])
    expect(after).toMatchObject({
      ids: ['A', 'B', 'C'],
      census: { late: { rows: 2, worst: 15 * MINUTE, advisedOverlap: 30 * MINUTE } },
    })
  })

  test('is missed without an overlap; the sweep finds the keys it brought', async () => {
    const { scene, during, update } = await readDuringUpdate(0)
    await using _ = scene
    update.commit()
    scene.setClock('10:30:00')
    const after = await scene.run(ledger, { after: during })
    expect(after.ids).toEqual(['B'])
    expect(after.sweptKeys.filter((key) => !during.sweptKeys.includes(key))).toEqual(['C'])
  })
})

describe('the edges of a window', () => {
  test('rows that share the watermark are read again, also one that was written in the same second after the run', async () => {
    await using scene = await openWindowScene([LEDGER])
    scene.setClock('10:00:00')
    scene.fin(insert('A'), insert('B'))
    const first = await scene.run(ledger)
    expect(first).toMatchObject({ ids: ['A', 'B'], census: { watermark: at('10:00:00') } })
    scene.fin(insert('C'))
    scene.setClock('10:05:00')
    expect(await scene.run(ledger, { after: first })).toMatchObject({
      window: { from: at('10:00:00') },
      ids: ['A', 'B', 'C'],
    })
  })

  test('a row later than its end waits for the next one', async () => {
    await using scene = await openWindowScene([LEDGER])
    scene.setClock('10:00:30')
    scene.fin(insert('A', 'SYSDATE - 1/86400'), insert('B'))
    const first = await scene.run(ledger, { marginMs: 1_000 })
    expect(first).toMatchObject({ window: { to: at('10:00:29') }, ids: ['A'] })
    scene.setClock('10:01:00')
    expect((await scene.run(ledger, { after: first })).ids).toEqual(['A', 'B'])
  })

  test.each([
    ['TIMESTAMP(9)', "TIMESTAMP '2026-03-01 10:00:00.00000000", "'", ''],
    ['TIMESTAMP(9) WITH TIME ZONE', "TIMESTAMP '2026-03-01 12:00:00.00000000", " +02:00'", 'Z'],
  ])('of a %s lie on the nanosecond', async (type, literal, end, zone) => {
    await using scene = await openWindowScene([`CREATE TABLE NANOS (ID VARCHAR2(10) NOT NULL, T ${type})`])
    scene.fin(...[7, 8, 9].map((digit) => `INSERT INTO NANOS VALUES ('N${digit}', ${literal}${digit}${end})`))
    const nanos = windowed('NANOS', ['ID', 'T'], 'T')
    scene.setClock('10:05:00')
    const [first, second] = [7, 8].map((digit) => `${at('10:00:00.00000000')}${digit}${zone}`)
    await using pool = scene.openPool()
    await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [nanos] })
    const window = { from: second ?? '', to: second ?? '' }
    const rows = await Array.fromAsync(snapshot.extract(nanos, { window, batchSize: 9, signal }))
    expect(rows.flat()).toEqual([['N8', second]])
    const all = await scene.run(nanos)
    expect(all.census.watermark).toBe(`${at('10:00:00.000000009')}${zone}`)
    const until = { from: null, to: first ?? '' }
    expect((await snapshot.totals(nanos, { window: until, signal })).totals.rows).toBe(1)
  })

  test('of years before Christ are read', async () => {
    await using scene = await openWindowScene([LEDGER])
    scene.fin(insert('CAESAR', "TO_DATE('-0044-03-15', 'SYYYY-MM-DD')"), insert('NOW'))
    await using pool = scene.openPool()
    await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [ledger] })
    const window = { from: '-0100-01-01T00:00:00', to: '0001-01-01T00:00:00' }
    const rows = await Array.fromAsync(snapshot.extract(ledger, { window, batchSize: 9, signal }))
    expect(rows.flat()).toEqual([['CAESAR', '-0044-03-15T00:00:00']])
  })
})

// Oracle's clock shows 10:00 in Bangkok; an open transaction began at 9:30.
test.each(['UTC', 'America/Chicago', 'Asia/Bangkok'])(
  'a process in %s reads the same windows of dates, timestamps and instants',
  async (zone) => {
    await using scene = await openWindowScene(
      [
        'CREATE TABLE MOMENTS (ID VARCHAR2(10) NOT NULL, D DATE, T TIMESTAMP(6), Z TIMESTAMP(6) WITH TIME ZONE)',
      ],
      { timeZone: '+07:00' },
    )
    const moment = (id: string, time: string) =>
      `INSERT INTO MOMENTS VALUES ('${id}', TO_DATE('2026-03-01 ${time}', 'YYYY-MM-DD HH24:MI:SS'), ` +
      `TIMESTAMP '2026-03-01 ${time}', TIMESTAMP '2026-03-01 ${time} +07:00')`
    scene.fin(
      moment('OLD', '08:14:59'),
      moment('FROM', '08:15:00'),
      moment('TO', '09:30:00'),
      moment('LATER', '09:30:01'),
    )
    scene.setClock('09:30:00')
    const open = scene.openWriter()
    open.write(moment('OPEN', '09:30:00'))
    scene.setClock('10:00:00')

    const { connectString, user, password } = scene.server
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        '--conditions=@findata/source',
        READER,
        connectString,
        user,
        password,
        at('09:15:00'),
        at('09:15:00'),
        `${at('02:15:00')}Z`,
      ],
      { env: { ...process.env, TZ: zone } },
    )
    const read = { boundedBy: 'open transaction', ids: ['FROM', 'TO'], counted: 2 }
    expect(JSON.parse(stdout)).toEqual({
      zone,
      windows: [
        { from: at('08:15:00'), to: at('09:30:00'), ...read },
        { from: at('08:15:00'), to: at('09:30:00'), ...read },
        { from: `${at('01:15:00')}Z`, to: `${at('02:30:00')}Z`, ...read },
      ],
    })
  },
)
