import { PipelineError, type PublishJournal } from '@findata/core'
import type { KnackFaultEffect, KnackOperation, KnackRecord } from '@findata/sandbox'
import fc from 'fast-check'
import { expect } from 'vitest'
import { APP, type KnackScene, OBJECT, type OrderRow, openKnackScene } from './publish-knack-scene.ts'

const DEPT = 'field_1276'
const ID = 'field_1277'
const NAME = 'field_2632'
const STATUS = 'field_3810'
const BALANCE = 'field_3686'
const BUYERS = 'field_3807'
const MODIFIED = 'field_3809'
const NOTES = 'field_4502'
const MINUTE = 60_000

/** What a day in the life of an app may bring, one step after the other. */
type Step =
  | { readonly kind: 'set'; readonly order: number; readonly values: OrderValues }
  | { readonly kind: 'drop'; readonly order: number }
  | { readonly kind: 'edit'; readonly record: number; readonly field: string; readonly value: string }
  | { readonly kind: 'insert'; readonly order: number }
  | { readonly kind: 'remove'; readonly record: number }
  | { readonly kind: 'wait'; readonly minutes: number }
  | RunStep

interface RunStep {
  readonly kind: 'run'
  readonly limit: number | undefined
  readonly concurrency: number
  readonly waits: boolean
  /** Calls that others leave of the day. */
  readonly callsLeft: number | undefined
  readonly faults: readonly {
    readonly operations: readonly KnackOperation[]
    readonly after: number
    readonly effect: KnackFaultEffect
  }[]
  readonly end:
    | { readonly kind: 'killed' | 'stopped'; readonly at: number; readonly isAfter: boolean }
    | undefined
}

type OrderValues = Pick<Required<OrderRow>, 'name' | 'status' | 'balance'> & {
  readonly buyers: readonly string[]
}

export interface History {
  readonly steps: readonly Step[]
  /** Whether late creates land after their settle time, so that twins are allowed where a create was late. */
  readonly isTooLate: boolean
}

const order = fc.nat({ max: 11 })
const name = fc.constantFrom(null, 'Bridge', 'Lot <50 acres', 'Río & "q"', ' two  spaces ', 'a\r\nb', 'Señal')
const values = fc.record({
  name,
  status: fc.constantFrom('Active', 'Active', 'Inactive', 'Abandoned'),
  balance: fc.constantFrom('0', '-1997.78', '10', '10.5', '1234567.8', null),
  buyers: fc.subarray(['5610 2400 4200', '5610 2400 4100', '8400 2507 9042']),
})

const effect = (isTooLate: boolean): fc.Arbitrary<KnackFaultEffect> =>
  fc.oneof(
    fc.constantFrom<KnackFaultEffect>(
      { kind: 'lost-reply' },
      { kind: 'reset-before' },
      { kind: 'truncated-json' },
      { kind: 'rate-limited' },
      { kind: 'html-reply', at: 'before' },
      { kind: 'html-reply', at: 'after' },
      { kind: 'server-error', status: 503, at: 'before' },
      { kind: 'server-error', status: 504, at: 'after' },
    ),
    fc.record({
      kind: fc.constant('late-write' as const),
      landsAfterMs: isTooLate
        ? fc.integer({ min: 30 * MINUTE, max: 60 * MINUTE })
        : fc.integer({ min: 1, max: 9 * MINUTE }),
      answer: fc.constantFrom('reset' as const, 'gateway-timeout' as const),
    }),
  )

const run = (isTooLate: boolean): fc.Arbitrary<RunStep> =>
  fc.record({
    kind: fc.constant('run' as const),
    limit: fc.option(fc.nat({ max: 6 }), { nil: undefined, freq: 4 }),
    concurrency: fc.integer({ min: 1, max: 4 }),
    waits: fc.boolean(),
    callsLeft: fc.option(fc.integer({ min: 3, max: 15 }), { nil: undefined, freq: 6 }),
    faults: fc.array(
      fc.record({
        operations: fc.constantFrom<KnackOperation[]>(['create'], ['create'], ['update'], ['list']),
        after: fc.nat({ max: 6 }),
        effect: effect(isTooLate),
      }),
      { maxLength: 3 },
    ),
    end: fc.option(
      fc.record({
        kind: fc.constantFrom('killed' as const, 'killed' as const, 'stopped' as const),
        at: fc.integer({ min: 1, max: 6 }),
        isAfter: fc.boolean(),
      }),
      { nil: undefined },
    ),
  })

/** Histories of about a dozen steps, half of them runs. */
export const histories: fc.Arbitrary<History> = fc.boolean().chain((isTooLate) =>
  fc.record({
    isTooLate: fc.constant(isTooLate),
    steps: fc.array(
      fc.oneof(
        { weight: 6, arbitrary: fc.record({ kind: fc.constant('set' as const), order, values }) },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), order }) },
        {
          weight: 2,
          arbitrary: fc.record({
            kind: fc.constant('edit' as const),
            record: fc.nat(),
            field: fc.constantFrom(NAME, NOTES, BUYERS),
            value: fc.constantFrom('', 'by hand', 'Bridge'),
          }),
        },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant('insert' as const), order }) },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), record: fc.nat() }) },
        {
          weight: 1,
          arbitrary: fc.record({
            kind: fc.constant('wait' as const),
            minutes: fc.integer({ min: 1, max: 20 }),
          }),
        },
        { weight: 5, arbitrary: run(isTooLate) },
      ),
      { minLength: 4, maxLength: 16 },
    ),
  }),
)

/**
 * Lives through a history, ends it with one undisturbed run, and holds what must be true then: the destination has the entities,
 * no record twice but those that landed too late, which are reported, what the staff wrote is as they left it, nothing was sent
 * that was there already, and a further run sends nothing.
 */
export async function liveThrough({ steps, isTooLate }: History): Promise<void> {
  await using scene = await openKnackScene()
  const source = new Map<number, OrderValues>()
  /** By record: what the staff wrote into a field that is not mapped. */
  const notes = new Map<string, string>()
  const byHand = new Set<string>()

  for (const step of steps) {
    const records = scene.records()
    const touched = 'record' in step ? records[step.record % Math.max(1, records.length)] : undefined
    if (step.kind === 'set') source.set(step.order, step.values)
    if (step.kind === 'drop') source.delete(step.order)
    if (step.kind === 'wait') await scene.clock.advance(step.minutes * MINUTE)
    if (step.kind === 'insert') {
      const { dept, id } = placeOf(step.order)
      byHand.add(`${dept} ${id}`)
      scene.knack.insert(APP, OBJECT, { [DEPT]: dept, [ID]: id, [NAME]: 'by hand' })
    }
    if (step.kind === 'remove' && touched) scene.knack.remove(APP, OBJECT, touched.id)
    if (step.kind === 'edit' && touched) {
      scene.knack.edit(APP, OBJECT, touched.id, { [step.field]: step.value })
      if (step.field === NOTES) notes.set(touched.id, step.value)
    }
    if (step.kind === 'run') await runDisturbed(scene, rowsOf(source), step)
  }

  for (const [key, left] of source) source.set(key, { ...left, status: 'Active' })
  await scene.clock.advance(24 * 60 * MINUTE)
  const { outcome, totals } = await observed(scene, () => scene.publish(rowsOf(source)))
  expect(outcome).toMatchObject({ refused: [], held: [], waiting: 0, stale: [] })
  expect(totals.differences).toEqual([])

  const calls = scene.knack.requests().length
  const again = await scene.publish(rowsOf(source))
  const operations = scene.knack
    .requests()
    .slice(calls)
    .map(({ operation }) => operation)
  expect(new Set(operations)).toEqual(new Set(['metadata', 'list']))
  expect(again.summary).toMatchObject({ unchanged: source.size, creates: 0, updates: 0, held: 0 })

  const byKey = Map.groupBy(scene.records(), (record) => `${record[DEPT]} ${record[ID]}`)
  const late = new Set(isTooLate ? lateKeys(scene) : [])
  let twins = 0
  for (const [key, found] of byKey) {
    if (found.length === 1) continue
    expect({ key, isExplained: late.has(key) || byHand.has(key), found: found.length }).toMatchObject({
      isExplained: true,
    })
    if (isWanted(source, key)) twins += found.length - 1
  }
  expect(again.summary.duplicates).toBe(twins)
  for (const [place, wanted] of source) {
    const { dept, id } = placeOf(place)
    const [kept] = byKey.get(`${dept} ${id}`) ?? []
    expect(shown(kept)).toEqual(expected(wanted))
  }
  for (const record of scene.records()) {
    expect(record[NOTES] ?? '').toBe(notes.get(record.id) ?? '')
  }
}

async function runDisturbed(scene: KnackScene, rows: readonly OrderRow[], step: RunStep): Promise<void> {
  for (const { operations, after, effect: what } of step.faults) {
    scene.knack.faults.arm({ operations, afterMatches: after, effect: what })
  }
  if (step.callsLeft !== undefined) {
    scene.knack.spendCalls('atd', 25_000 - scene.knack.callsToday('atd') - step.callsLeft)
  }
  const end = new AbortController()
  const ended = new Error(step.end?.kind)
  let isKilled = false
  let writes = 0
  const disturb = (journal: PublishJournal): PublishJournal => {
    const write = async (work: () => Promise<void>) => {
      const isLast = ++writes === step.end?.at
      if (isLast && step.end?.kind === 'killed' && !step.end.isAfter) isKilled = true
      if (isLast) end.abort(ended)
      if (isKilled) throw ended
      await work()
      if (isLast && step.end?.kind === 'killed') isKilled = true
      if (isKilled) throw ended
    }
    return {
      ...journal,
      writeIntents: (intents) => write(() => journal.writeIntents(intents)),
      writeReceipts: (receipts) => write(() => journal.writeReceipts(receipts)),
    }
  }
  try {
    await observed(scene, () =>
      scene.publish(rows, {
        signal: end.signal,
        journal: disturb,
        waitsForUnclear: step.waits,
        settings: { concurrency: step.concurrency, reserveCalls: 1 },
        ...(step.limit !== undefined && { limit: step.limit }),
      }),
    )
  } catch (error) {
    if (error !== ended && !(error instanceof PipelineError)) throw error
  } finally {
    scene.knack.faults.clear()
  }
}

/** Runs, and holds that every update that was sent changes all that it names. */
async function observed<T>(scene: KnackScene, work: () => Promise<T>): Promise<T> {
  const before = new Map(scene.records().map((record) => [record.id, record]))
  const calls = scene.knack.requests().length
  try {
    return await work()
  } finally {
    const updates = scene.knack
      .requests()
      .slice(calls)
      .filter(({ operation }) => operation === 'update')
    for (const { record, body } of updates) {
      const present = before.get(record)
      for (const [field, value] of Object.entries(body as Record<string, unknown>)) {
        if (!present || field === MODIFIED) continue
        expect({ field, from: String(present[`${field}_raw`] ?? '') }).not.toEqual({
          field,
          from: String(value ?? ''),
        })
      }
    }
  }
}

function placeOf(place: number) {
  return { dept: place % 2 === 0 ? '2400' : '6200', id: `T${place >> 1}` }
}

function rowsOf(source: ReadonlyMap<number, OrderValues>): OrderRow[] {
  return [...source].flatMap(([place, { buyers, ...rest }]) => {
    const row = { ...placeOf(place), ...rest }
    return buyers.length === 0 ? [row] : buyers.toReversed().map((buyer) => ({ ...row, buyer }))
  })
}

function isWanted(source: ReadonlyMap<number, OrderValues>, key: string): boolean {
  return [...source.keys()].some((place) => {
    const { dept, id } = placeOf(place)
    return key === `${dept} ${id}`
  })
}

/** Keys whose create was made late. */
function lateKeys(scene: KnackScene): string[] {
  return scene.knack
    .requests()
    .filter(({ operation, fault }) => operation === 'create' && fault === 'late-write')
    .map(({ body }) => body as Record<string, unknown>)
    .map((body) => `${body[DEPT]} ${body[ID]}`)
}

function shown(record: KnackRecord | undefined) {
  return {
    name: plain(record?.[NAME]),
    status: record?.[STATUS],
    balance: record?.[BALANCE],
    buyers: record?.[BUYERS] ?? '',
  }
}

function expected({ name, status, balance, buyers }: OrderValues) {
  const amounts: Readonly<Record<string, string>> = {
    '-1997.78': '-$1,997.78',
    '10': '$10.00',
    '10.5': '$10.50',
    '1234567.8': '$1,234,567.80',
  }
  return {
    name: plain(name?.replace('<', ' < ')),
    status,
    balance: amounts[balance ?? '0'] ?? '$0.00',
    buyers: buyers.toSorted().join(',\n'),
  }
}

function plain(text: unknown): string {
  return String(text ?? '')
    .replace(/\s+/g, ' ')
    .trim()
}
