import { type Manifest, toWorkspace, type Workspace } from '../src/workspace.ts'

const PACKAGES: Record<string, Manifest> = {
  'packages/core': { name: '@findata/core', dependencies: { zod: 'catalog:' } },
  'packages/s3-store': { name: '@findata/s3-store', dependencies: { '@findata/core': 'workspace:*' } },
  'packages/etl-log': { name: '@findata/etl-log', dependencies: { '@findata/core': 'workspace:*' } },
  'apps/s3-cli': {
    name: '@findata/s3-cli',
    dependencies: { '@findata/core': 'workspace:*', '@findata/s3-store': 'workspace:*' },
    devDependencies: { '@findata/sandbox': 'workspace:*', '@findata/vitest-config': 'workspace:*' },
  },
  'apps/admin-api': { name: '@findata/admin-api', dependencies: { '@findata/etl-log': 'workspace:*' } },
  'apps/admin-web': { name: '@findata/admin-web', devDependencies: { '@findata/admin-api': 'workspace:*' } },
  'tooling/sandbox': { name: '@findata/sandbox', devDependencies: { '@findata/core': 'workspace:*' } },
  'tooling/vitest-config': { name: '@findata/vitest-config' },
}

/** A small repository that breaks no rule of direction, changed by the given files and manifests. */
export function sampleWorkspace(
  files: Record<string, string> = {},
  manifests: Record<string, Manifest> = {},
): Workspace {
  const all = new Map(Object.entries(files))
  for (const [folder, manifest] of Object.entries({ ...PACKAGES, ...manifests })) {
    all.set(`${folder}/package.json`, JSON.stringify({ ...PACKAGES[folder], ...manifest }))
  }
  return toWorkspace(all)
}
