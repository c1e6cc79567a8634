import type { Clock, Intent, PlanEntry, PublishJournal, Receipt } from '@findata/core'

/** A planned write. */
export type Write = Extract<PlanEntry, { readonly kind: 'create' | 'update' | 'delete' }>

/** What a run is about to send and was answered, in the journal's own order: intents at once, receipts by the batch. */
export interface WriteLog {
  /** Durable when it resolves; the writes may be sent until `sentBefore`. */
  intend(writes: readonly Write[]): Promise<readonly Intent[]>
  answer(intent: Intent, outcome: Receipt['outcome'], id: string | null, answer: string): Promise<void>
  /** Writes the receipts that wait for their batch to fill. */
  flush(): Promise<void>
}

const RECEIPTS_PER_BATCH = 10
const MAX_ANSWER_LENGTH = 300

/** `windowMs`: how long after its intent a write may be sent. */
export function createWriteLog(journal: PublishJournal, clock: Clock, windowMs: number): WriteLog {
  let sequence = 0
  let receipts: Receipt[] = []
  let last: Promise<unknown> = Promise.resolve()

  const inTurn = (work: () => Promise<void>) => {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }

  const note: (...about: Parameters<WriteLog['answer']>) => void = (
    { runId, sequence },
    outcome,
    id,
    answer,
  ) => {
    const at = clock.now().toISOString()
    receipts.push({ runId, sequence, at, outcome, id, answer: answer.slice(0, MAX_ANSWER_LENGTH) })
  }

  const flush = async () => {
    if (receipts.length === 0) return await inTurn(async () => {})
    const batch = receipts
    receipts = []
    await inTurn(() => journal.writeReceipts(batch))
  }

  return {
    async intend(writes) {
      const sentBefore = new Date(clock.now().getTime() + windowMs).toISOString()
      const intents = writes.map(
        (write): Intent => ({
          runId: journal.runId,
          sequence: ++sequence,
          sentBefore,
          kind: write.kind,
          key: write.key,
          id: write.kind === 'create' ? null : write.id,
          changes: write.changes,
        }),
      )
      try {
        await inTurn(() => journal.writeIntents(intents))
      } catch (error) {
        // They may be durable all the same, and the next run would wait for what was never sent.
        for (const intent of intents) note(intent, 'not sent', intent.id, 'its intent was not acknowledged')
        throw error
      }
      return intents
    },
    async answer(intent, outcome, id, answer) {
      note(intent, outcome, id, answer)
      if (receipts.length >= RECEIPTS_PER_BATCH) await flush()
    },
    flush,
  }
}

/** The write that an intent announced. */
export function toWrite({ kind, key, id, changes }: Intent): Write {
  return kind === 'create' ? { kind, key, changes } : { kind, key, id: id ?? '', changes }
}
