import { S3_FAULT_EFFECTS } from '@findata/sandbox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FaultScene, openFaultScene } from './fault-points.ts'

// The deep tests try every fault at every call; here are those that tell most.
let scene: FaultScene
beforeAll(async () => {
  scene = await openFaultScene()
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
})

test.each([
  ['the data', 'data\\.json\\.gz$'],
  ['the commit', '^ledger\\.manifest\\.json$'],
  ['the plain file', '^ledger\\.json$'],
  ['the lock', '^locks/'],
])('a lost reply to the write of %s does not write twice', async (_, key) => {
  const outcome = await scene.tryFault({ s3: S3_FAULT_EFFECTS['lost-reply'], method: 'PUT', key })
  expect(outcome).toEqual({ kind: 'right', wrong: [] })
})

test('A8: a bit that flips while the data is read back stops the run before the commit', async () => {
  const s3 = { kind: 'flipped-bit', atByte: 100 } as const
  const outcome = await scene.tryFault({ s3, method: 'GET', key: 'data\\.json\\.gz$' })
  expect(outcome).toEqual({ kind: 'exit 8 FILE_INVALID', wrong: [] })
})

test('a store that throttles is tried again', async () => {
  const outcome = await scene.tryFault({ s3: S3_FAULT_EFFECTS['slow-down'], method: 'PUT', key: 'data' })
  expect(outcome).toEqual({ kind: 'right', wrong: [] })
})

test('a store that is away for good ends the run with its own exit code, and what was current stays', async () => {
  const s3 = S3_FAULT_EFFECTS['reset-before-body']
  const outcome = await scene.tryFault({ s3, method: 'PUT', key: 'data', times: 'always' })
  expect(outcome).toEqual({ kind: 'exit 4 STORE_UNREACHABLE', wrong: [] })
})

test('a plain file that cannot be put in place fails the run, and the next one mends it', async () => {
  const s3 = S3_FAULT_EFFECTS['internal-error']
  const outcome = await scene.tryFault({ s3, method: 'PUT', key: '^ledger\\.json$', times: 'always' })
  expect(outcome).toEqual({ kind: 'exit 4 STORE_BUSY', wrong: [] })
})

test('A11: a connection that is cut in the middle of the rows is tried again by the same command', async () => {
  const point = { oracle: { kind: 'cut-after-rows', rows: 100 }, call: 1 } as const
  expect(await scene.tryFault(point)).toEqual({ kind: 'exit 3 ORACLE_CONNECTION_LOST', wrong: [] })
  expect(await scene.tryFault(point, { attempts: 2 })).toEqual({ kind: 'right', wrong: [] })
})

test('A11: a database that never answers is given up at the deadline', async () => {
  const outcome = await scene.tryFault({ oracle: { kind: 'never-answer', statement: 'SUM' }, call: 1 })
  expect(outcome).toEqual({ kind: 'exit 3 ORACLE_TIMEOUT', wrong: [] })
})
