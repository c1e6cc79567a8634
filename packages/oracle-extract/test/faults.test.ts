import { PipelineError } from '@findata/core'
import { EVERY_ORACLE_FAULT, type OracleFault } from '@findata/sandbox'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createOracleExtractor } from '../src/index.ts'
import { openTestOracle, type TestOracle } from './support/open-oracle.ts'

const ROWS = 11
/** What the server receives from connect to logoff for one snapshot with totals and rows. */
const MESSAGES = 17

let oracle: TestOracle
beforeAll(async () => {
  oracle = await openTestOracle(ROWS)
})
afterAll(async () => {
  await oracle[Symbol.asyncDispose]()
})

test('a run without a fault has the messages that the matrix goes through', async () => {
  const before = oracle.server.messageCount()
  expect(await run(10_000)).toEqual({ rows: oracle.expected, counted: ROWS })
  expect(oracle.server.messageCount() - before).toBe(MESSAGES)
})

test.each(EVERY_ORACLE_FAULT)(
  'A10: the fault %o at any message leaves all rows or a clear error, and no open connection',
  async (fault) => {
    let struck = 0
    for (let message = 1; message <= MESSAGES; message++)
      struck += await strike({ ...fault, fromMessage: message })
    expect(struck).toBeGreaterThan(0)
  },
)

async function strike(fault: OracleFault): Promise<number> {
  const { faults } = oracle.server
  faults.arm(fault)
  // A break is only sent to a call that hangs.
  if (fault.kind === 'ignore-break') faults.arm({ kind: 'never-answer', fromMessage: fault.fromMessage ?? 0 })
  const outcome = await run(200)
  const struck = faults.list()[0]?.struck ?? 0
  faults.clear()

  const where = `${fault.kind} at message ${fault.fromMessage}`
  if (outcome instanceof Error) {
    expect(outcome, where).toBeInstanceOf(PipelineError)
    expect(outcome.message, where).toMatch(/ failed: .+\. .+\./s)
  } else {
    expect(outcome, where).toEqual({ rows: oracle.expected, counted: ROWS })
  }
  await vi.waitFor(() => expect(oracle.server.sessions(), where).toEqual([]))
  expect(oracle.server.defects(), where).toEqual([])
  return struck
}

async function run(timeoutMs: number) {
  const { signal } = new AbortController()
  const things = { ...oracle.things, statementTimeoutMs: timeoutMs }
  await using pool = oracle.openPool({ graceMs: 50, connectTimeoutMs: timeoutMs })
  try {
    await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
    const {
      totals: { rows: counted },
    } = await snapshot.totals(things, { signal })
    const rows = (await Array.fromAsync(snapshot.extract(things, { batchSize: 4, signal }))).flat()
    return { rows: rows.sort(([a], [b]) => Number(a) - Number(b)), counted }
  } catch (cause) {
    if (cause instanceof Error) return cause
    throw cause
  }
}
