import type { IncomingHttpHeaders } from 'node:http'
import type { ContentReader } from './content-folder.ts'
import type { Bucket, ObjectStore, ObjectVersion } from './object-store.ts'
import type { BodySource } from './request-body.ts'
import { S3Error } from './s3-error.ts'
import type { Query, S3Operation, S3Permission } from './s3-operations.ts'
import { toXml, type XmlChildren } from './s3-xml.ts'

/** One request whose signature is right and whose permission was checked. */
export interface S3Call {
  readonly operation: S3Operation
  readonly bucketName: string
  readonly key: string
  readonly query: Query
  readonly headers: IncomingHttpHeaders
  readonly body: BodySource
  readonly store: ObjectStore
  readonly region: string
  now(): Date
  isAllowed(permission: S3Permission, bucketName: string): boolean
}

export interface S3Response {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | ContentReader
}

export type S3Handler = (call: S3Call) => S3Response | Promise<S3Response>

export function requireBucket(call: S3Call, bucketName = call.bucketName): Bucket {
  const bucket = call.store.buckets.get(bucketName)
  if (!bucket) {
    throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', {
      details: { BucketName: bucketName },
    })
  }
  return bucket
}

/** One header as text, or undefined; repeated ones are joined as HTTP says. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

export function xmlResponse(
  root: string,
  children: XmlChildren,
  headers: Record<string, string> = {},
): S3Response {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml', ...headers },
    body: toXml(root, children),
  }
}

export function emptyResponse(status: number, headers: Record<string, string> = {}): S3Response {
  return { status, headers }
}

/** `x-amz-version-id`, which S3 sends only for buckets that have ever been versioned. */
export function versionHeaders(bucket: Bucket, version: ObjectVersion): Record<string, string> {
  return bucket.versioning === undefined ? {} : { 'x-amz-version-id': version.versionId }
}

/** A whole number between two bounds out of the query. */
export function integerParameter(query: Query, name: string, fallback: number, max: number): number {
  const text = query.get(name)
  if (text === undefined || text === '') return fallback
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > 2_147_483_647) {
    throw new S3Error('InvalidArgument', `Argument ${name} must be an integer between 0 and 2147483647`, {
      details: { ArgumentName: name, ArgumentValue: text },
    })
  }
  return Math.min(value, max)
}
