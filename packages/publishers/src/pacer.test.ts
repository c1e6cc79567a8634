import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '@findata/core'
import { createVirtualClock } from '@findata/sandbox'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPacer } from './pacer.ts'

const { signal } = new AbortController()

/** A clock whose sleeps end late by so many milliseconds, one after the other. */
function lateClock(lateMs: readonly number[]): Clock {
  let now = 0
  let sleeps = 0
  return {
    now: () => new Date(now),
    async sleep(ms) {
      await nextTurn()
      now += ms + (lateMs[sleeps++ % lateMs.length] ?? 0)
    },
  }
}

async function turns(clock: Clock, callsPerSecond: number, count: number): Promise<number[]> {
  const pacer = createPacer({ callsPerSecond, clock })
  const times: number[] = []
  await Promise.all(
    Array.from({ length: count }, async () => {
      await pacer.turn(signal)
      times.push(clock.now().getTime())
    }),
  )
  return times
}

function mostInASecond(times: readonly number[]): number {
  return Math.max(
    ...times.map((start) => times.filter((time) => time >= start && time < start + 1_000).length),
  )
}

test('spaces calls evenly from the first one', async () => {
  const times = await turns(lateClock([0]), 8, 5)

  expect(times).toEqual([0, 125, 250, 375, 500])
})

test('keeps 9.5 calls a second although a clock counts whole milliseconds and timers are a little late', async () => {
  const times = await turns(lateClock([1, 0, 2]), 9.5, 951)

  expect(times.at(-1)).toBeGreaterThan(99_900)
  expect(times.at(-1)).toBeLessThan(100_200)
  expect(mostInASecond(times)).toBe(10)
})

test('makes up for a turn that was late, a little with each of the next ones', async () => {
  const times = await turns(lateClock([0, 0, 0, 80, ...Array.from({ length: 96 }, () => 0)]), 9.5, 96)

  expect(times.at(-1)).toBeLessThanOrEqual(Math.ceil(95_000 / 9.5) + 1)
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  expect(Math.min(...gaps)).toBeGreaterThan(101)
})

test('never lets more begin in a second than the limit, however late timers are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0.5, max: 20, noNaN: true }),
      fc.array(fc.constantFrom(0, 1, 7, 90, 400, 3_000), { minLength: 1, maxLength: 9 }),
      async (callsPerSecond, lateMs) => {
        expect(mostInASecond(await turns(lateClock(lateMs), callsPerSecond, 60))).toBeLessThanOrEqual(
          Math.ceil(callsPerSecond),
        )
      },
    ),
    { numRuns: 200 },
  )
})

test('does not make up for a pause', async () => {
  const clock = createVirtualClock()
  const pacer = createPacer({ callsPerSecond: 10, clock })
  await pacer.turn(signal)
  const start = clock.now().getTime()

  pacer.pauseUntil(new Date(start + 2_000))
  await pacer.turn(signal)
  await pacer.turn(signal)

  expect(clock.now().getTime() - start).toBe(2_100)
})

test('does not make up for the time in which nobody called', async () => {
  const clock = lateClock([0])
  const pacer = createPacer({ callsPerSecond: 9.5, clock })
  await pacer.turn(signal)
  await clock.sleep(60_000, signal)
  const start = clock.now().getTime()

  for (let turn = 0; turn < 20; turn++) await pacer.turn(signal)

  expect(clock.now().getTime() - start).toBeGreaterThanOrEqual(19_000 / 9.5)
})

test('a pause holds those too that wait already', async () => {
  const clock = createVirtualClock()
  const pacer = createPacer({ callsPerSecond: 10, clock })
  await pacer.turn(signal)
  const start = clock.now().getTime()
  const waiting = pacer.turn(signal)
  await nextTurn()

  pacer.pauseUntil(new Date(start + 1_500))
  await waiting

  expect(clock.now().getTime() - start).toBe(1_500)
})

test('serves who came first', async () => {
  const pacer = createPacer({ callsPerSecond: 10, clock: createVirtualClock() })
  const order: number[] = []

  await Promise.all(
    [1, 2, 3, 4].map(async (caller) => {
      await pacer.turn(signal)
      order.push(caller)
    }),
  )

  expect(order).toEqual([1, 2, 3, 4])
})

test('goes on for the others when one stops waiting', async () => {
  const clock = createVirtualClock()
  const pacer = createPacer({ callsPerSecond: 10, clock })
  const stop = new AbortController()
  await pacer.turn(signal)
  const start = clock.now().getTime()

  const stopped = pacer.turn(stop.signal)
  const next = pacer.turn(signal)
  await nextTurn()
  stop.abort(new Error('stopped'))

  await expect(stopped).rejects.toThrow('stopped')
  await next
  expect(clock.now().getTime() - start).toBe(100)
})

test('slows down by a quarter and comes back by and by', async () => {
  const clock = lateClock([0])
  const pacer = createPacer({ callsPerSecond: 10, clock })
  const gaps: number[] = []
  await pacer.turn(signal)
  pacer.slowDown()
  for (let before = clock.now().getTime(), turn = 0; turn < 100; turn++) {
    await pacer.turn(signal)
    const now = clock.now().getTime()
    gaps.push(now - before)
    before = now
  }

  expect(gaps[1]).toBe(125)
  expect(gaps.slice(60)).toEqual(gaps.slice(60).map(() => 100))
})

test('never waits longer than a second for a turn, however often it slows down', async () => {
  const clock = lateClock([0])
  const pacer = createPacer({ callsPerSecond: 10, clock })
  for (let index = 0; index < 50; index++) pacer.slowDown()
  await pacer.turn(signal)
  await pacer.turn(signal)

  expect(clock.now().getTime()).toBe(1_000)
})
