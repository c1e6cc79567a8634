import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { resultReporter } from './result-reporter.ts'
import { RESULT_FILES } from './test-results.ts'

type TestOptions = NonNullable<ViteUserConfig['test']>

const DEEP_TESTS = ['src/**/*.deep.test.ts', 'test/**/*.deep.test.ts']

/** The tests that `npm test` runs: all `*.test.ts` of the package but the deep ones. */
export function unitTests(options: TestOptions = {}): ViteUserConfig {
  return testConfig(RESULT_FILES.test, {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: DEEP_TESTS,
    // Long enough for a loaded machine with two cores; a hang still ends.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    ...options,
  })
}

/** The tests that `npm run test:deep` runs, `*.deep.test.ts`: matrices and whole deployments that take minutes. */
export function deepTests(options: TestOptions = {}): ViteUserConfig {
  return testConfig(RESULT_FILES['test:deep'], {
    include: DEEP_TESTS,
    testTimeout: 300_000,
    hookTimeout: 60_000,
    ...options,
  })
}

function testConfig(resultFile: string, test: TestOptions): ViteUserConfig {
  return defineConfig({
    // The other packages are tested from their sources. Node gets these conditions too, so without vite's default 'module':
    // under it the AWS SDK offers files that only a bundler can load.
    ssr: { resolve: { conditions: ['@findata/source', 'node', 'development|production'] } },
    test: {
      reporters: ['default', resultReporter(resultFile)],
      silent: 'passed-only',
      unstubEnvs: true,
      ...test,
    },
  })
}
