import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkImportDirection, checkManifestDirection } from '../src/direction.ts'
import { checkCommands, checkLinks } from '../src/documentation.ts'
import { checkOwnersExist, checkPackageShape } from '../src/package-shape.ts'
import { checkCoreIsPure, checkEnvironmentReads } from '../src/side-effects.ts'
import { checkNoRegistry, checkVersions } from '../src/versions.ts'
import { readWorkspace } from '../src/workspace.ts'

// Each message names the file and the rule it breaks; the rules are explained in CONTRIBUTING.md.
describe('this repository', async () => {
  const workspace = await readWorkspace(join(import.meta.dirname, '../../..'))

  test.for([
    ['packages depend in one direction', checkManifestDirection],
    ['imports go in one direction', checkImportDirection],
    ['core does no I/O', checkCoreIsPure],
    ['only env.ts reads the environment', checkEnvironmentReads],
    ['every package has the same shape, and an owner', checkPackageShape],
    ['owners own what is there', checkOwnersExist],
    ['versions are exact and written once', checkVersions],
    ['no file names a package registry', checkNoRegistry],
    ['links in documents lead somewhere', checkLinks],
    ['commands in documents exist', checkCommands],
  ] as const)('%s', ([, check]) => {
    expect(check(workspace)).toEqual([])
  })

  test('has packages of every layer to check', () => {
    expect(new Set(workspace.packages.map(({ layer }) => layer))).toEqual(
      new Set(['packages', 'apps', 'tooling']),
    )
    expect([...workspace.files.keys()].filter((path) => path.includes('node_modules/'))).toEqual([])
  })
})
