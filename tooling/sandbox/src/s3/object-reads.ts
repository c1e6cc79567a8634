import { checksumHeader } from './checksums.ts'
import { checkReadConditions, noSuchKey } from './conditions.ts'
import type { Bucket, ObjectVersion } from './object-store.ts'
import {
  header,
  requireBucket,
  type S3Call,
  type S3Handler,
  type S3Response,
  versionHeaders,
} from './s3-call.ts'
import { S3Error } from './s3-error.ts'
import type { Query } from './s3-operations.ts'

export const getObject: S3Handler = (call) => {
  const { response, version, start, end } = readObject(call)
  return { ...response, body: call.store.content.read(version.segments, start, end) }
}

export const headObject: S3Handler = (call) => readObject(call).response

/** The version that a request names, or the current one. */
export function findVersion(
  call: S3Call,
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
): ObjectVersion {
  const versions = bucket.versions.get(key) ?? []
  const version =
    versionId === undefined ? versions.at(-1) : versions.find((one) => one.versionId === versionId)
  if (!version) {
    if (versionId !== undefined) {
      throw new S3Error('NoSuchVersion', 'The specified version does not exist.', {
        details: { Key: key, VersionId: versionId },
      })
    }
    // Without the right to list, S3 does not tell that a key is missing.
    if (!call.isAllowed('s3:ListBucket', bucket.name)) throw new S3Error('AccessDenied', 'Access Denied')
    throw noSuchKey(key)
  }
  if (version.isDeleteMarker) {
    const headers = { 'x-amz-delete-marker': 'true', ...versionHeaders(bucket, version) }
    if (versionId === undefined)
      throw new S3Error('NoSuchKey', 'The specified key does not exist.', { headers })
    throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
      headers,
    })
  }
  return version
}

/** The bytes `[first, last]` of `bytes=first-last`, or undefined where S3 ignores the header. */
export function parseRange(range: string, size: number): readonly [start: number, end: number] | undefined {
  if (range.includes(','))
    throw new S3Error('NotImplemented', 'This stand-in does not imitate several ranges')
  const match = /^bytes=(\d*)-(\d*)$/.exec(range)
  if (!match || (match[1] === '' && match[2] === '')) return undefined
  const [, first = '', last = ''] = match
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first)
  const end = first === '' || last === '' ? size : Math.min(Number(last) + 1, size)
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
  if (start >= size || start >= end) {
    throw new S3Error('InvalidRange', 'The requested range is not satisfiable', {
      details: { RangeRequested: range, ActualObjectSize: String(size) },
      headers: { 'content-range': `bytes */${size}` },
    })
  }
  return [start, end]
}

interface Reading {
  readonly version: ObjectVersion
  readonly start: number
  readonly end: number
  readonly response: S3Response
}

function readObject(call: S3Call): Reading {
  const bucket = requireBucket(call)
  const version = findVersion(call, bucket, call.key, call.query.get('versionId'))
  checkReadConditions(call.headers, version)
  const selected = selectBytes(call, version)
  const [start, end] = selected ?? [0, version.size]
  const headers: Record<string, string> = {
    'accept-ranges': 'bytes',
    'last-modified': new Date(version.lastModified).toUTCString(),
    etag: version.etag,
    ...versionHeaders(bucket, version),
    ...version.headers,
    'content-length': String(end - start),
  }
  if (selected) headers['content-range'] = `bytes ${start}-${end - 1}/${version.size}`
  if (call.query.has('partNumber') && version.isMultipart) {
    headers['x-amz-mp-parts-count'] = String(version.segments.length)
  }
  if (
    version.checksum &&
    !selected &&
    header(call.headers, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED'
  ) {
    headers[checksumHeader(version.checksum.algorithm)] = version.checksum.value
    headers['x-amz-checksum-type'] = version.checksum.type
  }
  overrideHeaders(headers, call.query)
  return { version, start, end, response: { status: selected ? 206 : 200, headers } }
}

function selectBytes(
  call: S3Call,
  version: ObjectVersion,
): readonly [start: number, end: number] | undefined {
  const range = header(call.headers, 'range')
  const partNumber = call.query.get('partNumber')
  if (partNumber === undefined) return range === undefined ? undefined : parseRange(range, version.size)
  if (range !== undefined) {
    throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter')
  }
  const index = Number(partNumber) - 1
  const segment = version.segments[index]
  if (!segment) throw new S3Error('InvalidRange', 'The requested partnumber is not satisfiable')
  const start = version.segments.slice(0, index).reduce((sum, { size }) => sum + size, 0)
  return segment.size === 0 ? undefined : [start, start + segment.size]
}

function overrideHeaders(headers: Record<string, string>, query: Query): void {
  for (const [name, value] of query) {
    if (name.startsWith('response-')) headers[name.slice('response-'.length)] = value
  }
}
