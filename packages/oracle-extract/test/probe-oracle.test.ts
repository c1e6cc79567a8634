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
    {
      name: 'one moment',
      ok: true,
      detail: expect.stringMatching(/^scn \d+/),
      consistency: expect.objectContaining({ label: 'scn' }),
    },
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
  expect(checks.at(-1)?.detail.split('\n').slice(0, 3)).toEqual([
    'read-only transaction',
    expect.stringMatching(/^other: .*GRANT FLASHBACK ON OWNER\.OTHER TO FINANCE/),
    'One run has one moment: the SCN of things is lost to other, and kept in a run without.',
  ])
})

test('what is granted to tell the SCN and the open transactions is not asked for again', async () => {
  await using oracle = await openTestOracle(3)
  await using pool = oracle.openPool()
  const advice = async () => {
    const checks = await probeOracle(pool, [oracle.things], { signal })
    return checks.at(-1)?.detail.split('\n').slice(1)
  }
  const { database } = oracle.server
  const ofScn =
    `The SCN goes by the clock and may be some seconds old: GRANT EXECUTE ON SYS.DBMS_FLASHBACK TO ${USER}, ` +
    `or GRANT SELECT ON SYS.V_$DATABASE TO ${USER}, would tell that of the call.`
  const ofTransactions = expect.stringContaining(
    `GRANT SELECT ON SYS.GV_$TRANSACTION TO ${USER} would show them; in a database of one instance`,
  )
  expect(await advice()).toEqual([ofScn, ofTransactions])
  database.run('SYS', `GRANT SELECT ON GV_$TRANSACTION TO ${USER}`)
  expect(await advice()).toEqual([ofScn])
  database.run('SYS', `GRANT SELECT ON V_$DATABASE TO ${USER}`)
  expect(await advice()).toEqual([])
  database.run('SYS', `REVOKE SELECT ON GV_$TRANSACTION FROM ${USER}`)
  expect(await advice()).toEqual([ofTransactions])
})
