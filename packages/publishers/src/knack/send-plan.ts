import type {
  ApplyOptions,
  Clock,
  Intent,
  PlanEntry,
  PublishOutcome,
  PublishProgress,
  RecordFailure,
} from '@findata/core'
import { PipelineError, RejectedRowError, TerminalError, TransientError } from '@findata/core'
import type { KnackClient, KnackValues } from './knack-client.ts'
import type { Create, LookUp } from './look-up.ts'
import { createOpenCreates } from './open-creates.ts'
import { createWriteLog, toWrite, type Write } from './write-log.ts'

export interface SendOptions extends Pick<ApplyOptions, 'journal' | 'limit' | 'waitsForUnclear'> {
  /** Not stopped by `signal`: a call that was begun is waited for, so that its answer is known. */
  readonly client: Pick<KnackClient, 'createRecord' | 'updateRecord' | 'deleteRecord' | 'allowance'>
  readonly objectKey: string
  readonly lookUp: LookUp
  toValues(write: Write): KnackValues
  readonly clock: Clock
  /** Once it is aborted nothing more is sent. */
  readonly signal: AbortSignal
  onProgress(progress: PublishProgress): void
  readonly settleMs: number
  readonly concurrency: number
  readonly maxRefused: number
  /** Calls of the allowance that are not for writing: those of others, and reading back. */
  readonly reservedCalls: number
  /** Creates of earlier runs whose answer is not known. */
  readonly unanswered: readonly Intent[]
  /** How many writes and held creates come. */
  readonly total: number
}

export interface SentPlan extends Omit<PublishOutcome, 'stale' | 'calls' | 'waiting'> {
  /** Keys of the writes that were not sent. */
  readonly waiting: ReadonlySet<string>
  readonly waitingCount: number
}

type Stop = NonNullable<PublishOutcome['stopped']>

/** Looked up by one call, and one object of the journal: about two seconds of calls. */
export const WRITES_PER_LOOK_UP = 20
/** How long after its intent a write may be sent at most: longer than a batch takes, so that only a stalled one needs new intents. */
const SENDING_WINDOW_MS = 180_000
/** The part of this window that a call may take: it waits for its pace and for a busy app, and it may be repeated. */
const CALL_MARGIN = 2 / 3
/** How often a run tries to create one record. */
const MAX_ROUNDS = 3

/**
 * Sends writes so that each happens once, although a create that is sent twice makes two records: its key is looked up before it is
 * sent, its intent is durable before the call, and one without an answer is looked up, left alone until it can no longer arrive, and
 * sent again only where nothing is found.
 */
export async function sendPlan(entries: AsyncIterable<PlanEntry>, options: SendOptions): Promise<SentPlan> {
  const { client, objectKey, lookUp, journal, clock, signal, settleMs } = options
  // Where writes arrive soon or never, unclear ones need not be held for longer than that.
  const windowMs = Math.min(SENDING_WINDOW_MS, settleMs)
  const log = createWriteLog(journal, clock, windowMs)
  const count = { created: 0, updated: 0, deleted: 0, alreadyDone: 0 }
  const refused: RecordFailure[] = []
  const waiting = new Set<string>()
  /** Creates that may still arrive, by key. */
  const unclear = new Map<string, Create>()
  const open = createOpenCreates(options.unanswered, { log, settleMs })
  /** Why no more is prepared; once it is halted, what is prepared is not sent either. */
  let stopped: Stop | undefined
  let isHalted = false
  let failure: { readonly error: unknown } | undefined
  let waitingCount = 0
  /** Writes with an intent: all of them, and those that have no answer yet. */
  let begun = 0
  let pending = 0
  let done = 0

  function now(): number {
    return clock.now().getTime()
  }

  function fail(error: unknown): void {
    failure ??= { error }
  }

  function report(): void {
    done++
    options.onProgress({ phase: 'send', done, total: Math.max(done, options.total) })
  }

  function halt(reason: Stop): void {
    stopped ??= reason
    isHalted = true
  }

  function mustHalt(): boolean {
    if (signal.aborted) fail(signal.reason)
    if (refused.length > 0 && refused.length >= options.maxRefused) halt(tooManyRefused(refused.length))
    return failure !== undefined || isHalted
  }

  function callsLeft(): number {
    const { left } = client.allowance()
    return left === undefined ? Number.POSITIVE_INFINITY : left - options.reservedCalls - pending
  }

  function leave(writes: readonly Write[], reason?: Stop): void {
    if (reason) stopped ??= reason
    for (const write of writes) {
      if (write.kind === 'create' && open.settlesAt(write.key) > now()) {
        unclear.set(write.key, write)
      } else {
        waiting.add(write.key)
        waitingCount++
      }
    }
  }

  /** Intents that may be sent, one by one; the next batch is prepared while the present one is sent. */
  async function* prepared(writes: AsyncIterable<PlanEntry>): AsyncGenerator<Intent> {
    const batches = prepareBatches(writes)
    let next = batches.next()
    for (;;) {
      const batch = await next
      if (batch.done) return
      next = batches.next()
      // Its failure belongs to the await above.
      next.catch(() => {})
      yield* batch.value
    }
  }

  async function* prepareBatches(writes: AsyncIterable<PlanEntry>): AsyncGenerator<readonly Intent[]> {
    let batch: Write[] = []
    for await (const entry of writes) {
      if (failure) return
      if (entry.kind === 'held') {
        const { key, changes } = entry
        unclear.set(key, { kind: 'create', key, changes })
      } else if (entry.kind === 'create' || entry.kind === 'update' || entry.kind === 'delete') {
        batch.push(entry)
      }
      if (batch.length < WRITES_PER_LOOK_UP) continue
      yield await prepare(batch)
      batch = []
    }
    if (batch.length > 0) yield await prepare(batch)
  }

  /** Makes intents of what may be sent. */
  async function prepare(batch: readonly Write[]): Promise<readonly Intent[]> {
    if (mustHalt() || stopped) {
      leave(batch)
      return []
    }
    const limit = (options.limit ?? Number.POSITIVE_INFINITY) - begun
    const lookUps = batch.some(({ kind }) => kind === 'create') ? 1 : 0
    if (limit <= 0 || callsLeft() <= lookUps) {
      leave(batch, limit <= 0 ? limitReached() : allowanceSpent())
      return []
    }
    let writes: readonly Write[]
    try {
      writes = await withoutFound(batch)
    } catch (error) {
      if (!isAllowanceSpent(error)) throw error
      halt(allowanceSpent(error))
      leave(batch)
      return []
    }
    const most = Math.max(0, Math.min(limit, callsLeft()))
    if (most < writes.length) leave(writes.slice(most), most === limit ? limitReached() : allowanceSpent())
    const sendable = writes.slice(0, most)
    if (sendable.length === 0) return []
    const intents = await log.intend(sendable)
    begun += intents.length
    pending += intents.length
    for (const intent of intents) {
      if (intent.kind !== 'create') continue
      await open.answer(intent.key, 'not sent', null, 'nothing was found after its settle time')
      open.begin(intent)
    }
    return intents
  }

  /** A create whose record is there becomes an update of what differs, or nothing; one that may still arrive is kept. */
  async function withoutFound(batch: readonly Write[]): Promise<readonly Write[]> {
    const creates = batch.filter((write) => write.kind === 'create')
    if (creates.length === 0) return batch
    const askedAt = now()
    const found = await lookUp.find(creates)
    const writes: Write[] = []
    for (const write of batch) {
      const record = found.get(write.key)
      if (write.kind !== 'create') {
        writes.push(write)
      } else if (record) {
        const isOfThisRun = open.isOfRun(write.key, journal.runId)
        await open.answer(write.key, 'found', record.id, 'found by its key')
        const changes = lookUp.changes(write, record)
        if (isOfThisRun) count.created++
        else if (changes.length === 0) count.alreadyDone++
        if (changes.length > 0) writes.push({ kind: 'update', key: write.key, id: record.id, changes })
        else report()
      } else if (open.settlesAt(write.key) > askedAt) {
        unclear.set(write.key, write)
      } else {
        writes.push(write)
      }
    }
    return writes
  }

  async function send(intent: Intent): Promise<void> {
    if (mustHalt()) {
      pending--
      return await release(intent)
    }
    if (now() + windowMs * CALL_MARGIN <= Date.parse(intent.sentBefore)) return await sendNow(intent)
    const [renewed] = await log.intend([toWrite(intent)])
    if (!renewed) return
    if (intent.kind === 'create') open.begin(renewed)
    await log.answer(intent, 'not sent', intent.id, 'it waited too long, and was written down anew')
    await sendNow(renewed)
  }

  /** Only a create's own answer ends its hold: another record may have the same name. */
  function close({ kind, key }: Intent): void {
    if (kind === 'create') open.close(key)
  }

  async function release(intent: Intent): Promise<void> {
    close(intent)
    leave([toWrite(intent)])
    await log.answer(intent, 'not sent', intent.id, 'the run stopped before')
  }

  async function sendNow(intent: Intent): Promise<void> {
    let id: string
    try {
      id = await call(toWrite(intent))
    } catch (error) {
      pending--
      return await afterFailure(intent, error)
    }
    pending--
    close(intent)
    count[DONE_AS[intent.kind]]++
    report()
    await log.answer(intent, 'done', id, 'accepted')
  }

  async function call(write: Write): Promise<string> {
    const values = options.toValues(write)
    if (write.kind === 'create') return (await client.createRecord(objectKey, values)).id
    if (write.kind === 'update') await client.updateRecord(objectKey, write.id, values)
    else await client.deleteRecord(objectKey, write.id)
    return write.id
  }

  async function afterFailure(intent: Intent, error: unknown): Promise<void> {
    const answer = error instanceof Error ? error.message : String(error)
    if (intent.kind === 'create' && mayHaveHappened(error)) {
      if (!(error instanceof TransientError)) fail(error)
      return await afterUnclearCreate(intent, answer)
    }
    if (isAllowanceSpent(error)) {
      halt(allowanceSpent(error))
      return await release(intent)
    }
    close(intent)
    if (error instanceof RejectedRowError) {
      refused.push({ key: intent.key, reason: answer })
      report()
      return await log.answer(intent, 'refused', intent.id, answer)
    }
    fail(error)
    const isKnown = intent.kind === 'create' || error instanceof TerminalError
    await log.answer(intent, isKnown ? 'not sent' : 'unclear', intent.id, answer)
  }

  async function afterUnclearCreate(intent: Intent, answer: string): Promise<void> {
    const create = toWrite(intent) as Create
    unclear.set(intent.key, create)
    open.noteUnclear(intent, clock.now())
    try {
      const record = signal.aborted ? undefined : (await lookUp.find([create])).get(intent.key)
      if (record) {
        unclear.delete(intent.key)
        open.close(intent.key)
        count.created++
        report()
        return await log.answer(intent, 'found', record.id, answer)
      }
    } catch (error) {
      if (isAllowanceSpent(error)) halt(allowanceSpent(error))
      else fail(error)
    }
    await log.answer(intent, 'unclear', null, answer)
  }

  /** Ends after all calls did and their answers are written down, whatever became of one. */
  async function sendAll(writes: AsyncIterable<PlanEntry>): Promise<void> {
    const intents = prepared(writes)
    const work = async () => {
      for (;;) {
        try {
          const { value, done: isDone } = await intents.next()
          if (isDone) return
          await send(value)
        } catch (error) {
          fail(error)
        }
      }
    }
    await Promise.all(Array.from({ length: options.concurrency }, work))
    await log.flush().catch(fail)
    if (failure) throw failure.error
  }

  async function waitForUnclear(): Promise<void> {
    const until = Math.max(...[...unclear.keys()].map(open.settlesAt))
    if (until <= now()) return
    const what = unclear.size === 1 ? '1 create' : `${unclear.size} creates`
    const message = `${what} had no answer and may still arrive; waiting until ${new Date(until).toISOString()} before looking again.`
    options.onProgress({ phase: 'settle', done, total: options.total, message })
    // A timer may fire a moment before the clock says so.
    while (now() < until) await clock.sleep(until - now(), signal)
  }

  await sendAll(entries)
  for (let round = 1; round < MAX_ROUNDS && unclear.size > 0 && !stopped; round++) {
    if (options.waitsForUnclear) await waitForUnclear()
    const due = [...unclear.values()].filter(({ key }) => open.settlesAt(key) <= now())
    if (due.length === 0) break
    for (const { key } of due) unclear.delete(key)
    await sendAll(iterate(due))
  }
  // All records were read after these: what is there was compared, and what is not is no longer wanted.
  const isSettled = (key: string) => !unclear.has(key) && !waiting.has(key) && open.settlesAt(key) <= now()
  const settled = open.keys().filter(isSettled)
  for (const key of settled) await open.answer(key, 'found', null, 'settled by reading all records')
  await log.flush()

  const held = [...unclear.keys()].map((key) => {
    const until = new Date(open.settlesAt(key)).toISOString()
    return { key, reason: `its create had no answer and may still arrive until ${until}` }
  })
  return { ...count, refused, held, waiting, waitingCount, ...(stopped && { stopped }) }

  function allowanceSpent(error?: PipelineError): Stop {
    const { resetAt } = client.allowance()
    const told = error?.details.resetAt
    const resumeAt = typeof told === 'string' ? told : resetAt?.toISOString()
    const again = resumeAt ? ` It begins anew at ${resumeAt}.` : ''
    const message = `The calls of the day are used up, but for ${options.reservedCalls} that are kept for reading back and for others.${again}`
    return { reason: 'allowance', message, ...(resumeAt !== undefined && { resumeAt }) }
  }

  function limitReached(): Stop {
    return { reason: 'limit', message: `The limit of ${options.limit} writes is reached.` }
  }
}

const DONE_AS = { create: 'created', update: 'updated', delete: 'deleted' } as const

function tooManyRefused(count: number): Stop {
  return { reason: 'rejections', message: `Sending stopped after ${count} refused records.` }
}

function isAllowanceSpent(error: unknown): error is PipelineError {
  return error instanceof PipelineError && error.code === 'DESTINATION_ALLOWANCE_SPENT'
}

/** Whether a write that failed may be there all the same, or come. */
function mayHaveHappened(error: unknown): boolean {
  return error instanceof PipelineError ? error.details.isUnclear === true : true
}

async function* iterate<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}
