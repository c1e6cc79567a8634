import { PipelineError } from '@findata/core'
import { EVERY_ORACLE_FAULT, type OracleFault } from '@findata/sandbox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ConversationOracle, openConversationOracle } from './support/whole-conversation.ts'

/** Beside the half of an answer: in the header of its packet, in its first value, and without its last byte. */
const CUTS: readonly OracleFault[] = [1, 9, 12, -1].map((afterBytes) => ({
  kind: 'cut-mid-answer',
  afterBytes,
}))

/** Those whose call ends by its deadline; after any other, a deadline that passes is a hang. */
const SILENT = ['never-answer', 'ignore-break']

let oracle: ConversationOracle
/** What the server receives from connect to logoff. */
let messages: number
beforeAll(async () => {
  oracle = await openConversationOracle()
  await using pool = oracle.openPool()
  expect(await oracle.converse(pool, 10_000)).toEqual(oracle.expectedConversation)
  messages = oracle.server.messageCount()
})
afterAll(async () => {
  await oracle[Symbol.asyncDispose]()
})

test.each([...EVERY_ORACLE_FAULT, ...CUTS])(
  'A10: the fault %o at any message leaves all rows or a clear error, and a pool that can be used',
  async (fault) => {
    let struck = 0
    for (let message = 1; message <= messages; message++)
      struck += await strike({ ...fault, fromMessage: message })
    expect(struck).toBeGreaterThan(0)
  },
  60_000,
)

async function strike(fault: OracleFault): Promise<number> {
  const { faults } = oracle.server
  const isSilent = SILENT.includes(fault.kind)
  await using pool = oracle.openPool({ graceMs: 50, connectTimeoutMs: isSilent ? 500 : 10_000 })
  faults.arm(fault)
  // A break is only sent to a call that hangs.
  if (fault.kind === 'ignore-break') faults.arm({ kind: 'never-answer', fromMessage: fault.fromMessage ?? 0 })
  const outcome = await oracle.converse(pool, isSilent ? 150 : 10_000)
  const struck = faults.list()[0]?.struck ?? 0
  faults.clear()

  const where = `${fault.kind} at message ${fault.fromMessage}`
  if (outcome instanceof Error) {
    expect(outcome, where).toBeInstanceOf(PipelineError)
    expect(outcome.message, where).toMatch(/ failed: .+\. .+\./s)
    if (!isSilent) expect(outcome.message, where).not.toMatch(/did not answer|no answer/)
  } else {
    expect(outcome, where).toEqual(oracle.expectedConversation)
  }
  await using session = await pool.openSession({ signal: new AbortController().signal })
  expect(session.isLost, where).toBe(false)
  await expect.poll(() => oracle.server.sessions(), { message: where, interval: 5 }).toHaveLength(1)
  expect(oracle.server.defects(), where).toEqual([])
  return struck
}
