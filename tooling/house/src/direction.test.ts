import { describe, expect, test } from 'vitest'
import { sampleWorkspace } from '../test/sample-workspace.ts'
import { checkImportDirection, checkManifestDirection } from './direction.ts'

const workspaceDependency = (name: string) => ({ dependencies: { [name]: 'workspace:*' } })
const workspaceDevDependency = (name: string) => ({ devDependencies: { [name]: 'workspace:*' } })

test('the sample breaks no rule', () => {
  expect(checkManifestDirection(sampleWorkspace())).toEqual([])
  expect(checkImportDirection(sampleWorkspace())).toEqual([])
})

test.for([
  ['packages/core', workspaceDependency('@findata/s3-store'), 'core knows no other package'],
  ['packages/core', workspaceDevDependency('@findata/s3-store'), 'core knows no other package'],
  [
    'packages/s3-store',
    workspaceDependency('@findata/etl-log'),
    'an adapter knows core and no other adapter',
  ],
  ['packages/s3-store', workspaceDependency('@findata/sandbox'), 'tooling is a devDependency'],
  ['apps/s3-cli', workspaceDependency('@findata/sandbox'), 'tooling is a devDependency'],
  ['apps/s3-cli', workspaceDevDependency('@findata/admin-api'), 'an app is only ever a devDependency'],
  ['apps/admin-web', workspaceDependency('@findata/admin-api'), 'an app is only ever a devDependency'],
  ['tooling/sandbox', workspaceDependency('@findata/s3-cli'), 'an app is only ever a devDependency'],
] as const)('%s may not declare %j', ([folder, manifest, rule]) => {
  const problems = checkManifestDirection(sampleWorkspace({}, { [folder]: manifest }))

  expect(problems).toHaveLength(1)
  expect(problems[0]).toContain(`${folder}/package.json: `)
  expect(problems[0]).toContain(rule)
})

test('tooling may declare an app that it runs, for development', () => {
  const manifests = { 'tooling/sandbox': workspaceDevDependency('@findata/s3-cli') }

  expect(checkManifestDirection(sampleWorkspace({}, manifests))).toEqual([])
})

describe('a file may not import', () => {
  test.for([
    ['packages/core/src/a.ts', `import { x } from '@findata/s3-store'`, 'core knows no other package'],
    ['packages/core/src/a.test.ts', `import { x } from '@findata/s3-store'`, 'core knows no other package'],
    ['packages/s3-store/src/a.ts', `import type { X } from '@findata/etl-log'`, 'no other adapter'],
    ['packages/s3-store/src/a.ts', `await import('@findata/sandbox')`, 'only tests import tooling'],
    ['apps/s3-cli/src/a.ts', `import { x } from '@findata/sandbox'`, 'only tests import tooling'],
    ['apps/s3-cli/test/a.test.ts', `import { x } from '@findata/admin-api'`, 'no app is imported'],
    ['tooling/sandbox/src/a.ts', `import { x } from '@findata/s3-cli'`, 'no app is imported'],
    ['apps/admin-web/src/a.ts', `import { x } from '@findata/admin-api'`, 'no app is imported'],
    ['packages/s3-store/src/a.ts', `import { x } from '../../core/src/b.ts'`, 'stays in its package'],
    ['packages/s3-store/src/a.ts', `import { x } from 'left-pad'`, 'not among the dependencies'],
    ['apps/admin-web/src/a.ts', `import { x } from '@findata/core'`, 'not among the dependencies'],
  ] as const)('%s: %s', ([path, text, rule]) => {
    const problems = checkImportDirection(sampleWorkspace({ [path]: text }))

    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(`${path}: `)
    expect(problems[0]).toContain(rule)
  })

  test('in a deployed file, what is only a devDependency', () => {
    const manifests = { 'packages/s3-store': { devDependencies: { pino: '1.0.0' } } }
    const importPino = (path: string, text: string) =>
      checkImportDirection(sampleWorkspace({ [path]: text }, manifests))

    expect(importPino('packages/s3-store/src/a.ts', `import { x } from 'pino'`)).toHaveLength(1)
    expect(importPino('packages/s3-store/src/a.ts', `import type { X } from 'pino'`)).toEqual([])
    expect(importPino('packages/s3-store/src/a.test.ts', `import { x } from 'pino'`)).toEqual([])
  })
})

test.for([
  ['packages/s3-store/src/a.ts', `import { x } from '@findata/core'`],
  ['packages/core/src/a.ts', `import { createHash } from 'node:crypto'\nimport { b } from './b.ts'`],
  ['packages/core/src/a.ts', `import { z } from 'zod'`],
  ['apps/s3-cli/src/a.ts', `import { x } from '@findata/s3-store'`],
  ['apps/s3-cli/src/a.test.ts', `import { x } from '@findata/sandbox'`],
  ['apps/s3-cli/test/start.ts', `import { x } from '@findata/sandbox'`],
  ['apps/s3-cli/vitest.config.ts', `import { x } from '@findata/vitest-config'`],
  ['apps/admin-web/src/a.ts', `import type { AppType } from '@findata/admin-api'`],
  ['tooling/sandbox/src/a.ts', `import { x } from '@findata/core'`],
] as const)('%s may write %s', ([path, text]) => {
  expect(checkImportDirection(sampleWorkspace({ [path]: text }))).toEqual([])
})
