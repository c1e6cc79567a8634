import type {
  KnackFault,
  KnackFaultMatch,
  S3FaultEffect,
  SocrataFault,
  SocrataFaultMatch,
} from '@findata/sandbox'
import { createVirtualClock } from '@findata/sandbox'
import { differencesFrom, openPublishCase, type PublishCase } from './publish-crash-points.ts'
import type { PublishFixture, PublishScene } from './publish-fixture.ts'
import { type InProcessOptions, runInProcess } from './publish-in-process.ts'

/** A fault, and the calls that it strikes. */
export type PublishFault =
  | { readonly knack: KnackFault }
  | { readonly socrata: SocrataFault }
  | { readonly s3: S3FaultEffect; readonly call: number; readonly times?: number }

/** The calls of a publication to Knack, each kind by itself. */
export const KNACK_CALLS: Readonly<Record<string, KnackFaultMatch>> = {
  metadata: { operations: ['metadata'] },
  list: { operations: ['list'] },
  'look-up': { operations: ['list'], text: 'filters' },
  create: { operations: ['create'] },
  update: { operations: ['update'] },
  delete: { operations: ['delete'] },
  'read back': { operations: ['list'], afterMatches: 2 },
}

/** The calls of a publication to Socrata. The deletes come in the last chunk. */
export const SOCRATA_CALLS: Readonly<Record<string, SocrataFaultMatch>> = {
  metadata: { operations: ['GetMetadata'] },
  list: { operations: ['Query'] },
  upsert: { operations: ['Upsert'] },
  delete: { operations: ['Upsert'], row: '4' },
  'read back': { operations: ['Query'], afterMatches: 4 },
}

export interface PublishFaultOutcome {
  readonly exitCode: number
  /** `done`, or the codes of what is told. */
  readonly kind: string
  /** A line for each thing that is not as it must be. */
  readonly wrong: readonly string[]
}

export interface PublishFaultScene {
  readonly given: PublishCase
  readonly s3Calls: number
  /** Publishes under the fault, and again without it. */
  tryFault(fault: PublishFault, expected: readonly number[]): Promise<PublishFaultOutcome>
}

const DEADLINE_MS = 30_000
const PATIENCE_MS = 400
const DAY_MS = 24 * 60 * 60 * 1_000

/** Publishes the second day in this process, on a clock that nobody waits for, with the limits and settle times of the real services. */
export async function openPublishFaults(
  fixture: PublishFixture,
  destination: 'books' | 'portal',
): Promise<PublishFaultScene> {
  const options = {
    knack: { connection: { callsPerSecond: 9.5, settleMs: 600_000 } },
    socrata: { connection: { rowsPerRequest: 4, lagMs: 30_000 } },
  }
  const given = await openPublishCase(fixture, destination, 'this process', options)
  const s3Calls = given.points.filter(({ service, at }) => service === 's3' && at === 'before').length

  const tryFault: PublishFaultScene['tryFault'] = async (fault, expected) => {
    const clock = createVirtualClock(new Date())
    await using scene = await fixture.openScene({ ...options, clock })
    const publish = (how: InProcessOptions) =>
      withinDeadline((signal) => runInProcess(fixture, scene, given.args, { clock, signal, ...how }))
    const armed = arm(fixture, scene, fault)
    const { exitCode, result, printed } = await publish({ timeoutMs: PATIENCE_MS })
    armed.disarm()

    const wrong: string[] = []
    if (!expected.includes(exitCode)) wrong.push(`exit code ${exitCode}: ${printed}`)
    if (/\n\s+at .+:\d+:\d+|\bundefined\b|\[object/.test(printed))
      wrong.push(`no message for people: ${printed}`)
    const isDone = exitCode === 0
    const isByHand = 'knack' in fault && fault.knack.effect.kind === 'hand-edit'
    if (isDone && !isByHand) {
      const differences = await differencesFrom(given, scene)
      // A lock that cannot be given back ends by itself.
      const isLasting = 's3' in fault && fault.times !== undefined
      wrong.push(...differences.filter((line) => !isLasting || !/^locks\/.* is held$/.test(line)))
    }
    if (!isDone) {
      await clock.advance(DAY_MS)
      const again = await publish({})
      if (again.exitCode !== 0) wrong.push(`the same command again: exit ${again.exitCode}: ${again.printed}`)
      const left = isByHand ? byHandDifferences(given, scene) : await differencesFrom(given, scene)
      wrong.push(...left.map((line) => `after the same command again: ${line}`))
    }
    return { exitCode, kind: isDone ? 'done' : `exit ${exitCode} ${codesOf(result)}`, wrong }
  }
  return { given, s3Calls, tryFault }
}

function arm(
  { cli }: PublishFixture,
  { bucket, knack, socrata }: PublishScene,
  fault: PublishFault,
): { disarm(): void } {
  if ('knack' in fault) return knack.faults.arm(fault.knack)
  if ('socrata' in fault) return socrata.faults.arm(fault.socrata)
  const { s3: effect, call, times = 1 } = fault
  return cli.s3.faults.arm({ effect, bucket, afterMatches: call - 1, times })
}

async function withinDeadline<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const stop = new AbortController()
  const timer = setTimeout(() => {
    stop.abort(new Error('the deadline of the test'))
    reject(new Error(`no end within ${DEADLINE_MS / 1_000} s`))
  }, DEADLINE_MS)
  try {
    return await Promise.race([work(stop.signal), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Records that somebody removed come back without the notes of the staff; what somebody added is removed, or reported. */
function byHandDifferences({ clean }: PublishCase, scene: PublishScene): string[] {
  const withoutNotes = (lines: readonly string[]) => lines.map((line) => line.replace(/,"[^"]*"\]$/, ''))
  const expected = withoutNotes(clean.held)
  const found = withoutNotes(scene.held())
  return [
    ...expected.filter((line) => !found.includes(line)).map((line) => `missing ${line}`),
    ...found.filter((line, i) => found.indexOf(line) !== i).map((line) => `twice ${line}`),
  ]
}

interface Told {
  readonly error?: { readonly code: string }
  readonly publications?: readonly (Told & { readonly problems?: readonly Told[] })[]
}

function codesOf(result: Told): string {
  const codes = [result, ...(result.publications ?? []).flatMap((one) => [one, ...(one.problems ?? [])])]
  return codes.flatMap(({ error }) => error?.code ?? []).join(' ')
}
