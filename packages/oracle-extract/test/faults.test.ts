import { PipelineError } from '@findata/core'
import { EVERY_ORACLE_FAULT, type OracleFault } from '@findata/sandbox'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createOracleExtractor } from '../src/index.ts'
import { openTestOracle, type TestOracle } from './support/open-oracle.ts'

const ROWS = 11

/** Connect to the last logoff of one snapshot with totals and rows, counted in messages that the server receives. */
const MESSAGES = 20

const CASES = EVERY_ORACLE_FAULT.flatMap((fault) =>
  Array.from({ length: MESSAGES }, (_, index) => ({ ...fault, fromMessage: index + 1 })),
)

let oracle: TestOracle
beforeAll(async () => {
  oracle = await openTestOracle(ROWS)
})
afterAll(async () => {
  await oracle[Symbol.asyncDispose]()
})

describe.each(EVERY_ORACLE_FAULT)('the fault %o', ({ kind, ...parameters }) => {
  test('at any message gives all rows or a clear error, never fewer rows, and no open connection', async () => {
    for (const fault of CASES.filter((one) => one.kind === kind && isSame(one, parameters)))
      await tryFault(fault)
  })
})

test('without a fault a run has the messages that the matrix counts on', async () => {
  const before = oracle.server.messageCount()
  expect(await run()).toMatchObject({ rows: oracle.expected })
  expect(oracle.server.messageCount() - before).toBeLessThanOrEqual(MESSAGES)
  expect(oracle.server.messageCount() - before).toBeGreaterThan(MESSAGES / 2)
})

async function tryFault(fault: OracleFault): Promise<void> {
  oracle.server.faults.clear()
  oracle.server.faults.arm(fault)
  if (fault.kind === 'ignore-break')
    oracle.server.faults.arm({ kind: 'never-answer', fromMessage: fault.fromMessage ?? 1 })
  const outcome = await run()
  oracle.server.faults.clear()
  const where = `${fault.kind} at message ${fault.fromMessage}`
  if (outcome instanceof Error) {
    expect(outcome, where).toBeInstanceOf(PipelineError)
    expect(outcome.message, where).toMatch(/ failed: .+\. .+\./s)
  } else {
    expect(outcome.rows, where).toEqual(oracle.expected)
    expect(outcome.counted, where).toBe(ROWS)
  }
  await vi.waitFor(() => expect(oracle.server.sessions(), where).toEqual([]))
  expect(oracle.server.defects(), where).toEqual([])
}

async function run(): Promise<{ rows: readonly (readonly (string | null)[])[]; counted: number } | Error> {
  const { signal } = new AbortController()
  await using pool = oracle.openPool({ graceMs: 50, connectTimeoutMs: 300 })
  try {
    await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal })
    const things = { ...oracle.things, statementTimeoutMs: 300 }
    const { rows: counted } = await snapshot.totals(things, { signal })
    const rows = (await Array.fromAsync(snapshot.extract(things, { batchSize: 4, signal }))).flat()
    return { rows: rows.sort(([a], [b]) => Number(a) - Number(b)), counted }
  } catch (cause) {
    if (cause instanceof Error) return cause
    throw cause
  }
}

function isSame(fault: OracleFault, parameters: object): boolean {
  return Object.entries(parameters).every(([name, value]) =>
    Object.entries(fault).some(([n, v]) => n === name && v === value),
  )
}
