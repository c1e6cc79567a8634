import {
  EVERY_KNACK_FAULT_EFFECT,
  type KnackFaultEffect,
  S3_FAULT_EFFECTS,
  type S3FaultEffect,
  SOCRATA_FAULT_EFFECTS,
  type SocrataFaultEffect,
} from '@findata/sandbox'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  KNACK_CALLS,
  openPublishFaults,
  type PublishFault,
  type PublishFaultScene,
  SOCRATA_CALLS,
} from './publish-fault-points.ts'
import { openPublishFixture, type PublishFixture } from './publish-fixture.ts'

/** Runs under way at once, each in a scene of its own; most of their time goes by waiting. */
const LANES = 3

// Some minutes each where nothing else runs.
vi.setConfig({ testTimeout: 1_200_000 })

let fixture: PublishFixture
let books: PublishFaultScene
let portal: PublishFaultScene
const counts = new Map<string, number>()
beforeAll(async () => {
  fixture = await openPublishFixture()
  books = await openPublishFaults(fixture, 'books')
  portal = await openPublishFaults(fixture, 'portal')
}, 120_000)
afterAll(async () => {
  const kinds = [...counts].toSorted().map(([kind, count]) => `${count} ${kind}`)
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  process.stdout.write(`fault matrix of publishing: ${total} faults: ${kinds.join(', ')}\n`)
  await fixture[Symbol.asyncDispose]()
})

test('A40, A42: every fault of Knack that strikes any call once ends right or as its kind demands, and the next run is right', async () => {
  await tryAll(
    books,
    EVERY_KNACK_FAULT_EFFECT.flatMap((effect) =>
      Object.values(KNACK_CALLS).map((match) => [{ knack: { ...match, effect } }, exitsOfKnack(effect)]),
    ),
  )
})

test('A42: a fault of Knack that lasts ends as unavailable, and the next run is right', async () => {
  await tryAll(
    books,
    EVERY_KNACK_FAULT_EFFECT.filter(({ kind }) => kind !== 'hand-edit').flatMap((effect) =>
      Object.values(KNACK_CALLS).map((match) => [
        { knack: { ...match, effect, times: 'always' } },
        [...exitsOfKnack(effect), 4],
      ]),
    ),
  )
})

test('A54, A55: every fault of Socrata that strikes any call once ends right or with the rows that were refused, and the next run is right', async () => {
  await tryAll(
    portal,
    Object.values(SOCRATA_FAULT_EFFECTS).flatMap((effect) =>
      Object.values(SOCRATA_CALLS).map((match) => [
        { socrata: { ...match, effect } },
        exitsOfSocrata(effect),
      ]),
    ),
  )
})

test('A54, A55: a fault of Socrata that lasts ends as its kind demands, and the next run is right', async () => {
  await tryAll(
    portal,
    Object.values(SOCRATA_FAULT_EFFECTS).flatMap((effect) =>
      Object.entries(SOCRATA_CALLS)
        // A delete that is counted nowhere is one of a row that had gone before.
        .filter(([call]) => !(call === 'delete' && effect.kind === 'missing-rows'))
        .map(([, match]) => [
          { socrata: { ...match, effect, times: 'always' } },
          exitsOfLastingSocrata(effect),
        ]),
    ),
  )
})

test.each(['books', 'portal'] as const)(
  'every fault of S3 that strikes any call of publish to %s once ends right, or names a file that arrives spoiled, and the next run is right',
  async (name) => {
    const faults = name === 'books' ? books : portal
    const effects: readonly S3FaultEffect[] = [
      ...Object.values(S3_FAULT_EFFECTS),
      { kind: 'hold', at: 'after' },
      { kind: 'flipped-bit', atByte: 150 },
    ]
    await tryAll(
      faults,
      effects.flatMap((s3) =>
        numbers(faults.s3Calls).map((call) => [{ s3, call }, s3.kind === 'flipped-bit' ? [0, 8] : [0]]),
      ),
    )
  },
)

test.each(['books', 'portal'] as const)(
  'a fault of S3 that lasts, from any call of publish to %s on, ends right or as unavailable, and the next run is right',
  async (name) => {
    const faults = name === 'books' ? books : portal
    const effects = Object.values(S3_FAULT_EFFECTS).filter(({ kind }) => LASTING_S3_FAULTS.includes(kind))
    await tryAll(
      faults,
      effects.flatMap((s3) => numbers(faults.s3Calls).map((call) => [{ s3, call, times: 10 }, [0, 4]])),
    )
  },
)

const LASTING_S3_FAULTS: readonly string[] = [
  'internal-error',
  'slow-down',
  'reset-before-body',
  'reset-in-response-body',
  'lost-reply',
  'no-answer',
  'disk-full',
]

function exitsOfKnack({ kind }: KnackFaultEffect): readonly number[] {
  if (kind === 'allowance-spent') return [0, 4]
  // A record that is gone cannot be changed; one that came or went after it was sent is a difference.
  return kind === 'hand-edit' ? [0, 6, 8] : [0]
}

/** A row that is refused alone is not sent again by the same run. */
function exitsOfSocrata({ kind }: SocrataFaultEffect): readonly number[] {
  return kind === 'row-errors' || kind === 'bad-row' ? [0, 6] : [0]
}

function exitsOfLastingSocrata(effect: SocrataFaultEffect): readonly number[] {
  if (effect.kind === 'missing-rows') return [0, 6, 8]
  return [...exitsOfSocrata(effect), effect.kind === 'lagging-reads' ? 8 : 4]
}

async function tryAll(
  scene: PublishFaultScene,
  faults: readonly (readonly [PublishFault, readonly number[]])[],
): Promise<void> {
  const failures: string[] = []
  const attempt = async (fault: PublishFault, expected: readonly number[]) => {
    const { kind, wrong } = await scene.tryFault(fault, expected).catch((error: unknown) => ({
      kind: 'failed',
      wrong: [String(error)],
    }))
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
    failures.push(...wrong.map((line) => `${JSON.stringify(fault)}: ${line}`))
  }
  const waiting = [...faults]
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await attempt(...next)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  expect(failures).toEqual([])
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i + 1)
}
