import { setTimeout as sleepFor } from 'node:timers/promises'

/** Time as a run sees it: pacing, allowances and settle times all follow one clock, so that tests can turn it. */
export interface Clock {
  now(): Date
  /** Resolves after `ms` of this clock; throws the signal's reason when it is aborted first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => new Date(),
  async sleep(ms, signal) {
    try {
      await sleepFor(ms, undefined, { signal })
    } catch (error) {
      signal.throwIfAborted()
      throw error
    }
  },
}
