import type { Manifest, Workspace } from './workspace.ts'

/** Versions that are not exact, or are written in more than one place. */
export function checkVersions({ packages, files }: Workspace): string[] {
  const own = new Set(packages.map(({ name }) => name))
  const manifests: [path: string, Manifest][] = packages.map(({ folder, manifest }) => [
    `${folder}/package.json`,
    manifest,
  ])
  const rootManifest = files.get('package.json')
  if (rootManifest !== undefined) manifests.push(['package.json', JSON.parse(rootManifest)])

  const uses = manifests.flatMap(([path, { dependencies, devDependencies, optionalDependencies }]) =>
    Object.entries({ ...optionalDependencies, ...devDependencies, ...dependencies }).map(
      ([name, version]) => ({
        path,
        name,
        version,
      }),
    ),
  )
  return uses.flatMap(({ path, name, version }) => {
    if (own.has(name))
      return version === 'workspace:*' ? [] : [`${path}: ${name}: is our own, so "workspace:*"`]
    if (version === 'catalog:') return []
    const isShared = uses.some((use) => use.name === name && use.path !== path)
    if (isShared)
      return [`${path}: ${name}: more than one package uses it, so its version belongs in the catalog`]
    return /^\d+\.\d+\.\d+/.test(version) ? [] : [`${path}: ${name}: "${version}" is not an exact version`]
  })
}

/** Files that say where packages are downloaded from; that is the machine's setting, not the project's. */
export function checkNoRegistry({ files }: Workspace): string[] {
  return [...files].flatMap(([path, text]) => {
    const found =
      /\bregistry\.[a-z0-9-]+\.[a-z.]{2,}/i.exec(text) ??
      /^\s*(?:@[\w-]+:)?registry\s*=.*/m.exec(text) ??
      (path === 'pnpm-lock.yaml' ? /https?:\/\/\S+/.exec(text) : undefined)
    return found ? [`${path}: ${found[0]}: names a package registry`] : []
  })
}
