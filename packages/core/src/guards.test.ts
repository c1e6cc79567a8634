import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GuardResult } from './certificate.ts'
import type { ControlTotals, KeyCensus } from './control-totals.ts'
import { defineRecordType } from './define-record-type.ts'
import { checkGuards, type GuardFacts, isNoted, refusalOf } from './guards.ts'
import type { GuardLimits } from './record-type.ts'
import type { Column } from './row-schema.ts'

const noKeys: KeyCensus = {
  distinctRowKeys: 0,
  distinctEntityKeys: 0,
  exactDuplicates: 0,
  conflicts: 0,
  nullKeyRows: 0,
  overScale: {},
  examples: { exactDuplicates: [], conflicts: [], nullKeyRows: [] },
}

function totals(rows: number, sum = '0'): ControlTotals {
  return { rows, money: { AMOUNT: { nonNull: rows, sum, min: null, max: null } } }
}

interface Situation extends Partial<Omit<GuardFacts, 'recordType' | 'keys' | 'previous'>> {
  readonly guards?: Partial<GuardLimits>
  readonly keys?: Partial<KeyCensus>
  readonly before?: ControlTotals
}

function recordTypeWith(guards: Partial<GuardLimits>) {
  return defineRecordType({
    name: 'receipts',
    query: 'SELECT ID, AMOUNT FROM RECEIPTS',
    columns: ['ID', 'AMOUNT'],
    rowKey: ['ID'],
    money: ['AMOUNT'],
    guards,
  })
}

const COLUMNS: readonly Column[] = [
  { name: 'ID', ordinal: 1, type: { kind: 'number' }, isNullable: false },
  { name: 'AMOUNT', ordinal: 2, type: { kind: 'number', precision: 18, scale: 2 }, isNullable: true },
]

function judge({
  guards = {},
  columns = COLUMNS,
  read = totals(100),
  keys = {},
  before,
  overrides = [],
}: Situation) {
  const recordType = recordTypeWith(guards)
  const previous = before && { runId: '20261121T133643Z-1a2b3c4d', totals: before, columns: COLUMNS }
  const results = checkGuards({
    recordType,
    columns,
    read,
    keys: { ...noKeys, ...keys },
    previous,
    overrides,
  })
  return { results, refusal: refusalOf(recordType, results) }
}

const jumpOf = (results: readonly GuardResult[]) => results.find(({ guard }) => guard === 'jump')

const failedIn = (situation: Situation) =>
  judge(situation)
    .results.filter(({ passed }) => !passed)
    .map(({ guard }) => guard)

test('every guard states its evidence, passed or not', () => {
  const { results, refusal } = judge({ read: totals(5000, '1250.5'), before: totals(5000, '1000.4') })
  expect(results).toEqual([
    { guard: 'rows', passed: true, evidence: '5,000 rows (at least 1)', examples: [] },
    {
      guard: 'shrink',
      passed: true,
      evidence: '5,000 rows after 5,000 in 20261121T133643Z-1a2b3c4d: 0 % fewer (limit 20 %)',
      examples: [],
    },
    {
      guard: 'duplicates',
      passed: true,
      evidence: '0 exact duplicates in 5,000 rows: 0 % (limit 5 %)',
      examples: [],
    },
    {
      guard: 'conflicts',
      passed: true,
      evidence: '0 row keys with different values (limit 0)',
      examples: [],
    },
    { guard: 'null-keys', passed: true, evidence: '0 rows with NULL in a key (limit 0)', examples: [] },
    {
      guard: 'jump',
      passed: true,
      evidence: 'the sum of AMOUNT went from 1,000.40 to 1,250.50: 25 % (limit 50 %)',
      examples: [],
    },
    { guard: 'columns', passed: true, evidence: 'as in 20261121T133643Z-1a2b3c4d', examples: [] },
    {
      guard: 'scale',
      passed: true,
      evidence: 'no amount has more digits than its column declares',
      examples: [],
    },
  ])
  expect(refusal).toBeUndefined()
})

test('before the first snapshot nothing can shrink or jump', () => {
  expect(failedIn({ read: totals(1, '1000000') })).toEqual([])
})

describe('a limit is the last value that passes', () => {
  test.each<[what: string, passes: Situation, fails: Situation, guard: string]>([
    ['A7: rows', { read: totals(1) }, { read: totals(0) }, 'rows'],
    [
      'A7: rows with a limit of its own',
      { guards: { minRows: 7 }, read: totals(7) },
      { guards: { minRows: 7 }, read: totals(6) },
      'rows',
    ],
    [
      'A7: shrink',
      { read: totals(800), before: totals(1000) },
      { read: totals(799), before: totals(1000) },
      'shrink',
    ],
    [
      'A7: shrink by a part of a percent',
      { guards: { maxShrinkPercent: 0.07 }, read: totals(9993), before: totals(10_000) },
      { guards: { maxShrinkPercent: 0.07 }, read: totals(9992), before: totals(10_000) },
      'shrink',
    ],
    [
      'duplicates',
      { read: totals(100), keys: { exactDuplicates: 5 } },
      { read: totals(100), keys: { exactDuplicates: 6 } },
      'duplicates',
    ],
    ['conflicts', { keys: { conflicts: 0 } }, { keys: { conflicts: 1 } }, 'conflicts'],
    ['null keys', { keys: { nullKeyRows: 0 } }, { keys: { nullKeyRows: 1 } }, 'null-keys'],
    [
      'jump upwards',
      { read: totals(100, '150'), before: totals(100, '100') },
      { read: totals(100, '150.01'), before: totals(100, '100') },
      'jump',
    ],
    [
      'jump downwards',
      { read: totals(100, '50'), before: totals(100, '100') },
      { read: totals(100, '49.99'), before: totals(100, '100') },
      'jump',
    ],
    [
      'jump of a negative sum',
      { read: totals(100, '-150'), before: totals(100, '-100') },
      { read: totals(100, '100'), before: totals(100, '-100') },
      'jump',
    ],
    [
      'jump beyond the digits of a float',
      { read: totals(100, '150000000000000000000.03'), before: totals(100, '100000000000000000000.02') },
      { read: totals(100, '150000000000000000000.04'), before: totals(100, '100000000000000000000.02') },
      'jump',
    ],
    [
      'jump from nothing',
      { read: totals(100, '0'), before: totals(100, '0') },
      { read: totals(100, '0.01'), before: totals(100, '0') },
      'jump',
    ],
  ])('%s', (_, passes, fails, guard) => {
    expect(failedIn(passes)).toEqual([])
    expect(failedIn(fails)).toEqual([guard])
  })
})

test('A7: shrinking passes exactly when the rows that are left are enough', () => {
  const count = fc.integer({ min: 1, max: 10_000_000 })
  const hundredths = fc.integer({ min: 0, max: 10_000 })
  fc.assert(
    fc.property(count, count, hundredths, (before, now, limit) => {
      const passes = !failedIn({
        guards: { maxShrinkPercent: limit / 100 },
        read: totals(now),
        before: totals(before),
      }).includes('shrink')
      expect(passes).toBe(now * 10_000 >= before * (10_000 - limit))
    }),
  )
})

test('more rows than before never shrink', () => {
  expect(failedIn({ read: totals(5), before: totals(0) })).toEqual([])
})

test('a money column that the current snapshot lacks is not compared', () => {
  const { results } = judge({ read: totals(100, '5'), before: { rows: 100, money: {} } })
  expect(jumpOf(results)).toMatchObject({ passed: true, evidence: 'no money column to compare' })
})

test('a sum that was nothing is said to come from nothing', () => {
  const { results } = judge({ read: totals(100, '-7'), before: totals(100, '0') })
  expect(jumpOf(results)?.evidence).toBe(
    'the sum of AMOUNT went from 0.00 to -7.00: from nothing (limit 50 %)',
  )
})

test('a sum that stayed is told as unchanged', () => {
  const { results } = judge({ read: totals(5, '1234567.5'), before: totals(5, '1234567.5') })
  expect(jumpOf(results)?.evidence).toBe('the sum of AMOUNT is unchanged, 1,234,567.50 (limit 50 %)')
})

test('a percentage that is beyond its limit also looks it', () => {
  const { results } = judge({ read: totals(799_999), before: totals(1_000_000) })
  expect(results[1]).toMatchObject({
    passed: false,
    evidence: expect.stringContaining('20.01 % fewer (limit 20 %)'),
  })
})

describe('a refusal', () => {
  const conflicts = ['ID=1', 'ID=2', 'ID=3', 'ID=4']
  const situation: Situation = {
    read: totals(700, '5'),
    before: totals(1000, '5'),
    keys: { conflicts: 4, examples: { ...noKeys.examples, conflicts } },
  }

  test('A7: names every guard with its figures, its limit, examples and the flags that would override', () => {
    const { refusal } = judge(situation)
    expect(refusal).toMatchObject({ code: 'GUARD_REFUSED' })
    expect(refusal?.message).toBe(
      [
        'receipts is not replaced, because of 2 guards:',
        '  shrink: 700 rows after 1,000 in 20261121T133643Z-1a2b3c4d: 30 % fewer (limit 20 %)',
        '  conflicts: 4 row keys with different values (limit 0)',
        '    ID=1',
        '    ID=2',
        '    ID=3',
        'Look into the source first. If its figures are right, run again with --allow-shrink --allow-conflicts --reason "…".',
      ].join('\n'),
    )
  })

  test('A7: is lifted only by an override of the guard that failed, which its result records', () => {
    const override = (guard: 'shrink' | 'conflicts' | 'jump') =>
      ({ guard, by: 'ana', reason: 'ticket 4711' }) as const
    const one = judge({ ...situation, overrides: [override('shrink'), override('jump')] })
    expect(one.refusal?.message).toContain('because of 1 guard:')
    expect(
      one.results.flatMap(({ guard, overridden }) => (overridden ? [[guard, overridden.guard]] : [])),
    ).toEqual([['shrink', 'shrink']])

    const both = judge({ ...situation, overrides: [override('shrink'), override('conflicts')] })
    expect(both.refusal).toBeUndefined()
    expect(both.results.filter(({ passed }) => !passed).map(({ guard }) => guard)).toEqual([
      'shrink',
      'conflicts',
    ])
  })

  test('A7: of an emptied view says so', () => {
    expect(judge({ read: totals(0) }).refusal?.message).toMatch(
      /rows: 0 rows \(at least 1\)[\s\S]*--allow-empty/,
    )
  })
})

describe('the columns', () => {
  const evidenceOf = (columns: readonly Column[]) =>
    judge({ columns, before: totals(100) }).results.find(({ guard }) => guard === 'columns')
  const [id, amount] = COLUMNS as [Column, Column]

  test.each([
    ['a new type', [id, { ...amount, type: { kind: 'text' } }], 'AMOUNT was number and is text'],
    ['a new column', [id, amount, { ...amount, name: 'NOTE' }], 'NOTE is new'],
    ['a column that is gone', [id], 'AMOUNT is gone'],
  ] as [string, Column[], string][])('are told to have %s, which stops nothing', (_, columns, change) => {
    expect(evidenceOf(columns)).toMatchObject({
      passed: true,
      evidence: `since 20261121T133643Z-1a2b3c4d: ${change}`,
    })
  })

  test('may change their order and their precision', () => {
    const wider: Column = { ...amount, type: { kind: 'number', precision: 20, scale: 2 } }
    expect(evidenceOf([wider, id])).toMatchObject({ evidence: 'as in 20261121T133643Z-1a2b3c4d' })
  })
})

test('amounts with more digits than declared are counted, and stop nothing', () => {
  const { results, refusal } = judge({ keys: { overScale: { AMOUNT: 3 } } })
  expect(results.find(({ guard }) => guard === 'scale')).toMatchObject({
    passed: true,
    evidence: '3 amounts of AMOUNT with more than 2 digits after the point',
    examples: ['AMOUNT'],
  })
  expect(refusal).toBeUndefined()
  expect(results.filter(isNoted).map(({ guard }) => guard)).toEqual(['scale'])
})
