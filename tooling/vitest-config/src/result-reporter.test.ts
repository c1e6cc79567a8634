import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readTestResults } from './test-results.ts'

const VITEST = join(import.meta.dirname, '../node_modules/.bin/vitest')

async function runTests(folder: string, testFiles: Record<string, string>, args: string[] = []) {
  await mkdir(join(folder, 'src'))
  const files = {
    'vitest.config.ts': `
      import { unitTests } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))}
      export default unitTests({ globals: true })`,
    ...testFiles,
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const vitest = spawn(VITEST, ['run', ...args], { cwd: folder, stdio: 'ignore' })
  const [exitCode] = await once(vitest, 'exit')
  return { exitCode, results: await readTestResults(folder, 'test') }
}

test('passed, failed and skipped tests are written with their titles and file', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'results-'))
  const { exitCode, results } = await runTests(folder.path, {
    'src/one.test.ts': `
      describe('outer', () => { describe('inner', () => { test('holds', () => {}) }) })
      test('breaks', () => { throw new Error('on purpose') })
      test.skip('waits', () => {})`,
    'src/two.deep.test.ts': `test('is left to the deep run', () => {})`,
  })

  expect(exitCode).toBe(1)
  expect(results).toEqual({
    tests: [
      { file: 'src/one.test.ts', titles: ['outer', 'inner', 'holds'], state: 'passed' },
      { file: 'src/one.test.ts', titles: ['breaks'], state: 'failed', message: 'on purpose' },
      { file: 'src/one.test.ts', titles: ['waits'], state: 'skipped' },
    ],
    otherFailures: [],
  })
})

test('a file that does not load, a failed hook and an unhandled rejection are failures of their own', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'results-'))
  const { exitCode, results } = await runTests(folder.path, {
    'src/broken.test.ts': `throw new Error('does not load')`,
    'src/hook.test.ts': `
      describe('suite', () => {
        beforeAll(() => { throw new Error('hook failed') })
        test('never runs', () => {})
      })`,
    'src/rejection.test.ts': `
      test('passes all the same', async () => { void Promise.reject(new Error('nobody waits')) })`,
  })

  expect(exitCode).toBe(1)
  expect(results?.otherFailures.toSorted()).toEqual([
    'src/broken.test.ts: does not load',
    'src/hook.test.ts: hook failed',
    'unhandled error: nobody waits',
  ])
})

test('a run of chosen tests writes nothing, so that it never passes for the whole', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'results-'))
  const files = { 'src/one.test.ts': `test('a', () => {})`, 'src/two.test.ts': `test('b', () => {})` }
  const { exitCode, results } = await runTests(folder.path, files, ['one'])

  expect(exitCode).toBe(0)
  expect(results).toBeUndefined()
})
