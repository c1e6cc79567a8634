import type { Intent, JournalEntry, Receipt } from '@findata/core'
import type { Bucket } from './bucket.ts'
import { listParts, readParts } from './journal-parts.ts'
import { type PublishTargetName, publishKey, runOfReceiptsKey } from './publish-key.ts'
import { foldedParts, readFolded } from './run-receipts.ts'

/** One write, and the last that is known of it. */
export interface SentWrite {
  readonly intent: Intent
  readonly receipt: Receipt | undefined
}

/** Everything that was sent for one record, newest first; holds one part or one line in memory beside what it found in one run. */
export async function* readPublishHistory(
  bucket: Bucket,
  target: PublishTargetName,
  key: string,
): AsyncGenerator<SentWrite> {
  const runIds = new Set<string>()
  for await (const object of bucket.list(publishKey.receipts(target), { folders: true })) {
    const runId = runOfReceiptsKey(target, object.key)
    if (runId !== undefined) runIds.add(runId)
  }
  const parts = await listParts(bucket, target)
  for (const runId of parts.keys()) runIds.add(runId)

  for (const runId of [...runIds].sort().reverse()) {
    const found = new Map<number, SentWrite>()
    const note = (entry: JournalEntry) => {
      if ('intent' in entry) {
        const { intent } = entry
        if (intent.key === key) found.set(intent.sequence, { intent, receipt: undefined })
        return
      }
      const { receipt } = entry
      const sent = found.get(receipt.sequence)
      if (sent) found.set(receipt.sequence, { ...sent, receipt })
    }

    const objectKey = publishKey.runReceipts(target, runId)
    const head = await bucket.head(objectKey)
    let unfolded = parts.get(runId) ?? []
    if (head) {
      const keyText = JSON.stringify(key)
      const isWanted = (line: string) =>
        line.includes(keyText) ||
        [...found.keys()].some((sequence) => line.includes(`"sequence":${sequence},`))
      for await (const entry of readFolded(bucket, objectKey, head, isWanted)) note(entry)
      if (unfolded.length > 0) {
        const folded = await foldedParts(bucket, objectKey, head, undefined)
        unfolded = unfolded.filter(({ name }) => !folded.has(name))
      }
    }
    for await (const { entries } of readParts(bucket, runId, unfolded, undefined)) entries.forEach(note)
    yield* [...found.values()].reverse()
  }
}
