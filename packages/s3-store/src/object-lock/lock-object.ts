import { setTimeout as sleep } from 'node:timers/promises'
import { PipelineError, type SnapshotLock, TerminalError, TransientError } from '@findata/core'
import type { Bucket } from '../bucket.ts'
import { type ObjectToWrite, putObject, unchangedSince } from '../conditional-write.ts'
import { isConflict } from '../errors.ts'
import { proveIfMatch } from '../prove-conditions.ts'
import { type LockHolder, lifeOf, thisHolder } from './lock-holder.ts'

/** A lock that this process holds. */
export interface HeldLock extends SnapshotLock {
  readonly runId: string
  /** Proves against the store that the lock is still held, and prolongs it. Throws LOCK_HELD when somebody took it over. */
  renew(): Promise<void>
  /** The same; a loss that comes later is no longer told as one before which nothing was committed. */
  renewToCommit(): Promise<void>
  /** The last commit that a holder of this lock made or saw; it outlives the index. */
  readonly committedRunId: string | undefined
  noteCommit(runId: string): void
}

export interface LockOptions {
  readonly runId: string
  readonly signal: AbortSignal
  readonly now: () => Date
  /** How long a holder may be silent before another run takes over. */
  readonly expiryMs: number
  readonly onWait?: ((message: string) => void) | undefined
  /** A sentence for a run that loses the lock: what of it stands. */
  readonly whenLost?: string
}

interface LockFile {
  readonly version: 1
  readonly kind: 'findata-lock'
  readonly state: 'held' | 'free'
  readonly fence: number
  readonly runId: string
  readonly holder: LockHolder
  readonly since: string
  readonly until: string
  /** Of the last commit that a holder made or saw. */
  readonly committedRunId?: string | undefined
}

const COMMIT_BEGUN = 'Its commit had begun: s3-cli list tells whether its snapshot is there.'
const NEVER = new AbortController().signal
const ATTEMPTS_AGAINST_RIVALS = 5
/** How often a silent holder is looked at until its lock expires. */
const LOOKS_PER_EXPIRY = 60

/**
 * Takes the lock, or throws LOCK_HELD with who holds it, or STORE_UNSUPPORTED where conditional writes mean nothing.
 * It is renewed until disposed, and then free for the next run.
 */
export async function acquireLock(bucket: Bucket, key: string, options: LockOptions): Promise<HeldLock> {
  const { runId, signal, now, expiryMs, onWait } = options
  let watched: { readonly etag: string; readonly since: number } | undefined
  for (let attempt = 1; ; attempt++) {
    const found = await bucket.get(key, signal)
    const previous = found && parseLock(bucket, key, found.body)
    if (previous && isHeld(previous, now())) {
      const isFirstLook = watched === undefined
      watched ??= { etag: found.etag, since: performance.now() }
      const isSilent = watched.etag === found.etag && performance.now() - watched.since < expiryMs
      if (!onWait || !isSilent || lifeOf(previous.holder) === 'alive') throw heldBy(bucket, key, previous)
      if (isFirstLook) onWait(waitingFor(bucket, key, previous))
      await sleep(expiryMs / LOOKS_PER_EXPIRY, undefined, { signal }).catch(() => signal.throwIfAborted())
      attempt = 0
      continue
    }
    const lock: LockFile = {
      version: 1,
      kind: 'findata-lock',
      state: 'held',
      fence: (previous?.fence ?? 0) + 1,
      runId,
      holder: thisHolder(),
      since: now().toISOString(),
      until: after(now(), expiryMs),
      committedRunId: previous?.committedRunId,
    }
    let etag: string
    try {
      etag = await writeLock(bucket, key, lock, found?.etag, { signal })
    } catch (error) {
      // A rival was faster: the next look says who.
      if (!isConflict(error) || attempt === ATTEMPTS_AGAINST_RIVALS) throw error
      continue
    }
    await using releasing = new AsyncDisposableStack()
    const held = releasing.use(keepLock(bucket, key, lock, etag, options))
    await proveIfMatch(bucket, toObject(key, lock), toBody(lock), signal)
    releasing.move()
    return held
  }
}

function keepLock(
  bucket: Bucket,
  key: string,
  lock: LockFile,
  firstEtag: string,
  { now, expiryMs, whenLost = 'Nothing was committed.' }: LockOptions,
): HeldLock {
  const lost = new AbortController()
  let etag = firstEtag
  let until = Date.parse(lock.until)
  let { committedRunId } = lock
  let isCommitting = false
  let writing: Promise<void> | undefined

  async function write(state: LockFile['state']): Promise<void> {
    lost.signal.throwIfAborted()
    const next = { ...lock, state, until: after(now(), state === 'held' ? expiryMs : 0), committedRunId }
    // Renewed also while a run that was stopped cleans up.
    const options = state === 'free' ? { isCleanUp: true } : { signal: NEVER }
    try {
      etag = await writeLock(bucket, key, next, etag, options).catch(async (error: unknown) => {
        if (!isConflict(error)) throw error
        const found = await bucket.get(key, NEVER)
        const taker = found && parseLock(bucket, key, found.body)
        // An earlier renewal had arrived, and neither its answer nor the look at what became of it came back.
        if (found && taker?.runId === lock.runId && taker.fence === lock.fence) {
          return await writeLock(bucket, key, next, found.etag, options)
        }
        throw lostTo(bucket, key, {
          lock,
          taker,
          outcome: isCommitting ? COMMIT_BEGUN : whenLost,
          cause: error,
        })
      })
      until = Date.parse(next.until)
    } catch (error) {
      if (error instanceof TransientError && now().getTime() < until) throw error
      lost.abort(error)
      throw error
    }
  }

  /** One write at a time: the second of two would not know the ETag of the first. */
  function renew(): Promise<void> {
    writing ??= write('held').finally(() => {
      writing = undefined
    })
    return writing
  }

  const timer = setInterval(() => {
    // `lost` tells, or the next renewal succeeds.
    renew().catch(() => {})
  }, expiryMs / 3).unref()

  return {
    runId: lock.runId,
    fence: lock.fence,
    lost: lost.signal,
    renew,
    async renewToCommit() {
      await renew()
      isCommitting = true
    },
    get committedRunId() {
      return committedRunId
    },
    noteCommit(runId) {
      committedRunId = runId
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await writing?.catch(() => {})
      if (lost.signal.aborted) return
      try {
        await write('free')
      } catch (error) {
        // It ends by itself at its expiry, and the outcome of the run matters more.
        if (!(error instanceof PipelineError)) throw error
      }
    },
  }
}

function writeLock(
  bucket: Bucket,
  key: string,
  lock: LockFile,
  etag: string | undefined,
  options: { readonly signal?: AbortSignal; readonly isCleanUp?: boolean },
): Promise<string> {
  return putObject(bucket, toObject(key, lock), toBody(lock), unchangedSince(etag), options)
}

function toObject(key: string, { runId }: LockFile): ObjectToWrite {
  return { key, contentType: 'application/json', runId }
}

function toBody(lock: LockFile): Buffer {
  return Buffer.from(`${JSON.stringify(lock, null, 2)}\n`)
}

function isHeld({ state, until, holder }: LockFile, now: Date): boolean {
  return state === 'held' && Date.parse(until) > now.getTime() && lifeOf(holder) !== 'gone'
}

function after(now: Date, ms: number): string {
  return new Date(now.getTime() + ms).toISOString()
}

function waitingFor(bucket: Bucket, key: string, { runId, holder, until }: LockFile): string {
  return `Run ${runId} on ${holder.host} (process ${holder.process}) holds ${bucket.fullKey(key)} and may be dead: waiting for a sign of life, until ${until}.`
}

function heldBy(bucket: Bucket, key: string, { runId, holder, since, until, fence }: LockFile) {
  return new TerminalError(
    'LOCK_HELD',
    `Run ${runId} on ${holder.host} (process ${holder.process}) holds ${bucket.fullKey(key)} in bucket ${bucket.name} since ${since}, until ${until} unless it renews. Wait for it to end; if it is dead, the lock is free at that time.`,
    { details: { key: bucket.fullKey(key), runId, host: holder.host, since, until, fence } },
  )
}

function lostTo(
  bucket: Bucket,
  key: string,
  {
    lock,
    taker,
    outcome,
    cause,
  }: { lock: LockFile; taker: LockFile | undefined; outcome: string; cause: unknown },
) {
  return new TerminalError(
    'LOCK_HELD',
    `Run ${lock.runId} lost ${bucket.fullKey(key)} in bucket ${bucket.name} to ${taker ? `run ${taker.runId} on ${taker.holder.host}` : 'somebody else'}, because it was silent until its lock expired. ${outcome} Let the other run end, then start again.`,
    {
      cause,
      details: { key: bucket.fullKey(key), runId: lock.runId, fence: lock.fence, takerRunId: taker?.runId },
    },
  )
}

function parseLock(bucket: Bucket, key: string, body: Uint8Array): LockFile {
  try {
    const lock = JSON.parse(Buffer.from(body).toString()) as Partial<LockFile> | null
    if (
      lock?.kind === 'findata-lock' &&
      lock.version === 1 &&
      (lock.state === 'held' || lock.state === 'free') &&
      Number.isSafeInteger(lock.fence) &&
      typeof lock.runId === 'string' &&
      typeof lock.holder?.host === 'string' &&
      Number.isFinite(Date.parse(lock.until ?? ''))
    ) {
      return lock as LockFile
    }
  } catch {
    // Said below, as for any other content.
  }
  throw new TerminalError(
    'FILE_INVALID',
    `${bucket.fullKey(key)} in bucket ${bucket.name} is not a lock of findata. If no run that needs it is under way, delete it and start again.`,
    { details: { key: bucket.fullKey(key) } },
  )
}
