import type { OracleFault, S3Fault, S3FaultEffect } from '@findata/sandbox'
import { expect, vi } from 'vitest'
import { type CliFixtureOptions, openCliFixture } from './cli-fixture.ts'
import { differencesOf, openBucketLike } from './crash-points.ts'
import { extractInProcess } from './extract-in-process.ts'
import { LEDGER_DAY_TWO } from './ledger.ts'

/** A fault, and the call that it strikes: the n-th of the command, or the first that matches. */
export type FaultPoint =
  | { readonly oracle: OracleFault; readonly call: number }
  | ({ readonly s3: S3FaultEffect } & ({ readonly call: number } | Pick<S3Fault, 'method' | 'key' | 'times'>))

export interface FaultOutcome {
  /** `right`, or the exit code and the code of a clean error. */
  readonly kind: string
  /** A line for each thing that is not as it must be. */
  readonly wrong: readonly string[]
}

export interface FaultScene extends AsyncDisposable {
  /** Of a clean run. */
  readonly oracleMessages: number
  readonly s3Calls: number
  /** Runs the command under the fault, and again without it if it failed. */
  tryFault(point: FaultPoint, options?: { readonly attempts?: number }): Promise<FaultOutcome>
}

/** A second day's `extract ledger` over the snapshot of the first, and what a clean run leaves. */
export async function openFaultScene(options: CliFixtureOptions = {}): Promise<FaultScene> {
  await using resources = new AsyncDisposableStack()
  const cli = resources.use(await openCliFixture(options))
  const { oracle, s3 } = cli
  await expectDone(cli.bucket)
  cli.change(...LEDGER_DAY_TWO)
  const before = await cli.bucketState()
  const cleanBucket = await openBucketLike(cli)
  const start = { messages: oracle.messageCount(), calls: s3.callCount() }
  await expectDone(cleanBucket)
  const oracleMessages = oracle.messageCount() - start.messages
  const s3Calls = s3.callCount() - start.calls
  const clean = await cli.bucketState(cleanBucket)

  async function expectDone(bucket: string): Promise<void> {
    expect(await extractInProcess(cli, { bucket, attempts: 1 })).toMatchObject({ exitCode: 0 })
  }

  const tryFault: FaultScene['tryFault'] = async (point, { attempts = 1 } = {}) => {
    const bucket = await openBucketLike(cli)
    if ('oracle' in point) {
      oracle.faults.arm({ ...point.oracle, fromMessage: point.call })
      // Else nothing is ever broken off.
      if (point.oracle.kind === 'ignore-break')
        oracle.faults.arm({ kind: 'never-answer', fromMessage: point.call })
    } else {
      const { s3: effect, ...match } = point
      s3.faults.arm({ effect, bucket, ...('call' in match ? { afterMatches: match.call - 1 } : match) })
    }
    const { exitCode, result, printed } = await extractInProcess(cli, { bucket, attempts })
    oracle.faults.clear()
    s3.faults.clear()

    const wrong: string[] = []
    const state = await cli.bucketState(bucket)
    if (exitCode === 0) {
      // A dictionary that does not answer proves less, and is no reason to read nothing.
      const mayProveLess = 'oracle' in point && PROVE_LESS.has(point.oracle.kind)
      wrong.push(
        ...(mayProveLess
          ? differencesOf(withoutLabels(clean), withoutLabels(state))
          : differencesOf(clean, state)),
      )
    } else {
      if (exitCode !== exitCodeFor(point)) wrong.push(`exit code ${exitCode}: ${printed}`)
      if (/\n\s+at .+:\d+:\d+|\bundefined\b|\[object/.test(printed))
        wrong.push(`no message for people: ${printed}`)
      for (const key of ['ledger.json', 'ledger.manifest.json']) {
        const isWhole = state[key] === before[key] || state[key] === clean[key]
        if (!isWhole) wrong.push(`${key} is neither what it was nor what it was to become`)
      }
      const isCommitted = state['ledger.manifest.json'] !== before['ledger.manifest.json']
      if ('oracle' in point && isCommitted) wrong.push('committed, and yet a failure of Oracle')
    }
    await vi.waitFor(() => expect(oracle.sessions()).toEqual([]))
    wrong.push(...oracle.defects())

    if (exitCode !== 0) {
      const again = await extractInProcess(cli, { bucket, attempts: 1 })
      if (again.exitCode !== 0) wrong.push(`the same command again: ${again.printed}`)
      const later = differencesOf(clean, await cli.bucketState(bucket))
      wrong.push(...later.map((line) => `after the same command again: ${line}`))
    }
    const [first] = result.recordTypes as readonly { readonly error?: { readonly code: string } }[]
    return { kind: exitCode === 0 ? 'right' : `exit ${exitCode} ${first?.error?.code}`, wrong }
  }

  const closing = resources.move()
  return { oracleMessages, s3Calls, tryFault, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

/** Of the error that the fault may lead to; a bit that flips in what is read back is told as what it is. */
function exitCodeFor(point: FaultPoint): number {
  if ('oracle' in point) return 3
  return point.s3.kind === 'flipped-bit' ? 8 : 4
}

const PROVE_LESS: ReadonlySet<string> = new Set(['never-answer', 'error-on-call'])

/** The state of a bucket but for what was proven of the moment. */
function withoutLabels(state: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(state).map(([key, text]) => [
      key,
      text.replaceAll(/"consistency": \{[^}]*\}/g, '"consistency": "<consistency>"'),
    ]),
  )
}
