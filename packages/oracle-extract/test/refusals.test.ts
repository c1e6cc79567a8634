import { exitCodeOf, type PipelineError } from '@findata/core'
import type { OracleFault } from '@findata/sandbox'
import { expect, test } from 'vitest'
import { createOracleExtractor, type OraclePool, probeOracle } from '../src/index.ts'
import { openTestOracle, readAll, type TestOracle } from './support/open-oracle.ts'

const signal = new AbortController().signal
const EAGER = { retry: { attempts: 3, firstDelayMs: 0 } }

async function refusalOf(pool: OraclePool): Promise<PipelineError> {
  try {
    await using _session = await pool.openSession({ signal })
  } catch (cause) {
    return cause as PipelineError
  }
  throw new Error('the session was opened')
}

interface Refusal {
  readonly oracleCode: string
  readonly arrange: (oracle: TestOracle) => void
  readonly code: string
  readonly exitCode: number
  readonly message: RegExp
}

const logon = (code: number, text: string): OracleFault => ({ kind: 'fail-logon', code, text, times: 9 })
const listener = (code: number): OracleFault => ({ kind: 'refuse', code, times: 9 })

const REFUSED_USERS: readonly Refusal[] = [
  {
    oracleCode: 'ORA-28000',
    arrange: ({ server }) => server.accounts.lock(server.user),
    code: 'ORACLE_LOGIN_REFUSED',
    exitCode: 2,
    message: /the account is locked .*Ask the DBA to unlock it/,
  },
  {
    oracleCode: 'ORA-28001',
    arrange: ({ server }) => server.accounts.expirePassword(server.user),
    code: 'ORACLE_LOGIN_REFUSED',
    exitCode: 2,
    message: /the password has expired .*set ORACLE_PASSWORD/,
  },
  {
    oracleCode: 'ORA-01045',
    arrange: ({ server }) => server.faults.arm(logon(1045, 'user FINANCE lacks CREATE SESSION privilege')),
    code: 'ORACLE_PERMISSION_REFUSED',
    exitCode: 2,
    message: /GRANT CREATE SESSION/,
  },
]

test.each(REFUSED_USERS)(
  'A2: $oracleCode is tried once and says what to do',
  async ({ oracleCode, arrange, code, exitCode, message }) => {
    await using oracle = await openTestOracle(1)
    arrange(oracle)
    await using pool = oracle.openPool(EAGER)
    const before = oracle.server.messageCount()
    const error = await refusalOf(pool)
    expect(error).toMatchObject({ name: 'TerminalError', code, details: { oracleCode } })
    expect(error.message).toMatch(message)
    expect(exitCodeOf(error)).toBe(exitCode)
    // CONNECT, protocol, types and the two of the logon.
    expect(oracle.server.messageCount() - before).toBe(5)
    expect(oracle.server.sessions()).toEqual([])
  },
)

const REFUSED_FOR_NOW: readonly (Pick<Refusal, 'oracleCode' | 'message'> & {
  readonly fault: OracleFault
})[] = [
  { oracleCode: 'ORA-12516', fault: listener(12516), message: /the listener refuses new sessions .*or full/ },
  { oracleCode: 'ORA-12519', fault: listener(12519), message: /the listener refuses new sessions .*or full/ },
  { oracleCode: 'ORA-12520', fault: listener(12520), message: /the listener refuses new sessions .*or full/ },
  { oracleCode: 'ORA-12526', fault: listener(12526), message: /refuses new sessions .*restricted/ },
  { oracleCode: 'NJS-518', fault: listener(12514), message: /does not know the service .*Check the service/ },
  { oracleCode: 'NJS-519', fault: listener(12505), message: /does not know the service .*Check the service/ },
  {
    oracleCode: 'ORA-00018',
    fault: logon(18, 'maximum number of sessions exceeded'),
    message: /no free session .*smaller pool/,
  },
  {
    oracleCode: 'ORA-00020',
    fault: logon(20, 'maximum number of processes (300) exceeded'),
    message: /no free session .*smaller pool/,
  },
  {
    oracleCode: 'ORA-01034',
    fault: logon(1034, 'ORACLE not available'),
    message: /the database is not open .*try again later/,
  },
]

test.each(REFUSED_FOR_NOW)(
  'A11: $oracleCode is tried again as often as asked for, and then says what to do',
  async ({ oracleCode, fault, message }) => {
    await using oracle = await openTestOracle(1)
    oracle.server.faults.arm(fault)
    await using pool = oracle.openPool(EAGER)
    const error = await refusalOf(pool)
    expect(error).toMatchObject({
      name: 'TransientError',
      code: 'ORACLE_UNREACHABLE',
      details: { attempts: 3 },
    })
    expect(error.message).toMatch(message)
    expect(error.message).toContain(oracleCode)
    expect(exitCodeOf(error)).toBe(3)
    expect(oracle.server.faults.list()).toMatchObject([{ struck: 3 }])
    oracle.server.faults.clear()
    expect(await readAll(pool, oracle.things)).toEqual(oracle.expected)
  },
)

test('A2: however often a run is retried, a wrong password never locks an account by itself', async () => {
  await using oracle = await openTestOracle(1, { lockAfterFailures: 2 })
  await using wrong = oracle.openPool({ password: 'wrong', retry: { attempts: 9, firstDelayMs: 0 } })
  expect(await refusalOf(wrong)).toMatchObject({ details: { oracleCode: 'ORA-01017' } })
  await using right = oracle.openPool()
  expect(await readAll(right, oracle.things)).toEqual(oracle.expected)
})

test('more sessions than a profile allows are refused by ORA-02391, and the pool goes on with those it has', async () => {
  await using oracle = await openTestOracle(9, { sessionsPerUser: 2 })
  await using pool = oracle.openPool(EAGER)
  await using first = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [oracle.things] })
  const second = await pool.openSession({ signal })
  const error = await refusalOf(pool)
  expect(error).toMatchObject({
    name: 'TransientError',
    code: 'ORACLE_UNREACHABLE',
    details: { oracleCode: 'ORA-02391' },
    message: expect.stringMatching(/no free session .*smaller pool, or ask the DBA for a higher limit/),
  })
  expect(exitCodeOf(error)).toBe(3)
  await second[Symbol.asyncDispose]()
  await using _third = await pool.openSession({ signal })
  expect((await first.totals(oracle.things, { signal })).totals.rows).toBe(9)
  expect(oracle.server.failedLogons()).toEqual({})
})

test('a password that expires soon lets in, and the doctor says when it ends', async () => {
  await using oracle = await openTestOracle(9)
  oracle.server.accounts.expirePassword(oracle.server.user, 7)
  await using pool = oracle.openPool()
  expect(await readAll(pool, oracle.things)).toEqual(oracle.expected)
  const checks = await probeOracle(pool, [], { signal })
  expect(checks.map(({ detail }) => detail).join('\n')).toContain(
    'ORA-28002: the password will expire within 7 days',
  )
})
