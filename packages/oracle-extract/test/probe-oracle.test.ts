import { expect, test } from 'vitest'
import { probeOracle } from '../src/index.ts'
import { openTestOracle, USER } from './support/open-oracle.ts'
import { testRecordType } from './support/record-type.ts'

const signal = new AbortController().signal

test('a good database passes every check, and no view is executed', async () => {
  await using oracle = await openTestOracle(3)
  await using pool = oracle.openPool()
  const checks = await probeOracle(pool, [oracle.things], { signal })
  expect(checks).toEqual([
    { name: 'login', ok: true, detail: 'as FINANCE' },
    { name: 'server version', ok: true, detail: expect.stringMatching(/^\d+\.\d+/) },
    { name: 'character set', ok: true, detail: 'AL32UTF8' },
    { name: 'one moment', ok: true, detail: expect.stringMatching(/^scn \d+/) },
  ])
  expect(oracle.server.statements().filter(({ sql }) => sql.includes('THINGS'))).toEqual([])
})

test('a wrong password is the only check, with the next step', async () => {
  await using oracle = await openTestOracle(3)
  await using pool = oracle.openPool({ password: 'wrong' })
  expect(await probeOracle(pool, [oracle.things], { signal })).toEqual([
    {
      name: 'login',
      ok: false,
      code: 'ORACLE_LOGIN_REFUSED',
      detail: expect.stringMatching(/\(ORA-01017\)\.$/),
      nextStep: expect.stringContaining('Correct ORACLE_USER and ORACLE_PASSWORD'),
    },
  ])
})

test('a moment that is not the best says what would make it better', async () => {
  await using oracle = await openTestOracle(3)
  oracle.server.database.run('OWNER', 'CREATE TABLE OTHER (ID NUMBER)', `GRANT SELECT ON OTHER TO ${USER}`)
  await using pool = oracle.openPool()
  const other = testRecordType({ name: 'other', query: 'SELECT ID FROM OWNER.OTHER', columns: ['ID'] })
  const checks = await probeOracle(pool, [other, oracle.things], { signal })
  expect(checks.at(-1)?.detail.split('\n')).toEqual([
    'read-only transaction',
    expect.stringMatching(/^other: .*GRANT FLASHBACK ON OWNER\.OTHER TO FINANCE/),
  ])
})
