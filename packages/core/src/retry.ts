import { setTimeout as sleepFor } from 'node:timers/promises'
import { TransientError } from './errors.ts'

export interface RetryOptions {
  /** How often the work is tried, the first time included. */
  readonly attempts: number
  readonly firstDelayMs: number
  readonly maxDelayMs: number
  /** Ends the waiting and stops further attempts; the work listens to it by itself. */
  readonly signal: AbortSignal
  /** From 0 up to, but not including, 1. */
  readonly random?: () => number
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>
  readonly onRetry?: (retry: {
    readonly error: TransientError
    readonly attempt: number
    readonly delayMs: number
  }) => void
  /** How long the other side asked to be left alone, if it did. */
  readonly retryAfterMs?: (error: TransientError) => number | undefined
}

/**
 * Tries again after a TransientError, and after nothing else, with pauses drawn at random below a limit that doubles.
 * The last error says how many attempts were made, in its message and in `details.attempts`.
 */
export async function retryTransient<T>(
  work: (attempt: number) => Promise<T>,
  {
    attempts,
    firstDelayMs,
    maxDelayMs,
    signal,
    random = Math.random,
    sleep = pause,
    ...options
  }: RetryOptions,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    try {
      return await work(attempt)
    } catch (error) {
      if (!(error instanceof TransientError)) throw error
      if (attempt >= attempts) throw attempts > 1 ? withAttempts(error, attempt) : error
      const limitMs = Math.min(maxDelayMs, firstDelayMs * 2 ** (attempt - 1))
      const delayMs = Math.max(Math.round(random() * limitMs), options.retryAfterMs?.(error) ?? 0)
      signal.throwIfAborted()
      options.onRetry?.({ error, attempt, delayMs })
      await sleep(delayMs, signal)
    }
  }
}

function withAttempts(error: TransientError, attempts: number): TransientError {
  return new TransientError(error.code, `${error.message} (tried ${attempts} times)`, {
    cause: error,
    details: { ...error.details, attempts },
  })
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleepFor(ms, undefined, { signal })
  } catch {
    signal.throwIfAborted()
  }
}
