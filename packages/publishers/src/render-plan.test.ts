import { stripVTControlCharacters } from 'node:util'
import type { PlanEntry, PlanSummary, PublishPlan, Value } from '@findata/core'
import { describe, expect, test } from 'vitest'
import { fields } from '../test/records.ts'
import type { PlanHeader } from './plan-file.ts'
import { type RenderPlanOptions, renderPlan } from './render-plan.ts'

const header: PlanHeader = {
  runId: '20261122T100000Z-aaaaaa',
  recordType: 'task_orders',
  destination: 'data-tracker',
  target: 'object_86 (Task orders) in Data Tracker',
  snapshotRunId: '20261122T070000Z-bbbbbb',
  mappingSha256: 'ab'.repeat(32),
  createdAt: '2026-11-22T10:00:00.000Z',
}

const summary: PlanSummary = {
  creates: 3,
  updates: 2,
  deletes: 0,
  held: 1,
  unchanged: 5804,
  departed: 4,
  duplicates: 1,
  rejected: 2,
  changesByField: { fdus: 1, balance: 2 },
  equalities: { 'order only': 12, '10 = $10.00': 1200 },
  callsNeeded: 12,
  callsLeft: 24_880,
}

function render(entries: readonly PlanEntry[], options: RenderPlanOptions = {}, figures = summary) {
  const plan: PublishPlan = {
    summary: figures,
    fields,
    async *entries() {
      yield* entries
    },
  }
  return renderPlan(plan, header, options)
}

const change = (field: string, from: Value, to: Value) => ({ field, from, to })

describe('A44: a plan on a terminal', () => {
  test('shows each record with its fields by label, then the figures', async () => {
    const text = await render([
      {
        kind: 'update',
        key: '2400 / 2400002000',
        id: '5f00aa',
        changes: [change('balance', '1,997.78', '2,000.00'), change('fdus', null, 'A,\nB')],
      },
      {
        kind: 'create',
        key: '2400 / 24ROW51000',
        changes: [
          change('id', null, '24ROW51000'),
          change('balance', null, '0.00'),
          change('modified', null, 'x'),
        ],
      },
      { kind: 'held', key: '2400 / 9', changes: [], until: '2026-11-22T10:08:00.000Z' },
      { kind: 'delete', key: '', id: '5f00bb', changes: [change('dept', '2400', null)] },
      { kind: 'duplicate', key: '2400 / 1', id: '5f00cc', keptId: '5f00aa' },
      { kind: 'departed', key: '6200 / 7', id: '5f00dd' },
      { kind: 'rejected', key: '6200 / 8', reason: 'its amount has too many digits' },
    ])
    expect(text).toBe(
      `
task_orders → data-tracker: object_86 (Task orders) in Data Tracker
snapshot 20261122T070000Z-bbbbbb, planned 2026-11-22T10:00:00.000Z

  ~ update 2400 / 2400002000 (5f00aa)
      Balance     1,997.78 → 2,000.00
      Buyer FDUs  (empty) → A,\\nB
  + create 2400 / 24ROW51000
      Task order  24ROW51000
      Balance     0.00
  ? held 2400 / 9: an earlier create may still arrive until
      2026-11-22T10:08:00.000Z
  - delete no key (5f00bb)
      Dept  2400
  = duplicate 2400 / 1 (5f00cc): 5f00aa is kept up to date
  . only in the destination: 6200 / 7 (5f00dd)
  ! rejected 6200 / 8: its amount has too many digits

Plan: 3 to create, 2 to update, 0 to delete; 5,804 unchanged; 1 held; 4 only in
  the destination; 1 duplicate; 2 rejected; 12 calls of 24,880 left today
Fields that updates change: Balance 2, Buyer FDUs 1
Equal although written differently: 10 = $10.00 1,200, order only 12
`.trim(),
    )
  })

  test('shows where two long values part, within the width, and no control character', async () => {
    const start = 'Sidewalk repair along the whole length of the street '.repeat(3)
    const text = await render([
      {
        kind: 'update',
        key: `evil\u001b[31m\u202e ${'k'.repeat(90)}`,
        id: 'a',
        changes: [change('fdus', `${start}before\u0007`, `${start}after`)],
      },
    ])
    expect(text).toContain('before\\x07')
    expect(text).toContain('→ …')
    expect(text).toContain('after')
    expect(text).toContain('evil\\x1b[31m\\u202e')
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u)
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  test('breaks causes, times and ids into lines of the width and leaves out nothing', async () => {
    const reason = 'in the destination it would be the same record as 2400 / 1 and 2400 / 2'
    const key = `DEPT=${'2'.repeat(90)}`
    const id = 'i'.repeat(24)
    const text = await render([
      { kind: 'rejected', key, reason },
      { kind: 'update', key, id, changes: [] },
      { kind: 'duplicate', key, id, keptId: id.toUpperCase() },
    ])
    const [rejected, updated, duplicate] = text.split(/^ {2}[!~=] /m).slice(1)
    const plain = (part = '') => part.split('\n\nPlan')[0]?.replaceAll(/\n */g, ' ').trim()
    const broken = `DEPT=${'2'.repeat(69)} ${'2'.repeat(21)}`
    expect(plain(rejected)).toBe(`rejected ${broken}: ${reason}`)
    expect(plain(updated)).toBe(`update ${broken} (${id})`)
    expect(plain(duplicate)).toBe(`duplicate ${broken} (${id}): ${id.toUpperCase()} is kept up to date`)
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  test('A43: says of a record that is only there whether the filter leaves it out', async () => {
    const text = await render([
      { kind: 'departed', key: '1', id: 'a' },
      { kind: 'departed', key: '2', id: 'b', isFilteredOut: true },
    ])
    expect(text).toContain('  . only in the destination: 1 (a)\n')
    expect(text).toContain('  . only in the destination (left out by the filter): 2 (b)\n')
  })

  test('shows so many records of each kind and counts the others', async () => {
    const creates = Array.from(
      { length: 1002 },
      (_, index): PlanEntry => ({ kind: 'create', key: `${index}`, changes: [] }),
    )
    const text = await render([...creates, { kind: 'departed', key: 'x', id: 'a' }], { maxRecords: 2 })
    expect(text.split('\n').slice(3, 8)).toEqual([
      '  + create 0',
      '  + create 1',
      '  . only in the destination: x (a)',
      '  … and 1,000 more to create',
      '',
    ])
  })

  test('is the same text in colour', async () => {
    const entries: PlanEntry[] = [{ kind: 'create', key: 'a', changes: [change('id', null, 'a')] }]
    const colored = await render(entries, { isColored: true })
    expect(colored).not.toBe(await render(entries))
    expect(stripVTControlCharacters(colored)).toBe(await render(entries))
  })

  test('with nothing to do is its figures alone, and says when calls begin anew that are not left', async () => {
    const none = { ...summary, creates: 0, updates: 0, held: 0, departed: 0, duplicates: 0, rejected: 0 }
    const figures = { ...none, changesByField: {}, equalities: {}, callsNeeded: 1 }
    const { callsLeft: _, ...unlimited } = figures
    expect((await render([], {}, unlimited)).split('\n').slice(3)).toEqual([
      'Plan: 0 to create, 0 to update, 0 to delete; 5,804 unchanged; 1 call',
    ])
    const short = { ...figures, callsNeeded: 30, callsLeft: 20, callsResetAt: '2026-11-23T00:00:00Z' }
    expect((await render([], { width: 200 }, short)).split('\n').at(-1)).toBe(
      'Plan: 0 to create, 0 to update, 0 to delete; 5,804 unchanged; 30 calls of 20 left today, which begin anew at 2026-11-23T00:00:00Z',
    )
  })
})
