import { expect, test } from 'vitest'
import { sampleWorkspace } from '../test/sample-workspace.ts'
import { checkNoRegistry, checkVersions } from './versions.ts'

test('exact versions, the catalog and our own packages are fine', () => {
  const manifests = { 'packages/core': { dependencies: { zod: 'catalog:', pino: '9.1.0' } } }

  expect(checkVersions(sampleWorkspace({}, manifests))).toEqual([])
})

test('a version in two places belongs in the catalog, the root included', () => {
  const manifests = { 'packages/core': { dependencies: { pino: '9.1.0' } } }
  const root = { 'package.json': JSON.stringify({ devDependencies: { pino: '9.1.0' } }) }

  expect(checkVersions(sampleWorkspace(root, manifests))).toEqual([
    'packages/core/package.json: pino: more than one package uses it, so its version belongs in the catalog',
    'package.json: pino: more than one package uses it, so its version belongs in the catalog',
  ])
})

test('a range is not a version', () => {
  expect(
    checkVersions(sampleWorkspace({}, { 'packages/core': { dependencies: { pino: '^9.1.0' } } })),
  ).toEqual(['packages/core/package.json: pino: "^9.1.0" is not an exact version'])
})

test('our own packages come from the workspace', () => {
  const manifests = { 'packages/s3-store': { dependencies: { '@findata/core': '1.0.0' } } }

  expect(checkVersions(sampleWorkspace({}, manifests))).toHaveLength(1)
})

// Put together here, or this file would break the rule it tests.
const host = ['registry', 'example', 'com'].join('.')

test.for([
  ['CONTRIBUTING.md', `npm install --from https://${host}/`],
  ['.npmrc', ['registry', 'https://mirror.example.com'].join('=')],
  ['pnpm-lock.yaml', 'resolution: {tarball: https://mirror.example.com/zod.tgz}'],
] as const)('%s may not name a registry', ([path, text]) => {
  expect(checkNoRegistry(sampleWorkspace({ [path]: text }))).toHaveLength(1)
})
