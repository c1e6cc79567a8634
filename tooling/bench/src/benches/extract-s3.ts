import { startStandInProcess, toEnvironment } from '@findata/sandbox'
import { type Bench, type BenchResult, median, rounded } from '../bench.ts'
import { startMeasuredProcess } from '../measured-process.ts'
import type { ExtractInput, ExtractOutput, PhaseTimes } from '../work/extract.ts'
import type { FetchInput, FetchOutput } from '../work/fetch.ts'

const LIMIT = 'array-fetch loop'
const COLUMNS = 12
/** What s3-cli does first, so that the memory measured is that of the product. */
const HEAP_LIMITS = import.meta.resolve('../../../../apps/s3-cli/src/heap-limits.ts')

/** The pipeline from Oracle to S3 against the driver's bare loop over the same statement. */
export const extractS3: Bench = {
  name: 'extract-s3',
  description: 'Oracle to S3 with totals and hashes, one connection',
  rows: [100_000, 1_000_000],
  async measure(rows, { process, rounds = rows > 300_000 ? 3 : 5, say }) {
    await using standIns = await startStandInProcess({ sample: { benchRows: rows, columns: COLUMNS } })
    const env = toEnvironment(standIns)
    await using extracting = await startMeasuredProcess<ExtractInput, ExtractOutput>('extract', {
      ...process,
      env,
      preload: HEAP_LIMITS,
    })
    await using fetching = await startMeasuredProcess<FetchInput, FetchOutput>('fetch', { ...process, env })

    say(`extract-s3: ${rows} rows, warming up`)
    await extracting.run({ columns: COLUMNS })
    const sql = await extractStatement(standIns.oracle.controlUrl)
    await fetching.run({ sql })

    const fetches: FetchOutput[] = []
    const extracts: ExtractOutput[] = []
    let peakRssMb = 0
    for (let round = 1; round <= rounds; round++) {
      say(`extract-s3: ${rows} rows, round ${round} of ${rounds}`)
      const fetched = (await fetching.run({ sql })).output
      const extracted = await extracting.run({ columns: COLUMNS })
      if (fetched.rows !== rows || extracted.output.rows !== rows) {
        throw new Error(
          `extract-s3 read ${extracted.output.rows} rows and the loop ${fetched.rows} of ${rows}`,
        )
      }
      fetches.push(fetched)
      extracts.push(extracted.output)
      peakRssMb = extracted.peakRssMb
    }

    const result = (
      bench: string,
      limit: string,
      limitMs: readonly number[],
      phases: readonly PhaseTimes[],
      phase: keyof PhaseTimes,
    ): BenchResult => {
      const durationMs = median(phases.map((times) => times[phase] ?? Number.NaN))
      return {
        bench,
        variant: 'columns-1',
        rows,
        rowsPerSecond: Math.round((rows / durationMs) * 1000),
        limit,
        ratio: rounded(median(limitMs) / durationMs),
        peakRssMb,
      }
    }
    const byClock = (bench: string, phase: keyof PhaseTimes) =>
      result(
        bench,
        LIMIT,
        fetches.map(({ fetchMs }) => fetchMs),
        extracts.map(({ durationsMs }) => durationsMs),
        phase,
      )
    const byThread = (bench: string, phase: keyof PhaseTimes) =>
      result(
        bench,
        `${LIMIT}, CPU of its thread`,
        fetches.map(({ cpuMs }) => cpuMs),
        extracts.map(({ cpuMs }) => cpuMs),
        phase,
      )
    return [
      byClock('extract-s3', 'read'),
      byThread('extract-s3/thread', 'read'),
      byClock('extract-s3/source-totals', 'source-totals'),
      byClock('extract-s3/read-back', 'read-back'),
      byThread('extract-s3/read-back/thread', 'read-back'),
    ]
  },
}

/** The last statement that fetched the rows themselves, from the log of the stand-in. */
async function extractStatement(controlUrl: string): Promise<string> {
  const response = await fetch(controlUrl)
  const { statements } = (await response.json()) as { statements: readonly { sql: string; rows: number }[] }
  const longest = statements.toSorted((a, b) => b.rows - a.rows)[0]
  if (!longest) throw new Error('the Oracle stand-in has no statement in its log')
  return longest.sql
}
