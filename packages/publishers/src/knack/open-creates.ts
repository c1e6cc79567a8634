import type { Intent, Receipt } from '@findata/core'
import type { WriteLog } from './write-log.ts'

/** Creates whose answer is not known, by key: those of earlier runs, and those of this one. */
export interface OpenCreates {
  /** After its intent is durable; intents for the key that are still open must be answered before. */
  begin(intent: Intent): void
  /** Its call has ended without an answer: nothing of it is sent any more. */
  noteUnclear(intent: Intent, at: Date): void
  /** Its answer is known. */
  close(key: string): void
  /** The moment after which none of them can arrive any more, in milliseconds; 0 without one. */
  settlesAt(key: string): number
  isOfRun(key: string, runId: string): boolean
  /** Writes down what came of all of them. */
  answer(key: string, outcome: Receipt['outcome'], id: string | null, answer: string): Promise<void>
  keys(): readonly string[]
}

export function createOpenCreates(
  unanswered: readonly Intent[],
  { log, settleMs }: { readonly log: WriteLog; readonly settleMs: number },
): OpenCreates {
  const open = Map.groupBy(
    unanswered.filter(({ kind }) => kind === 'create'),
    ({ key }) => key,
  )
  const intentsOf = (key: string) => open.get(key) ?? []
  return {
    begin: (intent) => void open.set(intent.key, [intent]),
    noteUnclear: (intent, at) => void open.set(intent.key, [{ ...intent, sentBefore: at.toISOString() }]),
    close: (key) => void open.delete(key),
    settlesAt: (key) =>
      Math.max(0, ...intentsOf(key).map(({ sentBefore }) => Date.parse(sentBefore) + settleMs)),
    isOfRun: (key, runId) => intentsOf(key).some((intent) => intent.runId === runId),
    async answer(key, outcome, id, answer) {
      const intents = intentsOf(key)
      open.delete(key)
      for (const intent of intents) await log.answer(intent, outcome, id, answer)
    },
    keys: () => [...open.keys()],
  }
}
