import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { listenHttp } from './listen-http.ts'
import { createVirtualClock } from './virtual-clock.ts'

const NEVER = new AbortController().signal
const START = new Date('2026-01-05T06:00:00.000Z')

test('an hour of sleep takes no time and moves the clock by an hour', async () => {
  const clock = createVirtualClock(START)
  const startedAt = performance.now()
  await clock.sleep(3_600_000, NEVER)

  expect(clock.now().toISOString()).toBe('2026-01-05T07:00:00.000Z')
  expect(performance.now() - startedAt).toBeLessThan(5_000)
})

test('sleepers wake in the order of their times, each at its own', async () => {
  const clock = createVirtualClock(START)
  const woken: [string, number][] = []
  const sleep = async (name: string, ms: number) => {
    await clock.sleep(ms, NEVER)
    woken.push([name, clock.now().getTime() - START.getTime()])
  }
  await Promise.all([sleep('late', 300), sleep('early', 100), sleep('also early', 100), sleep('middle', 200)])

  expect(woken).toEqual([
    ['early', 100],
    ['also early', 100],
    ['middle', 200],
    ['late', 300],
  ])
})

test('who sleeps again and again shares the time with who sleeps long', async () => {
  const clock = createVirtualClock(START)
  let beats = 0
  const long = clock.sleep(1_000, NEVER)
  const beat = async () => {
    for (; clock.now().getTime() < START.getTime() + 1_000; beats++) await clock.sleep(100, NEVER)
  }
  await Promise.all([long, beat()])

  expect(beats).toBe(10)
})

test('the clock stands still while nobody sleeps', async () => {
  const clock = createVirtualClock(START)
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate)

  expect(clock.now()).toEqual(START)
})

test('an aborted sleeper throws the reason and does not move the clock', async () => {
  const clock = createVirtualClock(START)
  const stop = new AbortController()
  const sleep = clock.sleep(3_600_000, stop.signal)
  stop.abort(new Error('stopped'))

  await expect(sleep).rejects.toThrow('stopped')
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate)
  expect(clock.now()).toEqual(START)
  await expect(clock.sleep(1, stop.signal)).rejects.toThrow('stopped')
})

test('advance wakes on the way who sleeps, and ends at its time', async () => {
  const clock = createVirtualClock(START)
  const woken: string[] = []
  const sleep = (ms: number) => clock.sleep(ms, NEVER).then(() => woken.push(clock.now().toISOString()))
  const sleeps = [sleep(200), sleep(100)]
  await clock.advance(1_000)

  expect(woken).toEqual(['2026-01-05T06:00:00.100Z', '2026-01-05T06:00:00.200Z'])
  expect(clock.now().toISOString()).toBe('2026-01-05T06:00:01.000Z')
  await Promise.all(sleeps)
})

test('a call over a socket is answered before the clock moves', async () => {
  const clock = createVirtualClock(START)
  const arrivals: Date[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      arrivals.push(clock.now())
      response.end(body)
    })
  })
  await using listener = await listenHttp(server, 0)
  const call = async () => {
    const response = await fetch(listener.url, { method: 'POST', body: 'x'.repeat(100_000) })
    await response.text()
    return clock.now()
  }
  for (let round = 0; round < 20; round++) {
    const before = clock.now()
    const sleep = clock.sleep(3_600_000, NEVER)

    expect(await Promise.all([call(), call()])).toEqual([before, before])
    expect(arrivals.splice(0)).toEqual([before, before])
    await sleep
  }
})
