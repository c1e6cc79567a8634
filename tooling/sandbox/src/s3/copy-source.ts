import { createHash } from 'node:crypto'
import { type ChecksumAlgorithm, createChecksumHasher, toChecksumAlgorithm } from './checksums.ts'
import { checkCopySourceConditions } from './conditions.ts'
import type { ContentReader } from './content-folder.ts'
import { findVersion, parseRange } from './object-reads.ts'
import type { ObjectVersion } from './object-store.ts'
import type { ReceivedBody } from './request-body.ts'
import { decode } from './request-target.ts'
import { header, requireBucket, type S3Call } from './s3-call.ts'
import { S3Error } from './s3-error.ts'

/** What CopyObject and UploadPartCopy read; dispose it after reading. */
export interface CopySource extends Disposable {
  readonly version: ObjectVersion
  readonly bytes: ContentReader
  readonly isSameObject: boolean
  /** To be answered with the copy. */
  readonly headers: Readonly<Record<string, string>>
}

/** Finds the object of `x-amz-copy-source` and checks its conditions and range. */
export function openCopySource(call: S3Call): CopySource {
  const { bucketName, key, versionId } = parseCopySource(header(call.headers, 'x-amz-copy-source') ?? '')
  const bucket = requireBucket(call, bucketName)
  if (!call.isAllowed('s3:GetObject', bucketName)) throw new S3Error('AccessDenied', 'Access Denied')
  const version = findVersion(call, bucket, key, versionId)
  checkCopySourceConditions(call.headers, version)
  const range = header(call.headers, 'x-amz-copy-source-range')
  const selected = range === undefined ? ([0, version.size] as const) : copyRange(range, version.size)
  const bytes = call.store.content.read(version.segments, ...selected)
  return {
    version,
    bytes,
    isSameObject: bucketName === call.bucketName && key === call.key && versionId === undefined,
    headers: bucket.versioning === undefined ? {} : { 'x-amz-copy-source-version-id': version.versionId },
    [Symbol.dispose]: () => bytes[Symbol.dispose](),
  }
}

/** Gives the source's bytes to `sink`, hashing them as an upload would. */
export async function receiveCopy(
  call: S3Call,
  { bytes, version }: CopySource,
  sink: (piece: Buffer) => Promise<void> | undefined,
  algorithm = requestedAlgorithm(call) ?? version.checksum?.algorithm,
): Promise<ReceivedBody> {
  const md5 = createHash('md5')
  const hasher = algorithm && createChecksumHasher(algorithm)
  let size = 0
  for await (const piece of bytes) {
    size += piece.length
    md5.update(piece)
    hasher?.update(piece)
    await sink(piece)
  }
  return {
    size,
    md5: md5.digest(),
    checksum:
      algorithm && hasher
        ? { algorithm, value: hasher.digest().toString('base64'), type: 'FULL_OBJECT' }
        : undefined,
  }
}

function requestedAlgorithm(call: S3Call): ChecksumAlgorithm | undefined {
  const name = header(call.headers, 'x-amz-checksum-algorithm')
  return name === undefined ? undefined : toChecksumAlgorithm(name)
}

function parseCopySource(text: string): { bucketName: string; key: string; versionId: string | undefined } {
  const match = /^\/?([^/]+)\/([^?]+)(?:\?versionId=(.+))?$/.exec(text)
  if (!match)
    throw new S3Error(
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    )
  return { bucketName: decode(match[1] ?? ''), key: decode(match[2] ?? ''), versionId: match[3] }
}

function copyRange(range: string, size: number): readonly [start: number, end: number] {
  const match = /^bytes=(\d+)-(\d+)$/.exec(range)
  if (!match || Number(match[2]) >= size) {
    throw new S3Error(
      'InvalidArgument',
      `The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy; the object has ${size} bytes`,
    )
  }
  return parseRange(range, size) ?? [0, size]
}
