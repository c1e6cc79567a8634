import type { ScriptResults, TestOutcome } from '@findata/vitest-config/results'
import { expect, test } from 'vitest'
import type { Area } from './behaviour.ts'
import { idsInTitle, measureCoverage } from './coverage.ts'
import { toReport } from './report.ts'

const finished: Area = {
  name: 'extract',
  isFinished: true,
  behaviours: {
    A1: { title: 'One', does: 'One thing.' },
    A2: { title: 'Two', does: 'Another.', reasonWithoutTest: 'It is a sentence in the manual.' },
  },
}
const later: Area = {
  name: 'knack',
  isFinished: false,
  behaviours: { A20: { title: 'Later', does: 'More.' } },
}

function results(...tests: [state: TestOutcome['state'], ...titles: string[]][]): ScriptResults {
  return {
    folder: 'packages/core',
    script: 'test',
    results: {
      tests: tests.map(([state, ...titles]) => ({ file: 'src/a.test.ts', titles, state })),
      otherFailures: [],
    },
  }
}

const report = (...tests: Parameters<typeof results>) =>
  toReport(measureCoverage([finished, later], [results(...tests)]))

test('a title begins with one id or several, up to a colon', () => {
  expect(idsInTitle('A7: an empty view replaces nothing')).toEqual(['A7'])
  expect(idsInTitle('A7, B41: both hold')).toEqual(['A7', 'B41'])
  expect(idsInTitle('keeps what A7: says')).toEqual([])
  expect(idsInTitle('A7 without a colon')).toEqual([])
  expect(idsInTitle('C1: another alphabet')).toEqual([])
})

test('an id is held by a passing test, or by its describe block', () => {
  expect(report(['passed', 'A1: holds'])).toMatchObject({ isComplete: true })
  expect(report(['passed', 'A1: a block', 'holds'])).toMatchObject({ isComplete: true })
})

test('a failed or skipped test holds nothing, whatever passes beside it', () => {
  expect(report(['failed', 'A1: holds'])).toMatchObject({ isComplete: false })
  expect(report(['skipped', 'A1: holds'])).toMatchObject({ isComplete: false })
  expect(report(['passed', 'A1: holds'], ['failed', 'A1: also here'])).toMatchObject({ isComplete: false })
})

test('an id of a finished area without a test is named with its title', () => {
  expect(report(['passed', 'something else']).lines).toContain('A1 has no passing test: One')
})

test('a reason stands in for a test, and an area to come needs nothing', () => {
  const { areas } = measureCoverage([finished, later], [results(['passed', 'A1: holds'])])

  expect(areas).toMatchObject([
    { held: ['A1'], reasoned: ['A2'], open: [] },
    { held: [], reasoned: [], open: ['A20'] },
  ])
})

test('a test that names an id nobody has is an error', () => {
  const { isComplete, lines } = report(['passed', 'A1: holds'], ['passed', 'A99: made up'])

  expect(isComplete).toBe(false)
  expect(lines).toContain(
    'A99 does not exist, but a test names it: packages/core/src/a.test.ts: A99: made up',
  )
})

test('no results at all are an error', () => {
  const everyIdReasoned: Area = {
    ...finished,
    behaviours: { A2: { title: 'Two', does: 'Another.', reasonWithoutTest: 'Said elsewhere.' } },
  }
  const nothing: ScriptResults = { folder: 'packages/core', script: 'test', results: undefined }

  expect(toReport(measureCoverage([everyIdReasoned], [nothing])).isComplete).toBe(false)
})
