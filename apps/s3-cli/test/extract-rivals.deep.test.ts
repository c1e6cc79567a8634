import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import type { CurrentIndex } from '@findata/core'
import { expect, test } from 'vitest'
import { openCliFixture } from './cli-fixture.ts'

test.concurrent('ten processes with the same extract commit one after the other or say that the lock is held', async () => {
  await using cli = await openCliFixture()
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => cli.runCli(['extract', 'ledger'])))
  const done = outcomes.filter(({ exitCode }) => exitCode === 0)
  expect(done.length).toBeGreaterThan(0)
  for (const { exitCode, result } of outcomes) {
    if (exitCode === 0) continue
    expect(exitCode).toBe(7)
    expect(result.recordTypes).toMatchObject([{ error: { code: 'LOCK_HELD' } }])
  }

  const state = await cli.bucketState()
  const { snapshots, current } = contentOf<CurrentIndex>(state['ledger.manifest.json'])
  expect(snapshots).toHaveLength(done.length)
  expect(current.runId).toBe(snapshots[0]?.runId)
  expect(Object.keys(state)).toHaveLength(3 + 3 * done.length)
  expect(contentOf<{ fence: number; state: string }>(state['locks/ledger.json']).state).toBe('free')
  expect(state['ledger.json']?.split('\n').slice(1)).toEqual(
    state[`snapshots/ledger/${current.runId}/data.json.gz`]?.split('\n').slice(1),
  )
})

test.concurrent('a run that was killed on another machine is finished here when its lock has expired', async () => {
  await using cli = await openCliFixture()
  const fault = cli.s3.faults.arm({
    effect: { kind: 'hold', at: 'before' },
    operations: ['PutObject'],
    key: '^ledger\\.manifest\\.json$',
  })
  const killed = cli.startCli(['extract', 'ledger'])
  await fault.arrived()
  killed.process.kill('SIGKILL')
  await killed.outcome
  const place = { Bucket: cli.bucket, Key: 'locks/ledger.json' }
  const found = await cli.client.send(new GetObjectCommand(place))
  const lock = JSON.parse((await found.Body?.transformToString()) ?? '') as { holder: object }
  const elsewhere = { ...lock, holder: { ...lock.holder, machine: 'another' } }
  await cli.client.send(new PutObjectCommand({ ...place, Body: JSON.stringify(elsewhere) }))

  const again = await cli.runCli(['extract', 'ledger'])
  expect(again.exitCode).toBe(0)
  expect(again.stderr).toMatch(/holds locks\/ledger\.json and may be dead: waiting/)
  expect(cli.oracle.sessions()).toEqual([])
})

/** Of an object of JSON in the picture of the bucket, below its line of headers. */
function contentOf<T>(text = ''): T {
  return JSON.parse(text.slice(text.indexOf('\n'))) as T
}
