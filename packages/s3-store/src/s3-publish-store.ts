import type { S3Client } from '@aws-sdk/client-s3'
import { type PublishStore, parseRejects, stringifyCertificate, stringifyRejects } from '@findata/core'
import { createBucket } from './bucket.ts'
import { putObject, unchangedSince } from './conditional-write.ts'
import { acquireLock } from './object-lock/lock-object.ts'
import { createPartBuffers } from './part-buffers.ts'
import { readPublishHistory } from './publish-history.ts'
import { openPublishJournal } from './publish-journal.ts'
import { publishKey } from './publish-key.ts'
import { DEFAULT_LOCK_EXPIRY_MS, DEFAULT_RETRY, type S3SnapshotStoreOptions } from './s3-snapshot-store.ts'
import { writeNew } from './write-new.ts'

export type S3PublishStoreOptions = Omit<S3SnapshotStoreOptions, 'retention'>

/** Keeps in S3 what publishing must not forget. Holds nothing open but the client, which stays the caller's. */
export function createS3PublishStore(
  client: S3Client,
  {
    bucket: name,
    prefix = '',
    now = () => new Date(),
    lockExpiryMs = DEFAULT_LOCK_EXPIRY_MS,
    retry = DEFAULT_RETRY,
    signal: stop,
  }: S3PublishStoreOptions,
): PublishStore {
  const bucket = createBucket(client, { bucket: name, prefix, retry, signal: stop })
  const buffers = createPartBuffers()
  const openUploads = new Set<string>()

  return {
    lockDestination: (lockName, runId, { signal, onWait }) =>
      acquireLock(bucket, publishKey.lock(lockName), {
        runId,
        signal,
        now,
        expiryMs: lockExpiryMs,
        onWait,
        whenLost: 'What it had sent is in its receipts, and the next run takes note of it.',
      }),

    openJournal: (target, runId, { signal }) =>
      openPublishJournal(bucket, target, runId, { buffers, openUploads, signal }),

    async writeRejects(rejects) {
      const key = publishKey.rejects(rejects)
      const present = await bucket.head(key)
      if (rejects.records.length === 0) {
        if (present) await bucket.delete([key])
        return
      }
      const object = { key, contentType: 'application/json', runId: rejects.runId }
      const body = Buffer.from(stringifyRejects(rejects))
      await putObject(bucket, object, body, unchangedSince(present?.etag))
    },

    async readRejects(target) {
      const key = publishKey.rejects(target)
      const found = await bucket.get(key)
      return found && parseRejects(Buffer.from(found.body).toString(), bucket.fullKey(key))
    },

    async writePublishCertificate(certificate, destination) {
      const { recordType, runId } = certificate
      const key = publishKey.certificate({ recordType, destination }, runId)
      const object = { key, contentType: 'application/json', runId }
      await writeNew(bucket, object, stringifyCertificate(certificate))
      return key
    },

    async listPublications(target) {
      const folder = publishKey.certificates(target)
      const publications: { runId: string; certificateKey: string }[] = []
      for await (const { key } of bucket.list(folder, { folders: true })) {
        const [, runId] = /^([0-9A-Za-z-]+)\.json$/.exec(key.slice(folder.length)) ?? []
        if (runId !== undefined) publications.push({ runId, certificateKey: key })
      }
      return publications.sort((a, b) => (a.runId < b.runId ? 1 : -1))
    },

    readHistory: (target, key) => readPublishHistory(bucket, target, key),
  }
}
