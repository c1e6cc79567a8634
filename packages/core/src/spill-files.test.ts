import { mkdtempDisposable, readdir, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TerminalError } from './errors.ts'
import { openLineFile, openScratchFolder } from './spill-files.ts'

async function failureOf(work: Promise<unknown>): Promise<TerminalError> {
  const error = await work.then(
    () => expect.fail('It succeeded'),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(TerminalError)
  return error as TerminalError
}

describe('a spill file', () => {
  test('gives back what was appended, from any position', async () => {
    await using scratch = await openScratchFolder()
    await using file = await scratch.openSpillFile()
    await file.append(Uint8Array.of(1, 2, 3))
    await file.append(Uint8Array.of(4, 5))
    const target = new Uint8Array(4)
    expect(file.bytes).toBe(5)
    expect(await file.read(1, target)).toBe(4)
    expect([...target]).toEqual([2, 3, 4, 5])
    expect(await file.read(4, target)).toBe(1)
    expect(await file.read(5, target)).toBe(0)
    await file.append(Uint8Array.of(6))
    expect(await file.read(5, target)).toBe(1)
    expect(target[0]).toBe(6)
  })

  test('is removed with its folder, and the folder leaves nothing behind', async () => {
    await using parent = await mkdtempDisposable(join(tmpdir(), 'spill-test-'))
    {
      await using scratch = await openScratchFolder(parent.path)
      await using file = await scratch.openSpillFile()
      await file.append(Uint8Array.of(1))
      expect(await readdir(parent.path)).toHaveLength(1)
    }
    expect(await readdir(parent.path)).toEqual([])
  })

  test('of a run that was killed days ago is removed by the next run, a younger one stays', async () => {
    await using parent = await mkdtempDisposable(join(tmpdir(), 'spill-test-'))
    const leftover = await openScratchFolder(parent.path)
    await using _ = await leftover.openSpillFile()
    const inOneDay = Date.now() + 24 * 60 * 60 * 1000
    const inThreeDays = Date.now() + 3 * 24 * 60 * 60 * 1000

    await (await openScratchFolder(parent.path, inOneDay))[Symbol.asyncDispose]()
    expect(await readdir(parent.path)).toHaveLength(1)
    await (await openScratchFolder(parent.path, inThreeDays))[Symbol.asyncDispose]()
    expect(await readdir(parent.path)).toEqual([])
  })

  test('makes its folder only when it is needed', async () => {
    await using parent = await mkdtempDisposable(join(tmpdir(), 'spill-test-'))
    await using _ = await openScratchFolder(parent.path)
    expect(await readdir(parent.path)).toEqual([])
  })

  test('gives back its lines in order, whatever they hold', async () => {
    const lines = fc.array(fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', '')))
    await fc.assert(
      fc.asyncProperty(lines, async (expected) => {
        await using scratch = await openScratchFolder()
        await using file = await openLineFile(scratch)
        for (const line of expected) await file.append(line)
        expect(await Array.fromAsync(file.lines())).toEqual(expected)
      }),
      { numRuns: 30 },
    )
  })

  test('gives back lines that are longer than its blocks', async () => {
    await using scratch = await openScratchFolder()
    await using file = await openLineFile(scratch)
    const expected = ['ก'.repeat(100_000), '', '🛣️'.repeat(60_000), 'end']
    for (const line of expected) await file.append(line)
    expect(await Array.fromAsync(file.lines())).toEqual(expected)
  })
})

describe('a disk that fails', () => {
  test.runIf(process.platform === 'linux')(
    'because it is full is named with its folder and the next step',
    async () => {
      await using parent = await mkdtempDisposable(join(tmpdir(), 'spill-test-'))
      await using scratch = await openScratchFolder(parent.path)
      await using _ = await scratch.openSpillFile()
      const folder = join(parent.path, (await readdir(parent.path))[0] ?? '')
      await symlink('/dev/full', join(folder, 'spill-2'))
      await using file = await scratch.openSpillFile()
      const error = await failureOf(file.append(new Uint8Array(100_000)))
      expect(error.code).toBe('DISK_FAILED')
      expect(error.message).toBe(
        `Keeping temporary data in ${folder} failed: the disk is full (ENOSPC). Free some space there, or point TMPDIR at another disk, and run the command again.`,
      )
    },
  )

  test('because there is no such folder is named too', async () => {
    await using parent = await mkdtempDisposable(join(tmpdir(), 'spill-test-'))
    const missing = join(parent.path, 'missing')
    const error = await failureOf(openScratchFolder(missing))
    expect(error).toMatchObject({ code: 'DISK_FAILED', details: { folder: missing, code: 'ENOENT' } })
  })
})
