import { once } from 'node:events'
import { access, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliFixture, type CliOutcome, openCliFixture } from './cli-fixture.ts'
import { STACK, said, unwrapped } from './finance-cli.ts'
import { LEDGER_CONFIG, LEDGER_OWNER } from './ledger.ts'
import { readObjects } from './stored-copy.ts'

/** A ledger with one snapshot, which no mistake below may change. */
let cli: CliFixture
beforeAll(async () => {
  cli = await openCliFixture()
  expect((await cli.runCli(['extract', 'ledger'])).exitCode).toBe(0)
}, 60_000)
afterAll(() => cli[Symbol.asyncDispose]())

interface Failure {
  readonly exitCode: number
  readonly code: string
  readonly message: string | RegExp
  readonly nextStep: string
}

/** Runs a command that must fail as told, without a stack, and leave everything stored as it was. */
async function expectFailure(
  args: readonly string[],
  options: Parameters<CliFixture['runCli']>[1],
  { exitCode, code, message, nextStep }: Failure,
): Promise<CliOutcome> {
  const before = await readObjects(cli)
  const outcome = await cli.runCli(args, options)
  const { error = outcome.result.recordTypes?.[0]?.error } = outcome.result
  expect(outcome.exitCode).toBe(exitCode)
  expect(error?.code).toBe(code)
  expect(error?.message).toMatch(message)
  expect(error?.message).toContain(nextStep)
  expect(said(outcome)).not.toMatch(STACK)
  expect(await readObjects(cli)).toEqual(before)
  return outcome
}

test('a wrong password is tried exactly once, and is never shown', async () => {
  const { [LEDGER_OWNER]: before = 0 } = cli.oracle.failedLogons()
  const outcome = await expectFailure(
    ['extract', 'ledger', '--attempts', '5'],
    { env: { ORACLE_PASSWORD: 'letmein-2026' } },
    {
      exitCode: 2,
      code: 'ORACLE_LOGIN_REFUSED',
      message: 'ORA-01017',
      nextStep: 'Correct ORACLE_USER and ORACLE_PASSWORD',
    },
  )
  expect(cli.oracle.failedLogons()[LEDGER_OWNER]).toBe(before + 1)
  expect(said(outcome)).not.toContain('letmein-2026')
})

test('an unreachable host is given up as source unavailable', async () => {
  const { port } = await closedPort()
  await expectFailure(
    ['extract', 'ledger', '--attempts', '1'],
    { env: { ORACLE_CONNECT_STRING: `127.0.0.1:${port}/SANDBOX` } },
    { exitCode: 3, code: 'ORACLE_UNREACHABLE', message: 'nothing listens', nextStep: 'Check host and port' },
  )
})

test('a service that the listener does not know is named as such', async () => {
  await expectFailure(
    ['extract', 'ledger', '--attempts', '1'],
    { env: { ORACLE_CONNECT_STRING: `127.0.0.1:${cli.oracle.port}/NOWHERE` } },
    {
      exitCode: 3,
      code: 'ORACLE_UNREACHABLE',
      message: 'the listener does not know the service',
      nextStep: 'Check the service in ORACLE_CONNECT_STRING',
    },
  )
})

test('a view that is not there is named, with whom to ask', async () => {
  await expectFailure(
    ['extract', 'units'],
    {},
    {
      exitCode: 2,
      code: 'ORACLE_VIEW_MISSING',
      message: /LU_DEPT_UNITS is not there, or the user may not see it/,
      nextStep: 'ask its owner for GRANT SELECT',
    },
  )
})

test('a missing column and a renamed one are named at once, before anything is read', async () => {
  cli.change(
    'CREATE OR REPLACE VIEW LEDGER_V AS SELECT ENTRY_ID, UNIT, MEMO, SCOPE, AMOUNT AS AMOUNTS, POSTED_ON FROM LEDGER',
  )
  await expectFailure(
    ['extract', 'ledger'],
    {},
    {
      exitCode: 5,
      code: 'COLUMNS_MISSING',
      message: /AMOUNT \(renamed to AMOUNTS\?\), CHANGED_AT/,
      nextStep: 'Correct query and columns of ledger',
    },
  )
  cli.change(
    'CREATE OR REPLACE VIEW LEDGER_V AS SELECT ENTRY_ID, UNIT, MEMO, SCOPE, AMOUNT, POSTED_ON, CHANGED_AT FROM LEDGER',
  )
})

test('a money column that became text stops the run', async () => {
  cli.change(
    `CREATE OR REPLACE VIEW LEDGER_V AS SELECT ENTRY_ID, UNIT, MEMO, SCOPE, TO_CHAR(AMOUNT) AS AMOUNT, POSTED_ON, CHANGED_AT FROM LEDGER`,
  )
  await expectFailure(
    ['extract', 'ledger'],
    {},
    {
      exitCode: 2,
      code: 'ORACLE_VALUE_UNSUPPORTED',
      message: 'AMOUNT (money, but',
      nextStep: 'Convert in the query',
    },
  )
  cli.change(
    'CREATE OR REPLACE VIEW LEDGER_V AS SELECT ENTRY_ID, UNIT, MEMO, SCOPE, AMOUNT, POSTED_ON, CHANGED_AT FROM LEDGER',
  )
})

test('A9: NaN in a column of floats is refused by name and never written', async () => {
  cli.database.addTable(LEDGER_OWNER, {
    name: 'RATES',
    columns: [
      { name: 'ID', type: { name: 'NUMBER' } },
      { name: 'RATE', type: { name: 'BINARY_DOUBLE' } },
    ],
    rows: [
      ['1', '0.5'],
      ['2', 'NaN'],
    ],
  })
  const config = join(cli.folder, 'rates.json')
  const rates = { query: 'SELECT ID, RATE FROM RATES', columns: ['ID', 'RATE'], rowKey: ['ID'] }
  await writeFile(config, JSON.stringify({ recordTypes: { rates } }))
  await expectFailure(
    ['extract', 'rates', '--config', config],
    {},
    {
      exitCode: 2,
      code: 'ORACLE_VALUE_UNSUPPORTED',
      message: /RATE.*NaN/,
      nextStep: 'rates',
    },
  )
})

test.each([
  [
    'a bucket that is not there',
    { BUCKET: 'no-such-bucket' },
    'STORE_BUCKET_MISSING',
    'Check BUCKET, AWS_REGION and AWS_ENDPOINT_URL_S3',
  ],
  [
    'a secret that is wrong',
    { AWS_SECRET_ACCESS_KEY: 'wrong-secret-of-the-store' },
    'STORE_CREDENTIALS_REFUSED',
    'AWS_SECRET_ACCESS_KEY',
  ],
  [
    'an unknown access key',
    { AWS_ACCESS_KEY_ID: 'AKIAUNKNOWN000000000' },
    'STORE_CREDENTIALS_REFUSED',
    'profile',
  ],
] as const)('%s is refused, and no value is shown', async (_, env, code, nextStep) => {
  const outcome = await expectFailure(
    ['extract', 'ledger'],
    { env },
    { exitCode: 2, code, message: '', nextStep },
  )
  expect(said(outcome)).not.toContain('wrong-secret-of-the-store')
})

test('a store that does not answer is given up as unavailable, long before a run would hang', async () => {
  const { port } = await closedPort()
  await expectFailure(
    ['list'],
    { env: { AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` } },
    {
      exitCode: 4,
      code: 'STORE_UNREACHABLE',
      message: 'did not answer',
      nextStep: 'Check the network and AWS_ENDPOINT_URL_S3',
    },
  )
}, 40_000)

test('a store whose disk is full leaves what was there', async () => {
  cli.s3.faults.arm({
    operations: ['PutObject', 'UploadPart'],
    key: 'snapshots/',
    effect: { kind: 'disk-full' },
    times: 'always',
  })
  await expectFailure(
    ['extract', 'ledger'],
    {},
    {
      exitCode: 4,
      code: 'STORE_BUSY',
      message: 'Could not write snapshots/ledger/',
      nextStep: 'Start the same command again later',
    },
  )
  cli.s3.faults.clear()
}, 40_000)

test('a scratch folder that is not there is named with what to set', async () => {
  await expectFailure(
    ['extract', 'ledger'],
    { env: { TMPDIR: join(cli.folder, 'no-such-folder') } },
    {
      exitCode: 1,
      code: 'DISK_FAILED',
      message: 'there is no such folder',
      nextStep: 'TMPDIR',
    },
  )
})

test.each([
  [
    {
      recordTypes: { ledger: { ...LEDGER_CONFIG.recordTypes.ledger, rowKey: ['ENTRY'], money: ['AMOUNTS'] } },
      retentoin: {},
    },
    [/retentoin/],
  ],
  [
    {
      recordTypes: {
        ledger: { ...LEDGER_CONFIG.recordTypes.ledger, rowKey: ['ENTRY'], money: ['AMOUNTS'] },
        units: { statementTimeoutMs: 'long' },
      },
    },
    [
      'recordTypes.ledger.rowKey[0]: ',
      'recordTypes.ledger.money[0]: ',
      'recordTypes.units.statementTimeoutMs: ',
    ],
  ],
])('every mistake of a configuration is named with its path (%#)', async (config, paths) => {
  const file = join(cli.folder, 'mistaken.json')
  await writeFile(file, JSON.stringify(config))
  const outcome = await expectFailure(
    ['extract', 'ledger', '--config', file],
    {},
    {
      exitCode: 2,
      code: 'CONFIG_INVALID',
      message: 'The configuration is not usable',
      nextStep: 'mistaken.json: ',
    },
  )
  for (const path of paths) expect(unwrapped(outcome.stderr)).toMatch(path)
})

test.each([
  ['missing.json', undefined, 'there is no such file'],
  ['broken.json', '{"recordTypes": {', 'is not JSON'],
  ['broken.ts', 'export default {{', 'has a syntax error'],
  ['throws.ts', 'throw new Error("on purpose")', 'on purpose'],
] as const)('a configuration that cannot be loaded says why: %s', async (name, text, why) => {
  const file = join(cli.folder, name)
  if (text !== undefined) await writeFile(file, text)
  await expectFailure(
    ['list', '--config', file],
    {},
    {
      exitCode: 2,
      code: 'CONFIG_INVALID',
      message: why,
      nextStep: name,
    },
  )
})

test.each([
  [['extract', 'ledger', '--all'], 'name record types, or give --all'],
  [['lst'], 'Did you mean list?'],
  [[], 'No command was named'],
])('a command line that is not understood, %j, is told with where to look', async (args, message) => {
  const outcome = await cli.runCli(args)
  expect(outcome.exitCode).toBe(2)
  expect(outcome.result).toMatchObject({ status: 'failed', exitCode: 2, error: { code: 'USAGE' } })
  expect(outcome.result.error?.message).toContain(message)
  expect(outcome.result.error?.message).not.toMatch(/^error: |\n/)
  expect(outcome.stderr).toContain('--help')
  expect(said(outcome)).not.toMatch(STACK)
})

test('a result file in a folder that is not there stops the command before it begins', async () => {
  const messages = cli.oracle.messageCount()
  await expectFailure(
    ['extract', 'ledger', '--result-file', join(cli.folder, 'nowhere', 'result.json')],
    {},
    {
      exitCode: 2,
      code: 'USAGE',
      message: 'ENOENT',
      nextStep: 'Name a file in a folder that is there',
    },
  )
  expect(cli.oracle.messageCount()).toBe(messages)
})

test('a page in a folder that is not there is refused by name, before anything is told', async () => {
  const page = join(cli.folder, 'nowhere', 'ledger.html')
  const { stdout } = await expectFailure(
    ['show', 'ledger', '--html', page],
    {},
    {
      exitCode: 2,
      code: 'USAGE',
      message: /The page cannot be written to .*ledger\.html \(ENOENT\)/,
      nextStep: 'Name a file in a folder that is there',
    },
  )
  expect(stdout).not.toContain('BALANCED')
})

test('the result file holds the same line as stdout, and none of an earlier run', async () => {
  const file = join(cli.folder, 'result.json')
  const done = await cli.runCli(['list', '--result-file', file, '--json', '--quiet'])
  expect(done.stdout).toBe(await readFile(file, 'utf8'))
  expect(done.stdout.match(/\n/g)).toHaveLength(1)
  expect(done.stderr).toBe('')

  const failed = await cli.runCli(['show', 'units', '--result-file', file])
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(failed.result)

  const fault = cli.oracle.faults.arm({ kind: 'never-answer', statement: 'LEDGER_V' })
  const killed = cli.startCli(['extract', 'ledger', '--result-file', file])
  await expect.poll(() => fault.struck, { timeout: 15_000 }).toBe(1)
  killed.process.kill('SIGKILL')
  await killed.outcome
  cli.oracle.faults.clear()
  await expect(access(file)).rejects.toThrow('ENOENT')
})

test('with --json stdout is one line and with --quiet stderr is silent, also where the run fails', async () => {
  const [done, failed] = await Promise.all([
    cli.runCli(['verify', 'ledger', '--json', '--quiet']),
    cli.runCli(['extract', 'units', '--json', '--quiet']),
  ])
  expect([done.exitCode, failed.exitCode]).toEqual([0, 2])
  for (const { stdout, stderr } of [done, failed]) {
    expect(stdout).toMatch(/^\{.*\}\n$/)
    expect(stderr).toBe('')
  }
})

test('no colour reaches a pipe, even where the environment asks for it', async () => {
  const { stdout } = await cli.runCli(['show', 'ledger'], {
    env: { FORCE_COLOR: '1', TERM: 'xterm-256color' },
  })
  expect(stdout).toContain('BALANCED')
  expect(stdout).not.toContain('\u001b')
})

test('a reader that goes away, such as head, does not break a run off', async () => {
  const running = cli.startCli(['extract', 'ledger'])
  running.process.stdout?.destroy()
  const { exitCode, stderr } = await running.outcome
  expect(exitCode).toBe(0)
  expect(stderr).not.toMatch(/EPIPE|Error/)
  expect((await cli.runCli(['verify', 'ledger'])).exitCode).toBe(0)
})

/** A port on which nothing listens. */
async function closedPort(): Promise<{ readonly port: number }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return { port }
}
