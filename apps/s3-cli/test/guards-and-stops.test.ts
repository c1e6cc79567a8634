import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import type { Certificate } from '@findata/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FINANCE_OWNER, type FinanceCli, openFinanceCli, said, unwrapped } from './finance-cli.ts'

let cli: FinanceCli
const DAY_ONE = { env: { BUCKET_PREFIX: 'guards' } }
beforeAll(async () => {
  cli = await openFinanceCli()
  const { exitCode } = await cli.runCli(['extract', 'units', 'objects'], DAY_ONE)
  expect(exitCode).toBe(0)
}, 60_000)
afterAll(() => cli[Symbol.asyncDispose]())

test('A7: an emptied view replaces nothing, and the message names the flag that would', async () => {
  const before = await cli.objects('guards/')
  using _ = hideUnits("UNIT LIKE '%'")
  const outcome = await cli.runCli(['extract', 'units'], DAY_ONE)
  expect(outcome.exitCode).toBe(5)
  expect(outcome.result.recordTypes).toMatchObject([{ exitCode: 5, error: { code: 'GUARD_REFUSED' } }])
  expect(outcome.stdout).toContain('--allow-empty --allow-shrink --reason')
  const { runId } = outcome.result
  expect(unwrapped(outcome.stdout)).toContain(
    ` What was current stays. Evidence: certificates/units/${runId}.refused.json\n`,
  )
  const refused = `guards/certificates/units/${runId}.refused.json`
  const { [refused]: evidence, ...rest } = await cli.objects('guards/')
  expect(evidence).toBeDefined()
  expect(rest).toEqual(before)
})

test('A7: a shrunken view replaces nothing, until somebody says why it may', async () => {
  const before = await cli.current('units', 'guards/')
  using _ = hideUnits("UNIT LIKE '1%'")
  const refused = await cli.runCli(['extract', 'units'], DAY_ONE)
  expect(refused.exitCode).toBe(5)
  expect(unwrapped(refused.stdout)).toMatch(/shrink: [\d,]+ rows after 1,500 in .* fewer \(limit 20 %\)/)
  expect(await cli.current('units', 'guards/')).toEqual(before)

  const unexplained = await cli.runCli(['extract', 'units', '--allow-shrink'], DAY_ONE)
  expect(unexplained.exitCode).toBe(2)
  expect(unexplained.stderr).toContain('--reason')

  const args = ['extract', 'units', '--allow-shrink', '--reason', 'ticket 4711', '--by', 'R. Diaz']
  const allowed = await cli.runCli(args, DAY_ONE)
  expect(allowed.exitCode).toBe(0)
  expect(allowed.result.recordTypes).toMatchObject([{ overrides: ['shrink'], verdict: 'balanced' }])
  expect(allowed.stdout).toContain('OVERRIDDEN shrink')
  const { result } = await cli.runCli(['show', 'units', '--json'], DAY_ONE)
  expect((result.certificate as Certificate).guards.find(({ guard }) => guard === 'shrink')).toMatchObject({
    passed: false,
    overridden: { by: 'R. Diaz', reason: 'ticket 4711' },
  })
})

test('A10: a refused run, a broken one and a failed statement leave no session and no upload', async () => {
  const prefix = { env: { BUCKET_PREFIX: 'broken' } }
  cli.oracle.faults.arm({ kind: 'cut-after-rows', statement: 'LU_OBJ_CD', rows: 600 })
  const cut = await cli.runCli(['extract', 'objects', '--attempts', '1'], prefix)
  expect(cut.exitCode).toBe(3)
  cli.oracle.faults.arm({
    kind: 'error-after-rows',
    statement: 'LU_OBJ_CD',
    rows: 600,
    code: 1555,
    text: 'snapshot too old',
  })
  const tooOld = await cli.runCli(['extract', 'objects', '--attempts', '1'], prefix)
  expect(tooOld.exitCode).toBe(3)
  cli.oracle.faults.clear()
  expect(cli.oracle.sessions()).toEqual([])
  expect(await cli.objects('broken')).toEqual({})
  const { Uploads = [] } = await cli.client.send(new ListMultipartUploadsCommand({ Bucket: cli.bucket }))
  expect(Uploads).toEqual([])
})

test('A10: a run whose connection breaks in mid-read is finished by its next attempt', async () => {
  cli.oracle.faults.arm({ kind: 'cut-after-rows', statement: 'LU_OBJ_CD', rows: 600 })
  const { exitCode, stderr, result } = await cli.runCli(['extract', 'objects'], {
    env: { BUCKET_PREFIX: 'again' },
  })
  expect(exitCode).toBe(0)
  expect(stderr).toContain('Trying again')
  expect(result.recordTypes).toMatchObject([{ rows: 1200, verdict: 'balanced' }])
  expect(cli.oracle.sessions()).toEqual([])
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  'A10: %s cancels the running statement, closes the connection and exits %i',
  async (signal, code) => {
    const before = await cli.objects('guards/')
    const fault = cli.oracle.faults.arm({ kind: 'never-answer', statement: 'LU_OBJ_CD' })
    const running = cli.startCli(['extract', 'objects'], DAY_ONE)
    await expect.poll(() => fault.struck, { timeout: 15_000 }).toBe(1)
    running.process.kill(signal)
    const outcome = await running.outcome
    cli.oracle.faults.clear()
    expect(outcome.exitCode).toBe(code)
    expect(outcome.result).toMatchObject({ exitCode: code, recordTypes: [{ error: { code: 'CANCELLED' } }] })
    expect(said(outcome)).toContain(`Stopped by ${signal}`)
    expect(cli.oracle.sessions()).toEqual([])
    expect(await cli.objects('guards/')).toEqual(before)
  },
)

test('what was done before a stop is told with what was not', async () => {
  const held = cli.s3.faults.arm({
    operations: ['PutObject'],
    key: 'stopped/snapshots/task_orders/.*manifest\\.json$',
    effect: { kind: 'hold', at: 'before' },
  })
  const running = cli.startCli(['extract', 'objects', 'task_orders'], { env: { BUCKET_PREFIX: 'stopped' } })
  await held.arrived()
  await expect.poll(async () => Object.keys(await cli.objects('stopped/objects'))).toHaveLength(2)
  running.process.kill('SIGTERM')
  held.release()
  const { exitCode, result } = await running.outcome
  expect(exitCode).toBe(143)
  expect(result.recordTypes).toMatchObject([
    { recordType: 'objects', status: 'done' },
    { recordType: 'task_orders', status: 'failed', error: { code: 'CANCELLED' } },
  ])
})

test('a lock that another run holds is named with its holder and until when, exit code 7', async () => {
  const held = cli.s3.faults.arm({
    operations: ['PutObject'],
    key: 'locked/units\\.manifest\\.json$',
    effect: { kind: 'hold', at: 'before' },
  })
  const prefix = { env: { BUCKET_PREFIX: 'locked' } }
  const first = cli.startCli(['extract', 'units'], prefix)
  await held.arrived()
  const second = await cli.runCli(['extract', 'units'], prefix)
  expect(second.exitCode).toBe(7)
  expect(second.result.recordTypes).toMatchObject([{ error: { code: 'LOCK_HELD' } }])
  expect(second.stdout).toContain(String(first.process.pid))
  expect(second.stdout).toMatch(/until \d{4}-\d\d-\d\dT/)
  held.release()
  expect((await first.outcome).exitCode).toBe(0)
})

test('one record type that fails does not stop the others, and the exit code is the gravest', async () => {
  using _ = hideUnits("UNIT LIKE '%'")
  cli.oracle.faults.arm({
    kind: 'error-on-call',
    statement: 'DEPT_2400_MA_VW',
    code: 942,
    text: 'table or view does not exist',
    times: 9,
  })
  const { exitCode, result } = await cli.runCli(['extract', 'units', 'master_agreements', 'objects'], {
    env: { BUCKET_PREFIX: 'mixed' },
  })
  cli.oracle.faults.clear()
  expect(result.recordTypes).toMatchObject([
    { recordType: 'units', exitCode: 5 },
    { recordType: 'master_agreements', exitCode: 2 },
    { recordType: 'objects', status: 'done', rows: 1200 },
  ])
  expect(exitCode).toBe(2)
  expect(Object.keys(await cli.objects('mixed/')).some((key) => key.endsWith('/objects.json'))).toBe(true)
})

/** Takes rows out of the view of units until it is disposed. */
function hideUnits(condition: string): Disposable {
  const [row = []] = cli.query(`SELECT TEXT FROM ALL_VIEWS WHERE VIEW_NAME = 'LU_DEPT_UNITS'`)
  const replace = (query: string) =>
    cli.database.run(FINANCE_OWNER, `CREATE OR REPLACE VIEW LU_DEPT_UNITS AS ${query}`)
  replace(`${row[0]} WHERE NOT (${condition})`)
  return { [Symbol.dispose]: () => replace(String(row[0])) }
}
