import type { Clock } from '@findata/core'

export interface Pacer {
  /** Resolves when the next call may be sent: first come, first served. */
  turn(signal: AbortSignal): Promise<void>
  /** No turn before this moment. */
  pauseUntil(at: Date): void
  /** Widens the pace by a quarter, down to one call a second; it comes back by and by. */
  slowDown(): void
}

/** A longer delay is a pause, which is not made up for. */
const MADE_UP_MS = 500
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
  /**
   * By how much a gap may be shorter to make up for a late turn: half way to where so many calls begin in a second as the limit
   * rounded up allows. The other half is for what the network does to the gaps.
   */
  const slackMs = (usualMs - 1_000 / Math.ceil(callsPerSecond)) / 2
  let everyMs = usualMs
  /** When the next turn would be if none had been late, and when it is. */
  let plannedAt = Number.NEGATIVE_INFINITY
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
        plannedAt = (now - plannedAt > MADE_UP_MS ? now : plannedAt) + everyMs
        // A late turn makes those behind it late too, or they would go out together.
        dueAt = Math.max(plannedAt, now + everyMs - slackMs)
        everyMs = Math.max(usualMs, everyMs * RECOVERY)
      } finally {
        resolve()
      }
    },
    pauseUntil(at) {
      plannedAt = Math.max(plannedAt, at.getTime())
      dueAt = Math.max(dueAt, plannedAt)
    },
    slowDown() {
      everyMs = Math.max(everyMs, Math.min(SLOWEST_MS, everyMs * SLOWING))
    },
  }
}
