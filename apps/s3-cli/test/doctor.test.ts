import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliFixture, openCliFixture } from './cli-fixture.ts'
import { STACK, said, unwrapped } from './finance-cli.ts'
import { LEDGER_OWNER } from './ledger.ts'
import { readObjects } from './stored-copy.ts'

let cli: CliFixture
beforeAll(async () => {
  cli = await openCliFixture({ rows: 20 })
  cli.oracle.database.run(
    'SYS',
    `GRANT EXECUTE ON DBMS_FLASHBACK TO ${LEDGER_OWNER}`,
    `GRANT SELECT ON GV_$TRANSACTION TO ${LEDGER_OWNER}`,
  )
  expect((await cli.runCli(['extract', 'ledger'])).exitCode).toBe(0)
}, 60_000)
afterAll(() => cli[Symbol.asyncDispose]())

const failed = (result: Readonly<Record<string, unknown>>) =>
  (result.checks as { ok: boolean; name: string; code?: string }[]).filter(({ ok }) => !ok)

test('all is well: each check says what it found, no view is executed and nothing is left behind', async () => {
  const before = await readObjects(cli)
  const executed = cli.oracle.statements().filter(({ sql }) => sql.includes('LEDGER_V')).length
  const { exitCode, stdout, result } = await cli.runCli(['doctor', 'ledger'])
  expect(exitCode).toBe(0)
  expect(stdout.trimEnd().split('\n').slice(0, -1)).toEqual([
    'Oracle',
    `  ok   login: as ${LEDGER_OWNER}`,
    expect.stringMatching(/^ {2}ok {3}server version: \d/),
    '  ok   character set: AL32UTF8',
    expect.stringMatching(/^ {2}ok {3}one moment: scn \d+$/),
    expect.stringMatching(/^ {2}ok {3}ledger: 7 columns, scn, at most 20 rows \(statistics of [\d-]+\)$/),
    `       reads view ${LEDGER_OWNER}.LEDGER_V by SELECT, FLASHBACK`,
    '       fetches 31 rows at a time, since SCOPE may be long',
    'S3',
    '  ok   credentials: accepted',
    '  ok   bucket: findata',
    expect.stringMatching(/^ {2}ok {3}read: /),
    '  ok   write: an object was written',
    expect.stringMatching(/^ {2}ok {3}conditional write: /),
    '       is refused',
    '  ok   lock: a lock was taken and renewed',
    '  ok   delete: the objects of these checks were removed',
    '  ok   plain files: each is of the snapshot that its manifest names',
    'Ready.',
  ])
  expect(failed(result)).toEqual([])
  expect(await readObjects(cli)).toEqual(before)
  expect(cli.oracle.statements().filter(({ sql }) => sql.includes('LEDGER_V'))).toHaveLength(executed)
  expect(cli.oracle.sessions()).toEqual([])
})

test('a whole catalogue is checked, each view that is missing by its name', async () => {
  const { exitCode, stdout, result } = await cli.runCli(['doctor'])
  expect(exitCode).toBe(2)
  expect(failed(result).map(({ name, code }) => [name, code])).toEqual(
    ['task_orders', 'task_orders', 'units', 'objects', 'master_agreements', 'fdus', 'subprojects'].map(
      (name) => [name, 'ORACLE_VIEW_MISSING'],
    ),
  )
  expect(unwrapped(stdout)).toContain(
    'FAIL units: LU_DEPT_UNITS: the table or view is not there, or the user may not see it: neither an object nor a synonym',
  )
  expect(unwrapped(stdout)).toContain(
    'Ask the owner for CREATE SYNONYM FINDATA.LU_DEPT_UNITS FOR <owner>.LU_DEPT_UNITS and GRANT SELECT',
  )
  expect(stdout).toMatch(/^7 of \d+ checks failed\.$/m)
})

test('--json carries all that was found of each source', async () => {
  const { result } = await cli.runCli(['doctor', 'ledger', '--json'])
  expect(result.inspections).toMatchObject([
    {
      recordType: 'ledger',
      columns: expect.arrayContaining([
        expect.objectContaining({ name: 'AMOUNT', sourceType: 'NUMBER(18,2)' }),
      ]),
      consistency: { label: 'scn' },
      findings: [],
      executions: 0,
    },
  ])
})

test('--count-keys says whether the keys hold, by one execution', async () => {
  const executions = () => cli.oracle.statements().filter(({ sql }) => sql.includes('LEDGER_V')).length
  const before = executions()
  const { exitCode, stdout } = await cli.runCli(['doctor', 'ledger', '--count-keys'])
  expect(exitCode).toBe(0)
  expect(stdout).toContain('       counted 20 rows, 20 row keys, 20 entity keys\n')
  expect(executions()).toBe(before + 1)
})

test('what changed since the last run, and what is worth a look, is told in 80 columns and fails nothing', async () => {
  await using other = await openCliFixture({ rows: 20 })
  expect((await other.runCli(['extract', 'ledger'])).exitCode).toBe(0)
  other.change(
    'CREATE OR REPLACE VIEW LEDGER_V AS SELECT CAST(NULLIF(ENTRY_ID, 0) AS NUMBER) ENTRY_ID, UNIT, MEMO, SCOPE, AMOUNT * 1 AMOUNT, POSTED_ON, CHANGED_AT, 1 EXTRA FROM LEDGER',
  )
  const { exitCode, stdout } = await other.runCli(['doctor', 'ledger'])
  expect(exitCode).toBe(0)
  const lines = stdout.trimEnd().split('\n').slice(0, -1)
  expect(lines.filter((line) => line.length > 80)).toEqual([])
  const text = unwrapped(stdout)
  expect(text).toContain(
    'warning: ENTRY_ID: Oracle allows NULL there, and a NULL in a key stops the run. Declare the key column nullable if NULL identifies something there.',
  )
  expect(text).toContain('warning: AMOUNT: NUMBER allows more digits after the point than the declared 2')
  expect(text).toContain('change: ENTRY_ID: was NUMBER(10) and is NUMBER')
  expect(text).toContain('change: ENTRY_ID: may now be NULL')
  expect(text).toContain('change: AMOUNT: was NUMBER(18,2) and is NUMBER')
  expect(stdout).toMatch(/^Ready\.$/m)
}, 30_000)

test('without variables nothing is contacted, and each problem is a line', async () => {
  const messages = cli.oracle.messageCount()
  const { exitCode, stdout, result } = await cli.runCli(['doctor', 'ledger'], {
    env: { ORACLE_USER: undefined, ORACLE_PASSWORD: undefined, BUCKET: undefined },
  })
  expect(exitCode).toBe(2)
  expect(failed(result)).toHaveLength(3)
  for (const name of ['ORACLE_USER', 'ORACLE_PASSWORD', 'BUCKET']) {
    expect(stdout).toMatch(new RegExp(`^ {2}FAIL environment: ${name} `, 'm'))
  }
  expect(cli.oracle.messageCount()).toBe(messages)
})

test.each([
  ['a wrong password', { ORACLE_PASSWORD: 'wrong' }, 2, 'login', 'Correct ORACLE_USER and ORACLE_PASSWORD'],
  [
    'an unknown service',
    { ORACLE_CONNECT_STRING: 'NOWHERE' },
    3,
    'login',
    'Check the service in ORACLE_CONNECT_STRING',
  ],
  ['a bucket that is not there', { BUCKET: 'no-such-bucket' }, 2, 'bucket', 'or create the bucket'],
  ['a wrong secret', { AWS_SECRET_ACCESS_KEY: 'wrong' }, 2, 'credentials', 'AWS_SECRET_ACCESS_KEY'],
] as const)(
  '%s fails one check, with what to mend and the right exit code',
  async (_, env, exitCode, name, nextStep) => {
    const service =
      'ORACLE_CONNECT_STRING' in env ? { ORACLE_CONNECT_STRING: `127.0.0.1:${cli.oracle.port}/NOWHERE` } : {}
    const outcome = await cli.runCli(['doctor', 'ledger'], { env: { ...env, ...service } })
    expect(outcome.exitCode).toBe(exitCode)
    expect(failed(outcome.result)).toMatchObject([{ name }])
    expect(unwrapped(outcome.stdout)).toMatch(new RegExp(`FAIL ${name}: .*${nextStep}`))
    expect(said(outcome)).not.toMatch(STACK)
  },
)

test('a store that throttles is unavailable, not misconfigured', async () => {
  cli.s3.faults.arm({ effect: { kind: 'slow-down' }, times: 'always' })
  const { exitCode, result } = await cli.runCli(['doctor', 'ledger'])
  cli.s3.faults.clear()
  expect(exitCode).toBe(4)
  expect(failed(result)).toMatchObject([{ code: 'STORE_BUSY' }])
})

test('a database that is away behind a link fails the record type that needs it, and no other', async () => {
  const text = 'TNS:no listener\nORA-02063: preceding line from AFAR'
  cli.oracle.faults.arm({ kind: 'error-on-call', statement: 'LU_DEPT_UNITS', code: 12541, text, times: 9 })
  const { exitCode, stdout, result } = await cli.runCli(['doctor', 'units', 'ledger'])
  cli.oracle.faults.clear()
  expect(exitCode).toBe(3)
  expect(failed(result)).toMatchObject([{ name: 'units', code: 'ORACLE_UNREACHABLE' }])
  expect(unwrapped(stdout)).toContain('the database behind the link AFAR cannot be reached')
  expect(stdout).toMatch(/ok {3}ledger: 7 columns/)
})

test('of several failed checks the gravest says the exit code', async () => {
  cli.s3.faults.arm({ effect: { kind: 'slow-down' }, times: 'always' })
  const { exitCode } = await cli.runCli(['doctor', 'ledger'], { env: { ORACLE_PASSWORD: 'wrong' } })
  cli.s3.faults.clear()
  expect(exitCode).toBe(2)
})

test('a name that no record type has is refused with the list', async () => {
  const { exitCode, stderr } = await cli.runCli(['doctor', 'ledgers'])
  expect(exitCode).toBe(2)
  expect(stderr).toContain('did you mean ledger?')
})
