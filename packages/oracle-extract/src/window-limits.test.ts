import { expect, test } from 'vitest'
import { timeLimits } from './window-limits.ts'

const clock = (local: string, utc: string, oldestTransaction: string | null = null) => ({
  local: `2026-03-01T${local}`,
  utc: `2026-03-01T${utc}Z`,
  oldestTransaction: oldestTransaction && `2026-03-01T${oldestTransaction}`,
  seesTransactions: true,
})

test.each(['date', 'timestamp'] as const)('a %s is held against the clock of SYSDATE', (kind) => {
  expect(timeLimits(kind, clock('17:30:00', '10:30:00.9', '17:00:00'))).toEqual({
    clock: '2026-03-01T17:30:00',
    oldestTransaction: '2026-03-01T17:00:00',
    seesTransactions: true,
  })
})

test.each([
  { zone: 'Bangkok', given: clock('17:30:00', '10:30:00.999', '17:00:00'), utc: '10:30:00.999' },
  { zone: 'Chicago', given: clock('04:30:00', '10:30:00', '04:00:00'), utc: '10:30:00' },
  { zone: 'Kathmandu', given: clock('16:15:00', '10:30:00.001', '15:45:00'), utc: '10:30:00.001' },
  { zone: 'UTC', given: clock('10:30:00', '10:30:00.5', '10:00:00'), utc: '10:30:00.5' },
])('an instant is held against UTC, the oldest transaction brought there from $zone', ({ given, utc }) => {
  expect(timeLimits('timestamp-with-time-zone', given)).toEqual({
    clock: `2026-03-01T${utc}Z`,
    oldestTransaction: '2026-03-01T10:00:00Z',
    seesTransactions: true,
  })
})

test('where no transaction is open none is brought anywhere', () => {
  expect(timeLimits('timestamp-with-time-zone', clock('17:30:00', '10:30:00'))).toMatchObject({
    oldestTransaction: null,
  })
})
