import { describe, expect, test } from 'vitest'
import { sampleWorkspace } from '../test/sample-workspace.ts'
import { checkCoreIsPure, checkEnvironmentReads } from './side-effects.ts'

describe('the environment', () => {
  test.for([
    'const url = process.env.URL',
    'const all = { ...process.env }',
    'const url = process?.env?.URL',
    `const url = process['env'].URL`,
    'const { argv, env } = process',
    `import { env } from 'node:process'`,
  ])('is not read elsewhere: %s', (text) => {
    expect(checkEnvironmentReads(sampleWorkspace({ 'apps/s3-cli/src/main.ts': text }))).toEqual([
      'apps/s3-cli/src/main.ts: only env.ts reads the environment',
    ])
  })

  test.for([
    ['apps/s3-cli/src/env.ts', 'export const url = process.env.URL'],
    ['apps/s3-cli/test/run.ts', 'spawn(node, { env: process.env })'],
    ['apps/s3-cli/src/a.test.ts', 'const path = process.env.PATH'],
    ['tooling/sandbox/src/main.ts', 'const path = process.env.PATH'],
    ['apps/s3-cli/src/main.ts', '// Nothing here reads process.env.\nconst env = readEnv(process.argv)'],
  ] as const)('is read, or only spoken of, in %s', ([path, text]) => {
    expect(checkEnvironmentReads(sampleWorkspace({ [path]: text }))).toEqual([])
  })
})

describe('core', () => {
  test.for([
    `import { readFile } from 'node:fs/promises'`,
    `import { Worker } from 'node:worker_threads'`,
    `import { connect } from 'node:net'`,
    `const reply = await fetch(url)`,
    `console.log(rows)`,
    `process.exit(1)`,
  ])('does not contain: %s', (text) => {
    expect(checkCoreIsPure(sampleWorkspace({ 'packages/core/src/a.ts': text }))).toHaveLength(1)
  })

  test.for([
    ['packages/core/src/a.ts', `import { createHash } from 'node:crypto'`],
    ['packages/core/src/a.test.ts', `import { readFile } from 'node:fs/promises'`],
    ['packages/core/src/spill-files.ts', `import { open } from 'node:fs/promises'`],
    ['packages/s3-store/src/a.ts', `import { request } from 'node:http'`],
  ] as const)('leaves alone %s: %s', ([path, text]) => {
    expect(checkCoreIsPure(sampleWorkspace({ [path]: text }))).toEqual([])
  })
})
