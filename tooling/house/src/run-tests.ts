import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { RESULT_FILES, readWorkspaceResults } from '@findata/vitest-config/results'

// `npm test`: types and tests of all packages, then which behaviours they hold, also when some failed.

const root = join(import.meta.dirname, '../../..')

// A script that crashes writes nothing, and must not be judged by what an earlier run left.
for (const { folder, script } of await readWorkspaceResults(root)) {
  await rm(join(root, folder, RESULT_FILES[script]), { force: true })
}

// With a real service named in the environment, a cached pass would prove nothing about it today.
const usesRealService = Object.keys(process.env).some((name) => name.startsWith('TEST_'))

const exitCodes = [
  await run('turbo', ['run', 'typecheck', 'test', '--continue', ...(usesRealService ? ['--force'] : [])]),
  await run('node', ['tooling/behaviours/src/main.ts']),
  await run('node', ['tooling/house/src/print-count.ts', 'test']),
]
process.exitCode = exitCodes.find((exitCode) => exitCode !== 0) ?? 0

async function run(command: string, args: readonly string[]): Promise<number> {
  const [exitCode] = await once(spawn(command, args, { cwd: root, stdio: 'inherit' }), 'exit')
  return exitCode ?? 1
}
