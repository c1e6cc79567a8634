import { expect, test } from 'vitest'
import { TerminalError, TransientError } from './errors.ts'
import { type RetryOptions, retryTransient } from './retry.ts'

const busy = new TransientError('STORE_BUSY', 'The store is busy', { details: { status: 503 } })

function setUp(overrides: Partial<RetryOptions> = {}) {
  const slept: number[] = []
  const options: RetryOptions = {
    attempts: 5,
    firstDelayMs: 100,
    maxDelayMs: 500,
    signal: new AbortController().signal,
    random: () => 1,
    sleep: async (ms) => {
      slept.push(ms)
    },
    ...overrides,
  }
  return { options, slept }
}

function failing(times: number, error: unknown = busy) {
  let calls = 0
  const work = async (attempt: number) => {
    calls++
    expect(attempt).toBe(calls)
    if (calls <= times) throw error
    return `answer ${calls}`
  }
  return { work, calls: () => calls }
}

test('A11: a transient error is tried again until it works', async () => {
  const { options } = setUp()
  expect(await retryTransient(failing(4).work, options)).toBe('answer 5')
})

test('A11: the limit of the pauses doubles up to the longest', async () => {
  const { options, slept } = setUp()
  await retryTransient(failing(4).work, options)
  expect(slept).toEqual([100, 200, 400, 500])
})

test('A11: pauses are drawn at random from nothing up to the limit', async () => {
  const draws = [0, 0.25, 0.5]
  const { options, slept } = setUp({ random: () => draws.shift() ?? 0 })
  await retryTransient(failing(3).work, options)
  expect(slept).toEqual([0, 50, 200])
})

test('a pause is as long as the other side asked for', async () => {
  const { options, slept } = setUp({ retryAfterMs: () => 3000 })
  await retryTransient(failing(1).work, options)
  expect(slept).toEqual([3000])
})

test('the last error says how many attempts were made, and keeps its code', async () => {
  const { options } = setUp({ attempts: 3 })
  const { work, calls } = failing(9)
  await expect(retryTransient(work, options)).rejects.toMatchObject({
    code: 'STORE_BUSY',
    message: 'The store is busy (tried 3 times)',
    details: { status: 503, attempts: 3 },
    cause: busy,
  })
  expect(calls()).toBe(3)
})

test('a single attempt passes its error on untouched', async () => {
  const { options } = setUp({ attempts: 1 })
  await expect(retryTransient(failing(9).work, options)).rejects.toBe(busy)
})

test.each([new TerminalError('STORE_BUCKET_MISSING', 'No such bucket'), new TypeError('a defect')])(
  'A11: %s is not tried again',
  async (error) => {
    const { options } = setUp()
    const { work, calls } = failing(9, error)
    await expect(retryTransient(work, options)).rejects.toBe(error)
    expect(calls()).toBe(1)
  },
)

test('each retry is told with its error and its pause', async () => {
  const told: unknown[] = []
  const { options } = setUp({ onRetry: (retry) => told.push(retry) })
  await retryTransient(failing(2).work, options)
  expect(told).toEqual([
    { error: busy, attempt: 1, delayMs: 100 },
    { error: busy, attempt: 2, delayMs: 200 },
  ])
})

test('a signal ends a pause at once, with its own reason', async () => {
  const controller = new AbortController()
  const { work, calls } = failing(9)
  const { sleep: _, ...options } = setUp({
    firstDelayMs: 3_600_000,
    maxDelayMs: 3_600_000,
    signal: controller.signal,
  }).options
  const reason = new Error('stopped by a person')
  const outcome = retryTransient(work, {
    ...options,
    onRetry: () => queueMicrotask(() => controller.abort(reason)),
  })
  await expect(outcome).rejects.toBe(reason)
  expect(calls()).toBe(1)
})

test('nothing is tried under a signal that has gone off', async () => {
  const { options } = setUp({ signal: AbortSignal.abort(new Error('too late')) })
  const { work, calls } = failing(0)
  await expect(retryTransient(work, options)).rejects.toThrow('too late')
  expect(calls()).toBe(0)
})

test('work that was stopped is not tried again', async () => {
  const controller = new AbortController()
  const { options, slept } = setUp({ signal: controller.signal })
  const reason = new Error('stopped by a person')
  const outcome = retryTransient(async () => {
    controller.abort(reason)
    throw busy
  }, options)
  await expect(outcome).rejects.toBe(reason)
  expect(slept).toEqual([])
})
