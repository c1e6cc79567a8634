import { expect, test } from 'vitest'
import { probeOracle } from '../src/index.ts'
import { openTestOracle } from './support/open-oracle.ts'
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
    { name: 'one moment', ok: true, detail: 'read-only transaction' },
    { name: 'things', ok: true, detail: '4 columns' },
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

test('each record type is checked by itself', async () => {
  await using oracle = await openTestOracle(3)
  await using pool = oracle.openPool()
  const gone = testRecordType({ name: 'gone', query: 'SELECT ID FROM NOWHERE', columns: ['ID'] })
  const renamed = testRecordType({
    name: 'renamed',
    query: 'SELECT * FROM THINGS',
    columns: ['ID', 'AMOUNTS'],
  })
  const checks = await probeOracle(pool, [gone, renamed, oracle.things], { signal })
  expect(checks.slice(-3)).toEqual([
    {
      name: 'gone',
      ok: false,
      code: 'ORACLE_VIEW_MISSING',
      detail: expect.stringContaining('NOWHERE is not there'),
      nextStep: expect.stringContaining('GRANT SELECT'),
    },
    {
      name: 'renamed',
      ok: false,
      code: 'COLUMNS_MISSING',
      detail: expect.stringContaining('AMOUNTS (renamed to AMOUNT?)'),
      nextStep: expect.any(String),
    },
    { name: 'things', ok: true, detail: '4 columns' },
  ])
})
