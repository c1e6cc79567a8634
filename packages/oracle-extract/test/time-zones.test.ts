import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { openTestOracle, USER } from './support/open-oracle.ts'

const READER = fileURLToPath(new URL('support/read-moments.ts', import.meta.url))

/** As local texts; in Chicago 02:30 does not exist on 2026-03-08 and 01:30 is there twice on 2026-11-01. */
const DATES = ['2026-03-08T02:30:00', '2026-11-01T01:30:00', '2026-12-31T23:59:59', '1900-01-01T00:00:00']

test.each(['UTC', 'America/Chicago', 'Asia/Bangkok'])(
  'A3: a process in %s reads dates, timestamps and instants unshifted, also where the query computes with the zone of the session',
  async (zone) => {
    await using oracle = await openTestOracle(0)
    oracle.server.database.run(
      USER,
      'CREATE TABLE MOMENTS (ID NUMBER, D DATE, T TIMESTAMP(6), Z TIMESTAMP(6) WITH TIME ZONE, N NUMBER)',
      ...DATES.map((text, index) => {
        const moment = text.replace('T', ' ')
        return (
          `INSERT INTO MOMENTS VALUES (${index}, TO_DATE('${moment}', 'YYYY-MM-DD HH24:MI:SS'), ` +
          `TIMESTAMP '${moment}.000001', TIMESTAMP '${moment}.5 -05:00', 9999999999999999.99)`
        )
      }),
    )
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--conditions=@findata/source', READER, oracle.server.connectString, USER, oracle.server.password],
      { env: { ...process.env, TZ: zone } },
    )
    expect(JSON.parse(stdout)).toEqual({
      zone,
      rows: DATES.map((text, index) => [
        String(index),
        text,
        `${text}.000001`,
        `${new Date(`${text}-05:00`).toISOString().slice(0, 19)}.5Z`,
        '9999999999999999.99',
        `${text}.000001Z`,
      ]),
    })
  },
)
