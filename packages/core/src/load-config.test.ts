import { execFile } from 'node:child_process'
import { mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { FindataConfig } from './findata-config.ts'

type Outcome = { readonly config: FindataConfig } | { readonly code: string; readonly message: string }

interface Case {
  readonly files: Readonly<Record<string, string>>
  /** As after `--config`. */
  readonly path?: string
}

const LOAD = `
const { loadConfig } = await import(${JSON.stringify(new URL('load-config.ts', import.meta.url).href)})
const outcomes = []
for (const options of JSON.parse(process.argv[2])) {
  outcomes.push(
    await loadConfig(options).then(
      (config) => ({ config }),
      ({ code, message }) => ({ code, message }),
    ),
  )
}
process.stdout.write(JSON.stringify(outcomes))
`

/** Loads as a command does: in a process of its own on Node without any transform, from folders far from any node_modules. */
async function loadAll(cases: readonly Case[]): Promise<Outcome[]> {
  await using root = await mkdtempDisposable(join(tmpdir(), 'findata-config-'))
  const options = await Promise.all(
    cases.map(async ({ files, path }, index) => {
      const folder = join(root.path, String(index))
      await mkdir(folder)
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, name)), { recursive: true })
        await writeFile(join(folder, name), text)
      }
      return { folder, path }
    }),
  )
  const script = join(root.path, 'load.mjs')
  await writeFile(script, LOAD)
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(options)])
  return JSON.parse(stdout)
}

async function configOf(files: Case['files']): Promise<FindataConfig> {
  const [outcome] = await loadAll([{ files }])
  if (outcome === undefined || !('config' in outcome)) throw new Error(outcome?.message)
  return outcome.config
}

const plain = `{
  recordTypes: { units: { binds: { departments: ['2400'] } }, objects: false },
  retention: { keepLast: 3 },
}`
const json =
  '{"recordTypes":{"units":{"binds":{"departments":["2400"]}},"objects":false},"retention":{"keepLast":3}}'

describe('a configuration is', () => {
  const forms: [what: string, files: Record<string, string>, path?: string][] = [
    ['TypeScript', { 'findata.config.ts': `const config: object = ${plain}\nexport default config` }],
    ['JavaScript', { 'findata.config.js': `export default ${plain}` }],
    ['a module by its name', { 'findata.config.mjs': `export default ${plain}` }],
    ['CommonJS', { 'findata.config.js': `module.exports = ${plain}` }],
    ['JSON', { 'findata.config.json': json }],
    ['JSON with a byte order mark', { 'findata.config.json': `\ufeff${json}` }],
    ['a function', { 'findata.config.ts': `export default () => (${plain})` }],
    ['an asynchronous function', { 'findata.config.ts': `export default async () => (${plain})` }],
    [
      'any file that is named',
      { 'etc/prod.ts': `export default ${plain}`, 'findata.config.js': '!' },
      'etc/prod.ts',
    ],
    [
      'several files',
      {
        'findata.config.ts': `export { config as default } from './rest.ts'`,
        'rest.ts': `export const config = ${plain}`,
      },
    ],
    [
      'TypeScript that imports types only',
      { 'findata.config.ts': `import type { X } from '@findata/core'\nexport default ${plain} satisfies X` },
    ],
  ]
  const loaded = loadAll(forms.map(([, files, path]) => ({ files, ...(path && { path }) })))

  test.each(forms.map(([what], index) => [what, index] as const))('A14, A18: %s', async (_, index) => {
    const outcome = (await loaded)[index]
    if (outcome === undefined || !('config' in outcome)) throw new Error(outcome?.message)
    const { recordTypes, retention } = outcome.config
    expect(retention).toEqual({ keepLast: 3, keepDays: 90 })
    expect(recordTypes.map(({ name }) => name)).not.toContain('objects')
    expect(recordTypes[1]).toMatchObject({ name: 'units', binds: { departments: ['2400'] } })
  })

  test('A18: the example of the README', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
    const [, example = ''] = /```ts\n(export default[\s\S]*?)```/.exec(readme) ?? []
    const { recordTypes } = await configOf({ 'findata.config.ts': example })
    expect(recordTypes.map(({ name }) => name)).toEqual([
      'task_orders',
      'units',
      'master_agreements',
      'fdus',
      'subprojects',
      'fdu_expenses_obligated',
    ])
  })

  test('not needed', async () => {
    const { recordTypes } = await configOf({ 'other.ts': '!' })
    expect(recordTypes).toHaveLength(6)
  })

  test('A18: a function that adds a seventh query with the helpers it is given', async () => {
    const { recordTypes } = await configOf({
      'findata.config.ts': `
        export default ({ defineRecordType, builtIn }) => ({
          recordTypes: {
            fdu_expenses_obligated: defineRecordType({
              name: 'fdu_expenses_obligated',
              query: 'SELECT FAO_ID, FDU, DEPT, EXP, OBL, FDU_BAL FROM MSTR_IA_DEV.ATD_FDUS_VW WHERE DEPT IN (:departments)',
              binds: { departments: builtIn.units.binds.departments },
              columns: ['FAO_ID', 'FDU', 'DEPT', 'EXP', 'OBL', 'FDU_BAL'],
              rowKey: ['FAO_ID'],
              money: ['EXP', 'OBL', 'FDU_BAL'],
            }),
          },
        })`,
    })
    expect(recordTypes.at(-1)).toMatchObject({
      name: 'fdu_expenses_obligated',
      binds: { departments: ['2400', '2507', '6200', '6207'] },
      money: [
        { column: 'EXP', scale: 2 },
        { column: 'OBL', scale: 2 },
        { column: 'FDU_BAL', scale: 2 },
      ],
    })
  })
})

describe('a configuration that does not load says why', () => {
  const module = '{"type":"module"}'
  const mistakes: [what: string, files: Record<string, string>, message: RegExp, path?: string][] = [
    [
      'a mistake',
      { 'findata.config.ts': 'export default { recordTypes: { units: { money: ["X"] } } }' },
      /^ {2}findata\.config\.ts: recordTypes\.units\.money\[0\]: X is not/m,
    ],
    [
      'a mistake in a named file',
      { 'etc/p.json': '{"retention":1}' },
      /^ {2}etc\/p\.json: retention: expected object/m,
      'etc/p.json',
    ],
    [
      'two files',
      { 'findata.config.ts': '', 'findata.config.json': '' },
      /findata\.config\.ts: stands beside findata\.config\.json: keep one/,
    ],
    ['a named file that is not there', {}, /missing\.ts: there is no such file/, 'missing.ts'],
    ['a named folder', { 'etc/x.ts': '' }, /etc: there is no such file/, 'etc'],
    [
      'another kind of file',
      { 'findata.yaml': 'a: 1' },
      /findata\.yaml: is none of \.ts, \.js, \.mjs, \.json/,
      'findata.yaml',
    ],
    [
      'an enum',
      { 'findata.config.ts': 'export default {}\nenum A { X }' },
      /enum is not supported .* in findata\.config\.ts, line 2: Node only strips types/,
    ],
    [
      'broken TypeScript',
      { 'findata.config.ts': 'export default {\n  a: ,\n}' },
      /has a syntax error in findata\.config\.ts, line 2: Expression expected/,
    ],
    [
      'broken JavaScript',
      { 'findata.config.js': 'export default {\n  a: ,\n}' },
      /has a syntax error: Unexpected token ','\. `node --check` on the file/,
    ],
    ['broken JSON', { 'findata.config.json': '{\n  "a": 1,\n}' }, /is not JSON: .*line 3/],
    [
      'a name that stands twice in JSON',
      {
        'findata.config.json':
          '{"recordTypes": {"units": {"guards": {"minRows": 1, "minRows": 2}}, "objects": false,\n"un\\u0069ts": false}}',
      },
      /recordTypes\.units\.guards\.minRows: is there twice.*recordTypes\.units: is there twice/s,
    ],
    ['an empty JSON file', { 'findata.config.json': '' }, /is not JSON: Unexpected end/],
    [
      'a file that is imported and not there',
      { 'findata.config.ts': 'import "./rules"\nexport default {}' },
      /imports what is not there: Cannot find module .*rules.* Write the extension/,
    ],
    [
      'a package that is not there',
      { 'findata.config.ts': 'import { defineRecordType } from "@findata/core"\nexport default {}' },
      /Cannot find package '@findata\/core'.* write a function, which is given findata's helpers/,
    ],
    [
      'a name that is not exported',
      { 'findata.config.ts': 'import { nope } from "node:fs"\nexport default nope' },
      /has a syntax error.*does not provide an export named 'nope'/,
    ],
    [
      'module.exports in a module',
      { 'package.json': module, 'findata.config.js': 'module.exports = {}' },
      /module is not defined.* line 1: write `export default/,
    ],
    ['no default export', { 'findata.config.ts': 'export const config = {}' }, /has no default export/],
    [
      'an error of its own',
      { 'findata.config.ts': '\nexport default { a: departments }' },
      /threw ReferenceError in findata\.config\.ts, line 2: departments is not defined/,
    ],
    [
      'an error of its function',
      { 'findata.config.ts': 'export default () => {\n  throw new Error("no list")\n}' },
      /threw Error in findata\.config\.ts, line 2: no list/,
    ],
    ['something thrown that is no error', { 'findata.config.ts': 'throw "no list"' }, /threw no list/],
    [
      'a function that returns nothing',
      { 'findata.config.ts': 'export default () => {}' },
      /findata\.config\.ts: expected object, but it is missing/,
    ],
    [
      'a record type that the helper refuses',
      {
        'findata.config.ts':
          'export default (h) => ({ recordTypes: { a: h.defineRecordType({ name: "a" }) } })',
      },
      /The record type "a" is not usable:\n\s+query: expected string/,
    ],
  ]
  const loaded = loadAll(mistakes.map(([, files, , path]) => ({ files, ...(path && { path }) })))

  test.each(mistakes.map(([what, , message], index) => [what, message, index] as const))(
    '%s',
    async (_, message, index) => {
      const outcome = (await loaded)[index]
      expect(outcome).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) })
      expect(outcome).toMatchObject({ message: expect.not.stringContaining('    at ') })
    },
  )
})
