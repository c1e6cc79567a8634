import { glob, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Where each test script of a package writes its results, from the package's folder. */
export const RESULT_FILES = {
  test: 'out/test-results.json',
  'test:deep': 'out/test-deep-results.json',
} as const

export type TestScript = keyof typeof RESULT_FILES

export interface TestResults {
  readonly tests: readonly TestOutcome[]
  /** What failed outside any test: a file that did not load, a hook, an unhandled rejection. */
  readonly otherFailures: readonly string[]
}

export interface TestOutcome {
  /** The test's file, from the package's folder. */
  readonly file: string
  /** Titles of the describe blocks, outermost first, then the test's own. */
  readonly titles: readonly string[]
  readonly state: 'passed' | 'failed' | 'skipped'
  /** What a failed test said first; long ones cut. */
  readonly message?: string
}

/** One test script of one package, and what it wrote: nothing if it did not run or broke off. */
export interface ScriptResults {
  /** From the root, as in `packages/core`. */
  readonly folder: string
  readonly script: TestScript
  readonly results: TestResults | undefined
}

/** The latest results of every test script in the workspace, those that turbo restored included. */
export async function readWorkspaceResults(root: string): Promise<ScriptResults[]> {
  const all: ScriptResults[] = []
  for (const manifestFile of await Array.fromAsync(
    glob('{packages,apps,tooling}/*/package.json', { cwd: root }),
  )) {
    const folder = dirname(manifestFile)
    const manifest: { scripts?: Record<string, string> } = JSON.parse(
      await readFile(join(root, manifestFile), 'utf8'),
    )
    for (const script of Object.keys(RESULT_FILES) as TestScript[]) {
      if (manifest.scripts?.[script] === undefined) continue
      all.push({ folder, script, results: await readTestResults(join(root, folder), script) })
    }
  }
  return all.sort((a, b) => `${a.folder} ${a.script}`.localeCompare(`${b.folder} ${b.script}`))
}

/** What a package's script wrote last, or undefined when there is no file. */
export async function readTestResults(folder: string, script: TestScript): Promise<TestResults | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, RESULT_FILES[script]), 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
