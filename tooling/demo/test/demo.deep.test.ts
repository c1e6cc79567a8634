import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

test('the story holds from end to end and fits into 80 columns', { timeout: 400_000 }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@findata/source', MAIN])

  expect(stdout).toMatch(/All \d+ claims held/)
  expect(stdout).not.toContain('✗')
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
})
