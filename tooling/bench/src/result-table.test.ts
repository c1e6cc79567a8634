import { expect, test } from 'vitest'
import { toTable } from './result-table.ts'

const result = {
  bench: 'extract-s3/source-totals',
  variant: 'columns-1',
  rows: 1_000_000,
  rowsPerSecond: 1_234_567,
  limit: 'array-fetch loop',
  ratio: 10.5,
  peakRssMb: 1234,
}

test('the table stays within 80 columns', () => {
  const lines = toTable([result, { ...result, variant: 'columns-12-dates' }]).split('\n')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
})

test('the table names every limit once', () => {
  const table = toTable([result, { ...result, rows: 1_500 }])
  expect(table.match(/array-fetch loop/g)).toHaveLength(1)
  expect(table).toMatch(/ 1M +1,234,567 +10\.50 +1234\n/)
  expect(table).toMatch(/ 1500 /)
})
