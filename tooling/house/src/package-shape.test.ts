import { expect, test } from 'vitest'
import { checkOwnersExist, checkPackageShape } from './package-shape.ts'
import { toWorkspace } from './workspace.ts'

const manifest = {
  name: '@findata/core',
  description: 'The core',
  license: 'MIT',
  scripts: { build: 'tsc', typecheck: 'tsc', test: 'vitest run' },
  exports: {
    '.': { '@findata/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
  },
}
const files = {
  'packages/core/package.json': JSON.stringify(manifest),
  'packages/core/README.md': '# core',
  'packages/core/src/index.ts': `export { a } from './a.ts'`,
  '.github/CODEOWNERS': '/packages/core/ @findata/core-owners\n',
}

function problemsWith(changes: Record<string, string | undefined>): string[] {
  const changed = Object.entries({ ...files, ...changes }).filter(
    (entry): entry is [string, string] => !!entry[1],
  )
  return checkPackageShape(toWorkspace(new Map(changed)))
}

test('a package with all it needs has no problem', () => {
  expect(problemsWith({})).toEqual([])
})

test.for([
  ['packages/core/README.md', 'packages/core: needs a README.md'],
  ['packages/core/src/index.ts', 'packages/core/package.json: exports ".": its source file is not there'],
  ['.github/CODEOWNERS', 'packages/core: needs a line "/packages/core/ @owner" in .github/CODEOWNERS'],
] as const)('without %s it says: %s', ([path, problem]) => {
  expect(problemsWith({ [path]: undefined })).toContain(problem)
})

test.for([
  [{ description: '' }, 'packages/core: needs a description'],
  [{ license: 'ISC' }, 'packages/core: needs "license": "MIT"'],
  [{ scripts: { test: 'vitest run' } }, 'packages/core: needs the script "typecheck"'],
  [{ exports: undefined }, 'packages/core/package.json: needs exports; {} says that nothing is importable'],
  [
    { exports: { '.': './src/index.ts' } },
    'packages/core/package.json: exports ".": "default" must lie in ./dist/',
  ],
] as const)('with %j it says: %s', ([change, problem]) => {
  const changed = JSON.stringify({ ...manifest, ...change })

  expect(problemsWith({ 'packages/core/package.json': changed })).toContain(problem)
})

test('everything at once is not a list of public names', () => {
  expect(problemsWith({ 'packages/core/src/index.ts': `export * from './a.ts'` })).toHaveLength(1)
})

test('an owner of a folder that is gone is reported', () => {
  const owners = {
    '.github/CODEOWNERS': '/packages/core/ @findata/core-owners\n/packages/gone/ @findata/gone-owners\n',
  }

  expect(checkOwnersExist(toWorkspace(new Map(Object.entries({ ...files, ...owners }))))).toEqual([
    '.github/CODEOWNERS: /packages/gone/ is not there',
  ])
})
