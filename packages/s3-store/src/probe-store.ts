import { randomUUID } from 'node:crypto'
import type { S3Client } from '@aws-sdk/client-s3'
import { type ErrorCode, PipelineError, parseCurrentIndex } from '@findata/core'
import { type Bucket, createBucket } from './bucket.ts'
import { type ObjectToWrite, putObject } from './conditional-write.ts'
import { acquireLock } from './object-lock/lock-object.ts'
import { proveConditions } from './prove-conditions.ts'
import { recordTypeOfIndex, snapshotKey } from './snapshot-key.ts'

/** One thing that was tried, and what to do when it failed. */
export interface StoreCheck {
  readonly name:
    | 'credentials'
    | 'bucket'
    | 'read'
    | 'write'
    | 'conditional write'
    | 'lock'
    | 'delete'
    | 'plain files'
  readonly ok: boolean
  readonly detail: string
  /** Why it failed. */
  readonly code?: ErrorCode
  readonly nextStep?: string
}

export interface ProbeOptions {
  readonly bucket: string
  /** Empty, or with its trailing slash. */
  readonly prefix?: string
  readonly signal: AbortSignal
}

const RETRY = { attempts: 2, firstDelayMs: 200, maxDelayMs: 1_000 }
const LOCK_EXPIRY_MS = 60_000

/** Tries what a run needs on objects of its own, which it removes again; leaves out what cannot work after a failed check. */
export async function probeStore(
  client: S3Client,
  { bucket: name, prefix = '', signal }: ProbeOptions,
): Promise<readonly StoreCheck[]> {
  const bucket = createBucket(client, { bucket: name, prefix, retry: RETRY })
  const probeId = `probe-${randomUUID()}`
  const probe = { key: snapshotKey.lock(probeId), contentType: 'application/json', runId: probeId }
  const lockKey = snapshotKey.lock(`${probeId}-lock`)

  const access = await tryAccess(bucket, signal)
  const checks = [...access.checks]
  if (!access.indexKeys) return checks

  let etag = ''
  const write = await attempt('write', signal, async () => {
    etag = await putObject(bucket, probe, Buffer.from('{}'), { ifAbsent: true }, { signal })
    return 'an object was written'
  })
  checks.push(write)
  if (write.ok) {
    try {
      const conditions = await attempt('conditional write', signal, async () => {
        await proveConditions(bucket, probe, etag, signal)
        return 'a write that would replace the work of somebody else is refused'
      })
      checks.push(conditions)
      if (conditions.ok) {
        checks.push(await attempt('lock', signal, () => tryLock(bucket, lockKey, probe, signal)))
      }
    } finally {
      checks.push(
        await attempt('delete', undefined, async () => {
          await bucket.delete([probe.key, lockKey])
          return 'the objects of these checks were removed'
        }),
      )
    }
  }
  if (access.indexKeys.length > 0) checks.push(await comparePlainFiles(bucket, access.indexKeys, signal))
  return checks
}

async function tryAccess(
  bucket: Bucket,
  signal: AbortSignal,
): Promise<{ readonly checks: readonly StoreCheck[]; readonly indexKeys?: readonly string[] }> {
  const indexKeys: string[] = []
  const read = await attempt('read', signal, async () => {
    for await (const { key } of bucket.list('', { folders: true })) {
      if (recordTypeOfIndex(key) !== undefined) indexKeys.push(key)
    }
    await Promise.all(indexKeys.slice(0, 1).map((key) => bucket.head(key, signal)))
    return `${indexKeys.length} record types have a snapshot`
  })
  const credentials: StoreCheck = { name: 'credentials', ok: true, detail: 'accepted' }
  const there: StoreCheck = { name: 'bucket', ok: true, detail: bucket.name }
  if (read.ok) return { checks: [credentials, there, read], indexKeys }
  if (read.code === 'STORE_PERMISSION_REFUSED') return { checks: [credentials, there, read] }
  if (read.code === 'STORE_CREDENTIALS_REFUSED') return { checks: [{ ...read, name: 'credentials' }] }
  // Only a store that answers has looked at the credentials.
  const judged = read.code === 'STORE_BUCKET_MISSING' ? [credentials] : []
  return { checks: [...judged, { ...read, name: 'bucket' }] }
}

async function tryLock(bucket: Bucket, key: string, { runId }: ObjectToWrite, signal: AbortSignal) {
  const options = { runId, signal, now: () => new Date(), expiryMs: LOCK_EXPIRY_MS }
  await using lock = await acquireLock(bucket, key, options)
  await lock.renew()
  return 'a lock was taken and renewed'
}

async function comparePlainFiles(
  bucket: Bucket,
  indexKeys: readonly string[],
  signal: AbortSignal,
): Promise<StoreCheck> {
  const stale: string[] = []
  const check = await attempt('plain files', signal, async () => {
    for (const indexKey of indexKeys) {
      const found = await bucket.get(indexKey, signal)
      if (!found) continue
      const { recordType, committedBy, current } = parseCurrentIndex(
        Buffer.from(found.body).toString(),
        indexKey,
      )
      const plain = await bucket.head(snapshotKey.plain(recordType), signal)
      if (!plain || plain.runId !== committedBy || plain.bytes !== current.data.plainBytes)
        stale.push(recordType)
    }
    return 'each is of the snapshot that its manifest names'
  })
  if (!check.ok || stale.length === 0) return check
  return {
    name: 'plain files',
    ok: false,
    code: 'FILE_INVALID',
    detail: `${stale.map((recordType) => snapshotKey.plain(recordType)).join(', ')}: not of the snapshot that the manifest names`,
    nextStep: `s3-cli extract ${stale.join(' ')}`,
  }
}

async function attempt(
  name: StoreCheck['name'],
  signal: AbortSignal | undefined,
  work: () => Promise<string>,
): Promise<StoreCheck> {
  signal?.throwIfAborted()
  try {
    return { name, ok: true, detail: await work() }
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof PipelineError)) throw error
    const { code, message, details } = error
    const nextStep = typeof details.nextStep === 'string' ? details.nextStep : undefined
    return {
      name,
      ok: false,
      code,
      detail: nextStep ? message.replace(` ${nextStep}`, '') : message,
      ...(nextStep && { nextStep }),
    }
  }
}
