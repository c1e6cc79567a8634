import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PipelineError } from '@findata/core'
import { createCertificateAuthority, type OracleFault } from '@findata/sandbox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OraclePool, openOraclePool } from '../src/index.ts'
import { IMPATIENT } from './support/open-oracle.ts'
import { type ConversationOracle, openConversationOracle } from './support/whole-conversation.ts'

/** Longer than any cut takes to be noticed on a busy machine: whoever waits for it hangs. */
const TIMEOUT_MS = 60_000
/** Bytes of an answer after which it is cut, from its start and from its end. */
const POSITIONS = [
  ...Array.from({ length: 20 }, (_, index) => index + 1),
  ...[30, 45, 64, 100, 160, 250, 400, 502, 512, 522, 640, 1_000, 1_600, 2_500, 4_000, 8_192, 10_000],
  ...Array.from({ length: 10 }, (_, index) => -(index + 1)),
]
/** Prime, so that cuts fall anywhere in values. */
const STRIDE = 97

const CUTS: readonly OracleFault[] = [
  { kind: 'cut-before' },
  { kind: 'cut-after' },
  { kind: 'cut-after-answer' },
  ...POSITIONS.map((afterBytes) => ({ kind: 'cut-mid-answer', afterBytes }) as const),
]

const authority = createCertificateAuthority()
const client = authority.issue({ commonName: 'findata' })
const { certificate, key } = authority.issue({ commonName: 'db', hosts: ['127.0.0.1'] })

describe.each([
  { wire: 'in packets of the usual size', options: {}, parameter: '' },
  {
    wire: 'in small packets',
    options: { rowCompression: false, marksErrors: true, hasGrants: false },
    parameter: '?sdu=512',
  },
  { wire: 'over TLS', options: { tls: { certificate, key } }, parameter: '' },
])('a whole conversation $wire', ({ options, parameter }) => {
  let oracle: ConversationOracle
  let wallet: AsyncDisposable & { readonly path: string }
  /** Of one conversation. */
  let messages: number
  let bytes: number

  beforeAll(async () => {
    oracle = await openConversationOracle(options)
    wallet = await mkdtempDisposable(join(tmpdir(), 'findata-wallet-'))
    await writeFile(join(wallet.path, 'ewallet.pem'), client.key + client.certificate + authority.certificate)
    await using pool = openPool()
    expect(await oracle.converse(pool, TIMEOUT_MS)).toEqual(oracle.expectedConversation)
    messages = oracle.server.messageCount()
    bytes = oracle.server.bytesSent()
  })
  afterAll(async () => {
    expect(oracle.server.defects()).toEqual([])
    await oracle[Symbol.asyncDispose]()
    await wallet[Symbol.asyncDispose]()
  })

  function openPool(): OraclePool {
    const { user, password, connectString } = oracle.server
    const settings = {
      user,
      password: () => password,
      connectString: `${connectString}${parameter}`,
      walletLocation: wallet.path,
    }
    return openOraclePool(settings, { ...IMPATIENT, poolSize: 1, connectTimeoutMs: TIMEOUT_MS })
  }

  /** Answers whether the cut kept the conversation from its result. */
  async function cut(pool: OraclePool, fault: OracleFault): Promise<boolean> {
    const where = JSON.stringify(fault)
    const armed = oracle.server.faults.arm(fault)
    const outcome = await oracle.converse(pool, TIMEOUT_MS)
    oracle.server.faults.clear()
    if (outcome instanceof Error) {
      expect(armed.struck, where).toBe(1)
      expect(outcome, where).toBeInstanceOf(PipelineError)
      expect(outcome, where).toMatchObject({
        name: 'TransientError',
        code: expect.stringMatching(/^ORACLE_(CONNECTION_LOST|UNREACHABLE)$/),
        message: expect.not.stringMatching(/did not answer|no answer/),
      })
    } else {
      expect(outcome, where).toEqual(oracle.expectedConversation)
    }
    return outcome instanceof Error
  }

  async function expectUsable(pool: OraclePool): Promise<void> {
    expect(await oracle.converse(pool, TIMEOUT_MS)).toEqual(oracle.expectedConversation)
    await expect.poll(() => oracle.server.sessions(), { interval: 5 }).toEqual([])
  }

  test('A10: is complete or an error, whichever message is cut before, after or in its answer', async () => {
    await using pool = openPool()
    let failures = 0
    for (let message = 1; message <= messages; message++) {
      for (const fault of CUTS) {
        if (await cut(pool, { ...fault, fromMessage: message })) failures++
      }
      await expectUsable(pool)
    }
    // The connection is made again after a cut, and the logoff needs no answer; every other message has at least three cuts.
    expect(failures).toBeGreaterThan(3 * (messages - 7))
  })

  test('A10: is complete or an error, wherever in all the bytes it is cut', async () => {
    await using pool = openPool()
    let failures = 0
    for (let allowed = 1; allowed < bytes; allowed += STRIDE) {
      if (await cut(pool, { kind: 'cut-after-bytes', bytes: allowed })) failures++
    }
    await expectUsable(pool)
    expect(failures).toBeGreaterThan(bytes / STRIDE / 2)
  })
})
