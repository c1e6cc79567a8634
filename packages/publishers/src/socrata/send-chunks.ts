import {
  type Clock,
  type Intent,
  PipelineError,
  type PlanEntry,
  type PublishJournal,
  type Receipt,
  type RecordFailure,
  RejectedRowError,
} from '@findata/core'
import type { SocrataCounts } from './socrata-client.ts'

/** A planned write. */
export type Write = Extract<PlanEntry, { readonly kind: 'create' | 'update' | 'delete' }>

export interface SendOptions {
  /** Takes the rows of one request, as JSON texts; throws RejectedRowError when it refuses rows and takes none. */
  send(rows: readonly string[], sendBefore: Date): Promise<SocrataCounts>
  toRow(write: Write): string
  readonly rowsPerRequest: number
  readonly bytesPerRequest: number
  readonly maxRefused: number
  /** Most writes that are sent. */
  readonly limit: number
  readonly journal: PublishJournal
  readonly clock: Clock
  readonly signal: AbortSignal
  onSent(writes: number): void
}

export interface SendResult {
  readonly created: number
  readonly updated: number
  readonly deleted: number
  readonly refused: readonly RecordFailure[]
  /** Keys of the writes that were not sent. */
  readonly waiting: readonly string[]
  readonly stopped: 'limit' | 'rejections' | undefined
}

interface Prepared {
  readonly write: Write
  readonly row: string
}

/** How long the attempts for one chunk may take together. */
export const SEND_WITHIN_MS = 60 * 60_000

/**
 * Sends writes in their order, chunk by chunk. What the service does not take is halved until the rows at fault are alone, so that
 * good rows are not held up by bad ones. Sending a row again is harmless: rows are matched by the row identifier.
 */
export async function sendChunks(writes: AsyncIterable<Write>, options: SendOptions): Promise<SendResult> {
  const { journal, clock, signal, limit, maxRefused } = options
  const counts = { create: 0, update: 0, delete: 0 }
  const refused: RecordFailure[] = []
  let stopped: SendResult['stopped']
  let taken = 0
  const waiting: string[] = []
  let sequence = 0

  const isTooMany = () => refused.length > 0 && refused.length >= maxRefused

  const sendChunk = async (chunk: readonly Prepared[]) => {
    const sendBefore = new Date(clock.now().getTime() + SEND_WITHIN_MS)
    const intents = chunk.map(({ write }) => toIntent(write, journal.runId, ++sequence, sendBefore))
    const receipts: Receipt[] = []
    const answer = (outcome: Receipt['outcome'], text: string) => {
      const { runId, sequence, id } = intents[receipts.length] as Intent
      receipts.push({ runId, sequence, at: clock.now().toISOString(), outcome, id, answer: text })
    }
    const answerRest = (outcome: Receipt['outcome'], text: string) => {
      while (receipts.length < chunk.length) answer(outcome, text)
    }

    await journal.writeIntents(intents)
    try {
      for await (const { writes, refusal } of sendHalves(chunk, (rows) => options.send(rows, sendBefore))) {
        for (const { key, kind } of writes) {
          answer(refusal === undefined ? 'done' : 'refused', refusal ?? '200')
          if (refusal === undefined) counts[kind]++
          else refused.push({ key, reason: refusal })
        }
        if (isTooMany()) break
      }
    } catch (error) {
      answerRest('unclear', answerOf(error))
      // Without receipts the writes are unanswered, which the next run resolves as well.
      await journal.writeReceipts(receipts).catch(() => {})
      throw error
    }
    if (isTooMany()) {
      stopped = 'rejections'
      waiting.push(...keysOf(chunk.slice(receipts.length)))
      answerRest('unclear', 'too many rows were refused before it')
    }
    await journal.writeReceipts(receipts)
  }

  for await (const chunk of toChunks(writes, options)) {
    const within = stopped ? [] : chunk.slice(0, limit - taken)
    taken += within.length
    waiting.push(...keysOf(chunk.slice(within.length)))
    if (within.length > 0) {
      signal.throwIfAborted()
      await sendChunk(within)
      options.onSent(taken)
    }
    if (within.length < chunk.length) stopped ??= 'limit'
  }
  return {
    created: counts.create,
    updated: counts.update,
    deleted: counts.delete,
    refused,
    waiting,
    stopped,
  }
}

/** As long as rows and bytes of one request allow. Deletes come in chunks of their own, since they are counted otherwise. */
async function* toChunks(
  writes: AsyncIterable<Write>,
  {
    toRow,
    rowsPerRequest,
    bytesPerRequest,
  }: Pick<SendOptions, 'toRow' | 'rowsPerRequest' | 'bytesPerRequest'>,
): AsyncGenerator<readonly Prepared[]> {
  let chunk: Prepared[] = []
  let bytes = 0
  for await (const write of writes) {
    const row = toRow(write)
    const size = Buffer.byteLength(row) + 2
    const isFull = chunk.length >= rowsPerRequest || bytes + size > bytesPerRequest
    if (chunk[0] && (isFull || isDelete(chunk[0]) !== isDelete({ write }))) {
      yield chunk
      chunk = []
      bytes = 0
    }
    chunk.push({ write, row })
    bytes += size
  }
  if (chunk.length > 0) yield chunk
}

interface Answered {
  readonly writes: readonly Write[]
  /** Why the service does not take them. */
  readonly refusal: string | undefined
}

/** In the order of the chunk. */
async function* sendHalves(
  chunk: readonly Prepared[],
  send: (rows: readonly string[]) => Promise<SocrataCounts>,
): AsyncGenerator<Answered> {
  const refusal = await refusalOf(chunk, send)
  if (refusal === undefined || chunk.length === 1) {
    yield { writes: chunk.map(({ write }) => write), refusal }
    return
  }
  const middle = Math.ceil(chunk.length / 2)
  yield* sendHalves(chunk.slice(0, middle), send)
  yield* sendHalves(chunk.slice(middle), send)
}

/** Undefined if all rows were taken. */
async function refusalOf(
  chunk: readonly Prepared[],
  send: (rows: readonly string[]) => Promise<SocrataCounts>,
): Promise<string | undefined> {
  const rows = chunk.map(({ row }) => row)
  const areDeletes = chunk.every(isDelete)
  try {
    const first = await send(rows)
    if (isComplete(first, rows.length)) return undefined
    if (!areDeletes || first.errors > 0) return describe(first, rows.length)
    // A row that is gone already, by an attempt whose answer was lost, is counted nowhere: asked until nothing goes any more.
    for (let gone = first.deleted; gone < rows.length; ) {
      const again = await send(rows)
      if (again.errors > 0) return describe(again, rows.length)
      if (again.deleted === 0) return undefined
      gone += again.deleted
    }
    return undefined
  } catch (error) {
    if (error instanceof RejectedRowError) return answerOf(error)
    throw error
  }
}

export function isComplete({ created, updated, deleted, errors }: SocrataCounts, rows: number): boolean {
  return errors === 0 && created + updated + deleted === rows
}

export function describe({ created, updated, deleted, errors }: SocrataCounts, rows: number): string {
  return `200, but of ${rows} sent it counts ${created} created, ${updated} updated, ${deleted} deleted and ${errors} errors`
}

export function toIntent(write: Write, runId: string, sequence: number, sendBefore: Date): Intent {
  const { kind, key, changes } = write
  const id = kind === 'create' ? null : write.id
  return { runId, sequence, sentBefore: sendBefore.toISOString(), kind, key, id, changes }
}

/** An error as a receipt says it. */
export function answerOf(error: unknown): string {
  if (!(error instanceof PipelineError)) return 'the run stopped before an answer came'
  return String(error.details.answer ?? error.message).slice(0, 300)
}

function keysOf(chunk: readonly Prepared[]): string[] {
  return chunk.map(({ write }) => write.key)
}

function isDelete({ write }: { readonly write: Write }): boolean {
  return write.kind === 'delete'
}
