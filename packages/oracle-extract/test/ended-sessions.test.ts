import { exitCodeOf, type PipelineError, type RowBatch } from '@findata/core'
import type { OracleFault } from '@findata/sandbox'
import { expect, test } from 'vitest'
import { createOracleExtractor } from '../src/index.ts'
import { openTestOracle, readAll, type TestOracle } from './support/open-oracle.ts'

const signal = new AbortController().signal

interface Ending {
  readonly name: string
  readonly strike: (oracle: TestOracle) => void
  readonly codes: readonly string[]
  readonly message: RegExp
}

const answered = (code: number, text: string): OracleFault => ({ kind: 'error-on-call', code, text })

/** What can become of a session between two calls or in one. */
const ENDINGS: readonly Ending[] = [
  {
    name: 'idle for too long',
    strike: ({ server }) => server.endSessions('idle'),
    codes: ['NJS-500', 'ORA-02396'],
    message: /idle for longer than its profile allows .*IDLE_TIME/,
  },
  {
    name: 'killed by the DBA',
    strike: ({ server }) => server.endSessions('killed'),
    codes: ['NJS-500', 'ORA-00028'],
    message: /somebody killed the session .*Ask the DBA who killed it/,
  },
  {
    name: 'told that it is not logged on',
    strike: ({ server }) => server.faults.arm(answered(1012, 'not logged on')),
    codes: ['NJS-500', 'ORA-01012'],
    message: /the connection broke .*Try again/,
  },
  {
    name: 'told that the end of file has come',
    strike: ({ server }) => server.faults.arm(answered(3113, 'end-of-file on communication channel')),
    codes: ['NJS-500', 'ORA-03113'],
    message: /the connection broke .*Try again/,
  },
  {
    name: 'dropped',
    strike: ({ server }) => server.dropConnections(),
    codes: ['NJS-500'],
    message: /the connection broke .*Try again/,
  },
  {
    name: 'dropped in the middle of a call',
    strike: ({ server }) => server.faults.arm({ kind: 'cut-mid-answer' }),
    codes: ['NJS-500'],
    message: /the connection broke .*Try again/,
  },
]

test.each(ENDINGS)(
  'A10: a snapshot whose session is $name between two fetches has no result, and the next one has all rows',
  async ({ strike, codes, message }) => {
    await using oracle = await openTestOracle(40)
    await using pool = oracle.openPool()
    const read: RowBatch[] = []
    const extractor = createOracleExtractor(pool)
    const attempt = async () => {
      await using snapshot = await extractor.openSnapshot({ signal, recordTypes: [oracle.things] })
      for await (const rows of snapshot.extract(oracle.things, { batchSize: 4, signal })) {
        read.push(rows)
        if (read.length === 3) strike(oracle)
      }
    }
    const error = await attempt().then(
      () => undefined,
      (cause: unknown) => cause as PipelineError,
    )
    expect(read).toHaveLength(3)
    expect(error).toMatchObject({ name: 'TransientError', code: 'ORACLE_CONNECTION_LOST' })
    expect(error?.message).toMatch(message)
    for (const code of codes) expect(error?.message).toContain(code)
    expect(exitCodeOf(error)).toBe(3)

    expect(await readAll(pool, oracle.things)).toEqual(oracle.expected)
    expect(oracle.server.failedLogons()).toEqual({})
    await expect.poll(() => oracle.server.sessions()).toEqual([])
  },
)

test('a session that is killed while Oracle works for it fails that call at once', async () => {
  await using oracle = await openTestOracle(9)
  await using pool = oracle.openPool()
  oracle.server.faults.arm({ kind: 'never-answer', statement: 'THINGS' })
  const rows = readAll(pool, oracle.things)
  rows.catch(() => {})
  await expect.poll(() => oracle.server.faults.list()[0]?.struck).toBe(1)
  oracle.server.endSessions('killed')
  await expect(rows).rejects.toMatchObject({
    code: 'ORACLE_CONNECTION_LOST',
    message: expect.stringContaining('ORA-00028'),
  })
  expect(await readAll(pool, oracle.things)).toEqual(oracle.expected)
})
