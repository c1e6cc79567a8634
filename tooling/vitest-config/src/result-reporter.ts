import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node'
import type { TestOutcome, TestResults } from './test-results.ts'

// vitest's own JSON reporter leaves out unhandled errors and failed hooks, and then reports success.

const LONGEST_MESSAGE = 1_000

/** Writes the results of a whole run to a file in the package; a run of chosen tests writes nothing. */
export function resultReporter(file: string): Reporter {
  let vitest: Vitest
  return {
    onInit(started) {
      vitest = started
    },
    async onTestRunEnd(testModules, unhandledErrors) {
      const isWhole =
        testModules.length === (await vitest.globTestSpecifications()).length &&
        !vitest.config.testNamePattern
      if (!isWhole) return
      const results: TestResults = {
        tests: testModules.flatMap((module) => [...module.children.allTests()].map(toOutcome)),
        otherFailures: [
          ...testModules.flatMap(failuresOutsideTests),
          ...unhandledErrors.map(({ message }) => `unhandled error: ${message}`),
        ],
      }
      const path = join(vitest.config.root, file)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, JSON.stringify(results))
    },
  }
}

function toOutcome(test: TestCase): TestOutcome {
  const titles = [test.name]
  for (let parent = test.parent; parent.type === 'suite'; parent = parent.parent) titles.unshift(parent.name)
  const { state, errors } = test.result()
  const message = errors?.[0]?.message.slice(0, LONGEST_MESSAGE)
  return {
    file: test.module.relativeModuleId,
    titles,
    state: state === 'pending' ? 'failed' : state,
    ...(message !== undefined && { message }),
  }
}

function failuresOutsideTests(module: TestModule): string[] {
  const errors = [module, ...module.children.allSuites()].flatMap((suite) => suite.errors())
  const failures = errors.map(({ message }) => `${module.relativeModuleId}: ${message}`)
  const state = module.state()
  if (state === 'pending' || state === 'queued') failures.push(`${module.relativeModuleId}: did not finish`)
  return failures
}
