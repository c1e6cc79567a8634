import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where a package's results lie, from its folder; turbo keeps these files with a cached run. */
export const RESULT_FILES = { unit: 'out/test-results.json', deep: 'out/test-deep-results.json' } as const

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
}

/** The results a package wrote, or undefined when it wrote none. */
export async function readTestResults(
  packageFolder: string,
  kind: keyof typeof RESULT_FILES,
): Promise<TestResults | undefined> {
  try {
    return JSON.parse(await readFile(join(packageFolder, RESULT_FILES[kind]), 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
