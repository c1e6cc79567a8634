import { describe, expect, test } from 'vitest'
import { boundWindow, type WindowLimits } from './bound-window.ts'
import type { WindowRequest } from './window.ts'

const MINUTE = 60_000
const at = (time: string) => `2026-03-01T${time}`
const seen = (clock: string, oldest: string | null = null): WindowLimits => ({
  clock: at(clock),
  oldestTransaction: oldest && at(oldest),
  seesTransactions: true,
})
const request = (given: Partial<WindowRequest> = {}): WindowRequest => ({
  watermark: null,
  overlap: 0,
  marginMs: 0,
  ...given,
})

describe('a window of times', () => {
  test('begins at the beginning before the first watermark, and an overlap before every other', () => {
    const limits = seen('10:00:00')
    expect(boundWindow('date', request({ overlap: MINUTE }), limits)).toMatchObject({ from: null })
    const watermark = at('09:00:00')
    expect(boundWindow('date', request({ watermark, overlap: MINUTE }), limits)).toMatchObject({
      from: at('08:59:00'),
      to: at('10:00:00'),
    })
    expect(boundWindow('date', request({ watermark }), limits)).toMatchObject({ from: watermark })
  })

  test.each([
    { oldest: null, marginMs: 0, to: '10:00:00', boundedBy: 'clock' },
    { oldest: null, marginMs: 5_000, to: '09:59:55', boundedBy: 'clock' },
    { oldest: '09:30:00', marginMs: 5_000, to: '09:30:00', boundedBy: 'open transaction' },
    { oldest: '09:59:58', marginMs: 5_000, to: '09:59:55', boundedBy: 'clock' },
    { oldest: '10:30:00', marginMs: 0, to: '10:00:00', boundedBy: 'clock' },
  ])('ends at $to with $marginMs ms of margin and an oldest transaction of $oldest', (given) => {
    const window = boundWindow('date', request({ marginMs: given.marginMs }), seen('10:00:00', given.oldest))
    expect(window).toMatchObject({ to: at(given.to), boundedBy: given.boundedBy })
  })

  test('ends on a whole second before the margin for a DATE', () => {
    const window = boundWindow('date', request({ marginMs: 1_500 }), seen('10:00:00'))
    expect(window).toMatchObject({ to: at('09:59:58') })
  })

  test('keeps the zone', () => {
    const limits = { clock: `${at('10:00:00.5')}Z`, oldestTransaction: null, seesTransactions: true }
    const window = boundWindow('timestamp-with-time-zone', request({ marginMs: 200 }), limits)
    expect(window).toMatchObject({ to: `${at('10:00:00.3')}Z` })
  })

  test('says what a statement can do that stamps before its transaction shows', () => {
    const { notProven } = boundWindow('date', request({ overlap: 5 * MINUTE }), seen('10:00:00'))
    expect(notProven).toEqual([expect.stringMatching(/long statement.*only the overlap of 5 min/)])
  })

  test('says that transactions are hidden, and what would show them', () => {
    const hidden = { clock: at('10:00:00'), oldestTransaction: null, seesTransactions: false }
    const { notProven } = boundWindow('date', request(), hidden)
    expect(notProven).toEqual([expect.stringMatching(/are not known.*no overlap.*SELECT ON SYS\.GV_\$TRANS/)])
  })
})

test('a window that ends at the watermark is behind nothing', () => {
  const limits = { oldestTransaction: at('09:30:00'), clock: at('10:00:00'), seesTransactions: true }
  const window = boundWindow('date', request({ watermark: at('09:30:00') }), limits)
  expect(window).toMatchObject({ to: at('09:30:00'), boundedBy: 'open transaction' })
  expect(window.notProven).toHaveLength(1)
})

describe('a window that would end before the watermark', () => {
  const watermark = at('10:00:00')

  test.each([
    { why: 'was set back', limits: seen('09:31:00') },
    { why: 'was not seen before', limits: seen('11:00:00', '09:31:00') },
  ])('reads up to the watermark again, because something $why', ({ why, limits }) => {
    const window = boundWindow('date', request({ watermark, overlap: 10 * MINUTE }), limits)
    expect(window).toMatchObject({ from: at('09:50:00'), to: watermark, boundedBy: 'watermark' })
    expect(window.notProven[1]).toMatch(
      new RegExp(
        `09:31:00, 29 min before the watermark: it ${why}, and what is written below 2026-03-01T09:50:00`,
      ),
    )
  })

  test('is an empty stretch of one value without an overlap, never one that ends before it begins', () => {
    expect(boundWindow('date', request({ watermark }), seen('09:31:00'))).toMatchObject({
      from: watermark,
      to: watermark,
    })
  })
})

describe('a window of numbers', () => {
  test('ends at the maximum, whatever the margin', () => {
    const window = boundWindow('number', request({ watermark: '90', overlap: 20, marginMs: MINUTE }), {
      maximum: '120.5',
    })
    expect(window).toMatchObject({ from: '70', to: '120.5', boundedBy: 'maximum' })
    expect(window.notProven).toEqual([expect.stringMatching(/only the overlap of 20 reads it again/)])
  })

  test('has an end without a value too, and is the overlap once more when all values are gone', () => {
    expect(boundWindow('number', request(), { maximum: null })).toMatchObject({ from: null, to: '0' })
    expect(boundWindow('number', request({ watermark: '90', overlap: 20 }), { maximum: null })).toMatchObject(
      {
        from: '70',
        to: '90',
        boundedBy: 'watermark',
      },
    )
  })

  test('says when numbers begin anew', () => {
    const window = boundWindow('number', request({ watermark: '90' }), { maximum: '7' })
    expect(window).toMatchObject({ from: '90', to: '90', boundedBy: 'watermark' })
    expect(window.notProven[1]).toMatch(/highest number is 7, 83 before the watermark: rows were deleted/)
  })
})

test.each([
  ['timestamp-with-time-zone', at('10:00:00')],
  ['number', at('10:00:00')],
  ['date', '7'],
] as const)('a watermark that is no %s is refused', (kind, watermark) => {
  const limits = kind === 'number' ? { maximum: '9' } : seen(kind === 'date' ? '10:00:00' : '10:00:00Z')
  expect(() => boundWindow(kind, request({ watermark }), limits)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(watermark) }),
  )
})
