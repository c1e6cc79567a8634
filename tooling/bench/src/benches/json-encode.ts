import { type Bench, type BenchResult, median, rounded } from '../bench.ts'
import { startMeasuredProcess } from '../measured-process.ts'
import type { EncodeInput, EncodeOutput } from '../work/json-encode.ts'

const ROUNDS = 7

/** The encoder of the file against `JSON.stringify` of each row. */
export const jsonEncode: Bench = {
  name: 'json-encode',
  description: 'rows to the bytes of one JSON array, in memory',
  rows: [100_000],
  async measure(rows, { process, rounds = ROUNDS }) {
    await using encoding = await startMeasuredProcess<EncodeInput, EncodeOutput>('json-encode', process)
    const { output, peakRssMb } = await encoding.run({ rows, columns: 12, rounds })
    const perSecond = (durationsMs: readonly number[]) => (rows / median(durationsMs)) * 1000
    const rowsPerSecond = perSecond(output.encoder)
    const against = (variant: string, limit: string, durationsMs: readonly number[]): BenchResult => ({
      bench: 'json-encode',
      variant,
      rows,
      rowsPerSecond: Math.round(rowsPerSecond),
      limit,
      ratio: rounded(rowsPerSecond / perSecond(durationsMs)),
      peakRssMb,
    })
    return [
      against('columns-12', 'JSON.stringify per row, same file', output.stringify),
      against('columns-12-ready', 'JSON.stringify per object, same file', output.stringifyReady),
      against('columns-12-quoted', 'JSON.stringify per object, numbers quoted', output.stringifyQuoted),
      against('columns-12-dates', 'JSON.stringify per object, dates as Date', output.stringifyDates),
    ]
  },
}
