import { type Clock, type PublishJournal, type Receipt, RejectedRowError, TerminalError } from '@findata/core'
import { answerOf, describe, isComplete, SEND_WITHIN_MS, toIntent, type Write } from './send-chunks.ts'
import type { SocrataCounts } from './socrata-client.ts'

export interface ReplaceOptions {
  /** The whole set, as JSON texts. */
  readonly rows: AsyncIterable<string>
  replace(rows: readonly string[], sendBefore: Date): Promise<SocrataCounts>
  readonly dataset: string
  readonly journal: PublishJournal
  readonly clock: Clock
}

/** What one request may hold; it is in memory while it is sent. */
const MAX_BYTES = 16_000_000
const INTENTS_PER_OBJECT = 1_000
/** A set whose counters do not add up is sent once more: the same rows give the same set. */
const ATTEMPTS = 2

/** Puts the whole set in place of what is there, in one request, since a set in several is short for a while, or for ever. */
export async function replaceSet(
  writes: AsyncIterable<Write>,
  { rows, replace, dataset, journal, clock }: ReplaceOptions,
): Promise<{ readonly created: number; readonly updated: number; readonly deleted: number }> {
  const set = await collect(rows, dataset)
  const sendBefore = new Date(clock.now().getTime() + SEND_WITHIN_MS)
  const counts = { create: 0, update: 0, delete: 0 }
  const sequences: { readonly sequence: number; readonly id: string | null }[] = []
  for await (const batch of inBatches(writes, INTENTS_PER_OBJECT)) {
    const intents = batch.map((write, index) =>
      toIntent(write, journal.runId, sequences.length + index + 1, sendBefore),
    )
    for (const { kind, sequence, id } of intents) {
      counts[kind]++
      sequences.push({ sequence, id })
    }
    await journal.writeIntents(intents)
  }
  const answer = async (outcome: Receipt['outcome'], text: string) => {
    const at = clock.now().toISOString()
    for await (const batch of inBatches(sequences, INTENTS_PER_OBJECT)) {
      await journal.writeReceipts(
        batch.map(({ sequence, id }) => ({ runId: journal.runId, sequence, at, outcome, id, answer: text })),
      )
    }
  }

  try {
    await sendSet()
  } catch (error) {
    const isRefused = error instanceof RejectedRowError
    // Without receipts the writes are unanswered, which the next run resolves as well.
    await answer(isRefused ? 'refused' : 'unclear', answerOf(error)).catch(() => {})
    throw isRefused
      ? new TerminalError(error.code, error.message, { cause: error, details: error.details })
      : error
  }
  await answer('done', '200')
  return { created: counts.create, updated: counts.update, deleted: counts.delete }

  async function sendSet(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const counted = await replace(set, sendBefore)
      // The service may count rows that leave, too.
      if (isComplete({ ...counted, deleted: 0 }, set.length)) return
      if (attempt === ATTEMPTS) throw isShort(dataset, describe(counted, set.length))
    }
  }
}

async function collect(rows: AsyncIterable<string>, dataset: string): Promise<readonly string[]> {
  const set: string[] = []
  let bytes = 0
  for await (const row of rows) {
    bytes += Buffer.byteLength(row) + 2
    if (bytes > MAX_BYTES) {
      const nextStep = 'Take the mode upsert for it, with departed records deleted.'
      throw new TerminalError(
        'DESTINATION_REFUSED',
        `The set of dataset ${dataset} takes more than the ${MAX_BYTES / 1_000_000} MB that one request may hold, and a set is only replaced whole. Nothing was sent. ${nextStep}`,
        { details: { dataset, nextStep } },
      )
    }
    set.push(row)
  }
  return set
}

function isShort(dataset: string, counted: string): TerminalError {
  const nextStep = 'Publish again; if it stays, look at the rows of the dataset in Socrata.'
  return new TerminalError(
    'DESTINATION_REFUSED',
    `Dataset ${dataset} was replaced, and the service did not take every row: ${counted}. ${nextStep}`,
    { details: { dataset, nextStep } },
  )
}

async function* inBatches<T>(
  items: AsyncIterable<T> | Iterable<T>,
  size: number,
): AsyncGenerator<readonly T[]> {
  let batch: T[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
