import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boundWindow } from './bound-window.ts'
import { freezeOrdinals, type Row } from './row-schema.ts'
import type { WindowTail } from './window.ts'
import { createWindowCounter } from './window-census.ts'

// Histories in whole seconds, written as times only where the code under test reads them.

interface Version {
  readonly key: string
  readonly stamp: number
  readonly startedAt: number
  readonly committedAt: number
}

/** When a run read the clock and the open transactions, and the moment that it fixed after that. */
interface Moment {
  readonly readAt: number
  readonly fixedAt: number
}

interface History {
  readonly versions: readonly Version[]
  readonly moments: readonly Moment[]
}

interface Run {
  readonly from: number
  readonly to: number
  readonly visible: readonly Version[]
  readonly read: readonly Version[]
  readonly late: number | undefined
  readonly worst: number | null | undefined
}

const END = 200
const seconds = fc.nat(END)

const transactions = fc
  .tuple(
    seconds,
    fc.oneof(fc.nat(5), fc.nat(80)),
    fc.array(
      fc.tuple(
        fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F'),
        fc.nat(80),
        fc.oneof(fc.constant(0), fc.nat(40)),
      ),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
  )
  .map(([startedAt, duration, changes]) => ({
    startedAt,
    committedAt: startedAt + duration,
    changes: changes.map(([key, after, before]) => ({ key, after: Math.min(after, duration), before })),
  }))

/** `lead`: whether statements may stamp before their transaction shows. */
const histories = (lead: boolean): fc.Arbitrary<History> =>
  fc.record({
    versions: fc.array(transactions, { maxLength: 25 }).map((all) =>
      all.flatMap(({ startedAt, committedAt, changes }) =>
        changes.map(
          ({ key, after, before }): Version => ({
            key,
            stamp: lead && before > 0 ? startedAt - before : startedAt + after,
            startedAt,
            committedAt,
          }),
        ),
      ),
    ),
    moments: fc.array(fc.tuple(seconds, fc.nat(10)), { minLength: 1, maxLength: 8 }).map((times) =>
      times
        .sort(([a], [b]) => a - b)
        .map(([readAt, delay], index, sorted): Moment => {
          // One run after the other.
          const next = sorted[index + 1]?.[0] ?? Number.POSITIVE_INFINITY
          return { readAt, fixedAt: Math.min(readAt + delay, next) }
        })
        .concat({ readAt: 10 * END, fixedAt: 10 * END }),
    ),
  })

/** What committed last for each key. */
function visibleAt({ versions }: History, { fixedAt }: Moment): Version[] {
  const newest = new Map<string, Version>()
  for (const version of versions.toSorted((a, b) => a.committedAt - b.committedAt)) {
    if (version.committedAt <= fixedAt) newest.set(version.key, version)
  }
  return [...newest.values()]
}

const text = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString().slice(0, 19)
const second = (value: string | null) =>
  value === null ? Number.NEGATIVE_INFINITY : (Date.parse(`${value}Z`) - Date.UTC(2026, 0, 1)) / 1_000

const { schema } = freezeOrdinals([
  { name: 'KEY', type: { kind: 'text' }, isNullable: false },
  { name: 'STAMP', type: { kind: 'date' }, isNullable: false },
])
const recordType = {
  name: 'history',
  rowKey: [{ column: 'KEY', isNullable: false }],
  cursor: { columns: ['STAMP'], nulls: 'fail' },
} as const

interface Setting {
  readonly overlap: number
  readonly margin: number
  readonly seesTransactions: boolean
}

/** One window after the other by the code under test; only what is visible is decided here. */
function readWindows(history: History, { overlap, margin, seesTransactions }: Setting): Run[] {
  let watermark: string | null = null
  let tail: WindowTail | undefined
  return history.moments.map((moment) => {
    const open = history.versions
      .filter(({ startedAt, committedAt }) => startedAt <= moment.readAt && committedAt > moment.readAt)
      .map(({ startedAt }) => startedAt)
    const window = boundWindow(
      'date',
      { watermark, overlap: overlap * 1_000, marginMs: margin * 1_000 },
      {
        clock: text(moment.readAt),
        oldestTransaction: seesTransactions && open.length > 0 ? text(Math.min(...open)) : null,
        seesTransactions,
      },
    )
    const [from, to] = [second(window.from), second(window.to)]
    const visible = visibleAt(history, moment)
    const read = visible.filter(({ stamp }) => stamp >= from && stamp <= to)
    const counter = createWindowCounter({
      recordType,
      schema,
      window,
      watermark,
      overlap: overlap * 1_000,
      tail,
      maxTailRows: 100,
    })
    counter.add(read.map(({ key, stamp }): Row => [key, text(stamp)]))
    const census = counter.finish()
    watermark = census.watermark
    tail = census.tail
    const worst = census.late?.worst
    return { from, to, visible, read, late: census.late?.rows, worst: worst && worst / 1_000 }
  })
}

const settings = (seesTransactions: boolean) =>
  fc.record({
    overlap: fc.oneof(fc.constant(0), fc.nat(60)),
    margin: fc.oneof(fc.constant(0), fc.nat(10)),
    seesTransactions: fc.constant(seesTransactions),
  })

test('with transactions visible and no overlap, whatever is visible and not newer than the window has been read, if its stamp is not older than its transaction', () => {
  fc.assert(
    fc.property(histories(false), fc.nat(10), (history, margin) => {
      const read = new Set<Version>()
      for (const run of readWindows(history, { overlap: 0, margin, seesTransactions: true })) {
        for (const version of run.read) read.add(version)
        for (const version of run.visible) if (version.stamp <= run.to) expect(read).toContain(version)
      }
    }),
    { numRuns: 300 },
  )
})

test('with transactions visible, none is late whose stamp is not older than its transaction', () => {
  fc.assert(
    fc.property(histories(false), settings(true), (history, setting) => {
      // A row at the very end of a window may still have been open: it is read again, and counted.
      for (const { late, worst } of readWindows(history, setting)) if (late) expect(worst).toBe(0)
    }),
    { numRuns: 300 },
  )
})

test.each([true, false])(
  'with statements that stamp before they show and transactions visible: %s, exactly those within the overlap are read',
  (seesTransactions) => {
    fc.assert(
      fc.property(histories(true), settings(seesTransactions), (history, setting) => {
        const runs = readWindows(history, setting)
        const read = new Set(runs.flatMap((run) => run.read))
        const last = runs.at(-1) as Run
        for (const version of last.visible) {
          const first = runs.find(({ visible }) => visible.includes(version)) as Run
          const highest = Math.max(
            Number.NEGATIVE_INFINITY,
            ...runs.slice(0, runs.indexOf(first)).flatMap((run) => run.read.map(({ stamp }) => stamp)),
          )
          expect(read.has(version)).toBe(version.stamp >= highest - setting.overlap)
        }
      }),
      { numRuns: 300 },
    )
  },
)

test.each([true, false])(
  'the late rows are those of an independent count, transactions visible: %s',
  (seesTransactions) => {
    fc.assert(
      fc.property(histories(true), settings(seesTransactions), (history, setting) => {
        const runs = readWindows(history, setting)
        for (const [index, run] of runs.entries()) {
          const last = runs[index - 1]
          if (last === undefined) {
            expect(run.late).toBeUndefined()
            continue
          }
          const had = new Set(last.read.map(({ key, stamp }) => `${key} ${stamp}`))
          const late = run.read.filter(({ key, stamp }) => stamp <= last.to && !had.has(`${key} ${stamp}`))
          expect(run.late).toBe(late.length)
          const worst = Math.max(...late.map(({ stamp }) => last.to - stamp))
          expect(run.worst).toBe(late.length === 0 ? null : worst)
        }
      }),
      { numRuns: 300 },
    )
  },
)
