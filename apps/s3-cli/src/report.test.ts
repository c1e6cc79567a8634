import { type SnapshotResult, TerminalError, toCanonicalDecimal } from '@findata/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  describeChange,
  describeFailure,
  describeSnapshot,
  errorResult,
  exitCodeFor,
  formatAmount,
  linesOf,
  snapshotResult,
  sumLines,
} from './report.ts'
import { Stopped } from './stop-signal.ts'

describe('an amount', () => {
  test.each([
    ['0', 2, '0.00'],
    ['-0.25', 2, '-0.25'],
    ['1234.5', 2, '1,234.50'],
    ['9999999999999999.99', 2, '9,999,999,999,999,999.99'],
    ['-1000000', 0, '-1,000,000'],
    ['0.12345', 2, '0.12345'],
  ])('%s of scale %i is shown as %s', (amount, scale, shown) => {
    expect(formatAmount(amount, scale)).toBe(shown)
  })

  test('keeps its value, whatever its digits and scale', () => {
    const digits = fc.stringMatching(/^\d{1,30}$/)
    fc.assert(
      fc.property(fc.boolean(), digits, digits, fc.nat(12), (isNegative, whole, fraction, scale) => {
        const amount = toCanonicalDecimal(`${isNegative ? '-' : ''}${whole}.${fraction}`)
        const shown = formatAmount(amount, scale)
        expect(toCanonicalDecimal(shown.replaceAll(',', ''))).toBe(amount)
        expect(shown).toMatch(/^-?\d{1,3}(,\d{3})*(\.\d+)?$/)
      }),
    )
  })
})

test('sums come in the order in which money is declared, however the file orders them', () => {
  const money = [
    { column: 'B', scale: 2 },
    { column: 'A', scale: 0 },
    { column: 'GONE', scale: 2 },
  ]
  expect(sumLines(money, { A: '1', B: '2.5' }).map((line) => line.split(/ +/))).toEqual([
    ['B', '2.50'],
    ['A', '1'],
  ])
})

test.each([
  [100, 'a', 'the same rows as 20261121T'],
  [100, 'b', 'changed since 20261121T, same number of rows'],
  [10, 'b', 'changed since 20261121T: 90 rows fewer'],
  [101, 'b', 'changed since 20261121T: 1 row more'],
])('%i rows with the set hash %s after 100 with a: %s', (rows, setHash, told) => {
  const snapshot = (runId: string, totals: { rows: number; setHash: string }) => ({
    runId,
    columns: [],
    totals: { ...totals, money: {} },
  })
  const before = snapshot('20261121T', { rows: 100, setHash: 'a' })
  expect(describeChange(snapshot('20261122T', { rows, setHash }), before)).toBe(told)
})

const evidence = '6 amounts of CHARGED_AMOUNT with more than 2 digits after the point'
const result = {
  manifest: {
    recordType: 'units',
    consistency: { label: 'scn', scn: '4000123', fixedAt: '2026-11-22T13:36:43.000Z' },
    money: [],
    columns: [],
    totals: { rows: 6, money: {} },
    data: { key: 'data' },
  },
  certificate: {
    verdict: 'balanced',
    hops: [],
    comparisons: [],
    executions: 1,
    guards: [
      { guard: 'rows', passed: true, evidence: '6 rows (at least 1)', examples: [] },
      { guard: 'scale', passed: true, evidence, examples: ['CHARGED_AMOUNT'] },
    ],
  },
  swept: [],
  durationsMs: {},
} as unknown as SnapshotResult

test('a guard that found something within its limits is told, in text and in the result', () => {
  const text = describeSnapshot(result)
  expect(text.replaceAll(/\s+/g, ' ')).toContain(`NOTED scale: ${evidence}`)
  expect(text).not.toContain('6 rows (at least 1)')
  expect(text.split('\n').filter((line) => line.length > 80)).toEqual([])
  expect(snapshotResult(result)).toMatchObject({ verdict: 'balanced', noted: [{ guard: 'scale', evidence }] })
})

test('what is left of earlier runs is told when it was removed', () => {
  expect(describeSnapshot(result)).not.toContain('removed')
  expect(describeSnapshot({ ...result, swept: ['a'] })).toContain('removed 1 leftover of earlier runs')
  expect(describeSnapshot({ ...result, swept: ['a', 'b'] })).toContain('removed 2 leftovers of')
})

describe('a failure', () => {
  const error = new TerminalError('ORACLE_LOGIN_REFUSED', 'Connecting failed: no. Ask the DBA.', {
    details: { nextStep: 'Ask the DBA.' },
  })

  test('has its next step in a line of its own', () => {
    expect(linesOf(error)).toEqual(['Connecting failed: no.', 'Ask the DBA.'])
    expect(describeFailure('units', error)).toBe(
      'units: FAILED (exit 2)\n  Connecting failed: no.\n  Ask the DBA.',
    )
  })

  test('that is not one of ours is unexpected, and shown without its stack', () => {
    expect(errorResult(new TypeError('x is not a function'))).toMatchObject({
      exitCode: 1,
      error: { code: 'UNEXPECTED', message: 'TypeError: x is not a function' },
    })
    expect(linesOf('text')).toEqual(['text'])
  })

  test('by a signal has the exit code of that signal', () => {
    expect(exitCodeFor(new Stopped('SIGINT'))).toBe(130)
    expect(exitCodeFor(new Stopped('SIGTERM'))).toBe(143)
  })
})
