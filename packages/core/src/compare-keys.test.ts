import { once } from 'node:events'
import { mkdtempDisposable, readdir, readlink, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareKeys, type KeySweepOptions, type SweptKeys } from './compare-keys.ts'
import type { Row, Value } from './row-schema.ts'
import { openScratchFolder, type ScratchFolder } from './spill-files.ts'

const key = [
  { column: 'DEPT', isNullable: false },
  { column: 'ID', isNullable: true },
]

async function* inBatches(rows: readonly Row[]) {
  for (let from = 0; from < rows.length; from += 3) yield rows.slice(from, from + 3)
}

function sweep(
  scratch: ScratchFolder,
  source: readonly Row[],
  known: readonly Row[],
  options: Partial<KeySweepOptions> = {},
) {
  const { signal } = new AbortController()
  return compareKeys({ source: inBatches(source), known: inBatches(known), key, scratch, signal, ...options })
}

const allOf = async (keys: SweptKeys) => (await Array.fromAsync(keys.batches())).flat()
const manyKeys = (count: number, first = 0) =>
  Array.from({ length: count }, (_, index): Row => ['2400', `${first + index}`])

describe('a sweep of keys', () => {
  test('tells what is new in the source, what left it and what repeats, each key as a person reads it', async () => {
    await using scratch = await openScratchFolder()
    await using swept = await sweep(
      scratch,
      [
        ['2400', 'A'],
        ['6200', 'A'],
        ['2400', 'A'],
        ['2400', null],
      ],
      [
        ['2400', null],
        ['2400', 'A'],
        ['2400', 'ถนน'],
        ['2400', 'ถนน'],
      ],
    )
    expect(swept).toMatchObject({
      source: { rows: 4, keys: 3, nullKeyRows: 0 },
      known: { rows: 4, keys: 3, nullKeyRows: 0 },
      inBoth: 2,
    })
    expect(swept.onlyInSource.count).toBe(1)
    expect(await allOf(swept.onlyInSource)).toEqual([{ values: ['6200', 'A'], text: 'DEPT=6200, ID=A' }])
    expect(swept.onlyKnown.count).toBe(1)
    expect(await allOf(swept.onlyKnown)).toEqual([{ values: ['2400', 'ถนน'], text: 'DEPT=2400, ID=ถนน' }])
  })

  test('NULL equals NULL and no text, and values do not run into each other', async () => {
    await using scratch = await openScratchFolder()
    const source: Row[] = [
      ['1', null],
      ['1', 'null'],
      ['12', '3'],
      ['a","b', 'c'],
    ]
    const known: Row[] = [
      ['1', null],
      ['1', ''],
      ['1', '23'],
      ['a', 'b","c'],
    ]
    await using swept = await sweep(scratch, source, known)
    expect(swept.inBoth).toBe(1)
    expect((await allOf(swept.onlyInSource)).map(({ values }) => values)).toEqual(source.slice(1))
    expect((await allOf(swept.onlyKnown)).map(({ values }) => values)).toEqual(known.slice(1))
  })

  test('counts rows without a key, and has them on neither list', async () => {
    await using scratch = await openScratchFolder()
    await using swept = await sweep(scratch, [[null, 'A']], [[null, null]])
    expect(swept).toMatchObject({
      source: { rows: 1, keys: 0, nullKeyRows: 1 },
      known: { rows: 1, keys: 0, nullKeyRows: 1 },
      inBoth: 0,
      onlyInSource: { count: 0 },
      onlyKnown: { count: 0 },
    })
  })

  test('refuses rows that are no keys', async () => {
    await using scratch = await openScratchFolder()
    await expect(sweep(scratch, [['2400', 'A', '1.00']], [])).rejects.toThrow(
      'A key has 2 values, and a row of keys has 3',
    )
  })

  test.each([
    ['in memory', 48_000_000],
    ['mostly on disk', 1_000],
    ['one key at a time', 1],
  ])('agrees with sets, %s', async (_, memoryBytes) => {
    const value = fc.constantFrom<Value[]>('1', '2', '3', '12', '23', 'ก', '🛣️', '\n', '"', '\ud800', '')
    const rows = fc.array(fc.tuple(value, fc.option(value)), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(rows, rows, async (source, known) => {
        await using scratch = await openScratchFolder()
        await using swept = await sweep(scratch, source, known, { memoryBytes })
        const left = new Set(source.map((row) => JSON.stringify(row)))
        const right = new Set(known.map((row) => JSON.stringify(row)))
        const onlyLeft = [...left].filter((text) => !right.has(text)).sort()
        const onlyRight = [...right].filter((text) => !left.has(text)).sort()
        const textsOf = async (keys: SweptKeys) =>
          (await allOf(keys)).map(({ values }) => JSON.stringify(values)).sort()

        expect(swept.source).toEqual({ rows: source.length, keys: left.size, nullKeyRows: 0 })
        expect(swept.known).toEqual({ rows: known.length, keys: right.size, nullKeyRows: 0 })
        expect(swept.inBoth).toBe(left.size - onlyLeft.length)
        expect(await textsOf(swept.onlyInSource)).toEqual(onlyLeft)
        expect(await textsOf(swept.onlyKnown)).toEqual(onlyRight)
        expect(swept.onlyKnown.count).toBe(onlyRight.length)
      }),
      { numRuns: memoryBytes === 1 ? 10 : 40 },
    )
  })

  test('writes no key to disk more often than partitions of partitions need', async () => {
    await using scratch = await openScratchFolder()
    let bytes = 0
    const watched: ScratchFolder = {
      async openSpillFile() {
        const file = await scratch.openSpillFile()
        return {
          get bytes() {
            return file.bytes
          },
          read: file.read,
          [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
          async append(chunk) {
            bytes += chunk.byteLength
            await file.append(chunk)
          },
        }
      },
      [Symbol.asyncDispose]: async () => {},
    }
    const rows = manyKeys(20_000)
    await using swept = await sweep(watched, rows, [], { memoryBytes: 20_000 })
    expect(swept.onlyInSource.count).toBe(rows.length)
    // Two rounds of partitions, and the list of what is only in the source.
    expect(bytes).toBeLessThan(3 * rows.map((row) => JSON.stringify(row).length + 1).reduce((a, b) => a + b))
  })

  async function sweepInSmallHeap(workerData: 'a million' | 'repeated') {
    const worker = new Worker(new URL('../test/sweep-many-keys.ts', import.meta.url), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: 48 },
    })
    const [result] = await once(worker, 'message')
    await worker.terminate()
    return result as unknown
  }

  test('of a million keys a side takes a heap that would not hold one side', async () => {
    expect(await sweepInSmallHeap('a million')).toEqual({
      inBoth: 900_000,
      onlyInSource: 100_000,
      onlyKnown: 100_000,
      read: 200_000,
    })
  }, 60_000)

  test('of keys between many repeated ones keeps them alone, and not what they were read with', async () => {
    expect(await sweepInSmallHeap('repeated')).toEqual({
      inBoth: 20_000,
      onlyInSource: 25_001,
      onlyKnown: 0,
      read: 25_001,
    })
  }, 60_000)
})

describe('the files of a sweep', () => {
  /** Files below a folder that this process has open. */
  async function openFilesIn(folder: string) {
    const handles = await readdir('/proc/self/fd')
    const paths = await Promise.all(handles.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
    return paths.filter((path) => path.startsWith(folder)).length
  }
  const linuxTest = test.runIf(process.platform === 'linux')

  linuxTest('are closed and gone when a reader left its lists early', async () => {
    await using parent = await mkdtempDisposable(join(tmpdir(), 'sweep-test-'))
    {
      await using scratch = await openScratchFolder(parent.path)
      {
        await using swept = await sweep(scratch, manyKeys(20_000), manyKeys(20_000, 10_000), {
          memoryBytes: 100_000,
        })
        for await (const batch of swept.onlyKnown.batches()) {
          expect(batch.length).toBeLessThan(10_000)
          break
        }
        expect(await allOf(swept.onlyKnown)).toHaveLength(10_000)
        expect(await openFilesIn(parent.path)).toBe(2)
      }
      expect(await openFilesIn(parent.path)).toBe(0)
    }
    expect(await readdir(parent.path)).toEqual([])
  })

  linuxTest('are closed and gone when a signal stops it, and so are its sources', async () => {
    await using parent = await mkdtempDisposable(join(tmpdir(), 'sweep-test-'))
    const stop = new AbortController()
    let isClosed = false
    async function* known() {
      try {
        for (let first = 0; ; first += 1000) {
          yield manyKeys(1000, first)
          if (first === 30_000) stop.abort(new Error('stopped by a test'))
        }
      } finally {
        isClosed = true
      }
    }
    {
      await using scratch = await openScratchFolder(parent.path)
      await expect(
        sweep(scratch, manyKeys(10), [], { known: known(), signal: stop.signal, memoryBytes: 10_000 }),
      ).rejects.toThrow('stopped by a test')
      expect(isClosed).toBe(true)
      expect(await openFilesIn(parent.path)).toBe(0)
    }
    expect(await readdir(parent.path)).toEqual([])
  })

  linuxTest('on a full disk end it with DISK_FAILED and are closed', async () => {
    await using parent = await mkdtempDisposable(join(tmpdir(), 'sweep-test-'))
    await using scratch = await openScratchFolder(parent.path)
    await using _ = await scratch.openSpillFile()
    const folder = join(parent.path, (await readdir(parent.path))[0] ?? '')
    const ofLists = 3
    for (let file = ofLists + 1; file < 60; file++) await symlink('/dev/full', join(folder, `spill-${file}`))
    await expect(sweep(scratch, manyKeys(100_000), [], { memoryBytes: 1_000 })).rejects.toMatchObject({
      code: 'DISK_FAILED',
      message: expect.stringContaining('the disk is full'),
    })
    const own = 1
    expect(await openFilesIn(parent.path)).toBe(own)
  })
})
