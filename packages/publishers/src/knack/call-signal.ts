/** Stops calls with a run, but not while answers are awaited that must be known. */
export interface CallSignal extends Disposable {
  readonly signal: AbortSignal
  /** Calls are let end although the run stops meanwhile. */
  letEnd<T>(work: () => Promise<T>): Promise<T>
}

export function createCallSignal(run: AbortSignal): CallSignal {
  const stop = new AbortController()
  let letting = 0
  const onAbort = () => {
    if (letting === 0) stop.abort(run.reason)
  }
  run.addEventListener('abort', onAbort, { once: true })
  if (run.aborted) onAbort()
  return {
    signal: stop.signal,
    async letEnd(work) {
      run.throwIfAborted()
      letting++
      try {
        return await work()
      } finally {
        letting--
        if (run.aborted) onAbort()
      }
    },
    [Symbol.dispose]: () => run.removeEventListener('abort', onAbort),
  }
}
