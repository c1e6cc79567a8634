import { expect, test } from 'vitest'
import { median, rounded } from './bench.ts'

test.each([
  [[3], 3],
  [[9, 1, 5], 5],
  [[10, 1, 4, 2], 3],
])('the median of %j is %d', (values, middle) => {
  expect(median(values)).toBe(middle)
})

test('a ratio has three digits', () => {
  expect([0.61234, 3.456, 12.34, 104.6].map(rounded)).toEqual([0.612, 3.46, 12.3, 105])
})
