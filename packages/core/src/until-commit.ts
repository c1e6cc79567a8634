/** A signal for work that a stop ends only as long as nothing is committed. */
export interface UntilCommit {
  readonly signal: AbortSignal
  /** From here on a stop comes too late: what follows belongs to the commit. */
  beginCommit(): void
}

/** Passes the stop of `signal` on until the commit begins. Throws its reason if it has already been stopped. */
export function untilCommit(signal: AbortSignal): UntilCommit {
  signal.throwIfAborted()
  const stopped = new AbortController()
  const stop = () => stopped.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  return {
    signal: stopped.signal,
    beginCommit() {
      signal.throwIfAborted()
      signal.removeEventListener('abort', stop)
    },
  }
}
