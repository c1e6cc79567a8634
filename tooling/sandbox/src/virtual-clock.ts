import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '@findata/core'

/** A clock that nobody waits for: it stands still while there is work, and jumps to the next sleeper when there is none. */
export interface VirtualClock extends Clock {
  /** Moves the clock on, waking on the way who sleeps, in the order of their times. */
  advance(ms: number): Promise<void>
}

// A call over a loopback socket and its answer take fewer turns than this.
const QUIET_TURNS = 40

const DEFAULT_START = new Date('2026-01-05T06:00:00.000Z')

interface Sleeper {
  readonly at: number
  wake(): void
}

/** Hours take milliseconds; `start` is a Monday in January 2026 by default. */
export function createVirtualClock(start: Date = DEFAULT_START): VirtualClock {
  // In the order of their times, and of falling asleep where those are equal.
  const sleepers: Sleeper[] = []
  let now = start.getTime()
  let quietTurns = 0
  let isTurning = false

  function wakeFirst(): void {
    const first = sleepers.shift()
    if (!first) return
    now = Math.max(now, first.at)
    first.wake()
  }

  async function turn(): Promise<void> {
    if (isTurning) return
    isTurning = true
    while (sleepers.length > 0) {
      // Who fell asleep meanwhile starts the count again: others may be about to do the same.
      for (quietTurns = 0; quietTurns < QUIET_TURNS; quietTurns++) await nextTurn()
      wakeFirst()
    }
    isTurning = false
  }

  return {
    now: () => new Date(now),
    async sleep(ms, signal) {
      signal.throwIfAborted()
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const sleeper = { at: now + Math.max(0, ms), wake: resolve }
      const later = sleepers.findIndex(({ at }) => at > sleeper.at)
      sleepers.splice(later === -1 ? sleepers.length : later, 0, sleeper)
      const abort = (): void => {
        const index = sleepers.indexOf(sleeper)
        if (index !== -1) sleepers.splice(index, 1)
        reject(signal.reason)
      }
      signal.addEventListener('abort', abort, { once: true })
      quietTurns = 0
      void turn()
      try {
        await promise
      } finally {
        signal.removeEventListener('abort', abort)
      }
    },
    async advance(ms) {
      const until = now + ms
      for (;;) {
        const [first] = sleepers
        if (!first || first.at > until) break
        wakeFirst()
        await nextTurn()
      }
      now = Math.max(now, until)
    },
  }
}
