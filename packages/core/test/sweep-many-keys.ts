import { parentPort, workerData } from 'node:worker_threads'
import { compareKeys } from '../src/compare-keys.ts'
import { openScratchFolder } from '../src/spill-files.ts'

/** Compares many keys in a thread whose heap its maker limits, and tells what was found. */
const KEYS = 1_000_000
const BATCH = 1_000

async function* counted(first: number, count: number) {
  for (let from = first; from < first + count; from += BATCH) {
    yield Array.from({ length: BATCH }, (_, at) => ['2400', `24ROW${String(from + at).padStart(15, '0')}`])
  }
}

/** More keys than memory has room for, then one long key again and again with a new one here and there. */
async function* repeated() {
  yield* counted(0, 20_000)
  const long = ['2400', 'x'.repeat(2000)]
  for (let from = 0; from < 25_000; from += BATCH) {
    yield Array.from({ length: BATCH }, (_, at) => [long, long, ['6200', String(from + at)]]).flat()
  }
}

const kind = workerData as 'a million' | 'repeated'
await using scratch = await openScratchFolder()
await using sweep = await compareKeys({
  source: kind === 'repeated' ? repeated() : counted(KEYS / 10, KEYS),
  known: kind === 'repeated' ? counted(0, 20_000) : counted(0, KEYS),
  key: [
    { column: 'DEPT', isNullable: false },
    { column: 'ID', isNullable: false },
  ],
  scratch,
  signal: new AbortController().signal,
  memoryBytes: kind === 'repeated' ? 1_000_000 : 12_000_000,
})
const { inBoth, onlyInSource, onlyKnown } = sweep
let read = 0
for (const keys of [onlyInSource, onlyKnown]) {
  for await (const batch of keys.batches()) read += batch.length
}
parentPort?.postMessage({ inBoth, onlyInSource: onlyInSource.count, onlyKnown: onlyKnown.count, read })
