import { EVERY_ORACLE_FAULT, type OracleFault, S3_FAULT_EFFECTS, type S3FaultEffect } from '@findata/sandbox'
import { afterAll, expect, test, vi } from 'vitest'
import { type FaultPoint, openFaultScene } from './fault-points.ts'

/** Each with stand-ins of its own; most of their time goes by waiting for answers that do not come. */
const LANES = 3

const ORACLE_FAULTS: readonly OracleFault[] = [...EVERY_ORACLE_FAULT, { kind: 'never-answer', at: 'before' }]
const S3_EFFECTS: readonly S3FaultEffect[] = [
  ...Object.values(S3_FAULT_EFFECTS),
  { kind: 'hold', at: 'after' },
  { kind: 'flipped-bit', atByte: 150 },
]

// Two minutes each where nothing else runs.
vi.setConfig({ testTimeout: 900_000 })

const counts = new Map<string, number>()
afterAll(() => {
  const kinds = [...counts].toSorted().map(([kind, count]) => `${count} ${kind}`)
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  process.stdout.write(`fault matrix: ${total} faults: ${kinds.join(', ')}\n`)
})

test('A11: every fault of Oracle at every message ends in the right result or a clean error, and the next run is right', async () => {
  await tryAll(({ oracleMessages }) =>
    ORACLE_FAULTS.flatMap((oracle) => numbers(oracleMessages).map((call) => ({ oracle, call }))),
  )
})

test('A11: no fault of Oracle that strikes once stops a command that may try again', async () => {
  const kinds = await tryAll(
    ({ oracleMessages }) =>
      ORACLE_FAULTS.flatMap((oracle) => numbers(oracleMessages).map((call) => ({ oracle, call }))),
    { attempts: 3 },
  )
  expect(kinds).toEqual(new Set(['right']))
})

test('every fault of S3 at every call ends in the right result or a clean error, and the next run is right', async () => {
  await tryAll(({ s3Calls }) => S3_EFFECTS.flatMap((s3) => numbers(s3Calls).map((call) => ({ s3, call }))))
})

/** Returns the kinds of outcome. */
async function tryAll(
  pointsOf: (calls: { readonly oracleMessages: number; readonly s3Calls: number }) => readonly FaultPoint[],
  options: { readonly attempts?: number } = {},
): Promise<ReadonlySet<string>> {
  const failures: string[] = []
  const kinds = new Set<string>()
  const lane = async (number: number) => {
    await using scene = await openFaultScene()
    for (const point of pointsOf(scene).filter((_, i) => i % LANES === number)) {
      const { kind, wrong } = await scene.tryFault(point, options)
      kinds.add(kind)
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
      failures.push(...wrong.map((line) => `${JSON.stringify(point)}: ${line}`))
    }
  }
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)))
  expect(failures).toEqual([])
  return kinds
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i + 1)
}
