import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { findImports, packageOf } from './imports.ts'
import { isForTests, sourcesOf, type Workspace, type WorkspacePackage } from './workspace.ts'

// core ← adapters in packages/ ← apps/; tooling serves development only.

const CORE = '@findata/core'

/** The console may know the types of the API it calls, and nothing more of it. */
const TYPES_OF_APP = { importer: '@findata/admin-web', imported: '@findata/admin-api' }

/** Dependencies in package.json files that go against the direction. */
export function checkManifestDirection({ packages }: Workspace): string[] {
  const byName = new Map(packages.map((each) => [each.name, each]))
  return packages.flatMap((importer) => {
    const { dependencies = {}, optionalDependencies = {}, devDependencies = {} } = importer.manifest
    const problems: string[] = []
    const check = (names: string[], isDev: boolean) => {
      for (const name of names) {
        const imported = byName.get(name)
        const rule = imported && forbiddenDependency(importer, imported, isDev)
        if (rule !== undefined) problems.push(`${importer.folder}/package.json: ${name}: ${rule}`)
      }
    }
    check(Object.keys({ ...dependencies, ...optionalDependencies }), false)
    check(Object.keys(devDependencies), true)
    return problems
  })
}

function forbiddenDependency(importer: WorkspacePackage, imported: WorkspacePackage, isDev: boolean) {
  if (imported.layer === 'apps') {
    const isAllowed = isDev && (importer.layer === 'tooling' || isTypesOfApp(importer, imported))
    return isAllowed ? undefined : 'an app is only ever a devDependency, of tooling that runs it'
  }
  if (importer.layer === 'tooling') return undefined
  if (imported.layer === 'tooling') return isDev ? undefined : 'tooling is a devDependency'
  return forbiddenAmongPackages(importer, imported)
}

/** Import statements that go against the direction, leave their package, or name what it does not depend on. */
export function checkImportDirection(workspace: Workspace): string[] {
  const byName = new Map(workspace.packages.map((each) => [each.name, each]))
  return workspace.packages.flatMap((importer) =>
    sourcesOf(workspace, importer).flatMap(([path, text]) =>
      findImports(text).flatMap(({ specifier, isTypeOnly }) => {
        const name = packageOf(specifier)
        const imported = byName.get(name ?? '')
        const rule =
          name === undefined
            ? leavesPackage(importer, path, specifier)
            : ((imported && forbiddenImport(importer, path, imported, isTypeOnly)) ??
              undeclared(importer, path, name, isTypeOnly))
        return rule === undefined ? [] : [`${path}: ${specifier}: ${rule}`]
      }),
    ),
  )
}

function forbiddenImport(
  importer: WorkspacePackage,
  path: string,
  imported: WorkspacePackage,
  isTypeOnly: boolean,
): string | undefined {
  if (imported.name === importer.name) return undefined
  if (imported.layer === 'apps') {
    return isTypeOnly && isTypesOfApp(importer, imported) ? undefined : 'no app is imported'
  }
  if (importer.layer === 'tooling') return undefined
  if (imported.layer === 'tooling') return isForTests(path) ? undefined : 'only tests import tooling'
  return forbiddenAmongPackages(importer, imported)
}

function forbiddenAmongPackages(importer: WorkspacePackage, imported: WorkspacePackage) {
  if (importer.name === CORE) return 'core knows no other package'
  if (importer.layer === 'packages' && imported.name !== CORE)
    return 'an adapter knows core and no other adapter'
  return undefined
}

function isTypesOfApp(importer: WorkspacePackage, imported: WorkspacePackage) {
  return importer.name === TYPES_OF_APP.importer && imported.name === TYPES_OF_APP.imported
}

function leavesPackage({ folder }: WorkspacePackage, path: string, specifier: string) {
  return join(dirname(path), specifier).startsWith(`${folder}/`)
    ? undefined
    : 'a relative path stays in its package'
}

function undeclared(
  { name: own, layer, manifest }: WorkspacePackage,
  path: string,
  name: string,
  isTypeOnly: boolean,
) {
  if (isBuiltin(name) || name === own) return undefined
  const { dependencies = {}, devDependencies = {}, optionalDependencies = {} } = manifest
  if (name in dependencies || name in optionalDependencies) return undefined
  const needsNoDeployment = layer === 'tooling' || isForTests(path) || isTypeOnly
  if (name in devDependencies) {
    return needsNoDeployment ? undefined : 'a deployed file needs it in dependencies, not devDependencies'
  }
  return 'not among the dependencies of its package'
}
