import type { ProcessOptions } from './measured-process.ts'

/** One line of what `npm run bench` prints and writes. */
export interface BenchResult {
  readonly bench: string
  readonly variant: string
  readonly rows: number
  /** Median over the rounds. */
  readonly rowsPerSecond: number
  /** What the ratio is against, measured in the same run. */
  readonly limit: string
  /** Rows per second in units of the limit's. */
  readonly ratio: number
  /** Of the process that did this and nothing else, from its start. */
  readonly peakRssMb: number
  /** Calls that came too early for the limit and were refused; only where it is one of calls. */
  readonly refusedCalls?: number
}

export interface Bench {
  readonly name: string
  readonly description: string
  /** Unless `--rows` says otherwise. */
  readonly rows: readonly number[]
  measure(rows: number, options: BenchOptions): Promise<readonly BenchResult[]>
}

export interface BenchOptions {
  /** Of each process that does measured work. */
  readonly process: ProcessOptions
  /** Measured rounds; as many as the bench thinks right by default. */
  readonly rounds?: number
  say(line: string): void
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2
}

/** To three significant digits, so that no table claims more than was measured. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3))
}
