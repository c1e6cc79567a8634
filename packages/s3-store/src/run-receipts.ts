import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { type JournalEntry, PipelineError, parseJournalPart } from '@findata/core'
import type { Bucket, ObjectHead } from './bucket.ts'
import { unchangedSince } from './conditional-write.ts'
import { invalid, type JournalPart, readParts } from './journal-parts.ts'
import { createUpload, type UploadOptions } from './multipart-upload.ts'
import { type PublishTargetName, publishKey } from './publish-key.ts'
import { readRanges } from './read-back.ts'

const KIND = 'findata-receipts'

/**
 * Puts the parts of a run into its one object, then removes them. A part that is in the object already, because somebody was killed
 * in between, is not put there again.
 */
export async function foldParts(
  bucket: Bucket,
  target: PublishTargetName,
  runId: string,
  parts: readonly JournalPart[],
  options: UploadOptions,
): Promise<void> {
  const key = publishKey.runReceipts(target, runId)
  const { signal } = options
  const present = await bucket.head(key, signal)
  const folded = present ? await foldedParts(bucket, key, present, signal) : new Set<string>()
  const missing = parts.filter(({ name }) => !folded.has(name))
  if (missing.length > 0) {
    const object = { key, contentType: 'application/gzip', runId }
    await using upload = createUpload(bucket, object, options)
    async function* texts() {
      yield toLine({ version: 1, kind: KIND, ...target, runId })
      if (present) {
        for await (const line of readLines(bucket, key, present, signal)) yield `${line}\n`
      }
      for await (const { part, entries } of readParts(bucket, runId, missing, signal)) {
        yield entries.map((entry) => toLine({ part: part.name, ...entry })).join('')
      }
    }
    await pipeline(texts, createGzip(), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) await upload.write(chunk)
    })
    await upload.end()
    await upload.complete(unchangedSince(present?.etag))
  }
  // Intents go first: one that stays alone would look like a write without an answer.
  const keys = Map.groupBy(parts, ({ name }) => name.endsWith('.intents'))
  for (const isIntents of [true, false]) {
    await bucket.delete(
      (keys.get(isIntents) ?? []).map(({ key }) => key),
      signal,
    )
  }
}

/** The names of the parts that a run's object holds. */
export async function foldedParts(
  bucket: Bucket,
  key: string,
  head: ObjectHead,
  signal: AbortSignal | undefined,
): Promise<Set<string>> {
  const names = new Set<string>()
  for await (const line of readLines(bucket, key, head, signal)) {
    const [, name] = PART_OF_LINE.exec(line) ?? []
    if (name === undefined) throw invalid(bucket, key, 'has a line that is no receipt')
    names.add(name)
  }
  return names
}

/** The entries of a run's object that may be about one of these texts; all others stay unread. */
export async function* readFolded(
  bucket: Bucket,
  key: string,
  head: ObjectHead,
  isWanted: (line: string) => boolean,
): AsyncGenerator<JournalEntry> {
  for await (const line of readLines(bucket, key, head, undefined)) {
    if (!isWanted(line)) continue
    const entry = line.replace(PART_OF_LINE, '{')
    const text = `{"version":1,"kind":"findata-journal-part","entries":[${entry}]}`
    yield* parseJournalPart(text, bucket.fullKey(key))
  }
}

const PART_OF_LINE = /^\{"part":"([^"]+)",/

/** The lines behind the first one, which says what the object is. */
async function* readLines(
  bucket: Bucket,
  key: string,
  { bytes }: ObjectHead,
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  if (bytes === 0) throw invalid(bucket, key, 'is empty')
  const gunzip = createGunzip()
  const feeding = pipeline(readRanges(bucket, { key, bytes }, signal ?? NEVER), gunzip)
  feeding.catch(() => {})
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let isFirst = true
  let rest = ''
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      if (isFirst && lines.length > 0) {
        isFirst = false
        if (!lines.shift()?.startsWith(HEADER)) throw invalid(bucket, key, 'holds no receipts of findata')
      }
      yield* lines
    }
  } catch (error) {
    if (error instanceof PipelineError || signal?.aborted) throw error
    throw invalid(bucket, key, `does not unpack (${(error as Error).message})`, error)
  }
  if (isFirst || rest !== '') throw invalid(bucket, key, 'is cut short, or holds no receipts of findata')
}

const HEADER = `{"version":1,"kind":"${KIND}",`
const NEVER = new AbortController().signal

function toLine(value: object): string {
  return `${JSON.stringify(value)}\n`
}
