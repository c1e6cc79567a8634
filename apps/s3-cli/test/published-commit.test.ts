import { S3_FAULT_EFFECTS } from '@findata/sandbox'
import { expect, test } from 'vitest'
import { extractInProcess } from './extract-in-process.ts'
import { BOOKS, openPublishFixture } from './publish-fixture.ts'

test('a snapshot whose run failed at the plain file says what it is, can be published, and stays when the next run reads the same rows', async () => {
  await using fixture = await openPublishFixture()
  await using scene = await fixture.openScene()
  const { cli } = fixture
  const { bucket } = scene
  const current = async () => (await scene.run(['list', 'ledger', '--json'])).result.current as string

  const before = await current()
  cli.s3.faults.arm({
    effect: S3_FAULT_EFFECTS['internal-error'],
    bucket,
    method: 'PUT',
    key: '^ledger\\.json$',
    times: 'always',
  })
  const failed = await extractInProcess(cli, { bucket, attempts: 1 })
  cli.s3.faults.clear()

  const committed = await current()
  expect(committed).not.toBe(before)
  expect(failed).toMatchObject({
    exitCode: 4,
    result: { recordTypes: [{ committedRunId: committed, error: { code: 'STORE_BUSY' } }] },
  })
  const told = failed.printed.replaceAll(/\s+/g, ' ')
  expect(told).toContain('ledger: FAILED (exit 4) Could not write ledger.json')
  expect(told).toContain(
    `Snapshot ledger@${committed} is committed, balanced and current all the same; only the plain file ledger.json is still what it was before this run. Run the same command again, or wait for the next extract: it puts ledger.json in place.`,
  )
  expect(failed.printed.split('\n').filter((line) => line.length > 80)).toEqual([])

  const published = await scene.run(['publish', 'ledger', BOOKS, '--quiet'])
  expect(published.result).toMatchObject({ publications: [{ snapshotRunId: committed }] })
  const [{ certificate }] = published.result.publications as [{ certificate: string }]

  const again = await extractInProcess(cli, { bucket, attempts: 1 })
  expect(again).toMatchObject({
    exitCode: 0,
    result: { recordTypes: [{ isChanged: false, previousRunId: committed }] },
  })
  expect((await scene.run(['show', `ledger@${committed}`, '--quiet'])).exitCode).toBe(0)
  const verified = await scene.run(['verify', certificate])
  expect(verified).toMatchObject({
    exitCode: 0,
    result: { verified: [{ rows: expect.any(Number), differences: [] }] },
  })
}, 60_000)
