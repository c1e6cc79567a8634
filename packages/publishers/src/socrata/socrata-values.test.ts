import { expect, test } from 'vitest'
import { toHeld, toSent, toValue } from './socrata-values.ts'

test.each([
  ['text', 'a ', 'a '],
  ['text', 12, '12'],
  ['number', '13240.010', '13240.01'],
  ['number', '12345678901234567890.5', '12345678901234567890.5'],
  ['number', 0.5, '0.5'],
  ['number', 'n/a', 'n/a'],
  ['date', '2026-01-05T00:00:00.000', '2026-01-05T00:00:00'],
  ['date', '2026-01-05T00:00:00.120', '2026-01-05T00:00:00.12'],
  ['boolean', true, 'true'],
  ['text', undefined, null],
  ['number', null, null],
] as const)('reads a %s of %j as %j', (kind, found, value) => {
  expect(toValue(kind, found)).toBe(value)
})

test.each([
  ['2026-01-05T10:11:12.123456789', '2026-01-05T10:11:12.123'],
  ['2026-01-05T10:11:12.120999Z', '2026-01-05T10:11:12.12'],
  ['2026-01-05T10:11:12.0004', '2026-01-05T10:11:12'],
  ['2026-01-05T10:11:12Z', '2026-01-05T10:11:12'],
  ['2026-01-05T10:11:12', '2026-01-05T10:11:12'],
])('a column of days holds %s as %s', (value, held) => {
  expect(toHeld('date', value)).toBe(held)
  expect(toHeld('text', value)).toBe(value)
})

test('sends numbers as text, checks as booleans, and what is empty as null', () => {
  expect(toSent('number', '0.10')).toBe('0.10')
  expect(toSent('boolean', 'true')).toBe(true)
  expect(toSent('boolean', 'false')).toBe(false)
  expect(toSent('boolean', 'Y')).toBe(true)
  expect(toSent('boolean', 'no')).toBe(false)
  expect(toSent('boolean', null)).toBeNull()
  expect(toSent('number', null)).toBeNull()
})

test('leaves it to the service to refuse what is neither yes nor no', () => {
  expect(toSent('boolean', 'perhaps')).toBe('perhaps')
})
