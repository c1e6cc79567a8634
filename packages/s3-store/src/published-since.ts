import type { Bucket } from './bucket.ts'
import { publishKey } from './publish-key.ts'
import { runOfCertificateKey, snapshotKey } from './snapshot-key.ts'

/**
 * Whether anybody planned or published the record type since a snapshot was written, or may have. Each of them writes the lock of
 * its destination, when it takes it and when it gives it back; a certificate stays although somebody deletes the lock.
 */
export async function isPublishedSince(bucket: Bucket, recordType: string, runId: string): Promise<boolean> {
  const writtenAt = await modifiedAt(bucket, snapshotKey.manifest(recordType, runId))
  if (!writtenAt) return true
  for (const prefix of [publishKey.locksOf(recordType), snapshotKey.certificates(recordType)]) {
    for await (const { key, modifiedAt } of bucket.list(prefix)) {
      const isOfExtract = runOfCertificateKey(recordType, key) !== undefined
      if (!isOfExtract && modifiedAt && modifiedAt >= writtenAt) return true
    }
  }
  return false
}

async function modifiedAt(bucket: Bucket, wanted: string): Promise<Date | undefined> {
  for await (const { key, modifiedAt } of bucket.list(wanted)) if (key === wanted) return modifiedAt
  return undefined
}
