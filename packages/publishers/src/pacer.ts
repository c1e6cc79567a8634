import type { Clock } from '@findata/core'

export interface Pacer {
  /** Resolves when the next call may be sent: first come, first served. */
  turn(signal: AbortSignal): Promise<void>
  /** No turn before this moment. */
  pauseUntil(at: Date): void
  /** Widens the pace by a quarter, down to one call a second; it comes back by and by. */
  slowDown(): void
}

const SLOWEST_MS = 1_000
const SLOWING = 1.25
/** For each turn: back from a quarter slower after about 45 of them. */
const RECOVERY = 0.995

/** Spaces calls evenly, without bursts: never more than the limit, rounded up, begin within any second of the clock. */
export function createPacer({
  callsPerSecond,
  clock,
}: {
  readonly callsPerSecond: number
  readonly clock: Clock
}): Pacer {
  const usualMs = 1_000 / callsPerSecond
  /** How late a turn may be without making the next one late. A gap is never shorter than a whole number of calls a second needs. */
  const slackMs = usualMs - 1_000 / Math.ceil(callsPerSecond)
  let everyMs = usualMs
  let dueAt = Number.NEGATIVE_INFINITY
  let last: Promise<void> = Promise.resolve()

  return {
    async turn(signal) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const previous = last
      last = promise
      try {
        await previous
        signal.throwIfAborted()
        let now = clock.now().getTime()
        while (now < dueAt) {
          await clock.sleep(Math.ceil(dueAt - now), signal)
          now = clock.now().getTime()
        }
        // Counted from the turn itself when it comes late, or those that wait would go out together.
        dueAt = (now - dueAt <= slackMs ? dueAt : now) + everyMs
        everyMs = Math.max(usualMs, everyMs * RECOVERY)
      } finally {
        resolve()
      }
    },
    pauseUntil(at) {
      dueAt = Math.max(dueAt, at.getTime())
    },
    slowDown() {
      everyMs = Math.max(everyMs, Math.min(SLOWEST_MS, everyMs * SLOWING))
    },
  }
}
