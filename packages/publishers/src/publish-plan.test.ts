import type { Intent, PlanEntry, Value } from '@findata/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fields, openWorkplace, present, wanted } from '../test/records.ts'
import { toComparable } from './canonical-compare.ts'
import type { PlanOptions } from './publish-plan.ts'
import type { PresentRecord, WantedRecord } from './target-record.ts'

async function plan(
  wantedRecords: readonly WantedRecord[],
  presentRecords: readonly PresentRecord[],
  options: Partial<PlanOptions> = {},
) {
  await using workplace = await openWorkplace()
  const built = await workplace.plan(wantedRecords, presentRecords, options)
  return {
    summary: built.summary,
    entries: await Array.fromAsync(built.entries()),
    again: await Array.fromAsync(built.entries()),
  }
}

const change = (field: string, from: Value, to: Value) => ({ field, from, to })
const stamp = (from: Value) => change('modified', from, '2026-11-22T10:00:00')

describe('a plan', () => {
  test('A44: lists creates, updates and notes field by field, changed money first; unchanged records are counted', async () => {
    const { summary, entries, again } = await plan(
      [
        wanted('2400', 'same', '1.00', 'B,\nA'),
        wanted('2400', 'list', '1.00', 'A,\nC'),
        wanted('2400', 'new', '3.00'),
        wanted('2400', 'paid', '2000.00'),
      ],
      [
        present('d', '2400', 'gone', '9.00'),
        present('a', '2400', 'same', '$1', 'A,\nB'),
        present('b', '2400', 'list', '1.00', 'A,\nB'),
        present('c', '2400', 'paid', '1,997.78'),
        present('e', '2400', 'paid', '5.00'),
      ],
      {
        rejected: [{ key: '2400 / bad', reason: 'its amount has too many digits' }],
        calls: ({ creates, updates }) => ({ needed: creates + updates + 2, left: 100 }),
      },
    )
    expect(entries).toEqual([
      {
        kind: 'update',
        key: '2400 / paid',
        id: 'c',
        changes: [change('balance', '1,997.78', '2000.00'), stamp('2026-11-21T10:00:00')],
      },
      {
        kind: 'create',
        key: '2400 / new',
        changes: [
          change('dept', null, '2400'),
          change('id', null, 'new'),
          change('balance', null, '3.00'),
          stamp(null),
        ],
      },
      {
        kind: 'update',
        key: '2400 / list',
        id: 'b',
        changes: [change('fdus', 'A,\nB', 'A,\nC'), stamp('2026-11-21T10:00:00')],
      },
      { kind: 'rejected', key: '2400 / bad', reason: 'its amount has too many digits' },
      { kind: 'duplicate', key: '2400 / paid', id: 'e', keptId: 'c' },
      { kind: 'departed', key: '2400 / gone', id: 'd' },
    ])
    expect(again).toEqual(entries)
    expect(summary).toEqual({
      creates: 1,
      updates: 2,
      deletes: 0,
      held: 0,
      unchanged: 1,
      departed: 1,
      duplicates: 1,
      rejected: 1,
      changesByField: { balance: 1, fdus: 1 },
      equalities: { '10 = $10.00': 1, 'order only': 1 },
      callsNeeded: 5,
      callsLeft: 100,
    })
  })

  test('A39: an update has what changed and the generated timestamp, and nothing else', async () => {
    const { entries } = await plan(
      [wanted('2400', '1', '2.00', 'A')],
      [present('a', '2400', '1', '1.00', 'A')],
    )
    expect(entries).toEqual([
      {
        kind: 'update',
        key: '2400 / 1',
        id: 'a',
        changes: [change('balance', '1.00', '2.00'), stamp('2026-11-21T10:00:00')],
      },
    ])
  })

  test('A31: an empty amount where zero is wanted is written once', async () => {
    const records = [wanted('2400', '1', '0.00')]
    expect((await plan(records, [present('a', '2400', '1', null)])).summary.updates).toBe(1)
    expect((await plan(records, [present('a', '2400', '1', '$0.00')])).summary.updates).toBe(0)
  })

  test('A38: rejects all entities that share a key there, and names the others in each reason', async () => {
    const { summary, entries } = await plan(
      [wanted('2400', '1', '1.00'), wanted('2400', ' 1', '2.00')],
      [present('a', '2400', '1', '9.00')],
    )
    const reason = 'in the destination it would be the same record as'
    expect(entries).toEqual([
      { kind: 'rejected', key: '2400 / 1', reason: `${reason} 2400 /  1` },
      { kind: 'rejected', key: '2400 /  1', reason: `${reason} 2400 / 1` },
    ])
    expect(summary).toMatchObject({ rejected: 2, updates: 0 })
  })
})

describe('A43: records that are not among the entities', () => {
  const gone = [present('a', '2400', '1', '1.00', null, 'No'), present('b', '2400', '2', '2.00', null, 'Yes')]

  test('are reported', async () => {
    const { summary, entries } = await plan([], gone)
    expect(entries.map(({ kind }) => kind)).toEqual(['departed', 'departed'])
    expect(summary).toMatchObject({ departed: 2, updates: 0, deletes: 0 })
    expect(summary.departing).toBeUndefined()
  })

  test('get a flag unless they have it', async () => {
    const departed = { action: 'flag', field: 'inactive', value: 'Yes', maxRecords: 5 } as const
    const { summary, entries } = await plan([], gone, { mapping: { departed } })
    expect(entries).toEqual([
      { kind: 'update', key: '2400 / 1', id: 'a', changes: [change('inactive', null, 'Yes')] },
      { kind: 'departed', key: '2400 / 2', id: 'b' },
    ])
    expect(summary).toMatchObject({ departed: 2, updates: 1, changesByField: { inactive: 1 } })
    expect(summary.departing).toEqual({ records: 1, limit: 5 })
  })

  test('lose the flag once they are wanted again, whatever else differs', async () => {
    const departed = { action: 'flag', field: 'inactive', value: 'yes', maxRecords: 5 } as const
    const back = [wanted('2400', '1', '1.00'), wanted('2400', '2', '3.00')]
    const flagged = [
      present('a', '2400', '1', '1.00', null, 'true'),
      present('b', '2400', '2', '2.00', null, 'Yes'),
    ]
    const { entries, summary } = await plan(back, flagged, { mapping: { departed } })
    expect(entries).toMatchObject([
      {
        kind: 'update',
        id: 'b',
        changes: [change('balance', '2.00', '3.00'), change('inactive', 'Yes', null), {}],
      },
      { kind: 'update', id: 'a', changes: [change('inactive', 'true', null), {}] },
    ])
    expect(summary).toMatchObject({ updates: 2, changesByField: { inactive: 2, balance: 1 } })
    expect(summary.departing).toEqual({ records: 0, limit: 5 })
  })

  test.each([null, 'No', 'by hand'])('%j in the field of the flag is not the flag', async (value) => {
    const departed = { action: 'flag', field: 'inactive', value: 'Yes', maxRecords: 5 } as const
    const { summary } = await plan(
      [wanted('2400', '1', '1.00')],
      [present('a', '2400', '1', '1.00', null, value)],
      { mapping: { departed } },
    )
    expect(summary).toMatchObject({ unchanged: 1, updates: 0, equalities: {} })
  })

  test.each([
    { action: 'delete', maxRecords: 5 },
    { action: 'flag', field: 'inactive', value: 'Yes', maxRecords: 5 },
    { action: 'report' },
  ] as const)(
    'are only reported, in place of $action, where the filter leaves them out',
    async (departed) => {
      const { summary, entries } = await plan([], gone.slice(0, 1), {
        mapping: { departed },
        isFilteredOut: (values) => values[1] === '1',
      })
      expect(entries).toEqual([{ kind: 'departed', key: '2400 / 1', id: 'a', isFilteredOut: true }])
      expect(summary).toMatchObject({ departed: 1, updates: 0, deletes: 0 })
      expect(summary.departing).toEqual(departed.action === 'report' ? undefined : { records: 0, limit: 5 })
    },
  )

  test('are deleted after all other writes, with the values that are lost', async () => {
    const departed = { action: 'delete', maxRecords: 5 } as const
    const { summary, entries } = await plan([wanted('2400', '9', '1.00')], gone.slice(0, 1), {
      mapping: { departed },
    })
    expect(entries.map(({ kind }) => kind)).toEqual(['create', 'delete'])
    expect(entries[1]).toMatchObject({
      id: 'a',
      changes: [
        change('dept', '2400', null),
        change('id', '1', null),
        change('balance', '1.00', null),
        change('modified', '2026-11-21T10:00:00', null),
      ],
    })
    expect(summary.deletes).toBe(1)
    expect(summary.departing).toEqual({ records: 1, limit: 5 })
  })

  test.each([
    { action: 'delete', maxRecords: 5 },
    { action: 'flag', field: 'inactive', value: 'Yes', maxRecords: 5 },
  ] as const)(
    'are only reported, in place of $action, while one may be of a rejected entity',
    async (departed) => {
      const rejected = [{ key: '2400 / 1', reason: 'an amount is no decimal number' }]
      const { summary, entries } = await plan([], gone, { mapping: { departed }, rejected })
      expect(entries.map(({ kind }) => kind)).toEqual(['rejected', 'departed', 'departed'])
      expect(summary).toMatchObject({ departed: 2, updates: 0, deletes: 0, rejected: 1 })
      expect(summary.departing).toEqual({ records: 0, limit: 5 })
    },
  )
})

describe('a create of an earlier run whose answer is not known', () => {
  const intent = (sentBefore: string): Intent => ({
    runId: 'run',
    sequence: 1,
    sentBefore,
    kind: 'create',
    key: '2400 / 1',
    id: null,
    changes: [],
  })

  test('is held until it has settled after its latest attempt', async () => {
    const unanswered = [intent('2026-11-22T09:58:00Z'), intent('2026-11-22T09:55:00Z')]
    const { entries, summary } = await plan([wanted('2400', '1', '1.00')], [], { unanswered })
    expect(entries).toMatchObject([
      { kind: 'held', key: '2400 / 1', until: '2026-11-22T10:08:00.000Z', changes: { length: 4 } },
    ])
    expect(summary).toMatchObject({ held: 1, creates: 0 })
  })

  test('is created when it had settled before the destination was read', async () => {
    const unanswered = [intent('2026-11-22T09:50:00Z')]
    const { entries } = await plan([wanted('2400', '1', '1.00')], [], { unanswered })
    expect(entries.map(({ kind }) => kind)).toEqual(['create'])
  })

  test('is nothing when the destination has it', async () => {
    const unanswered = [intent('2026-11-22T09:59:00Z')]
    const { entries, summary } = await plan(
      [wanted('2400', '1', '1.00')],
      [present('a', '2400', '1', '1.00')],
      { unanswered },
    )
    expect(entries).toEqual([])
    expect(summary.unchanged).toBe(1)
  })
})

describe('applying a plan', () => {
  const value = fc.constantFrom<Value[]>('1.00', '$1', '2.00', '', null)
  const list = fc.constantFrom<Value[]>('A,\nB', 'B,\nA', null)
  const wantedRecords = fc
    .uniqueArray(fc.tuple(fc.nat({ max: 12 }), value, list), { selector: ([key]) => key })
    .map((rows) => rows.map(([key, balance, fdus]) => wanted('2400', `${key}`, balance, fdus)))
  const presentRecords = fc
    .array(fc.tuple(fc.nat({ max: 12 }), value, list), { maxLength: 12 })
    .map((rows) => rows.map(([key, ...of], index) => present(`id${index}`, '2400', `${key}`, ...of)))

  function apply(entries: readonly PlanEntry[], records: readonly PresentRecord[]): PresentRecord[] {
    const byId = new Map(records.map((record) => [record.id, record.values]))
    for (const entry of entries) {
      if (entry.kind === 'delete') byId.delete(entry.id)
      if (entry.kind !== 'create' && entry.kind !== 'update') continue
      const id = entry.kind === 'create' ? `new ${entry.key}` : entry.id
      const values = [...(byId.get(id) ?? fields.map(() => null))]
      for (const { field, to } of entry.changes) values[fields.findIndex(({ name }) => name === field)] = to
      byId.set(id, values)
    }
    return [...byId].map(([id, values]) => ({ id, values }))
  }

  test('makes the destination hold what is wanted, and the next plan is empty', async () => {
    await fc.assert(
      fc.asyncProperty(wantedRecords, presentRecords, async (wantedSide, presentSide) => {
        const mapping = { departed: { action: 'delete', maxRecords: 99 } } as const
        const { entries, summary } = await plan(wantedSide, presentSide, { mapping })
        const after = apply(entries, presentSide)

        const kinds = ['text', 'text', 'currency', 'list'] as const
        const textOf = ({ values }: { readonly values: readonly Value[] }) =>
          JSON.stringify(kinds.map((kind, place) => toComparable(kind, values[place] as Value)))
        const duplicates = new Set(entries.flatMap((entry) => (entry.kind === 'duplicate' ? [entry.id] : [])))
        expect(
          after
            .filter(({ id }) => !duplicates.has(id))
            .map(textOf)
            .sort(),
        ).toEqual(wantedSide.map(textOf).sort())
        expect(summary.creates + summary.updates + summary.unchanged).toBe(wantedSide.length)

        const next = await plan(wantedSide, after, { mapping })
        expect(next.summary).toMatchObject({
          creates: 0,
          updates: 0,
          deletes: 0,
          unchanged: wantedSide.length,
        })
      }),
      { numRuns: 30 },
    )
  }, 60_000)
})
