import { type JournalEntry, parseJournalPart, TerminalError } from '@findata/core'
import type { Bucket } from './bucket.ts'
import { type PublishTargetName, partOfKey, publishKey } from './publish-key.ts'

/** One object of the journal of a run that is not settled yet. */
export interface JournalPart {
  readonly key: string
  readonly name: string
}

const PARTS_AHEAD = 8

/** The parts that are there, by run: oldest run first, each run's parts in the order in which they were written. */
export async function listParts(
  bucket: Bucket,
  target: PublishTargetName,
): Promise<Map<string, JournalPart[]>> {
  const byRun = new Map<string, JournalPart[]>()
  for await (const { key } of bucket.list(publishKey.parts(target))) {
    const part = partOfKey(target, key)
    if (!part) throw foreign(bucket, key)
    const parts = byRun.get(part.runId)
    if (parts) parts.push({ key, name: part.name })
    else byRun.set(part.runId, [{ key, name: part.name }])
  }
  return byRun
}

/** What parts of one run say, several ahead. Throws FILE_INVALID for a part that is spoiled, or of another run. */
export async function* readParts(
  bucket: Bucket,
  runId: string,
  parts: readonly JournalPart[],
  signal: AbortSignal | undefined,
): AsyncGenerator<{ readonly part: JournalPart; readonly entries: readonly JournalEntry[] }> {
  const ahead: { readonly part: JournalPart; readonly found: ReturnType<Bucket['get']> }[] = []
  let next = 0
  try {
    for (;;) {
      for (; ahead.length < PARTS_AHEAD && next < parts.length; next++) {
        const part = parts[next] as JournalPart
        const found = bucket.get(part.key, signal)
        found.catch(() => {})
        ahead.push({ part, found })
      }
      const first = ahead.shift()
      if (!first) return
      const { part } = first
      const found = await first.found
      if (!found) throw invalid(bucket, part.key, 'is not there any more')
      const entries = parseJournalPart(Buffer.from(found.body).toString(), bucket.fullKey(part.key))
      if (entries.some((entry) => writeOf(entry).runId !== runId)) {
        throw invalid(bucket, part.key, `speaks of another run than ${runId}`)
      }
      yield { part, entries }
    }
  } finally {
    await Promise.allSettled(ahead.map(({ found }) => found))
  }
}

/** The write that an entry is about. */
export function writeOf(entry: JournalEntry): { readonly runId: string; readonly sequence: number } {
  return 'intent' in entry ? entry.intent : entry.receipt
}

function foreign(bucket: Bucket, key: string): TerminalError {
  return invalid(bucket, key, 'is no part of a journal')
}

/** FILE_INVALID for an object among the receipts, with what to do about it. */
export function invalid(bucket: Bucket, key: string, reason: string, cause?: unknown): TerminalError {
  const nextStep =
    'Find out who wrote to the bucket and put back an earlier version, or move it away: what it says was sent is then forgotten.'
  return new TerminalError(
    'FILE_INVALID',
    `${bucket.fullKey(key)} in bucket ${bucket.name} ${reason}. ${nextStep}`,
    { cause, details: { bucket: bucket.name, key: bucket.fullKey(key), nextStep } },
  )
}
