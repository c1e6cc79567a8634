import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliFixture, openCliFixture } from './cli-fixture.ts'
import { differencesOf, openBucketLike } from './crash-points.ts'
import { LEDGER_DAY_TWO } from './ledger.ts'

let cli: CliFixture
let before: Readonly<Record<string, string>>
beforeAll(async () => {
  // Large enough for uploads of several parts.
  cli = await openCliFixture({ rows: 1_000, textLength: 14_000 })
  expect((await cli.runCli(['extract', 'ledger'])).exitCode).toBe(0)
  before = await cli.bucketState()
  cli.change(...LEDGER_DAY_TWO)
})
afterAll(async () => {
  await cli[Symbol.asyncDispose]()
})

test.each([
  ['SIGINT', 130, 'UploadPart', 'data\\.json\\.gz$'],
  ['SIGTERM', 143, 'UploadPart', 'data\\.json\\.gz$'],
  ['SIGTERM', 143, 'CompleteMultipartUpload', 'data\\.json\\.gz$'],
  ['SIGTERM', 143, 'UploadPart', '^ledger\\.json$'],
] as const)(
  'A10: %s exits %i at %s of %s: the upload is aborted, the lock given back, the connection closed, nothing replaced',
  async (name, exitCode, operation, key) => {
    const bucket = await openBucketLike(cli)
    const fault = cli.s3.faults.arm({
      effect: { kind: 'hold', at: 'before' },
      bucket,
      operations: [operation],
      key,
    })
    const running = cli.startCli(['extract', 'ledger'], { env: { BUCKET: bucket } })
    await fault.arrived()
    const { Uploads } = await cli.client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
    expect(Uploads?.length).toBeGreaterThan(0)
    running.process.kill(name)
    const outcome = await running.outcome
    fault.disarm()

    expect(outcome).toMatchObject({ exitCode, result: { exitCode, status: 'failed' } })
    expect(cli.oracle.sessions()).toEqual([])
    const state = await cli.bucketState(bucket)
    expect(state['locks/ledger.json']).toContain('"state": "free"')
    // Data that was whole stays for the sweep of the next run; all else is as it was.
    const isWhole = key === '^ledger\\.json$'
    expect(
      differencesOf(before, { ...state, 'locks/ledger.json': before['locks/ledger.json'] ?? '' }),
    ).toEqual(isWhole ? ['snapshots/ledger/<run 2>/data.json.gz is left over'] : [])
    const again = await cli.runCli(['extract', 'ledger'], { env: { BUCKET: bucket } })
    expect(again.exitCode).toBe(0)
  },
)
