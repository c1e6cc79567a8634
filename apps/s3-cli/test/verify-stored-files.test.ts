import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import type { CurrentIndex } from '@findata/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliFixture, openCliFixture } from './cli-fixture.ts'
import { STACK, said } from './finance-cli.ts'
import { copyToDisk, flipBit, readObjects, spoilObject } from './stored-copy.ts'

/** A ledger with two snapshots and a refused run, and a copy of the bucket on disk. */
let cli: CliFixture
let copy: string
let keys: Record<'data' | 'manifest' | 'certificate' | 'plain' | 'index' | 'refused', string>
const NO_BUCKET = { env: { BUCKET: undefined, AWS_ENDPOINT_URL_S3: undefined, ORACLE_USER: undefined } }

beforeAll(async () => {
  cli = await openCliFixture()
  await cli.runCli(['extract', 'ledger'])
  cli.change('DELETE FROM LEDGER WHERE ENTRY_ID > 200')
  const { exitCode, result } = await cli.runCli(['extract', 'ledger'])
  expect(exitCode).toBe(0)
  const { runId } = result
  cli.change('DELETE FROM LEDGER WHERE ENTRY_ID > 100')
  const refused = await cli.runCli(['extract', 'ledger'])
  expect(refused.exitCode).toBe(5)
  keys = {
    data: `snapshots/ledger/${runId}/data.json.gz`,
    manifest: `snapshots/ledger/${runId}/manifest.json`,
    certificate: `certificates/ledger/${runId}.json`,
    plain: 'ledger.json',
    index: 'ledger.manifest.json',
    refused: `certificates/ledger/${refused.result.runId}.refused.json`,
  }
  copy = join(cli.folder, 'copy')
  await copyToDisk(cli, copy)
}, 60_000)
afterAll(() => cli[Symbol.asyncDispose]())

test('verify recomputes the current snapshot, an older one, and all there are', async () => {
  const [current, older, all] = await Promise.all([
    cli.runCli(['verify', 'ledger']),
    cli.runCli(['verify', 'ledger~1']),
    cli.runCli(['verify', '--all', '--quiet']),
  ])
  expect([current, older, all].map(({ exitCode }) => exitCode)).toEqual([0, 0, 0])
  expect(current.stdout).toMatch(/^ledger +200 rows {2}as recorded$/m)
  expect(current.stdout).toContain('  the plain file against the snapshot\n')
  expect(older.stdout).toMatch(/^ledger~1 +240 rows {2}as recorded$/m)
  expect(all.result).toMatchObject({ verified: [{ target: 'ledger', rows: 200, differences: [] }] })
  expect(all.stderr).toBe('')
})

test('a snapshot is known by the key of its manifest, data or certificate too, and a refused run by its own', async () => {
  const outcomes = await Promise.all(
    [keys.manifest, keys.certificate, keys.refused].map((key) => cli.runCli(['verify', key])),
  )
  expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0])
  expect(outcomes[2]?.stdout).toContain('every sum of the refused certificate')
})

test.each([
  ['data', flipBit],
  ['plain', flipBit],
  ['manifest', flipBit],
  ['certificate', flipBit],
  ['index', flipBit],
  ['data', () => 'not what was stored'],
  ['index', (bytes: Buffer) => bytes.subarray(0, -20)],
] as const)('a spoiled %s is found, by its name and without a stack (%#)', async (object, spoil) => {
  await using _ = await spoilObject(cli, keys[object], spoil)
  const outcome = await cli.runCli(['verify', '--all'])
  expect(outcome.exitCode).toBe(8)
  expect(outcome.stdout).toContain('DIFFERENCES FOUND')
  expect(JSON.stringify(outcome.result.verified)).toContain(keys[object])
  expect(said(outcome)).not.toMatch(STACK)
})

test.each([
  ['the rows of a snapshot', 'ledger', { 'snapshots.0.rows': 199 }],
  ['the rows of an older one', 'ledger~1', { 'snapshots.1.rows': 199 }],
  ['a set hash', 'ledger', { 'snapshots.0.setHash': '0'.repeat(32) }],
  ['a sum', 'ledger', { 'snapshots.0.sums.AMOUNT': '1' }],
  ['the totals of what is current', 'ledger', { 'current.totals.rows': 199 }],
  ['the query of what is current', 'ledger', { 'current.querySha256': 'f'.repeat(64) }],
  ['an ordinal', 'ledger', { 'ordinals.ENTRY_ID': 99 }],
] as const)('an index that tells %s otherwise than the manifest is found', async (_, target, changes) => {
  await using _spoiled = await spoilObject(cli, keys.index, (bytes) => withChanges(bytes, changes))
  const { exitCode, result } = await cli.runCli(['verify', target])
  expect(exitCode).toBe(8)
  expect(result.verified).toMatchObject([{ differences: [expect.stringContaining('the index ')] }])
})

/** A JSON text with other values at these paths. */
function withChanges(json: Buffer, changes: Readonly<Record<string, unknown>>): string {
  const file = JSON.parse(json.toString()) as Record<string, unknown>
  for (const [path, value] of Object.entries(changes)) {
    const names = path.split('.')
    const last = names.pop() ?? ''
    const place = names.reduce((object, name) => object[name] as Record<string, unknown>, file)
    expect(place).toHaveProperty(last)
    place[last] = value
  }
  return JSON.stringify(file)
}

test('a copy of the bucket is verified on a machine without access to it', async () => {
  const { exitCode, stdout, result } = await cli.runCli(['verify', join(copy, keys.manifest)], NO_BUCKET)
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/ 200 rows {2}as recorded$/m)
  expect(result.verified).toMatchObject([
    { checked: expect.arrayContaining(['every sum, comparison and verdict of the certificate']) },
  ])
})

test('manifest and data alone are enough, and their names in the folder are those in the bucket', async () => {
  const folder = join(cli.folder, 'alone')
  await mkdir(folder)
  await copyFile(join(copy, keys.manifest), join(folder, 'manifest.json'))
  await copyFile(join(copy, keys.data), join(folder, 'data.json.gz'))
  const { exitCode } = await cli.runCli(['verify', './alone/manifest.json'], NO_BUCKET)
  expect(exitCode).toBe(0)

  await writeFile(join(folder, 'data.json.gz'), flipBit(await readFile(join(folder, 'data.json.gz'))))
  const spoiled = await cli.runCli(['verify', './alone/manifest.json'], NO_BUCKET)
  expect(spoiled.exitCode).toBe(8)
  expect(spoiled.stdout).toContain('data.json.gz')
  expect(spoiled.stdout).toMatch(/manifest\.json +cannot be read {2}DIFFERENCES FOUND$/m)
  expect(spoiled.stdout).not.toContain('0 rows')
})

test('a certificate in a copy of the bucket is checked with its data', async () => {
  const { exitCode, stdout } = await cli.runCli(['verify', join(copy, keys.certificate)], NO_BUCKET)
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/ 200 rows {2}as recorded$/m)
  expect(stdout).not.toContain('Only the certificate')
})

test('a certificate alone is checked sum by sum, also that of a refused run, and what stays unchecked is said', async () => {
  const alone = join(cli.folder, 'certificate-alone.json')
  await copyFile(join(copy, keys.certificate), alone)
  const [good, refused] = await Promise.all([
    cli.runCli(['verify', alone], NO_BUCKET),
    cli.runCli(['verify', join(copy, keys.refused)], NO_BUCKET),
  ])
  expect([good.exitCode, refused.exitCode]).toEqual([0, 0])
  expect(good.stdout).toMatch(/Only the certificate was checked, against itself\. .* name manifest\.json/)
  expect(refused.stdout).not.toContain('manifest.json')

  const changed = join(cli.folder, 'changed.json')
  const text = await readFile(join(copy, keys.certificate), 'utf8')
  await writeFile(changed, text.replace('"rows": 200', '"rows": 201'))
  const outcome = await cli.runCli(['verify', changed], NO_BUCKET)
  expect(outcome.exitCode).toBe(8)
  expect(outcome.stdout).toContain('source = read: the comparison stated is not what its figures give')
})

test.each([
  ['the index of a bucket', () => join(copy, keys.index), 'it is the index of current snapshots'],
  ['rows', () => join(copy, keys.plain), 'it is JSON, but an array'],
  ['packed data', () => join(copy, keys.data), 'it looks like compressed data'],
])('%s is no manifest, and what it looks like is said', async (_, path, appearance) => {
  const outcome = await cli.runCli(['verify', path()], NO_BUCKET)
  expect(outcome.exitCode).toBe(8)
  expect(outcome.stdout).toContain(appearance)
  expect(said(outcome)).not.toMatch(STACK)
})

test.each([
  ['./nowhere/manifest.json', 'is not there'],
  ['./copy/', 'is a folder'],
  ['ledger~7', 'No snapshot ledger~7 is kept'],
  ['what is this?', 'is neither a snapshot, a key of one, nor a file here'],
])('verify %s says what it takes', async (target, message) => {
  const outcome = await cli.runCli(['verify', target])
  expect(outcome.exitCode).toBe(2)
  expect(outcome.stderr).toContain(message)
})

test('no command replaces anything because of an index that was cut short', async () => {
  await using _ = await spoilObject(cli, keys.index, (bytes) => bytes.subarray(0, bytes.length / 2))
  const before = await readObjects(cli)
  const override = ['--allow-shrink', '--allow-jump', '--reason', 'x']
  const commands = [['list'], ['show', 'ledger'], ['extract', 'ledger', ...override]]
  const outcomes = await Promise.all(commands.map((args) => cli.runCli(args)))
  expect(outcomes[0]?.stdout).toMatch(/^units +no snapshot yet[\s\S]*^ledger +cannot be read$/m)
  for (const outcome of outcomes) {
    expect(outcome.exitCode).toBe(8)
    expect(JSON.stringify(outcome.result)).toContain('FILE_INVALID')
    expect(said(outcome)).toContain('ledger.manifest.json is not the index of current snapshots')
    expect(said(outcome)).not.toMatch(STACK)
  }
  expect(await readObjects(cli)).toEqual(before)
})

test('a rollback to a snapshot whose data was changed is refused, and what is current stays', async () => {
  const index = JSON.parse(String((await readObjects(cli)).get(keys.index))) as CurrentIndex
  const older = index.snapshots[1]
  await using _ = await spoilObject(cli, older?.dataKey ?? '', flipBit)
  const before = await readObjects(cli)
  const outcome = await cli.runCli(['rollback', 'ledger', '~1', '--reason', 'x'])
  expect(outcome.exitCode).toBe(8)
  expect(outcome.stderr).toContain('cannot be restored')
  expect(await readObjects(cli)).toEqual(before)
})

test('a plain file that somebody else wrote is named by doctor, and the next extract puts it right', async () => {
  await cli.client.send(new PutObjectCommand({ Bucket: cli.bucket, Key: keys.plain, Body: '[]' }))
  const doctor = await cli.runCli(['doctor', 'ledger'])
  expect(doctor.exitCode).toBe(8)
  expect(doctor.stdout).toContain('FAIL plain files: ledger.json: not of the snapshot')
  expect(doctor.stdout).toContain('s3-cli extract ledger')
  const verified = await cli.runCli(['verify', 'ledger'])
  expect(verified.exitCode).toBe(8)
  expect(verified.stdout).toContain('\n  s3-cli extract ledger writes the plain file anew.\n')

  const args = ['extract', 'ledger', '--allow-shrink', '--allow-jump', '--reason', 'ticket 4711']
  expect((await cli.runCli(args)).exitCode).toBe(0)
  expect((await cli.runCli(['verify', 'ledger'])).exitCode).toBe(0)
})
