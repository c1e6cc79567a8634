import { execFile } from 'node:child_process'
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { areas } from '../src/areas.ts'

const MAIN = join(import.meta.dirname, '../src/main.ts')

async function runCommand(files: Record<string, unknown>) {
  await using root = await mkdtempDisposable(join(tmpdir(), 'behaviours-'))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root.path, name)), { recursive: true })
    await writeFile(join(root.path, name), JSON.stringify(content))
  }
  return await new Promise<{ exitCode: number; stdout: string }>((resolve) => {
    const child = execFile(process.execPath, [MAIN, root.path], (_error, stdout) =>
      resolve({ exitCode: child.exitCode ?? 1, stdout }),
    )
  })
}

const manifest = { scripts: { test: 'vitest run', 'test:deep': 'vitest run --config vitest.deep.config.ts' } }
const passed = (title: string) => ({ file: 'src/a.test.ts', titles: [title], state: 'passed' })
const finished = areas.filter(({ isFinished }) => isFinished)
const finishedIds = finished.flatMap(({ behaviours }) => Object.keys(behaviours))

test('the ids of finished areas are gathered from all packages, deep tests included', async () => {
  const [first, ...others] = finishedIds
  const { exitCode, stdout } = await runCommand({
    'packages/core/package.json': manifest,
    'packages/core/out/test-results.json': {
      tests: [passed(`${others.join(', ')}: hold`)],
      otherFailures: [],
    },
    'apps/s3-cli/package.json': manifest,
    'apps/s3-cli/out/test-deep-results.json': { tests: [passed(`${first}: holds`)], otherFailures: [] },
  })

  for (const { name, behaviours } of finished) {
    const count = Object.keys(behaviours).length
    expect(stdout).toMatch(new RegExp(`^${name} +${count} +0 +0 +finished$`, 'm'))
  }
  expect(exitCode).toBe(0)
})

test('a workspace without results fails, and no line is wider than 80 columns', async () => {
  const { exitCode, stdout } = await runCommand({ 'packages/core/package.json': manifest })

  expect(exitCode).toBe(1)
  expect(stdout).toContain('There are no test results')
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
})

test('every behaviour has an id of its own, a title and a sentence', () => {
  const ids = areas.flatMap(({ behaviours }) => Object.keys(behaviours))
  expect(ids.length).toBe(new Set(ids).size)

  for (const { title, does } of areas.flatMap(({ behaviours }) => Object.values(behaviours))) {
    expect(title).toMatch(/^\S.*[^.\s]$/)
    expect(does).toMatch(/^\S.*\.$/)
  }
})
