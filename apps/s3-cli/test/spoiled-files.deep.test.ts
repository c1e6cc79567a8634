import { CopyObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliFixture, openCliFixture } from './cli-fixture.ts'
import { STACK, said } from './finance-cli.ts'
import { flipBit, readObjects, spoilObject } from './stored-copy.ts'

const SPOILS: Readonly<Record<string, (bytes: Buffer) => string | Uint8Array>> = {
  empty: () => '',
  'cut short': (bytes) => bytes.subarray(0, Math.floor(bytes.length * 0.6)),
  'one bit flipped': flipBit,
  'JSON of something else': () => '{"kind":"invoice","version":1,"rows":[1,2,3]}',
  'an array': () => '[{"A":1}]',
  'a page of an error': () => '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
  'bytes of nothing': () => Buffer.from(Array.from({ length: 600 }, (_, i) => (i * 151) % 256)),
}

const OBJECTS = ['index', 'manifest', 'certificate', 'data', 'plain', 'lock'] as const
const READING = [
  ['verify', '--all'],
  ['verify', 'ledger'],
  ['list'],
  ['list', 'ledger'],
  ['show', 'ledger', '--rows', '2'],
  ['diff', 'ledger'],
  ['doctor', 'ledger'],
]
const ALLOWED_EXIT_CODES = [0, 2, 8]
const MAY_REPLACE = [
  ['rollback', 'ledger', '~0', '--reason', 'test'],
  ['extract', 'ledger'],
]

let cli: CliFixture
let keys: Record<(typeof OBJECTS)[number], string>
let snapshotKeys: readonly string[]
let tried = 0
beforeAll(async () => {
  cli = await openCliFixture({ rows: 60 })
  await cli.runCli(['extract', 'ledger'])
  const { result } = await cli.runCli(['extract', 'ledger'])
  keys = {
    index: 'ledger.manifest.json',
    manifest: `snapshots/ledger/${result.runId}/manifest.json`,
    certificate: `certificates/ledger/${result.runId}.json`,
    data: `snapshots/ledger/${result.runId}/data.json.gz`,
    plain: 'ledger.json',
    lock: 'locks/ledger.json',
  }
  snapshotKeys = [...(await readObjects(cli)).keys(), keys.lock]
})
afterAll(async () => {
  await cli[Symbol.asyncDispose]()
  console.log(`${tried} commands met a spoiled file`)
})

/** A copy of the two snapshots for one test. */
async function copyTo(prefix: string): Promise<void> {
  const { bucket: Bucket, client } = cli
  for (const key of snapshotKeys) {
    await client.send(new CopyObjectCommand({ Bucket, Key: prefix + key, CopySource: `${Bucket}/${key}` }))
  }
}

const cases = OBJECTS.flatMap((object) => Object.keys(SPOILS).map((how) => [object, how] as const))

test.each(cases)('a spoiled %s, %s, misleads no command', async (object, how) => {
  const prefix = `${object}/${how.replaceAll(' ', '-')}/`
  const options = { env: { BUCKET_PREFIX: prefix } }
  await copyTo(prefix)
  await spoilObject(cli, prefix + keys[object], SPOILS[how] as (typeof SPOILS)[string])
  const before = await readObjects(cli, prefix)
  const run = async (args: readonly string[]) => {
    const outcome = await cli.runCli(args, options)
    tried++
    expect(said(outcome), args.join(' ')).not.toMatch(STACK)
    expect(ALLOWED_EXIT_CODES, said(outcome)).toContain(outcome.exitCode)
    expect(outcome.result.exitCode).toBe(outcome.exitCode)
    return outcome
  }

  const [verified] = await Promise.all(READING.map(run))
  // A lock says nothing about what is stored.
  expect(verified?.exitCode).toBe(object === 'lock' ? 0 : 8)
  expect(await readObjects(cli, prefix)).toEqual(before)

  for (const args of MAY_REPLACE) {
    const { exitCode } = await run(args)
    if (exitCode === 0) expect((await run(['verify', '--all'])).exitCode).toBe(0)
    else expect(await readObjects(cli, prefix)).toEqual(before)
  }
})
