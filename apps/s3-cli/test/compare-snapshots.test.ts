import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import type { CurrentIndex } from '@findata/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliFixture, openCliFixture } from './cli-fixture.ts'
import { unwrapped } from './finance-cli.ts'
import { LEDGER_CONFIG, LEDGER_DAY_TWO } from './ledger.ts'

/** Two days of the ledger: three rows changed, one removed, two added. */
let cli: CliFixture
const runIds: string[] = []

async function extract(...flags: string[]) {
  const outcome = await cli.runCli(['extract', 'ledger', ...flags])
  runIds.push(String(outcome.result.runId))
  return outcome
}

async function read(key: string): Promise<string> {
  const { Body } = await cli.client.send(new GetObjectCommand({ Bucket: cli.bucket, Key: key }))
  return (await Body?.transformToString()) ?? ''
}

const index = async () => JSON.parse(await read('ledger.manifest.json')) as CurrentIndex
/** The lines for a person: all but the result. */
const told = (stdout: string) => stdout.trimEnd().split('\n').slice(0, -1)

beforeAll(async () => {
  cli = await openCliFixture()
  expect((await extract()).exitCode).toBe(0)
  cli.change(...LEDGER_DAY_TWO)
  expect((await extract()).exitCode).toBe(0)
}, 60_000)
afterAll(() => cli[Symbol.asyncDispose]())

test('list names what is current, and what has no snapshot yet', async () => {
  const { exitCode, stdout, result } = await cli.runCli(['list'])
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/^ledger +241 rows {2}\d{4}-\d\d-\d\d \d\d:\d\d UTC {2}2 kept$/m)
  expect(stdout).toMatch(/^units +no snapshot yet: s3-cli extract units$/m)
  expect(stdout).toMatch(/^ {2}scn \d+, fixed at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/m)
  expect(result.recordTypes).toContainEqual({ recordType: 'units', current: null })
  expect(result.recordTypes).toContainEqual(
    expect.objectContaining({
      recordType: 'ledger',
      current: runIds[1],
      consistency: expect.stringMatching(/^scn \d+$/),
      scn: expect.stringMatching(/^\d+$/),
      fixedAt: expect.any(String),
    }),
  )
})

test('list of a record type shows each snapshot with its sums, the current one marked', async () => {
  const { stdout, result } = await cli.runCli(['list', 'ledger'])
  const [newest, moment, sum, older, olderMoment] = told(stdout)
  expect(moment).toMatch(/^ {7}scn \d+, fixed at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/)
  expect(olderMoment).toMatch(/^ {7}scn \d+, fixed at /)
  expect(olderMoment).not.toBe(moment)
  expect(newest).toMatch(new RegExp(`^\\* ~0 +${runIds[1]} +241 rows`))
  expect(sum).toMatch(/^ {7}AMOUNT +-?[\d,]+\.\d\d$/)
  expect(older).toMatch(new RegExp(`^ {2}~1 +${runIds[0]} +240 rows`))
  expect(result).toMatchObject({
    current: runIds[1],
    snapshots: [
      { rows: 241, consistency: expect.stringMatching(/^scn \d+$/) },
      { rows: 240, scn: expect.stringMatching(/^\d+$/) },
    ],
  })
  expect(told(stdout).at(-1)).toBe('* is current')
})

test.each(['list', 'show', 'diff', 'verify'])(
  '%s of a name that is no record type and has no snapshot is refused with the list',
  async (command) => {
    const { exitCode, stderr } = await cli.runCli([command, 'ledgers'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('did you mean ledger?')
  },
)

test('show prints the certificate in 80 columns, the page and the first rows', async () => {
  const page = join(cli.folder, 'ledger.html')
  const { exitCode, stdout } = await cli.runCli(['show', 'ledger~1', '--html', page, '--rows', '2'])
  expect(exitCode).toBe(0)
  const lines = told(stdout)
  expect(lines[0]).toBe('BALANCED')
  expect(lines.filter((line) => line.length > 80 && !line.startsWith('{'))).toEqual([])
  expect(lines).toContain(`ledger@${runIds[0]} is not current.`)
  const rows = JSON.parse(lines.slice(lines.indexOf('[')).join('\n'))
  expect(rows).toHaveLength(2)
  expect(rows[0]).toMatchObject({ ENTRY_ID: 1, POSTED_ON: '2026-03-01T02:30:00', MEMO: '<50 acres' })
  expect(await readFile(page, 'utf8')).toMatch(/^<!doctype html>[\s\S]*BALANCED[\s\S]*240/)
})

test('diff counts every row, shows the changed fields as they were and are, and how the sums moved', async () => {
  const { exitCode, stdout, result } = await cli.runCli(['diff', 'ledger'])
  expect(exitCode).toBe(0)
  expect(result).toMatchObject({
    from: runIds[0],
    to: runIds[1],
    added: 2,
    removed: 1,
    changed: 3,
    unchanged: 236,
  })
  const lines = told(stdout)
  expect(lines.slice(0, 2)).toEqual([
    `ledger: ${runIds[0]} -> ${runIds[1]}`,
    '  2 added, 1 removed, 3 changed, 236 unchanged',
  ])
  expect(lines[2]).toMatch(/^ {2}AMOUNT +-?[\d,]+\.\d\d {2}\([+-][\d,]+\.\d\d\)$/)
  expect(lines).toContain('  + ENTRY_ID=900001')
  expect(lines).toContain('  - ENTRY_ID=4')
  expect(lines).toContain('  ~ ENTRY_ID=1')
  expect(lines).toContain('      MEMO: "<50 acres" -> "corrected"')
  expect(lines.join('\n')).toMatch(/AMOUNT: 0\.01 -> 0\.02/)
})

test('diff shows as many rows of each kind as asked and counts the rest', async () => {
  const { stdout, result } = await cli.runCli(['diff', 'ledger~1', 'ledger', '--limit', '1'])
  expect(stdout.match(/^ {2}~ ENTRY_ID=[123]$/gm)).toHaveLength(1)
  expect(stdout).toContain('    … and 2 more\n')
  expect(result).toMatchObject({ changed: 3, examples: { changed: { length: 1 } } })
})

test('diff --exit-code says by its exit code whether there is a difference', async () => {
  const [differs, same] = await Promise.all([
    cli.runCli(['diff', 'ledger', '--exit-code']),
    cli.runCli(['diff', 'ledger', `ledger@${runIds[1]}`, '--exit-code', '--json']),
  ])
  expect([differs.exitCode, same.exitCode]).toEqual([8, 0])
})

test('diff without an older snapshot, or of two record types, says what to name', async () => {
  const [oldest, missing] = await Promise.all([
    cli.runCli(['diff', 'ledger~1']),
    cli.runCli(['diff', 'ledger', 'units']),
  ])
  expect([oldest.exitCode, missing.exitCode]).toEqual([2, 2])
  expect(unwrapped(oldest.stderr)).toContain('nothing to compare it with')
  expect(missing.stderr).toContain("no snapshot of 'units'")
})

test('an extract of what is there already says so, with the exit code asked for', async () => {
  const before = await index()
  const { exitCode, stdout, result } = await extract('--skip-exit-code', '99')
  expect(exitCode).toBe(99)
  expect(result).toMatchObject({ status: 'done', exitCode: 99, recordTypes: [{ isChanged: false }] })
  expect(stdout).toContain(`the same rows as ${before.current.runId}`)
  cli.change(`UPDATE LEDGER SET MEMO = 'later' WHERE ENTRY_ID = 5`)
  expect((await extract('--skip-exit-code', '99')).exitCode).toBe(0)
})

test('rollback makes an older snapshot current, plain file and all, and leads forward again', async () => {
  const newest = await index()
  const plain = await read('ledger.json')
  const back = await cli.runCli(['rollback', 'ledger', `@${runIds[0]}`, '--reason', 'half loaded'])
  expect(back.exitCode).toBe(0)
  const rolledBack = await index()
  expect(rolledBack.current.runId).toBe(runIds[0])
  expect(rolledBack.reason).toMatch(/: half loaded$/)
  expect(rolledBack.snapshots).toEqual(newest.snapshots)
  expect(JSON.parse(await read('ledger.json'))).toHaveLength(240)
  expect((await cli.runCli(['verify', 'ledger'])).exitCode).toBe(0)
  const { stdout } = await cli.runCli(['list', 'ledger'])
  expect(stdout).toMatch(new RegExp(`^\\* ~3 +${runIds[0]}`, 'm'))
  expect(stdout).toContain(
    `\n* is current, by the rollback ${rolledBack.committedBy} (${rolledBack.reason})\n`,
  )

  expect((await cli.runCli(['rollback', 'ledger', '~0', '--reason', 'found whole'])).exitCode).toBe(0)
  expect((await index()).current).toEqual(newest.current)
  expect(await read('ledger.json')).toBe(plain)
  expect((await cli.runCli(['verify', 'ledger'])).exitCode).toBe(0)
})

test('after a rollback the snapshot that is current is compared with the one taken before it', async () => {
  expect((await cli.runCli(['rollback', 'ledger', 'ledger~2', '--reason', 'test'])).exitCode).toBe(0)
  const { result } = await cli.runCli(['diff', 'ledger'])
  expect(result).toMatchObject({ from: runIds[0], to: runIds[1], changed: 3 })
})

test.each([
  [['ledger', '~9', '--reason', 'x'], 'No snapshot ledger~9 is kept (there are 4)'],
  [['ledger', '@2', '--reason', 'x'], 'could mean 4 snapshots'],
  [['ledger', '/home/finance', '--reason', 'x'], 'Write ledger~1 (a shell may replace a bare ~1)'],
  [['ledger', 'yesterday', '--reason', 'x'], 'No snapshot ledger@yesterday is kept'],
  [['ledger', '~1'], '--reason'],
  [['ledger', '~1', '--reason', ''], 'Say why'],
  [['ledger', '~1', '--reason', '  '], 'Say why'],
  [['units', '~1', '--reason', 'x'], "no snapshot of 'units'"],
  [['legder', '~1', '--reason', 'x'], 'did you mean ledger?'],
])('rollback %j changes nothing and says %s', async (args, message) => {
  const before = await index()
  const { exitCode, stderr } = await cli.runCli(['rollback', ...args])
  expect(exitCode).toBe(2)
  expect(unwrapped(stderr)).toContain(message)
  expect(await index()).toEqual(before)
})

test('snapshots beyond the retention go, with their objects; a new and a lost column are named by diff', async () => {
  const { ledger } = LEDGER_CONFIG.recordTypes
  await cli.writeConfig({
    recordTypes: {
      ledger: {
        ...ledger,
        query: ledger.query.replace('MEMO', "UNIT || '-' || ENTRY_ID AS TAG"),
        columns: ledger.columns.map((column) => (column === 'MEMO' ? 'TAG' : column)),
      },
    },
    retention: { keepLast: 2, keepDays: 0 },
  })
  const { exitCode, result } = await extract()
  expect(exitCode).toBe(0)
  expect((await index()).snapshots.map(({ runId }) => runId)).toEqual([runIds.at(-1), runIds.at(-2)])
  expect(result.recordTypes?.[0]?.swept).toBeGreaterThan(0)
  const keys = Object.keys(await cli.bucketState())
  expect(keys.filter((key) => key.endsWith('data.json.gz'))).toHaveLength(2)

  const { stdout, result: difference } = await cli.runCli(['diff', 'ledger'])
  expect(difference).toMatchObject({ columnsAdded: ['TAG'], columnsRemoved: ['MEMO'] })
  expect(stdout).toContain('  new column TAG\n  column MEMO is gone\n')
})
