import type { IncomingHttpHeaders } from 'node:http'
import type { ObjectVersion } from './object-store.ts'
import { header } from './s3-call.ts'
import { S3Error } from './s3-error.ts'

/** If-Match and If-None-Match of a write; call it in the same turn of the event loop as the commit. */
export function checkWriteConditions(headers: IncomingHttpHeaders, current: ObjectVersion | undefined): void {
  const ifNoneMatch = header(headers, 'if-none-match')
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*') {
      throw new S3Error(
        'NotImplemented',
        'A header you provided implies functionality that is not implemented: If-None-Match on a write takes only *',
      )
    }
    if (current) throw preconditionFailed('If-None-Match')
  }
  const ifMatch = header(headers, 'if-match')
  if (ifMatch !== undefined) checkIfMatch(ifMatch, current)
}

/** If-Match of a write or a delete, from a header or a DeleteObjects document. */
export function checkIfMatch(ifMatch: string, current: ObjectVersion | undefined): void {
  if (!current) throw noSuchKey('')
  if (!matches(ifMatch, current.etag)) throw preconditionFailed('If-Match')
}

/** The four conditions of GET and HEAD, in the order RFC 9110 gives them. */
export function checkReadConditions(headers: IncomingHttpHeaders, version: ObjectVersion): void {
  const ifMatch = header(headers, 'if-match')
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, version.etag)) throw preconditionFailed('If-Match')
  } else if (isModifiedSince(version, header(headers, 'if-unmodified-since')) === true) {
    throw preconditionFailed('If-Unmodified-Since')
  }
  const ifNoneMatch = header(headers, 'if-none-match')
  const isUnchanged =
    ifNoneMatch !== undefined
      ? matches(ifNoneMatch, version.etag)
      : isModifiedSince(version, header(headers, 'if-modified-since')) === false
  if (isUnchanged) {
    throw new S3Error('NotModified', 'Not Modified', {
      headers: { etag: version.etag, 'last-modified': new Date(version.lastModified).toUTCString() },
    })
  }
}

/** The same four for the source of a copy; S3 answers 412 to each of them. */
export function checkCopySourceConditions(headers: IncomingHttpHeaders, source: ObjectVersion): void {
  const condition = (name: string): string | undefined => header(headers, `x-amz-copy-source-${name}`)
  const ifMatch = condition('if-match')
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, source.etag)) throw preconditionFailed('x-amz-copy-source-If-Match')
  } else if (isModifiedSince(source, condition('if-unmodified-since')) === true) {
    throw preconditionFailed('x-amz-copy-source-If-Unmodified-Since')
  }
  const ifNoneMatch = condition('if-none-match')
  if (ifNoneMatch !== undefined) {
    if (matches(ifNoneMatch, source.etag)) throw preconditionFailed('x-amz-copy-source-If-None-Match')
  } else if (isModifiedSince(source, condition('if-modified-since')) === false) {
    throw preconditionFailed('x-amz-copy-source-If-Modified-Since')
  }
}

export function noSuchKey(key: string): S3Error {
  return new S3Error('NoSuchKey', 'The specified key does not exist.', {
    details: key === '' ? {} : { Key: key },
  })
}

function preconditionFailed(condition: string): S3Error {
  return new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    details: { Condition: condition },
  })
}

function matches(expected: string, etag: string): boolean {
  return expected
    .split(',')
    .map((item) => item.trim())
    .some((item) => item === '*' || item === etag || `"${item}"` === etag)
}

// Undefined without the header or with an unreadable one. HTTP dates have whole seconds.
function isModifiedSince(version: ObjectVersion, date: string | undefined): boolean | undefined {
  const since = Date.parse(date ?? '')
  if (Number.isNaN(since)) return undefined
  return Math.floor(Date.parse(version.lastModified) / 1000) * 1000 > since
}
