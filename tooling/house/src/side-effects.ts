import { basename } from 'node:path'
import { findImports } from './imports.ts'
import { isForTests, sourcesOf, type Workspace, withoutComments } from './workspace.ts'

const READS_ENVIRONMENT =
  /\bprocess\s*(?:\?\.|\.)\s*env\b|\bprocess\s*\[\s*['"]env|\benv\b[^={}]*\}\s*=\s*process\b/
const IMPORTS_ENVIRONMENT = /import\s*\{[^}]*\benv\b[^}]*\}\s*from\s*'(?:node:)?process'/

/** Files that read the environment and are not their package's `env.ts`. */
export function checkEnvironmentReads(workspace: Workspace): string[] {
  return workspace.packages
    .filter(({ layer }) => layer !== 'tooling')
    .flatMap((each) => sourcesOf(workspace, each))
    .filter(([path]) => basename(path) !== 'env.ts' && !isForTests(path))
    .filter(([, text]) =>
      [READS_ENVIRONMENT, IMPORTS_ENVIRONMENT].some((use) => use.test(withoutComments(text))),
    )
    .map(([path]) => `${path}: only env.ts reads the environment`)
}

/** The modules of Node that compute and touch nothing outside the process. */
const PURE_MODULES = new Set([
  'assert',
  'buffer',
  'crypto',
  'events',
  'path',
  'stream',
  'stream/promises',
  'string_decoder',
  'timers/promises',
  'url',
  'util',
  'zlib',
])
const GLOBAL_IO = /\bprocess\s*\.\s*\w+|\bfetch\(|\bconsole\s*\.\s*\w+/

/** The files of core that may touch the outside, and why. */
const CORE_EXCEPTIONS: Readonly<Record<string, string>> = {
  'packages/core/src/spill-files.ts': 'keys are counted in bounded memory by spilling them to disk',
  'packages/core/src/load-config.ts': "a team's own configuration is a file, and may be a module",
}

/** Files of core that reach outside the process: core computes, adapters and apps do the rest. */
export function checkCoreIsPure(workspace: Workspace): string[] {
  return [...workspace.files]
    .filter(([path]) => /^packages\/core\/src\/.*\.ts$/.test(path))
    .filter(([path]) => !isForTests(path) && !(path in CORE_EXCEPTIONS))
    .flatMap(([path, text]) => [
      ...findImports(text)
        .map(({ specifier }) => specifier)
        .filter(
          (specifier) => specifier.startsWith('node:') && !PURE_MODULES.has(specifier.slice('node:'.length)),
        )
        .map((specifier) => `${path}: ${specifier}: core does no I/O`),
      ...(GLOBAL_IO.exec(withoutComments(text)) ?? []).map((use) => `${path}: ${use}: core does no I/O`),
    ])
}
