import { startStandInProcess, toEnvironment } from '@findata/sandbox'
import { type Bench, type BenchResult, median, rounded } from '../bench.ts'
import { startMeasuredProcess } from '../measured-process.ts'
import type { ExtractInput, ExtractOutput } from '../work/extract.ts'
import type { PublishOutput } from '../work/publish.ts'
import type { KnackInput, KnackOutput } from '../work/serve-knack.ts'

const COLUMNS = 12
const CALLS_PER_SECOND = 10
/** Half a minute of calls; all other records are as they should be. */
const MOST_WRITES = 300
/** Each create is looked up before. Among more records that takes the stand-in longer than calls are apart, so that they pile up. */
const MOST_SEARCHED = 10_000
/** What s3-cli does first, so that the memory measured is that of the product. */
const HEAP_LIMITS = import.meta.resolve('../../../../apps/s3-cli/src/heap-limits.ts')

/** A whole publish to a Knack app that refuses the eleventh call within a second. */
export const publishPace: Bench = {
  name: 'publish-pace',
  description: 'calls per second of a publish to Knack, by the clock',
  rows: [1_000, 100_000],
  async measure(rows, { process, rounds = 1, say }) {
    const writes = Math.min(rows, MOST_WRITES)
    const missing = rows > MOST_SEARCHED ? 0 : Math.ceil(writes / 2)
    const changed = writes - missing
    await using standIns = await startStandInProcess({ sample: { benchRows: rows, columns: COLUMNS } })
    const env = toEnvironment(standIns)
    say(`publish-pace: taking a snapshot of ${rows} rows`)
    {
      await using extracting = await startMeasuredProcess<ExtractInput, ExtractOutput>('extract', { env })
      await extracting.run({ columns: COLUMNS })
    }

    const paces: number[] = []
    const peaksMb: number[] = []
    let refusedCalls = 0
    for (let round = 1; round <= rounds; round++) {
      say(`publish-pace: ${rows} records of which ${writes} differ, round ${round} of ${rounds}`)
      await using knack = await startMeasuredProcess<KnackInput, KnackOutput>('serve-knack', {})
      const { output: app } = await knack.run({ start: { rows, missing, changed } })
      await using publishing = await startMeasuredProcess<object, PublishOutput>('publish', {
        ...process,
        env: { ...env, ...app.env },
        preload: HEAP_LIMITS,
      })
      const { output, peakRssMb } = await publishing.run({})
      const { created, updated, unchanged } = output
      if (created !== missing || updated !== changed || unchanged !== rows - writes) {
        throw new Error(`publish-pace created ${created}, updated ${updated}, left ${unchanged} of ${rows}`)
      }
      const { output: log } = await knack.run({ log: true })
      paces.push(callsPerSecondOf(log))
      refusedCalls += log.requests.filter(({ status }) => status === 429).length
      peaksMb.push(peakRssMb)
    }

    const callsPerSecond = median(paces)
    const result: BenchResult = {
      bench: 'publish-pace',
      variant: 'knack',
      rows,
      rowsPerSecond: rounded(callsPerSecond),
      limit: `${CALLS_PER_SECOND} calls per second`,
      ratio: rounded(callsPerSecond / CALLS_PER_SECOND),
      peakRssMb: Math.max(...peaksMb),
      refusedCalls,
    }
    return [result]
  },
}

/** From the first write to the last one, the look-ups between them included. */
function callsPerSecondOf({ requests }: KnackOutput): number {
  const isWrite = ({ operation }: { readonly operation: string }) =>
    operation === 'create' || operation === 'update'
  const sending = requests.slice(requests.findIndex(isWrite), requests.findLastIndex(isWrite) + 1)
  const times = sending.map(({ at }) => Date.parse(at))
  return ((sending.length - 1) / (Math.max(...times) - Math.min(...times))) * 1000
}
