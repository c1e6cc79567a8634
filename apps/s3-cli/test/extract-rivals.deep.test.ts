import type { CurrentIndex } from '@findata/core'
import { expect, test } from 'vitest'
import { openCliFixture } from './cli-fixture.ts'

test('ten processes with the same extract commit one after the other or say that the lock is held', async () => {
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

/** Of an object of JSON in the picture of the bucket, below its line of headers. */
function contentOf<T>(text = ''): T {
  return JSON.parse(text.slice(text.indexOf('\n'))) as T
}
