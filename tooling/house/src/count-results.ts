import type { ScriptResults } from '@findata/vitest-config/results'

export interface ResultCount {
  readonly passed: number
  readonly failed: number
  /** One for each failure, since the report of a test is far up in a long log. */
  readonly notes: readonly string[]
}

/** Adds up what the test scripts wrote; a script without results and, in CI, a skipped test count as failed. */
export function countResults(all: readonly ScriptResults[], { inCi }: { inCi: boolean }): ResultCount {
  const notes: string[] = []
  let passed = 0
  let failed = 0
  for (const { folder, script, results } of all) {
    if (results === undefined) {
      failed++
      notes.push(`${folder}: "${script}" wrote no results; it crashed or did not run`)
      continue
    }
    if (results.tests.length + results.otherFailures.length === 0) {
      failed++
      notes.push(`${folder}: "${script}" found no tests`)
    }
    failed += results.otherFailures.length
    notes.push(...results.otherFailures.map((failure) => `${folder}: ${failure}`))
    for (const { file, titles, state, message } of results.tests) {
      if (state === 'passed') passed++
      if (state === 'failed') {
        failed++
        notes.push(`${folder}: ${file}: failed: ${titles.join(' > ')}${message ? `\n  ${message}` : ''}`)
      }
      if (state === 'skipped' && inCi) {
        failed++
        notes.push(`${folder}: ${file}: skipped, which CI does not allow: ${titles.join(' > ')}`)
      }
    }
  }
  return { passed, failed, notes }
}
