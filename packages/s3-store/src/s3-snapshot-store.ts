import { createHash } from 'node:crypto'
import type { S3Client } from '@aws-sdk/client-s3'
import {
  type Certificate,
  type CurrentIndex,
  type CurrentSnapshot,
  parseCertificate,
  parseCurrentIndex,
  parseManifest,
  type SnapshotEntry,
  type SnapshotManifest,
  type SnapshotStore,
  stringifyCertificate,
  stringifyCurrentIndex,
  stringifyManifest,
  TerminalError,
} from '@findata/core'
import { createBucket, type RetryPolicy } from './bucket.ts'
import { putObject, unchangedSince } from './conditional-write.ts'
import { isConflict } from './errors.ts'
import { createGzipWriter } from './gzip-writer.ts'
import { createUpload } from './multipart-upload.ts'
import { acquireLock, type HeldLock } from './object-lock/lock-object.ts'
import { createPartBuffers } from './part-buffers.ts'
import { comparePlainFile, stagePlainFile } from './plain-file.ts'
import { isPublishedSince } from './published-since.ts'
import { readStoredData } from './read-back.ts'
import { type Retention, retainedSnapshots } from './retention.ts'
import { recordTypeOfIndex, snapshotKey } from './snapshot-key.ts'
import { sweepRecordType } from './sweep.ts'
import { writeNew } from './write-new.ts'

/** The snapshots of one bucket and prefix. All keys are relative to the prefix. */
export interface S3SnapshotStore extends SnapshotStore {
  /** A small text object, such as a certificate. Throws SNAPSHOT_MISSING when it is not there. */
  readText(key: string): Promise<string>
  /** One line for each way in which the plain file differs from the snapshot; reads all of it. */
  comparePlainFile(
    manifest: SnapshotManifest,
    options: { readonly signal: AbortSignal },
  ): Promise<readonly string[]>
}

export interface S3SnapshotStoreOptions {
  readonly bucket: string
  /** Empty, or with its trailing slash. */
  readonly prefix?: string
  readonly now?: () => Date
  readonly retention?: Retention
  /** How long a run may be silent before another may take its lock over, in milliseconds. */
  readonly lockExpiryMs?: number
  readonly retry?: RetryPolicy
  /** Stops every call but those that clean up: aborting uploads and giving locks back. */
  readonly signal?: AbortSignal
}

const DEFAULT_RETENTION: Retention = { keepLast: 30, keepDays: 90 }
export const DEFAULT_LOCK_EXPIRY_MS = 60_000
export const DEFAULT_RETRY: RetryPolicy = { attempts: 6, firstDelayMs: 200, maxDelayMs: 5_000 }
/** Longer than any run can be stalled between proving its lock and its commit arriving. */
const ORPHAN_AGE_MS = 24 * 60 * 60 * 1000

/** Keeps snapshots in S3; writing `<record_type>.manifest.json` is the commit. Holds nothing open but the client, which stays the caller's. */
export function createS3SnapshotStore(
  client: S3Client,
  {
    bucket: name,
    prefix = '',
    now = () => new Date(),
    retention = DEFAULT_RETENTION,
    lockExpiryMs = DEFAULT_LOCK_EXPIRY_MS,
    retry = DEFAULT_RETRY,
    signal: stop,
  }: S3SnapshotStoreOptions,
): S3SnapshotStore {
  const bucket = createBucket(client, { bucket: name, prefix, retry, signal: stop })
  const buffers = createPartBuffers()
  const openUploads = new Set<string>()
  /** By record type: the locks of this process, and what a commit under each makes removable. */
  const locks = new Map<string, HeldRecordType>()

  function heldLock(recordType: string) {
    const held = locks.get(recordType)
    if (!held) throw new Error(`The lock of ${recordType} is not held`)
    return held
  }

  async function readCurrent(recordType: string, signal?: AbortSignal): Promise<CurrentSnapshot | undefined> {
    const key = snapshotKey.index(recordType)
    const found = await bucket.get(key, signal)
    return found && { index: parseCurrentIndex(toText(found.body), key), version: found.etag }
  }

  async function readText(key: string): Promise<string> {
    const found = await bucket.get(key)
    if (found) return toText(found.body)
    throw new TerminalError(
      'SNAPSHOT_MISSING',
      `There is no ${bucket.fullKey(key)} in bucket ${name}. See s3-cli list for what is kept.`,
      { details: { bucket: name, key: bucket.fullKey(key) } },
    )
  }

  /** The text of an object that the index vouches for. */
  async function readVouched(key: string, sha256: string): Promise<string> {
    const found = await bucket.get(key)
    const foundSha256 = found && sha256Of(found.body)
    if (found && foundSha256 === sha256) return toText(found.body)
    throw new TerminalError(
      'FILE_INVALID',
      `${bucket.fullKey(key)} in bucket ${name} is not what was committed: expected SHA-256 ${sha256}, found ${foundSha256 ?? 'no object'}. Restore it, or use another snapshot.`,
      { details: { key: bucket.fullKey(key), expectedSha256: sha256, foundSha256 } },
    )
  }

  const writeJson = (key: string, runId: string, text: string) =>
    writeNew(bucket, { key, contentType: 'application/json', runId }, text)

  return {
    async lock(recordType, runId, { signal, onWait }) {
      const lock = await acquireLock(bucket, snapshotKey.lock(recordType), {
        runId,
        signal,
        now,
        expiryMs: lockExpiryMs,
        onWait,
      })
      const held: HeldRecordType = { lock, leftovers: [], dropped: undefined }
      locks.set(recordType, held)
      return {
        fence: lock.fence,
        lost: lock.lost,
        async [Symbol.asyncDispose]() {
          if (locks.get(recordType) === held) locks.delete(recordType)
          await lock[Symbol.asyncDispose]()
        },
      }
    },

    readCurrent: (recordType) => readCurrent(recordType),

    async readPlainFileRunId(recordType) {
      const found = await bucket.head(snapshotKey.plain(recordType))
      return found?.runId
    },

    mayBePublished: (recordType, runId) => isPublishedSince(bucket, recordType, runId),

    async listRecordTypes() {
      const names: string[] = []
      for await (const { key } of bucket.list('', { folders: true })) {
        const recordType = recordTypeOfIndex(key)
        if (recordType !== undefined) names.push(recordType)
      }
      return names.sort()
    },

    async readManifest({ manifestKey, manifestSha256 }) {
      return parseManifest(await readVouched(manifestKey, manifestSha256), manifestKey)
    },

    async readCertificate({ certificateKey, certificateSha256 }) {
      return parseCertificate(await readVouched(certificateKey, certificateSha256), certificateKey)
    },

    readText,

    writeData(recordType, runId, { signal }) {
      const key = snapshotKey.data(recordType, runId)
      const object = { key, contentType: 'application/gzip', runId }
      return createGzipWriter(key, createUpload(bucket, object, { buffers, openUploads, signal }))
    },

    readBack: (data, { signal }) => ({ chunks: readStoredData(bucket, data, signal) }),

    stagePlainFile: (recordType, runId, data, { signal }) =>
      stagePlainFile(bucket, recordType, runId, data, { buffers, openUploads, signal }),

    comparePlainFile: (manifest, { signal }) => comparePlainFile(bucket, manifest, signal),

    async writeManifest(manifest, certificate) {
      const { recordType, runId } = manifest
      const stored = await writeJson(
        snapshotKey.manifest(recordType, runId),
        runId,
        stringifyManifest(manifest),
      )
      const certified = await writeJson(
        snapshotKey.certificate(recordType, runId),
        runId,
        stringifyCertificate(certificate),
      )
      return {
        manifestKey: stored.key,
        manifestSha256: stored.sha256,
        certificateKey: certified.key,
        certificateSha256: certified.sha256,
      }
    },

    async commit(recordType, next, previous) {
      const held = heldLock(recordType)
      const { lock } = held
      await lock.renewToCommit()
      // A stop comes too late now.
      const signal = lock.lost
      const index: CurrentIndex = { ...next, snapshots: retainedSnapshots(next, retention, now()) }
      const object = {
        key: snapshotKey.index(recordType),
        contentType: 'application/json',
        runId: next.committedBy,
      }
      const body = Buffer.from(stringifyCurrentIndex(index))
      let version: string
      try {
        version = await putObject(bucket, object, body, unchangedSince(previous?.version), { signal })
      } catch (error) {
        const found = isConflict(error) ? await readCurrent(recordType, signal) : undefined
        if (found?.index.committedBy !== next.committedBy) throw error
        version = found.version
      }
      lock.noteCommit(next.committedBy)
      held.dropped = droppedKeys(previous?.index.snapshots ?? [], index.snapshots)
      return { index, version }
    },

    async writeRefusal(certificate: Certificate) {
      const { recordType, runId } = certificate
      const { key } = await writeJson(
        snapshotKey.refusal(recordType, runId),
        runId,
        stringifyCertificate(certificate),
      )
      return key
    },

    async sweep(recordType, current) {
      const held = heldLock(recordType)
      const { lock, dropped } = held
      if (dropped) {
        // Whoever took the lock over sweeps.
        const removed = lock.lost.aborted ? [] : [...held.leftovers, ...dropped]
        await bucket.delete(removed, lock.lost)
        return { removed }
      }
      if (current) lock.noteCommit(current.index.committedBy)
      else if (lock.committedRunId !== undefined) throw indexMissing(recordType, lock.committedRunId)
      const { removed, leftovers } = await sweepRecordType(bucket, recordType, current?.index, {
        runId: lock.runId,
        openUploads,
        olderThan: new Date(now().getTime() - ORPHAN_AGE_MS),
      })
      held.leftovers = leftovers
      return { removed }
    },
  }

  function indexMissing(recordType: string, committedRunId: string) {
    const key = bucket.fullKey(snapshotKey.index(recordType))
    const lockKey = bucket.fullKey(snapshotKey.lock(recordType))
    const nextStep = `Put back an earlier version of ${key}, or delete ${lockKey} to begin anew: that gives up the snapshots kept so far.`
    return new TerminalError(
      'FILE_INVALID',
      `${key} in bucket ${name} is not there, although run ${committedRunId} had committed it. Nothing was removed. ${nextStep}`,
      { details: { key, committedRunId, nextStep } },
    )
  }
}

interface HeldRecordType {
  readonly lock: HeldLock
  /** What no committed run owned when this one looked. */
  leftovers: readonly string[]
  /** Once it committed: what its index does not keep of the index before. */
  dropped: readonly string[] | undefined
}

function droppedKeys(before: readonly SnapshotEntry[], kept: readonly SnapshotEntry[]): readonly string[] {
  const runIds = new Set(kept.map(({ runId }) => runId))
  return before
    .filter(({ runId }) => !runIds.has(runId))
    .flatMap(({ dataKey, manifestKey, certificateKey }) => [dataKey, manifestKey, certificateKey])
}

function toText(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()
}

function sha256Of(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex')
}
