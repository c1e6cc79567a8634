import { expect, test } from 'vitest'
import { countResults } from './count-results.ts'

const results = {
  tests: [
    { file: 'src/a.test.ts', titles: ['works'], state: 'passed' },
    { file: 'src/a.test.ts', titles: ['breaks'], state: 'failed', message: 'expected 1 to be 2' },
    { file: 'src/b.test.ts', titles: ['browser', 'waits'], state: 'skipped' },
  ],
  otherFailures: ['src/c.test.ts: does not load'],
} as const

test('tests and failures outside of tests add up over packages', () => {
  const all = [
    { folder: 'packages/core', script: 'test', results },
    { folder: 'apps/s3-cli', script: 'test:deep', results },
  ] as const

  expect(countResults(all, { inCi: false })).toEqual({
    passed: 2,
    failed: 4,
    notes: [
      'packages/core: src/c.test.ts: does not load',
      'packages/core: src/a.test.ts: failed: breaks\n  expected 1 to be 2',
      'apps/s3-cli: src/c.test.ts: does not load',
      'apps/s3-cli: src/a.test.ts: failed: breaks\n  expected 1 to be 2',
    ],
  })
})

test('a script that wrote no results counts as one failure', () => {
  const all = [{ folder: 'packages/core', script: 'test', results: undefined }] as const

  expect(countResults(all, { inCi: false })).toMatchObject({ passed: 0, failed: 1 })
})

test('a script that found no tests counts as one failure', () => {
  const nothing = { tests: [], otherFailures: [] }
  const all = [{ folder: 'packages/core', script: 'test', results: nothing }] as const

  expect(countResults(all, { inCi: false })).toMatchObject({ passed: 0, failed: 1 })
})

test('a skipped test counts as failed in CI only', () => {
  const all = [{ folder: 'packages/core', script: 'test', results }] as const

  expect(countResults(all, { inCi: true }).failed).toBe(countResults(all, { inCi: false }).failed + 1)
  expect(countResults(all, { inCi: true }).notes).toContain(
    'packages/core: src/b.test.ts: skipped, which CI does not allow: browser > waits',
  )
})
