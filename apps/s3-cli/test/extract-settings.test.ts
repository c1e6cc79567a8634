import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { catalogue } from '@findata/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CliOptions } from './cli-fixture.ts'
import { type FinanceCli, openFinanceCli, said } from './finance-cli.ts'

let cli: FinanceCli
beforeAll(async () => {
  cli = await openFinanceCli()
}, 60_000)
afterAll(() => cli[Symbol.asyncDispose]())

const NO_ORACLE = {
  ORACLE_USER: undefined,
  ORACLE_PASSWORD: undefined,
  ORACLE_CONNECT_STRING: undefined,
}

/** A folder with a configuration, and a prefix of its own. */
async function withConfig(name: string, config: unknown): Promise<CliOptions> {
  const cwd = await cli.emptyFolder(name)
  await writeFile(join(cwd, 'findata.config.json'), JSON.stringify(config))
  return { cwd, env: { BUCKET_PREFIX: name } }
}

test('A1: an unknown record type is refused as usage, with the list, and nothing is contacted', async () => {
  const messages = cli.oracle.messageCount()
  const calls = cli.s3.callCount()
  const { exitCode, stderr, result } = await cli.runCli(['extract', 'task_order'])
  expect(exitCode).toBe(2)
  expect(result.error?.code).toBe('RECORD_TYPE_UNKNOWN')
  expect(result.error?.message).toContain('did you mean task_orders?')
  expect(stderr).toContain(catalogue.names.join(', '))
  expect([cli.oracle.messageCount(), cli.s3.callCount()]).toEqual([messages, calls])
})

test('A1: the old form, a record type alone, extracts it', async () => {
  const { exitCode, result } = await cli.runCli(['objects', '--quiet'], {
    env: { BUCKET_PREFIX: 'old-form' },
  })
  expect(exitCode).toBe(0)
  expect(result).toMatchObject({ command: 'extract', recordTypes: [{ recordType: 'objects', rows: 1200 }] })
})

test("A2: without its variables nothing is tried, the shell's USER least of all", async () => {
  const messages = cli.oracle.messageCount()
  const outcome = await cli.runCli(['extract', '--all'], {
    env: { ...NO_ORACLE, BUCKET: undefined, USER: 'root-of-the-shell', LOGNAME: 'root-of-the-shell' },
  })
  expect(outcome.exitCode).toBe(2)
  const missing = ['ORACLE_USER', 'ORACLE_PASSWORD', 'ORACLE_CONNECT_STRING', 'ORACLE_HOST', 'BUCKET']
  for (const name of missing) expect(outcome.result.error?.message).toContain(name)
  expect(said(outcome)).not.toContain('root-of-the-shell')
  expect(cli.oracle.messageCount()).toBe(messages)
})

test('A2: the old names count only all together, and no value is ever shown', async () => {
  const [host, port, service] = cli.oracle.connectString.split(/[:/]/)
  const old = { ...NO_ORACLE, HOST: host, PORT: port, SERVICE: service, PASSWORD: cli.oracle.password }
  const messages = cli.oracle.messageCount()
  const without = await cli.runCli(['doctor', 'units'], { env: { ...old, USER: undefined } })
  expect(without.exitCode).toBe(2)
  expect(without.stdout).toContain('USER is not set')
  expect(said(without)).not.toContain(cli.oracle.password)
  expect(cli.oracle.messageCount()).toBe(messages)

  const all = await cli.runCli(['doctor', 'units'], { env: { ...old, USER: cli.oracle.user } })
  expect(all.exitCode).toBe(0)
  expect(said(all)).not.toContain(cli.oracle.password)
})

test('A3: a date column that is added comes as ISO local text, also around the change of summer time', async () => {
  const { query, columns } = catalogue.get('task_orders')
  const options = await withConfig('dates', {
    recordTypes: {
      task_orders: {
        query: query.replace('BUYER.BYR_FDU', 'BUYER.BYR_FDU, TK.LAST_UPDATE_DATE'),
        columns: [...columns, 'LAST_UPDATE_DATE'],
      },
    },
  })
  const { exitCode } = await cli.runCli(['extract', 'task_orders'], {
    ...options,
    env: { ...options.env, TZ: 'America/Chicago' },
  })
  expect(exitCode).toBe(0)
  const text = (await cli.read('dates/task_orders.json')).toString()
  expect(text).toMatch(/"24ROW51000".*"LAST_UPDATE_DATE":"2026-03-08T02:30:00"/)
  expect(text).toMatch(/"24ART01073".*"LAST_UPDATE_DATE":"2026-11-01T01:30:00"/)
})

test('A11: a statement has the time limit that its record type sets, and says so when it ends', async () => {
  const options = await withConfig('deadline', { recordTypes: { units: { statementTimeoutMs: 1000 } } })
  cli.oracle.faults.arm({ kind: 'never-answer', statement: 'LU_DEPT_UNITS', times: 9 })
  const { exitCode, stdout, result } = await cli.runCli(['extract', 'units', '--attempts', '1'], options)
  cli.oracle.faults.clear()
  expect(exitCode).toBe(3)
  expect(result.recordTypes).toMatchObject([{ error: { code: 'ORACLE_TIMEOUT' } }])
  expect(stdout).toMatch(/1 s|1,?000 ms/)
  expect(await cli.objects('deadline')).toEqual({})
})

test('A11: a refused connection is tried again as often as asked, then given up as unavailable', async () => {
  const fault = cli.oracle.faults.arm({ kind: 'refuse', code: 12514, times: 9 })
  const { exitCode, stderr, result } = await cli.runCli(['extract', 'units', 'fdus', '--attempts', '2'], {
    env: { BUCKET_PREFIX: 'refused' },
  })
  cli.oracle.faults.clear()
  expect(exitCode).toBe(3)
  expect(fault.struck).toBe(2)
  expect(stderr.match(/Trying again/g)).toHaveLength(1)
  expect(result.recordTypes?.map(({ error }) => error?.code)).toEqual([
    'ORACLE_UNREACHABLE',
    'ORACLE_UNREACHABLE',
  ])
  expect(await cli.objects('refused')).toEqual({})
})

test('A12: the credentials of a profile are found like those of the environment, for any endpoint', async () => {
  const file = join(cli.folder, 'credentials')
  const { accessKeyId, secretAccessKey } = cli.s3.credentials
  await writeFile(
    file,
    `[finance]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\n`,
  )
  const { exitCode } = await cli.runCli(['list'], {
    env: {
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_SHARED_CREDENTIALS_FILE: file,
      AWS_PROFILE: 'finance',
    },
  })
  expect(exitCode).toBe(0)
})

test('A14: other departments are configured, letters in them included, and bound as text', async () => {
  const options = await withConfig('departments', {
    recordTypes: { units: { binds: { departments: ['ADMN', '22A0', "O'Neil"] } } },
  })
  const { exitCode, result } = await cli.runCli(['extract', 'units'], options)
  expect(exitCode).toBe(0)
  const wanted = cli.query("SELECT DEPT_UNIT_ID FROM DEPARTMENT_UNITS WHERE DEPT IN ('ADMN', '22A0')")
  expect(result.recordTypes).toMatchObject([{ rows: wanted.length }])
  const rows = JSON.parse((await cli.read('departments/units.json')).toString()) as { DEPT: string }[]
  expect(new Set(rows.map(({ DEPT }) => DEPT))).toEqual(new Set(['ADMN', '22A0']))
})

test('A18: the seventh record type of the documentation works as it is written there', async () => {
  const documentation = await readFile(new URL('../../../CONTRIBUTING.md', import.meta.url), 'utf8')
  const [, config = ''] = /```ts\n(\/\/ findata\.config\.ts\n[\s\S]*?)```/.exec(documentation) ?? []
  const cwd = await cli.emptyFolder('seventh')
  await writeFile(join(cwd, 'findata.config.ts'), config)
  const options = { cwd, env: { BUCKET_PREFIX: 'seventh' } }

  const doctor = await cli.runCli(['doctor', 'fdu_expenses_obligated'], options)
  expect(doctor.exitCode).toBe(0)
  expect(doctor.stdout).toContain('fdu_expenses_obligated: 21 columns')

  const { exitCode, result } = await cli.runCli(['extract', 'fdu_expenses_obligated'], options)
  expect(exitCode).toBe(0)
  const [sums] = cli.query('SELECT COUNT(*), SUM(APP), SUM(FDU_BAL) FROM FDU_BALANCES', 'MSTR_IA_DEV')
  expect(result.recordTypes).toMatchObject([
    { rows: Number(sums?.[0]), sums: { APP: sums?.[1], FDU_BAL: sums?.[2] }, verdict: 'balanced' },
  ])
  expect((await cli.runCli(['verify', 'fdu_expenses_obligated'], options)).exitCode).toBe(0)
})
