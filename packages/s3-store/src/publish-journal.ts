import type { Intent, JournalEntry, PublishJournal, Receipt } from '@findata/core'
import { stringifyJournalPart } from '@findata/core'
import type { Bucket } from './bucket.ts'
import { type JournalPart, listParts, readParts, writeOf } from './journal-parts.ts'
import type { UploadOptions } from './multipart-upload.ts'
import { type PartName, type PublishTargetName, partOfKey, publishKey } from './publish-key.ts'
import { foldParts } from './run-receipts.ts'
import { abortUnfinishedUploads } from './unfinished-uploads.ts'
import { writeNew } from './write-new.ts'

/** What one run wrote down so far. */
interface OpenRun {
  readonly parts: JournalPart[]
  /** By sequence: writes whose answer is not known. */
  readonly unanswered: Map<number, Intent>
}

/** Opens the journal of a run, and reads what killed runs left of theirs. */
export async function openPublishJournal(
  bucket: Bucket,
  target: PublishTargetName,
  runId: string,
  options: UploadOptions,
): Promise<PublishJournal> {
  const { signal } = options
  await abortUnfinishedUploads(bucket, publishKey.receipts(target), options.openUploads)
  const runs = new Map<string, OpenRun>()
  for (const [partRunId, parts] of await listParts(bucket, target)) {
    const run: OpenRun = { parts, unanswered: new Map() }
    for await (const { entries } of readParts(bucket, partRunId, parts, signal)) note(run, entries)
    runs.set(partRunId, run)
  }
  const unanswered = [...runs.values()].flatMap((run) => [...run.unanswered.values()])
  const own: OpenRun = runs.get(runId) ?? { parts: [], unanswered: new Map() }
  runs.set(runId, own)
  let written = own.parts.length

  async function writePart(
    partRunId: string,
    kind: PartName['kind'],
    entries: readonly JournalEntry[],
  ): Promise<void> {
    const run = runs.get(partRunId)
    if (!run) throw new Error(`Run ${partRunId} has no write that waits for an answer`)
    const key = publishKey.part(target, partRunId, { writtenBy: runId, number: ++written, kind })
    const object = { key, contentType: 'application/json', runId }
    const text = stringifyJournalPart(entries)
    try {
      await writeNew(bucket, object, text, { signal })
    } catch (error) {
      // What came of a call must outlive the stop that ends the run; a call that was not begun needs no note.
      if (kind === 'intents' || !signal.aborted) throw error
      await writeNew(bucket, object, text, { isCleanUp: true })
    }
    run.parts.push({ key, name: partOfKey(target, key)?.name ?? '' })
    note(run, entries)
  }

  return {
    runId,
    unanswered,

    async writeIntents(intents: readonly Intent[]) {
      if (intents.length > 0)
        await writePart(
          runId,
          'intents',
          intents.map((intent) => ({ intent })),
        )
    },

    async writeReceipts(receipts: readonly Receipt[]) {
      for (const [partRunId, ones] of Map.groupBy(receipts, (receipt) => receipt.runId)) {
        await writePart(
          partRunId,
          'receipts',
          ones.map((receipt) => ({ receipt })),
        )
      }
    },

    async settle() {
      for (const [partRunId, { parts, unanswered }] of runs) {
        const isOpen = [...unanswered.values()].some(
          // This run has compared the whole destination: an update of an earlier one has arrived, or was planned anew.
          (intent) => partRunId === runId || intent.kind === 'create',
        )
        if (isOpen || parts.length === 0) continue
        await foldParts(bucket, target, partRunId, parts, options)
        runs.delete(partRunId)
      }
    },

    // Parts without a settlement are for the next run.
    async [Symbol.asyncDispose]() {},
  }
}

function note({ unanswered }: OpenRun, entries: readonly JournalEntry[]): void {
  for (const entry of entries) {
    const { sequence } = writeOf(entry)
    if ('intent' in entry) unanswered.set(sequence, entry.intent)
    else if (entry.receipt.outcome !== 'unclear') unanswered.delete(sequence)
  }
}
