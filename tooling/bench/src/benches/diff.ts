import { type Bench, type BenchResult, median, rounded } from '../bench.ts'
import { startMeasuredProcess } from '../measured-process.ts'
import { short } from '../result-table.ts'
import type { DiffInput, DiffOutput } from '../work/diff.ts'

const LIMIT = 'ordered merge of the same sets'
/** What s3-cli does first, so that the memory measured is that of the product. */
const HEAP_LIMITS = import.meta.resolve('../../../../apps/s3-cli/src/heap-limits.ts')

/** Records in any order against those of a destination, and what a merge of the same two sets in the order of their keys takes. */
export const diff: Bench = {
  name: 'diff',
  description: 'wanted records against those of a destination, by hashed key',
  rows: [100_000, 1_000_000],
  async measure(rows, { process, rounds = 3, say }) {
    await using merging = await startMeasuredProcess<DiffInput, DiffOutput>('diff', process)
    const limited = { ...process, preload: HEAP_LIMITS }
    await using diffing = await startMeasuredProcess<DiffInput, DiffOutput>('diff', limited)
    const diffs: DiffOutput[] = []
    const merges: DiffOutput[] = []
    let peakRssMb = 0
    for (let round = 0; round <= rounds; round++) {
      say(`diff: ${rows} rows on each side, ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`)
      const merged = await merging.run({ rows, method: 'merge' })
      const compared = await diffing.run({ rows, method: 'hash' })
      peakRssMb = compared.peakRssMb
      if (round === 0) continue
      merges.push(merged.output)
      diffs.push(compared.output)
    }
    const result = (bench: string, limit: string, msOf: (output: DiffOutput) => number): BenchResult => {
      const durationMs = median(diffs.map(msOf))
      return {
        bench,
        variant: `hash-${short(rows)}`,
        rows,
        rowsPerSecond: Math.round((rows / durationMs) * 1000),
        limit,
        ratio: rounded(median(merges.map(msOf)) / durationMs),
        peakRssMb,
      }
    }
    return [
      result('diff', LIMIT, ({ diffMs }) => diffMs),
      result('diff/thread', `${LIMIT}, CPU of its thread`, ({ cpuMs }) => cpuMs),
      result('diff/compare', `${LIMIT}, decoding left out`, ({ diffMs, decodingMs }) => diffMs - decodingMs),
    ]
  },
}
