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
const isSilent = ({ kind }: OracleFault) => kind === 'never-answer' || kind === 'ignore-break'

let shared: ConversationOracle
/** What the server receives from connect to logoff. */
let messages: readonly number[]
beforeAll(async () => {
  shared = await openConversationOracle({ marksErrors: true })
  await using pool = shared.openPool()
  expect(await shared.converse(pool, 10_000)).toEqual(shared.expectedConversation)
  messages = Array.from({ length: shared.server.messageCount() }, (_, index) => index + 1)
})
afterAll(async () => {
  await shared[Symbol.asyncDispose]()
})

test.each([...EVERY_ORACLE_FAULT, ...CUTS].filter((fault) => !isSilent(fault)))(
  'A10: the fault %o at any message leaves all rows or a clear error, and a pool that can be used',
  async (fault) => {
    let struck = 0
    for (const fromMessage of messages) struck += await strike(shared, { ...fault, fromMessage })
    expect(struck).toBeGreaterThan(0)
  },
)

test.each(EVERY_ORACLE_FAULT.filter(isSilent))(
  'A10: the fault %o at any message ends by a deadline, and leaves a pool that can be used',
  async (fault) => {
    // At the same time, since each waits.
    const struck = await Promise.all(
      messages.map(async (fromMessage) => {
        await using oracle = await openConversationOracle()
        return await strike(oracle, { ...fault, fromMessage })
      }),
    )
    expect(struck).toContain(1)
  },
)

async function strike(
  { server, openPool, converse, expectedConversation }: ConversationOracle,
  fault: OracleFault,
): Promise<number> {
  const timeoutMs = isSilent(fault) ? 400 : 10_000
  await using pool = openPool({
    graceMs: 50,
    connectTimeoutMs: timeoutMs,
    retry: { attempts: 5, firstDelayMs: 0 },
  })
  server.faults.arm(fault)
  // A break is only sent to a call that hangs.
  if (fault.kind === 'ignore-break')
    server.faults.arm({ kind: 'never-answer', fromMessage: fault.fromMessage ?? 0 })
  const outcome = await converse(pool, timeoutMs)
  const struck = server.faults.list()[0]?.struck ?? 0
  server.faults.clear()

  const where = `${fault.kind} at message ${fault.fromMessage}`
  if (outcome instanceof Error) {
    expect(outcome, where).toBeInstanceOf(PipelineError)
    expect(outcome.message, where).toMatch(/ failed: .+\. .+\./s)
    if (!isSilent(fault)) expect(outcome.message, where).not.toMatch(/did not answer|no answer/)
  } else {
    // Whether there are links may not be told; the label then says less.
    const mayTellLess = isSilent(fault) || fault.kind === 'error-on-call'
    const label = mayTellLess ? expect.stringMatching(/^scn/) : expectedConversation.label
    expect(outcome, where).toEqual({ ...expectedConversation, label })
  }
  await using session = await pool.openSession({ signal: new AbortController().signal })
  expect(session.isLost, where).toBe(false)
  await expect.poll(() => server.sessions(), { message: where, interval: 5 }).toHaveLength(1)
  expect(server.defects(), where).toEqual([])
  return struck
}
