import type { PublishProgress } from '@findata/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPublishLine } from './publish-progress.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

/** The live line, steps and log lines of events, each some seconds after the one before. */
function follow(...events: readonly (readonly [seconds: number, event: PublishProgress])[]) {
  const told = { live: '', steps: [] as string[], logged: [] as string[] }
  const line = createPublishLine('units -> data-tracker', {
    update(text) {
      told.live = text
    },
    step: (text) => void told.steps.push(text),
    log: (text) => void told.logged.push(text),
    beside: (write) => write(),
    [Symbol.dispose]() {},
  })
  for (const [seconds, event] of events) {
    vi.advanceTimersByTime(seconds * 1_000)
    line(event)
  }
  return told
}

test('the live line says how far it is, its pace, and how long it takes at that pace', () => {
  const { live } = follow(
    [0, { phase: 'send', done: 0, total: 5_700 }],
    [60, { phase: 'send', done: 570, total: 5_700 }],
  )
  expect(live).toBe('units -> data-tracker: sending 570 of 5,700, 9.5/s, 9 min left')
})

test('the pace is that of the phase, and nothing is guessed in its first second', () => {
  const { live, steps } = follow(
    [0, { phase: 'read destination', done: 0 }],
    [30, { phase: 'read destination', done: 3_000 }],
    [1, { phase: 'send', done: 0, total: 20 }],
    [0.5, { phase: 'send', done: 5, total: 20 }],
  )
  expect(live).toBe('units -> data-tracker: sending 5 of 20')
  expect(steps).toEqual([
    'units -> data-tracker: reading the destination',
    'units -> data-tracker: sending 20',
  ])
})

test('long waits are told in hours and minutes, short ones in seconds', () => {
  const after = (done: number, total: number) =>
    follow([0, { phase: 'send', done: 0, total }], [10, { phase: 'send', done, total }]).live
  expect(after(95, 95 + 95 * 900)).toContain('2 h 30 min left')
  expect(after(95, 95 + 95 * 8)).toContain('80 s left')
})

test('why it waits is a line that stays, within 80 columns', () => {
  const message = `1 create had no answer and may still arrive; waiting until 2026-11-22T18:00:00.000Z before looking again.`
  const { logged } = follow([0, { phase: 'settle', done: 3, total: 4, message }])
  expect(logged.join('\n').replaceAll(/\n\s+/g, ' ')).toBe(`units -> data-tracker: ${message}`)
  expect(
    Math.max(
      ...logged
        .join('\n')
        .split('\n')
        .map(({ length }) => length),
    ),
  ).toBeLessThanOrEqual(80)
})
