import { dirname, join, normalize } from 'node:path'
import type { Manifest, Workspace } from './workspace.ts'

const ROOT_DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'LICENSE']

/** Root documents that are missing, and relative links in any document that lead nowhere. */
export function checkLinks({ files }: Workspace): string[] {
  const exists = (path: string) =>
    files.has(path) || [...files.keys()].some((file) => file.startsWith(`${path}/`))
  const missing = ROOT_DOCUMENTS.filter((name) => !files.has(name)).map((name) => `${name}: is not there`)
  const broken = documentsOf(files).flatMap(([path, text]) =>
    [...withoutCode(text).matchAll(/\]\(<?([^)>\s]+)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !/^[a-z]+:|^#/.test(link))
      .filter((link) => !exists(normalize(join(dirname(path), link.replace(/#.*/, ''))).replace(/\/$/, '')))
      .map((link) => `${path}: the link ${link} leads nowhere`),
  )
  return [...missing, ...broken]
}

/** `npm` commands in documents that package.json does not have. */
export function checkCommands({ files }: Workspace): string[] {
  const { scripts = {} }: Manifest = JSON.parse(files.get('package.json') ?? '{}')
  return documentsOf(files).flatMap(([path, text]) =>
    [...text.matchAll(/\bnpm (?:run (?:-s |--silent )?([a-z][\w:-]*)|(test)\b)/g)]
      .map(([, script, test]) => script ?? test ?? '')
      .filter((name) => !(name in scripts))
      .map((name) => `${path}: package.json has no script "${name}"`),
  )
}

function documentsOf(files: Workspace['files']) {
  return [...files].filter(([path]) => path.endsWith('.md'))
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '')
}
