import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { glob, mkdtempDisposable, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../../..')
const PNPM = join(ROOT, 'node_modules/.bin/pnpm')

interface Outcome {
  readonly exitCode: number
  readonly output: string
}

function run(command: string, args: readonly string[], cwd: string, env = process.env): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(command, args, { cwd, env }, (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? 1, output: stdout + stderr }),
    )
  })
}

async function deploy(app: string, folder: string) {
  const build = await run(PNPM, ['--filter', `@findata/${app}...`, 'run', '--if-present', 'build'], ROOT)
  expect(build, build.output).toMatchObject({ exitCode: 0 })
  const deployed = await run(PNPM, ['--filter', `@findata/${app}`, 'deploy', '--prod', folder], ROOT)
  expect(deployed, deployed.output).toMatchObject({ exitCode: 0 })
}

/** Runs the deployed app as a scheduler would: with a path, a home and nothing else. */
function start(folder: string, args: readonly string[]): Promise<Outcome> {
  return run(process.execPath, ['dist/main.js', ...args], folder, { PATH: process.env.PATH, HOME: folder })
}

describe.for(readdirSync(join(ROOT, 'apps')))('%s, deployed alone', (app) => {
  test('runs from dist and production packages', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), `deploy-${app}-`))
    const target = join(folder.path, app)
    await deploy(app, target)

    expect(await readdir(target)).toEqual(expect.arrayContaining(['dist', 'node_modules', 'package.json']))
    expect(await Array.fromAsync(glob('{src,test,*.config.ts,dist/**/*.test.js}', { cwd: target }))).toEqual(
      [],
    )
    const packages = await Array.fromAsync(
      glob('node_modules/.pnpm/*/node_modules/{*,@*/*}', { cwd: target }),
    )
    const names = packages.map((path) => path.replace(/^.*\/node_modules\//, ''))
    expect(names).toContain('@findata/core')
    const forDevelopment = [
      'typescript',
      'vitest',
      '@findata/tsconfig',
      '@findata/vitest-config',
      '@findata/sandbox',
    ]
    expect(names.filter((name) => forDevelopment.includes(name))).toEqual([])
    const ownSources = 'node_modules/.pnpm/*/node_modules/@findata/*/{src,test}'
    expect(await Array.fromAsync(glob(ownSources, { cwd: target }))).toEqual([])

    const help = await start(target, ['--help'])
    expect(help, help.output).toMatchObject({ exitCode: 0 })

    const doctor = await start(target, ['doctor'])
    expect(doctor, doctor.output).toMatchObject({ exitCode: 2 })
    expect(doctor.output).toContain('ORACLE_')
    expect(doctor.output).toContain('BUCKET')
  })
})
