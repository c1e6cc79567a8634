import { sourcesOf, type Workspace, type WorkspacePackage } from './workspace.ts'

export const OWNERS_FILE = '.github/CODEOWNERS'

/** What a package lacks of the shape that all packages have. */
export function checkPackageShape(workspace: Workspace): string[] {
  return workspace.packages.flatMap((each) => {
    const { folder, manifest } = each
    const hasSources = [...workspace.files.keys()].some((path) => path.startsWith(`${folder}/src/`))
    const missing: string[] = []
    if (!workspace.files.has(`${folder}/README.md`)) missing.push('a README.md')
    if (!manifest.description) missing.push('a description')
    if (manifest.license !== 'MIT') missing.push('"license": "MIT"')
    if (!hasOwner(workspace, folder)) missing.push(`a line "/${folder}/ @owner" in ${OWNERS_FILE}`)
    if (hasSources) {
      const scripts = each.layer === 'tooling' ? ['typecheck', 'test'] : ['build', 'typecheck', 'test']
      missing.push(
        ...scripts.filter((name) => !manifest.scripts?.[name]).map((name) => `the script "${name}"`),
      )
    }
    return [...missing.map((what) => `${folder}: needs ${what}`), ...checkExports(workspace, each)]
  })
}

function checkExports(workspace: Workspace, each: WorkspacePackage): string[] {
  const { folder, layer, manifest } = each
  if (manifest.exports === undefined)
    return [`${folder}/package.json: needs exports; {} says that nothing is importable`]
  const problems: string[] = []
  for (const [subpath, target] of Object.entries(manifest.exports)) {
    const source = typeof target === 'string' ? target : target['@findata/source']
    if (source === undefined || !workspace.files.has(`${folder}/${source.replace(/^\.\//, '')}`)) {
      problems.push(`${folder}/package.json: exports "${subpath}": its source file is not there`)
    }
    // Node refuses to strip types below node_modules, so what is deployed must resolve to dist.
    const isDeployable = typeof target !== 'string' && target.default?.startsWith('./dist/')
    if (layer !== 'tooling' && !isDeployable) {
      problems.push(`${folder}/package.json: exports "${subpath}": "default" must lie in ./dist/`)
    }
  }
  for (const [path, text] of sourcesOf(workspace, each)) {
    if (/^export \* from/m.test(text))
      problems.push(`${path}: public names are exported one by one, without "export *"`)
  }
  return problems
}

function hasOwner({ files }: Workspace, folder: string): boolean {
  const lines = files.get(OWNERS_FILE)?.split('\n') ?? []
  return lines.some((line) => line.startsWith(`/${folder}/ `) && /\s@[\w-]+/.test(line))
}

/** Lines of the owners file about folders that are gone. */
export function checkOwnersExist({ files }: Workspace): string[] {
  const folders = [...(files.get(OWNERS_FILE) ?? '').matchAll(/^\/(\S+)\/\s/gm)].map(([, folder]) => folder)
  return folders
    .filter((folder) => ![...files.keys()].some((path) => path.startsWith(`${folder}/`)))
    .map((folder) => `${OWNERS_FILE}: /${folder}/ is not there`)
}
