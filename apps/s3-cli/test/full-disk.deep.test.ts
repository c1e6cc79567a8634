import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { openCliFixture } from './cli-fixture.ts'
import { LEDGER_OWNER } from './ledger.ts'
import { readObjects } from './stored-copy.ts'

const MAIN = new URL('../src/main.ts', import.meta.url).pathname
/** More keys than memory may hold. */
const ROWS = 900_000

test('a disk that fills up in mid-run stops it with what to do, and nothing is stored or replaced', async () => {
  await using cli = await openCliFixture({ rows: 10 })
  expect((await cli.runCli(['extract', 'ledger'])).exitCode).toBe(0)
  await cli.writeConfig({
    recordTypes: {
      ledger: {
        query: 'SELECT ID, PART FROM WIDE',
        columns: ['ID', 'PART'],
        rowKey: ['ID', 'PART'],
        entityKey: ['ID'],
      },
    },
  })
  const type = { name: 'NUMBER', precision: 10, scale: 0 } as const
  cli.database.addTable(LEDGER_OWNER, {
    name: 'WIDE',
    columns: [
      { name: 'ID', type },
      { name: 'PART', type },
    ],
    generated: { rowCount: ROWS, row: (i) => [String(i), '1'] },
  })
  const before = await readObjects(cli)

  // A file may have one block only, so that writing fails as it does on a full disk, for any account.
  const command = 'ulimit -f 1; trap "" XFSZ; exec "$0" "$@"'
  const args = ['-c', command, process.execPath, '--conditions=@findata/source', MAIN, 'extract', 'ledger']
  const child = spawn('sh', args, { env: cli.env, cwd: cli.folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const [texts, [exitCode]] = await Promise.all([
    child.stdout.setEncoding('utf8').toArray(),
    once(child, 'exit'),
  ])

  const stdout = texts.join('')
  expect(stdout).toMatch(/Keeping temporary data in .* failed: /)
  expect(stdout).toContain('TMPDIR')
  expect(stdout).toContain('"code":"DISK_FAILED"')
  expect(exitCode).toBe(1)
  expect(await readObjects(cli)).toEqual(before)
})
