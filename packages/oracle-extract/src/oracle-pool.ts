import { type RetryOptions, retryTransient, TransientError } from '@findata/core'
import oracledb, { type Connection } from 'oracledb'
import { type ConnectSockets, holdSockets } from './connect-sockets.ts'
import type { OracleSettings } from './env.ts'
import { failed, toPipelineError } from './errors.ts'
import {
  type Cancellable,
  cancelledError,
  createOracleSession,
  type OracleSession,
  throwIfCancelled,
} from './oracle-session.ts'

/** Of node-oracledb, for certificates. */
export const driverVersion: string = oracledb.versionString

export interface OraclePoolOptions {
  /** How many connections may be open at once; others wait. */
  readonly poolSize?: number
  /** The deadline of one attempt to connect and log in, and of each statement that touches no view. */
  readonly connectTimeoutMs?: number
  /** How an unreachable database is tried again; refused credentials are tried once, whatever this says. */
  readonly retry?: Partial<Omit<RetryOptions, 'signal'>>
  /** What the DBA sees in V$SESSION.MODULE. */
  readonly module?: string
  /** What the DBA sees in V$SESSION.CLIENT_IDENTIFIER, such as a run id. */
  readonly clientId?: string
  /** How long Oracle may take to obey a break or to say goodbye before a connection is dropped. */
  readonly graceMs?: number
}

/**
 * A bounded number of connections to one database. Each is opened when it is asked for and closed when its session is
 * disposed, so that no run inherits another's transaction. Dispose the pool to close what is still open.
 */
export interface OraclePool extends AsyncDisposable {
  readonly settings: OracleSettings
  readonly connectTimeoutMs: number
  openSession(options: { readonly signal: AbortSignal }): Promise<OracleSession>
}

/** Connects nothing yet: the first session does. */
export function openOraclePool(settings: OracleSettings, options: OraclePoolOptions = {}): OraclePool {
  const {
    poolSize = 4,
    connectTimeoutMs = 20_000,
    retry = {},
    module = 'findata',
    clientId = '',
    graceMs = 5_000,
  } = options
  const sessions = new Set<OracleSession>()
  const waiting: (() => void)[] = []
  let free = poolSize
  const closing = new AbortController()

  async function takePlace(task: Cancellable): Promise<void> {
    throwIfCancelled(task)
    if (free > 0) {
      free--
      return
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const giveUp = () => {
      const place = waiting.indexOf(resolve)
      if (place >= 0) waiting.splice(place, 1)
      reject(cancelledError(task))
    }
    waiting.push(resolve)
    task.signal.addEventListener('abort', giveUp, { once: true })
    await promise.finally(() => task.signal.removeEventListener('abort', giveUp))
  }

  function givePlace(): void {
    const next = waiting.shift()
    if (next) next()
    else free++
  }

  async function connectSession(doing: string, signal: AbortSignal): Promise<OracleSession> {
    const { connection, sockets } = await retryTransient(
      () => connect(settings, doing, connectTimeoutMs, signal),
      { attempts: 3, firstDelayMs: 1_000, maxDelayMs: 10_000, ...retry, signal },
    )
    connection.module = module.slice(0, 48)
    if (clientId !== '') connection.clientId = clientId.slice(0, 64)
    return createOracleSession(connection, sockets, { graceMs })
  }

  return {
    settings,
    connectTimeoutMs,
    async openSession(caller) {
      const doing = `Connecting to Oracle as ${settings.user}`
      const signal = AbortSignal.any([caller.signal, closing.signal])
      await takePlace({ doing, signal })
      const session = await connectSession(doing, signal).catch((cause: unknown) => {
        givePlace()
        throwIfCancelled({ doing, signal })
        throw cause
      })
      const pooled: OracleSession = {
        call: session.call,
        get isLost() {
          return session.isLost
        },
        async [Symbol.asyncDispose]() {
          if (!sessions.delete(pooled)) return
          try {
            await session[Symbol.asyncDispose]()
          } finally {
            givePlace()
          }
        },
      }
      sessions.add(pooled)
      if (signal.aborted) {
        // Cancelled, or the pool closed, just when the connection was there: nobody else will dispose it.
        await pooled[Symbol.asyncDispose]()
        throw cancelledError({ doing, signal })
      }
      return pooled
    },
    async [Symbol.asyncDispose]() {
      closing.abort(new Error('the Oracle pool is closed'))
      await Promise.all([...sessions].map((session) => session[Symbol.asyncDispose]()))
    },
  }
}

/** One attempt. The driver bounds only its first half, up to the listener's answer, so the deadline is ours. */
async function connect(
  settings: OracleSettings,
  doing: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<{ readonly connection: Connection; readonly sockets: ConnectSockets }> {
  const { user, connectString, walletLocation, walletPassword, configDir } = settings
  const { result, sockets } = holdSockets(() =>
    oracledb.getConnection({
      user,
      password: settings.password(),
      connectString,
      // No statement is executed twice, and a cursor that is not cached is closed with the next call.
      stmtCacheSize: 0,
      ...(walletLocation && { walletLocation }),
      ...(walletPassword && { walletPassword: walletPassword() }),
      ...(configDir && { configDir }),
    }),
  )
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () =>
      late.reject(
        failed(TransientError, 'ORACLE_UNREACHABLE', {
          doing,
          why: `no answer within ${timeoutMs / 1_000} s`,
          nextStep: 'Check host, port and firewall; if the database is merely busy, try again later.',
        }),
      ),
    timeoutMs,
  )
  const cancel = () => late.reject(signal.reason)
  signal.addEventListener('abort', cancel, { once: true })
  try {
    return { connection: await Promise.race([result, late.promise]), sockets }
  } catch (cause) {
    sockets.drop()
    // Whatever the abandoned attempt still comes to is closed.
    result.then((connection) => connection.close()).catch(() => {})
    throwIfCancelled({ doing, signal })
    throw toPipelineError(cause, {
      doing,
      isConnecting: true,
      hasWalletPassword: walletPassword !== undefined,
    })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', cancel)
  }
}
