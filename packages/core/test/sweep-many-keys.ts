import { parentPort } from 'node:worker_threads'
import { compareKeys } from '../src/compare-keys.ts'
import { openScratchFolder } from '../src/spill-files.ts'

/** Compares a million keys with a million of which a tenth are others, in a thread whose heap its maker limits. */
const KEYS = 1_000_000
const BATCH = 1_000

async function* keys(first: number) {
  for (let from = first; from < first + KEYS; from += BATCH) {
    yield Array.from({ length: BATCH }, (_, at) => ['2400', `24ROW${String(from + at).padStart(15, '0')}`])
  }
}

await using scratch = await openScratchFolder()
await using sweep = await compareKeys({
  source: keys(KEYS / 10),
  known: keys(0),
  key: [
    { column: 'DEPT', isNullable: false },
    { column: 'ID', isNullable: false },
  ],
  scratch,
  signal: new AbortController().signal,
  memoryBytes: 12_000_000,
})
const { inBoth, onlyInSource, onlyKnown } = sweep
let read = 0
for await (const batch of onlyKnown.batches()) read += batch.length
parentPort?.postMessage({ inBoth, onlyInSource: onlyInSource.count, onlyKnown: onlyKnown.count, read })
