import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '@findata/core'
import { isCallUnderWay, watchCalls } from './calls-under-way.ts'

/** A clock that nobody waits for: it stands still while there is work, and jumps to the next sleeper when there is none. */
export interface VirtualClock extends Clock {
  /** Moves the clock on, waking on the way who sleeps, in the order of their times. */
  advance(ms: number): Promise<void>
}

/** In so many turns without a sleeper more, who was going to fall asleep has. */
const QUIET_TURNS = 40
/** For a fetch to be answered, in real milliseconds: one that waits for the clock itself would wait for ever. */
const PATIENCE_MS = 25

const DEFAULT_START = new Date('2026-01-05T06:00:00.000Z')

interface Sleeper {
  readonly at: number
  wake(): void
}

/** Hours take milliseconds, and calls by fetch none of its time; `start` is a Monday in January 2026 by default. */
export function createVirtualClock(start: Date = DEFAULT_START): VirtualClock {
  // In the order of their times, and of falling asleep where those are equal.
  const sleepers: Sleeper[] = []
  let now = start.getTime()
  let quietTurns = 0
  let isTurning = false
  watchCalls()

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
      await untilQuiet()
      wakeFirst()
    }
    isTurning = false
  }

  async function untilQuiet(): Promise<void> {
    const patientUntil = performance.now() + PATIENCE_MS
    for (quietTurns = 0; quietTurns < QUIET_TURNS; quietTurns++) {
      await nextTurn()
      if (isCallUnderWay() && performance.now() < patientUntil) quietTurns = 0
    }
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
