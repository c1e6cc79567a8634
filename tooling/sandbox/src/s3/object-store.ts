import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Checksum, ChecksumAlgorithm, ChecksumType } from './checksums.ts'
import { type ContentFolder, openContentFolder, type Segment } from './content-folder.ts'
import { openJournal } from './journal.ts'

/** One version of an object, or a delete marker. */
export interface ObjectVersion {
  readonly key: string
  /** `null` in a bucket without versioning, as S3 says it. */
  readonly versionId: string
  readonly isDeleteMarker: boolean
  readonly lastModified: string
  /** With its quotes. */
  readonly etag: string
  readonly size: number
  readonly segments: readonly Segment[]
  readonly isMultipart: boolean
  /** Answered with the object as they are: content type and the like, and `x-amz-meta-` headers. */
  readonly headers: Readonly<Record<string, string>>
  readonly checksum?: Checksum | undefined
}

export interface UploadedPart {
  readonly partNumber: number
  readonly etag: string
  readonly segment: Segment
  readonly lastModified: string
  readonly checksum?: Checksum | undefined
}

export interface UploadStart {
  readonly uploadId: string
  readonly key: string
  readonly initiated: string
  readonly headers: Readonly<Record<string, string>>
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType } | undefined
}

export interface MultipartUpload extends UploadStart {
  readonly parts: ReadonlyMap<number, UploadedPart>
}

export type Versioning = 'Enabled' | 'Suspended'

export interface Bucket {
  readonly name: string
  readonly createdAt: string
  readonly versioning: Versioning | undefined
  /** Oldest first. */
  readonly versions: ReadonlyMap<string, readonly ObjectVersion[]>
  readonly uploads: ReadonlyMap<string, MultipartUpload>
  /** In the order of their UTF-8 bytes, delete markers included. */
  sortedKeys(): readonly string[]
}

/** A change of the store; the journal holds them all. */
export type StoreFact =
  | { readonly type: 'bucket-created'; readonly bucket: string; readonly createdAt: string }
  | { readonly type: 'bucket-deleted'; readonly bucket: string }
  | { readonly type: 'versioning-set'; readonly bucket: string; readonly versioning: Versioning }
  | { readonly type: 'version-put'; readonly bucket: string; readonly version: ObjectVersion }
  | {
      readonly type: 'version-removed'
      readonly bucket: string
      readonly key: string
      readonly versionId: string
    }
  | { readonly type: 'upload-started'; readonly bucket: string; readonly upload: UploadStart }
  | {
      readonly type: 'part-put'
      readonly bucket: string
      readonly uploadId: string
      readonly part: UploadedPart
    }
  | {
      readonly type: 'upload-completed'
      readonly bucket: string
      readonly uploadId: string
      readonly version: ObjectVersion
    }
  | { readonly type: 'upload-aborted'; readonly bucket: string; readonly uploadId: string }

/**
 * Buckets in memory, their bytes and the journal of their changes in a folder.
 * A commit is synchronous: what is checked in the same turn of the event loop still holds, which is what makes conditional writes atomic.
 */
export interface ObjectStore extends Disposable {
  readonly content: ContentFolder
  readonly buckets: ReadonlyMap<string, Bucket>
  commit(fact: StoreFact): void
}

/** The version that a plain GET sees: the newest one, unless it is a delete marker. */
export function currentVersion(bucket: Bucket, key: string): ObjectVersion | undefined {
  const newest = bucket.versions.get(key)?.at(-1)
  return newest?.isDeleteMarker ? undefined : newest
}

/** Opens what an earlier server left in the folder, without what it had not committed. */
export function openObjectStore(folder: string): ObjectStore {
  mkdirSync(folder, { recursive: true })
  const content = openContentFolder(join(folder, 'content'))
  const buckets = new Map<string, BucketState>()
  const apply = (fact: StoreFact): void => applyFact(buckets, content, fact)
  const journal = openJournal<StoreFact>(join(folder, 'journal.ndjson'), apply)
  content.sweep()
  return {
    content,
    buckets,
    commit(fact) {
      journal.append(fact)
      apply(fact)
    },
    [Symbol.dispose]() {
      journal[Symbol.dispose]()
    },
  }
}

interface UploadState extends UploadStart {
  readonly parts: Map<number, UploadedPart>
}

interface BucketState extends Bucket {
  versioning: Versioning | undefined
  readonly versions: Map<string, ObjectVersion[]>
  readonly uploads: Map<string, UploadState>
  forgetSortedKeys(): void
}

function createBucketState(name: string, createdAt: string): BucketState {
  const versions = new Map<string, ObjectVersion[]>()
  let sorted: string[] | undefined
  return {
    name,
    createdAt,
    versioning: undefined,
    versions,
    uploads: new Map(),
    sortedKeys() {
      sorted ??= [...versions.keys()].sort(compareKeys)
      return sorted
    },
    forgetSortedKeys() {
      sorted = undefined
    },
  }
}

/** The order of S3's listings: by UTF-8 bytes, not by UTF-16 units as `<` would compare. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function applyFact(buckets: Map<string, BucketState>, content: ContentFolder, fact: StoreFact): void {
  if (fact.type === 'bucket-created') {
    buckets.set(fact.bucket, createBucketState(fact.bucket, fact.createdAt))
    return
  }
  const bucket = buckets.get(fact.bucket)
  if (!bucket) throw new Error(`The journal names the bucket ${fact.bucket}, which it never created`)
  switch (fact.type) {
    case 'bucket-deleted':
      buckets.delete(fact.bucket)
      break
    case 'versioning-set':
      bucket.versioning = fact.versioning
      break
    case 'version-put':
      putVersion(bucket, content, fact.version)
      break
    case 'version-removed':
      removeVersion(bucket, content, fact.key, fact.versionId)
      break
    case 'upload-started':
      bucket.uploads.set(fact.upload.uploadId, { ...fact.upload, parts: new Map() })
      break
    case 'part-put': {
      const parts = bucket.uploads.get(fact.uploadId)?.parts
      const replaced = parts?.get(fact.part.partNumber)
      content.hold([fact.part.segment])
      parts?.set(fact.part.partNumber, fact.part)
      if (replaced) content.release([replaced.segment])
      break
    }
    case 'upload-completed':
      putVersion(bucket, content, fact.version)
      endUpload(bucket, content, fact.uploadId)
      break
    case 'upload-aborted':
      endUpload(bucket, content, fact.uploadId)
      break
  }
}

function putVersion(bucket: BucketState, content: ContentFolder, version: ObjectVersion): void {
  content.hold(version.segments)
  if (version.versionId === 'null') removeVersion(bucket, content, version.key, 'null')
  const versions = bucket.versions.get(version.key)
  if (versions) versions.push(version)
  else {
    bucket.versions.set(version.key, [version])
    bucket.forgetSortedKeys()
  }
}

function removeVersion(bucket: BucketState, content: ContentFolder, key: string, versionId: string): void {
  const versions = bucket.versions.get(key) ?? []
  const index = versions.findIndex((version) => version.versionId === versionId)
  const [removed] = index < 0 ? [] : versions.splice(index, 1)
  if (removed) content.release(removed.segments)
  if (versions.length === 0 && bucket.versions.delete(key)) bucket.forgetSortedKeys()
}

function endUpload(bucket: BucketState, content: ContentFolder, uploadId: string): void {
  const parts = bucket.uploads.get(uploadId)?.parts.values() ?? []
  content.release([...parts].map(({ segment }) => segment))
  bucket.uploads.delete(uploadId)
}
