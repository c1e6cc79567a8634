import { mkdir, mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openResultFile } from './result-file.ts'

test('a result takes the place of an earlier one in one step', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'result-'))
  const path = join(folder.path, 'result.json')
  await writeFile(path, 'of yesterday')

  const file = await openResultFile(path)
  expect(await readdir(folder.path)).toEqual([])
  await file.write('{"exitCode":0}')
  expect(await readFile(path, 'utf8')).toBe('{"exitCode":0}\n')
  expect(await readdir(folder.path)).toEqual(['result.json'])
})

test('a folder that is not there, and a folder in place of the file, are refused before the run', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'result-'))
  await mkdir(join(folder.path, 'result.json'))
  for (const path of [join(folder.path, 'nowhere', 'r.json'), join(folder.path, 'result.json')]) {
    await expect(openResultFile(path)).rejects.toThrow(`The result cannot be written to ${path}`)
  }
})
