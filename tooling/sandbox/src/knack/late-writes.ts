import type { Clock } from '@findata/core'

/** Calls that are done some time after they came. */
export interface LateWrites {
  /** Gives the way to its result once it has landed. */
  schedule(afterMs: number, run: () => unknown): () => unknown
  /** Does what is due by now; everything that shows the records does this first, so that no timer is needed. */
  land(): void
}

interface LateWrite {
  readonly at: number
  run(): void
}

export function createLateWrites(clock: Clock): LateWrites {
  let waiting: LateWrite[] = []
  return {
    schedule(afterMs, run) {
      const outcome = Promise.withResolvers<unknown>()
      // A refused write has nobody who hears of it once its client has gone.
      outcome.promise.catch(() => {})
      waiting.push({
        at: clock.now().getTime() + afterMs,
        run() {
          try {
            outcome.resolve(run())
          } catch (error) {
            outcome.reject(error)
          }
        },
      })
      return () => outcome.promise
    },
    land() {
      const now = clock.now().getTime()
      const due = waiting.filter(({ at }) => at <= now).sort((left, right) => left.at - right.at)
      waiting = waiting.filter(({ at }) => at > now)
      for (const { run } of due) run()
    },
  }
}
