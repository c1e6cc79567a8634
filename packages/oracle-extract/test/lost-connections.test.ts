import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { OracleFault } from '@findata/sandbox'
import { expect, test } from 'vitest'
import { openTestOracle, USER } from './support/open-oracle.ts'

const LOSER = fileURLToPath(new URL('support/lose-connections.ts', import.meta.url))

const FAULTS: readonly OracleFault[] = [
  { kind: 'cut-after-rows', rows: 2, times: 99 },
  { kind: 'never-answer', fromMessage: 3, times: 99 },
  { kind: 'never-answer', statement: 'THINGS', times: 99 },
  { kind: 'cut-after-answer', statement: 'THINGS', times: 99 },
  { kind: 'error-on-call', statement: 'THINGS', code: 28, text: 'your session has been killed', times: 99 },
]

test.each(FAULTS)(
  'A10: connections lost by %o never end the process when they are collected',
  async (fault) => {
    await using oracle = await openTestOracle(9)
    oracle.server.faults.arm(fault)
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--conditions=@findata/source',
      LOSER,
      oracle.server.connectString,
      USER,
      oracle.server.password,
    ])
    // Which error it is depends on how fast the machine is; that it is one of ours does not.
    expect(JSON.parse(stdout)).toEqual(Array.from({ length: 5 }, () => expect.stringMatching(/^ORACLE_/)))
  },
)
