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
    const against = (limit: string, durationsMs: readonly number[]) => ({
      rowsPerSecond: Math.round(rowsPerSecond),
      limit,
      ratio: rounded(rowsPerSecond / perSecond(durationsMs)),
      peakRssMb,
    })
    return [
      {
        bench: 'json-encode',
        variant: 'columns-12',
        rows,
        ...against('JSON.stringify per row', output.stringify),
      },
      {
        bench: 'json-encode',
        variant: 'columns-12-dates',
        rows,
        ...against('JSON.stringify per row, dates as Date', output.stringifyDates),
      },
    ] satisfies BenchResult[]
  },
}
