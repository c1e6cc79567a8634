import type { WireWriter } from './wire-buffer.ts'

/** One request, taken apart but not yet run. */
export interface Call {
  /** The text of the statement it runs or fetches from. */
  readonly statement?: string
  /** False before the logon, when an error cannot be answered as a call result. */
  readonly isSessionCall: boolean
  /** Writes the answer. */
  run(out: WireWriter, signal: AbortSignal): Promise<CallOutcome>
}

/** `failed` when the answer is an error; `cut` when the connection is to end after what has been written. */
export type CallOutcome = 'cut' | 'failed' | undefined

export function beforeLogon(write: (out: WireWriter) => Promise<void>): Call {
  return {
    isSessionCall: false,
    async run(out) {
      await write(out)
      return undefined
    },
  }
}

export function sessionCall(run: Call['run'], statement?: string): Call {
  return { isSessionCall: true, run, ...(statement === undefined ? {} : { statement }) }
}
