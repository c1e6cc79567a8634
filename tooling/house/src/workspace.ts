import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** The repository as the checks see it: its packages, and the text of every file by its path from the root. */
export interface Workspace {
  readonly packages: readonly WorkspacePackage[]
  readonly files: ReadonlyMap<string, string>
}

export interface WorkspacePackage {
  readonly name: string
  /** From the root, as in `packages/core`. */
  readonly folder: string
  readonly layer: Layer
  readonly manifest: Manifest
}

export type Layer = 'packages' | 'apps' | 'tooling'

export interface Manifest {
  readonly name?: string
  readonly description?: string
  readonly license?: string
  readonly scripts?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const NOT_OURS = new Set(['.git', 'node_modules', 'dist', '.turbo', 'out', 'coverage'])
const NOT_TEXT = /\.(png|jpg|gif|ico|gz|woff2|db)$/

/** Reads every file that a person wrote, without asking git, so that a downloaded archive can be checked too. */
export async function readWorkspace(root: string): Promise<Workspace> {
  const files = new Map<string, string>()
  async function walk(folder: string): Promise<void> {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && !NOT_OURS.has(entry.name)) await walk(path)
      if (entry.isFile() && !NOT_TEXT.test(entry.name))
        files.set(relative(root, path), await readFile(path, 'utf8'))
    }
  }
  await walk(root)
  return toWorkspace(files)
}

/** Finds the packages among the files. */
export function toWorkspace(files: ReadonlyMap<string, string>): Workspace {
  const packages: WorkspacePackage[] = []
  for (const [path, text] of files) {
    const [, folder, layer] = /^((packages|apps|tooling)\/[^/]+)\/package\.json$/.exec(path) ?? []
    if (folder === undefined) continue
    const manifest: Manifest = JSON.parse(text)
    packages.push({ name: manifest.name ?? folder, folder, layer: layer as Layer, manifest })
  }
  return { packages, files }
}

/** The TypeScript files of a package with their text, paths from the root. */
export function sourcesOf(
  { files }: Workspace,
  { folder }: WorkspacePackage,
): [path: string, text: string][] {
  return [...files].filter(([path]) => path.startsWith(`${folder}/`) && /\.tsx?$/.test(path))
}

/** Whether a file serves development only: a test, something in `test/`, or a configuration. */
export function isForTests(path: string): boolean {
  return /\.test\.tsx?$|\.config\.ts$|^[^/]+\/[^/]+\/test\//.test(path)
}

/** The text without the lines that are nothing but comment. */
export function withoutComments(text: string): string {
  return text.replace(/^\s*(\/\/|\/\*|\*).*$/gm, '')
}
