import { expect, test } from 'vitest'
import { openCliFixture } from './cli-fixture.ts'
import { LEDGER_OWNER } from './ledger.ts'

/** In Chicago 02:30 does not exist on 2026-03-08, and 01:30 is there twice on 2026-11-01. */
const LOCAL_TIMES = [
  '2026-03-08 01:59:59',
  '2026-03-08 02:30:00',
  '2026-03-08 03:00:00',
  '2026-11-01 01:30:00',
  '2026-11-01 02:00:00',
  '1900-01-01 00:00:00',
]

const MOMENTS = {
  recordTypes: {
    moments: {
      query: 'SELECT ID, D, T, Z FROM MOMENTS ORDER BY ID',
      columns: ['ID', 'D', 'T', 'Z'],
      rowKey: ['ID'],
    },
  },
}

test('A3: the data of a run is the same to the byte in every zone, at both changes of summer time', async () => {
  await using cli = await openCliFixture({ rows: 0 })
  await cli.writeConfig(MOMENTS)
  cli.database.run(
    LEDGER_OWNER,
    'CREATE TABLE MOMENTS (ID NUMBER(4), D DATE, T TIMESTAMP(6), Z TIMESTAMP(6) WITH TIME ZONE)',
    ...LOCAL_TIMES.map(
      (time, i) =>
        `INSERT INTO MOMENTS VALUES (${i}, TO_DATE('${time}', 'YYYY-MM-DD HH24:MI:SS'), TIMESTAMP '${time}.000001', TIMESTAMP '${time}.25 -05:00')`,
    ),
  )
  const zones = ['UTC', 'America/Chicago', 'Asia/Bangkok']
  const outcomes = []
  for (const zone of zones) outcomes.push(await cli.runCli(['extract', 'moments'], { env: { TZ: zone } }))
  expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0])

  const state = Object.entries(await cli.bucketState())
  const data = state.flatMap(([key, text]) =>
    key.endsWith('data.json.gz') ? [text.slice(text.indexOf('['))] : [],
  )
  expect(data).toHaveLength(3)
  expect(new Set(data).size).toBe(1)
  const rows = LOCAL_TIMES.map((time, i) => {
    const text = time.replace(' ', 'T')
    const instant = new Date(`${text}-05:00`).toISOString().slice(0, 19)
    return { ID: i, D: text, T: `${text}.000001`, Z: `${instant}.25Z` }
  })
  expect(JSON.parse(data[0] ?? '')).toEqual(rows)
})
