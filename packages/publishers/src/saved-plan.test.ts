import type { PlanEntry, PublishPlan, Value } from '@findata/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openWorkplace, present, wanted } from '../test/records.ts'
import type { PlanOptions } from './publish-plan.ts'
import { joinSavedPlan } from './saved-plan.ts'
import type { PresentRecord, WantedRecord } from './target-record.ts'

/** Plans twice, before and after something happened to the destination, and joins the two. */
async function join(
  wantedRecords: readonly WantedRecord[],
  before: readonly PresentRecord[],
  after: readonly PresentRecord[],
  options: Partial<PlanOptions> = {},
  now: readonly WantedRecord[] = wantedRecords,
) {
  await using workplace = await openWorkplace()
  const saved = await workplace.plan(wantedRecords, before, options)
  const fresh = await workplace.plan(now, after, options)
  await using joined = await joinSavedPlan(saved, fresh, workplace.scratch)
  return {
    entries: await Array.fromAsync(joined.plan.entries()),
    summary: joined.plan.summary,
    stale: joined.stale,
    alreadyDone: joined.alreadyDone,
  }
}

const record = (balance: Value, fdus: Value = 'A') => [present('a', '2400', '1', balance, fdus)]
const change = (field: string, from: Value, to: Value) => ({ field, from, to })
const goal = [wanted('2400', '1', '2.00', 'A,\nB')]

describe('A44: an update of a saved plan', () => {
  test('is sent where every field has the planned old value, with the timestamp of the run that sends', async () => {
    const { entries, stale, summary } = await join(goal, record('1.00'), record('$1'), {}, [
      wanted('2400', '1', '2.00', 'A,\nB', '2026-11-23T08:00:00'),
    ])
    expect(entries).toEqual([
      {
        kind: 'update',
        key: '2400 / 1',
        id: 'a',
        changes: [
          change('balance', '$1', '2.00'),
          change('fdus', 'A', 'A,\nB'),
          change('modified', '2026-11-21T10:00:00', '2026-11-23T08:00:00'),
        ],
      },
    ])
    expect(stale).toEqual([])
    expect(summary).toMatchObject({ creates: 0, updates: 1 })
  })

  test('is done already where all fields have the planned new value', async () => {
    expect(await join(goal, record('1.00'), record('$2.00', 'B,\nA'))).toMatchObject({
      entries: [],
      stale: [],
      alreadyDone: 1,
    })
  })

  test('sends the rest where some fields have the old and some the new value', async () => {
    const { entries, alreadyDone } = await join(goal, record('1.00'), record('2.00'))
    expect(entries).toMatchObject([{ changes: [{ field: 'fdus' }, { field: 'modified' }] }])
    expect(alreadyDone).toBe(0)
  })

  test.each<[string, readonly PresentRecord[], string]>([
    ['a field has a third value', record('7.00'), 'Balance is "7.00"; planned was "1.00" → "2.00"'],
    ['the record is gone', [], 'it is not there any more'],
    [
      'its key has moved to another record',
      [present('b', '2400', '1', '1.00', 'A')],
      'another record has its key now',
    ],
    [
      'an older record has its key now',
      [...record('1.00'), present('0', '2400', '1', '1.00', 'A')],
      'it is planned as duplicate now',
    ],
  ])('is stale where %s', async (_, after, reason) => {
    expect(await join(goal, record('1.00'), after)).toMatchObject({
      entries: [],
      stale: [{ key: '2400 / 1', reason }],
      alreadyDone: 0,
    })
  })

  test('is stale where a field changed that the plan leaves alone', async () => {
    const { entries, stale } = await join(
      [wanted('2400', '1', '2.00', 'A')],
      record('1.00'),
      record('1.00', 'by hand'),
    )
    expect(entries).toEqual([])
    expect(stale).toEqual([{ key: '2400 / 1', reason: 'Buyer FDUs was changed meanwhile: it is "by hand"' }])
  })
})

describe('A44: a create of a saved plan', () => {
  test('is sent while nothing is there', async () => {
    const { entries } = await join(goal, [], [])
    expect(entries).toMatchObject([{ kind: 'create', key: '2400 / 1' }])
  })

  test('is done already where the record is there with the planned values, and stale where with others', async () => {
    expect(await join(goal, [], record('2.00', 'A,\nB'))).toMatchObject({ stale: [], alreadyDone: 1 })
    expect(await join(goal, [], record('7.00', 'A,\nB'))).toMatchObject({
      entries: [],
      stale: [{ key: '2400 / 1', reason: 'it is there already, with other values' }],
      alreadyDone: 0,
    })
  })
})

describe('A44: what happens to departed records in a saved plan', () => {
  const flag = { departed: { action: 'flag', field: 'inactive', value: 'Yes', maxRecords: 9 } } as const
  const remove = { departed: { action: 'delete', maxRecords: 9 } } as const
  const gone = (flagged: Value, balance: Value = '1.00') => [
    present('a', '2400', '1', balance, null, flagged),
    present('b', '2400', '1', balance, null, flagged),
  ]

  test('is found by record, several of one key too', async () => {
    const { entries, alreadyDone } = await join(
      [],
      gone('No'),
      [...gone('Yes').slice(0, 1), ...gone('No').slice(1)],
      {
        mapping: flag,
      },
    )
    expect(entries).toMatchObject([{ kind: 'update', id: 'b' }])
    expect(alreadyDone).toBe(1)
  })

  test('a delete is stale once any value that it would lose has changed, and done where the record is gone', async () => {
    const { entries, stale, alreadyDone } = await join(
      [],
      gone('No'),
      [present('a', '2400', '1', '5.00', null, 'No')],
      { mapping: remove },
    )
    expect(entries).toEqual([])
    expect(stale).toEqual([{ key: '2400 / 1', reason: 'Balance is "5.00"; planned was "1.00" → empty' }])
    expect(alreadyDone).toBe(1)
    const emptied = await join([], gone('No'), gone('No', null), { mapping: remove })
    expect(emptied.stale).toHaveLength(2)
    expect(emptied.stale[0]?.reason).toBe('Balance is empty; planned was "1.00" → empty')
    expect((await join([], gone('No'), gone('No'), { mapping: remove })).summary.deletes).toBe(2)
  })
})

test('A44: what the saved plan does not know is not sent', async () => {
  const { entries, stale } = await join(goal, record('2.00', 'A,\nB'), [])
  expect(entries).toEqual([])
  expect(stale).toEqual([])
})

test('for any history, a joined plan sends only changes that the saved one has, from a value that it knew', async () => {
  const value = fc.constantFrom<Value[]>('1.00', '2.00', '3.00', null)
  const list = fc.constantFrom<Value[]>('A', 'B', null)
  const rows = fc.uniqueArray(fc.tuple(fc.nat({ max: 5 }), value, list), { selector: ([key]) => key })
  const toPresent = (of: readonly [number, Value, Value][]) =>
    of.map(([key, ...values]) => present(`id${key}`, '2400', `${key}`, ...values))

  await fc.assert(
    fc.asyncProperty(rows, rows, rows, async (goals, before, after) => {
      const wantedRecords = goals.map(([key, ...values]) => wanted('2400', `${key}`, ...values))
      await using workplace = await openWorkplace()
      const saved = await workplace.plan(wantedRecords, toPresent(before))
      const fresh = await workplace.plan(wantedRecords, toPresent(after))
      await using joined = await joinSavedPlan(saved, fresh, workplace.scratch)

      const writesOf = async (plan: PublishPlan) =>
        (await Array.fromAsync(plan.entries())).filter(
          (entry): entry is Extract<PlanEntry, { kind: 'create' | 'update' }> =>
            entry.kind === 'create' || entry.kind === 'update',
        )
      const planned = await writesOf(saved)
      const sent = await writesOf(joined.plan)
      for (const entry of sent) {
        const plan = planned.find(({ key }) => key === entry.key)
        const known = plan?.changes.filter(({ field }) => field !== 'modified')
        for (const change of entry.changes.filter(({ field }) => field !== 'modified')) {
          expect(known).toContainEqual(change)
        }
      }
      expect(sent.length + joined.stale.length + joined.alreadyDone).toBe(planned.length)
    }),
    { numRuns: 60 },
  )
})
