import { execFile } from 'node:child_process'
import { mkdtempDisposable, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const MAIN = join(import.meta.dirname, '../src/main.ts')

function runBench(...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--conditions=@findata/source', MAIN, ...args], (error, stdout, stderr) => {
      resolve({ exitCode: error ? Number(error.code) : 0, stdout, stderr })
    })
  })
}

async function measure(...args: string[]): Promise<{ results: Record<string, unknown>[]; stdout: string }> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'findata-bench-'))
  const json = join(folder.path, 'results.json')
  const { exitCode, stdout, stderr } = await runBench(...args, '--json', json)
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' })
  return { ...JSON.parse(await readFile(json, 'utf8')), stdout }
}

/** Every figure is there and is one; none is judged. */
function resultOf(bench: string, variant: string, rows: number, limit: string) {
  const figure = expect.closeTo(5e8, -9)
  return { bench, variant, rows, limit, rowsPerSecond: figure, ratio: figure, peakRssMb: figure }
}

test('an unknown bench is a mistake that lists the known ones', async () => {
  const { exitCode, stderr } = await runBench('json-decode')
  expect(exitCode).toBe(2)
  expect(stderr).toContain('Benches are json-encode, extract-s3, diff, publish-pace.')
})

test.each([
  ['--rows', '1.5k'],
  ['--rows', '0'],
  ['--rounds', 'many'],
])('%s %s is a mistake', async (option, value) => {
  const { exitCode, stderr } = await runBench('json-encode', option, value)
  expect(exitCode).toBe(2)
  expect(stderr).toContain(option)
})

test('json-encode measures each size asked for', async () => {
  const { results, stdout } = await measure('json-encode', '--rows', '1k,2000', '--rounds', '1')
  expect(results).toEqual(
    [1000, 2000].flatMap((rows) => [
      resultOf('json-encode', 'columns-12', rows, 'JSON.stringify per row, same file'),
      resultOf('json-encode', 'columns-12-ready', rows, 'JSON.stringify per object, same file'),
      resultOf('json-encode', 'columns-12-quoted', rows, 'JSON.stringify per object, numbers quoted'),
      resultOf('json-encode', 'columns-12-dates', rows, 'JSON.stringify per object, dates as Date'),
    ]),
  )
  expect(stdout).toContain('columns-12-dates')
})

test('extract-s3 times reading, source totals and reading back apart', async () => {
  const { results } = await measure('extract-s3', '--rows', '2k', '--rounds', '1')
  const clock = 'array-fetch loop'
  const thread = 'array-fetch loop, CPU of its thread'
  expect(results).toEqual([
    resultOf('extract-s3', 'columns-1', 2000, clock),
    resultOf('extract-s3/thread', 'columns-1', 2000, thread),
    resultOf('extract-s3/source-totals', 'columns-1', 2000, clock),
    resultOf('extract-s3/read-back', 'columns-1', 2000, clock),
    resultOf('extract-s3/read-back/thread', 'columns-1', 2000, thread),
  ])
})

test('diff compares as many records as asked for, on each side', async () => {
  const { results } = await measure('diff', '--rows', '2k,1500', '--rounds', '1')
  const limit = 'ordered merge of the same sets'
  expect(results).toEqual(
    [
      { rows: 2000, variant: 'hash-2k' },
      { rows: 1500, variant: 'hash-1500' },
    ].flatMap(({ rows, variant }) => [
      resultOf('diff', variant, rows, limit),
      resultOf('diff/thread', variant, rows, `${limit}, CPU of its thread`),
      resultOf('diff/compare', variant, rows, `${limit}, decoding left out`),
    ]),
  )
})

test('publish-pace counts what the limit refused', async () => {
  const { results } = await measure('publish-pace', '--rows', '12')
  const figures = resultOf('publish-pace', 'knack', 12, '10 calls per second')
  expect(results).toEqual([{ ...figures, refusedCalls: expect.any(Number) }])
})
