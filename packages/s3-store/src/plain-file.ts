import { createHash } from 'node:crypto'
import type { SnapshotManifest, StagedPlainFile, StoredData } from '@findata/core'
import type { Bucket } from './bucket.ts'
import { unchangedSince, type WriteCondition } from './conditional-write.ts'
import { createUpload, type UploadOptions } from './multipart-upload.ts'
import { readRanges, readStoredData } from './read-back.ts'
import { snapshotKey } from './snapshot-key.ts'

/** Reads stored data and uploads the same bytes; they take the place of the plain file when `publish` is called. */
export function stagePlainFile(
  bucket: Bucket,
  recordType: string,
  runId: string,
  data: StoredData,
  options: UploadOptions,
): StagedPlainFile {
  const key = snapshotKey.plain(recordType)
  const upload = createUpload(bucket, { key, contentType: 'application/json', runId }, options)
  let staged: WriteCondition | undefined

  async function* chunks() {
    const previous = await bucket.head(key, options.signal)
    for await (const chunk of readStoredData(bucket, data, options.signal)) {
      await upload.write(chunk)
      yield chunk
    }
    await upload.end()
    staged = unchangedSince(previous?.etag)
  }

  return {
    chunks: chunks(),
    async publish() {
      if (!staged) throw new Error(`${key} is published before all of it was read back`)
      await upload.complete(staged)
      return { key, bytes: data.plainBytes }
    },
    [Symbol.asyncDispose]: () => upload[Symbol.asyncDispose](),
  }
}

/** One line for each way in which the plain file differs from the snapshot; reads all of it. */
export async function comparePlainFile(
  bucket: Bucket,
  { recordType, runId, data }: SnapshotManifest,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const key = snapshotKey.plain(recordType)
  const found = await bucket.head(key, signal)
  if (!found) return [`${key} is not there`]
  if (found.bytes !== data.plainBytes) {
    return [`${key} has ${found.bytes} bytes, snapshot ${runId} has ${data.plainBytes}`]
  }
  const hash = createHash('sha256')
  for await (const range of readRanges(bucket, { key, bytes: found.bytes }, signal)) hash.update(range)
  const sha256 = hash.digest('hex')
  return sha256 === data.plainSha256
    ? []
    : [`${key} has SHA-256 ${sha256}, snapshot ${runId} has ${data.plainSha256}`]
}
