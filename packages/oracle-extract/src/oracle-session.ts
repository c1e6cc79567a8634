import { PipelineError, TerminalError, TransientError } from '@findata/core'
import type { Connection } from 'oracledb'
import type { ConnectSockets } from './connect-sockets.ts'
import { failed, type OracleTask, oracleCodeOf, toPipelineError } from './errors.ts'

/** One round trip, or a few that belong together. */
export interface OracleCall extends OracleTask {
  /** What the DBA sees in V$SESSION.ACTION. */
  readonly action: string
  readonly signal: AbortSignal
  /** From the moment the connection is free for this call. */
  readonly timeoutMs: number
}

/** One connection that does one thing at a time. Dispose it to close the connection; that never throws and never hangs. */
export interface OracleSession extends AsyncDisposable {
  /** Waits for earlier calls; a call that is cancelled or late is broken off, and one that ignores that loses its connection. */
  call<T>(call: OracleCall, work: (connection: Connection) => Promise<T>): Promise<T>
  readonly isLost: boolean
}

export interface SessionOptions {
  /** How long Oracle may take to obey a break, or to say goodbye, before the connection is dropped. */
  readonly graceMs: number
}

/** The longest delay that a timer can hold. */
const MAX_TIMER_MS = 2 ** 31 - 1
/** What older databases hold in V$SESSION.ACTION. */
const MAX_ACTION_LENGTH = 32

export function createOracleSession(
  connection: Connection,
  sockets: ConnectSockets,
  { graceMs }: SessionOptions,
): OracleSession {
  let queue: Promise<unknown> = Promise.resolve()
  let isLost = false
  let isClosing = false
  let action = ''
  let stopRunning: (() => void) | undefined

  const drop = () => {
    isLost = true
    sockets.drop()
  }

  async function run<T>(call: OracleCall, work: (connection: Connection) => Promise<T>): Promise<T> {
    throwIfCancelled(call)
    if (isLost || isClosing) {
      throw failed(TransientError, 'ORACLE_CONNECTION_LOST', {
        doing: call.doing,
        why: 'the connection of this snapshot is gone',
        nextStep: 'Open a new snapshot.',
      })
    }
    let interruption: 'cancelled' | 'late' | undefined
    let dropTimer: NodeJS.Timeout | undefined
    const interrupt = (reason: 'cancelled' | 'late') => {
      if (interruption) return
      interruption = reason
      dropTimer = setTimeout(drop, graceMs)
      connection.break().catch(drop)
    }
    const cancel = () => interrupt('cancelled')
    const deadline = setTimeout(() => interrupt('late'), Math.min(call.timeoutMs, MAX_TIMER_MS))
    call.signal.addEventListener('abort', cancel, { once: true })
    stopRunning = cancel
    try {
      if (action !== call.action) {
        action = call.action
        connection.action = action.slice(0, MAX_ACTION_LENGTH)
      }
      const result = await work(connection)
      if (interruption === undefined) return result
      throw interruption === 'late' ? lateError(call, undefined) : cancelledError(call)
    } catch (cause) {
      if (interruption !== undefined) {
        // An answer or another error overtook the break, whose own answer would be taken for that of the next call.
        if (oracleCodeOf(cause) !== 'ORA-01013') drop()
        if (cause instanceof PipelineError) throw cause
        throw interruption === 'late' ? lateError(call, cause) : cancelledError(call)
      }
      const error = toPipelineError(cause, call)
      if (error instanceof PipelineError && error.code === 'ORACLE_CONNECTION_LOST') drop()
      throw error
    } finally {
      stopRunning = undefined
      clearTimeout(deadline)
      clearTimeout(dropTimer)
      call.signal.removeEventListener('abort', cancel)
    }
  }

  return {
    call(call, work) {
      const result = queue.then(() => run(call, work))
      queue = result.catch(() => {})
      return result
    },
    get isLost() {
      return isLost
    },
    async [Symbol.asyncDispose]() {
      if (isClosing) return
      isClosing = true
      stopRunning?.()
      await queue
      const dropTimer = setTimeout(drop, graceMs)
      try {
        // Also after a lost connection: one that is never closed would end the process when it is collected.
        await connection.close()
      } catch (cause) {
        if (oracleCodeOf(cause) === undefined) throw cause
      } finally {
        clearTimeout(dropTimer)
        sockets.end()
      }
    },
  }
}

export type Cancellable = Pick<OracleCall, 'doing' | 'signal'>

export function throwIfCancelled(task: Cancellable): void {
  if (task.signal.aborted) throw cancelledError(task)
}

/** The reason of the signal, if it is one of our errors. */
export function cancelledError({ doing, signal }: Cancellable): PipelineError {
  if (signal.reason instanceof PipelineError) return signal.reason
  return new TerminalError('CANCELLED', `${doing} was cancelled.`, { cause: signal.reason })
}

/** Whether a call failed for now, as by its deadline, and left a session that can go on. */
export function isPassing(cause: unknown, { isLost }: OracleSession): boolean {
  return cause instanceof TransientError && !isLost
}

function lateError({ doing, timeoutMs }: OracleCall, cause: unknown): PipelineError {
  return failed(TransientError, 'ORACLE_TIMEOUT', {
    doing,
    why: `Oracle did not answer within ${timeoutMs / 1_000} s`,
    nextStep: 'Try again at a quieter hour, or raise statementTimeoutMs of the record type.',
    cause,
  })
}
