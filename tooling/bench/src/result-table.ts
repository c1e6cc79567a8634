import type { BenchResult } from './bench.ts'

/** The results for a person, in 80 columns. */
export function toTable(results: readonly BenchResult[]): string {
  const cells = results.map(({ bench, variant, rows, rowsPerSecond, ratio, peakRssMb }) => [
    bench,
    variant,
    short(rows),
    rowsPerSecond.toLocaleString('en-US'),
    ratio.toFixed(2),
    String(peakRssMb),
  ])
  const header = ['bench', 'variant', 'rows', 'rows/s', 'ratio', 'peak MB']
  const widths = header.map((title, index) =>
    Math.max(...[header, ...cells].map((row) => (row[index] ?? title).length)),
  )
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => (index < 2 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ')
  const limits = new Map(results.map(({ bench, variant, limit }) => [`${bench} ${variant}`, limit]))
  return [
    line(header),
    ...cells.map(line),
    '',
    'Ratio: rows per second in units of the limit, measured in the same run.',
    ...[...limits].map(([name, limit]) => `  ${name}: ${limit}`),
    ...results.flatMap(({ bench, rows, refusedCalls: calls }) =>
      calls === undefined ? [] : [`Refused calls of ${bench}, ${short(rows)} rows: ${calls}`],
    ),
  ].join('\n')
}

export function short(rows: number): string {
  if (rows % 1_000_000 === 0) return `${rows / 1_000_000}M`
  return rows % 1_000 === 0 ? `${rows / 1_000}k` : String(rows)
}
