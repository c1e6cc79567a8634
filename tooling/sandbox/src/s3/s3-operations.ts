import type { IncomingHttpHeaders } from 'node:http'
import { S3Error } from './s3-error.ts'

interface OperationShape {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  readonly target: 'service' | 'bucket' | 'object'
  /** Query parameters that tell this operation from the others of its method. */
  readonly needs?: readonly string[]
  readonly allows?: readonly string[]
  /** Told apart by the header `x-amz-copy-source`. */
  readonly copies?: true
  readonly permission: string
}

const RESPONSE_OVERRIDES = [
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
] as const

const LISTING = ['prefix', 'delimiter', 'encoding-type'] as const

/** Everything this server answers; any other request is refused with 501 NotImplemented. */
export const S3_OPERATIONS = {
  ListBuckets: { method: 'GET', target: 'service', permission: 's3:ListAllMyBuckets' },
  CreateBucket: { method: 'PUT', target: 'bucket', permission: 's3:CreateBucket' },
  DeleteBucket: { method: 'DELETE', target: 'bucket', permission: 's3:DeleteBucket' },
  HeadBucket: { method: 'HEAD', target: 'bucket', permission: 's3:ListBucket' },
  GetBucketLocation: {
    method: 'GET',
    target: 'bucket',
    needs: ['location'],
    permission: 's3:GetBucketLocation',
  },
  GetBucketVersioning: {
    method: 'GET',
    target: 'bucket',
    needs: ['versioning'],
    permission: 's3:GetBucketVersioning',
  },
  PutBucketVersioning: {
    method: 'PUT',
    target: 'bucket',
    needs: ['versioning'],
    permission: 's3:PutBucketVersioning',
  },
  ListObjectsV2: {
    method: 'GET',
    target: 'bucket',
    needs: ['list-type'],
    allows: [...LISTING, 'start-after', 'continuation-token', 'max-keys', 'fetch-owner'],
    permission: 's3:ListBucket',
  },
  ListObjectVersions: {
    method: 'GET',
    target: 'bucket',
    needs: ['versions'],
    allows: [...LISTING, 'key-marker', 'version-id-marker', 'max-keys'],
    permission: 's3:ListBucketVersions',
  },
  ListMultipartUploads: {
    method: 'GET',
    target: 'bucket',
    needs: ['uploads'],
    allows: [...LISTING, 'key-marker', 'upload-id-marker', 'max-uploads'],
    permission: 's3:ListBucketMultipartUploads',
  },
  DeleteObjects: { method: 'POST', target: 'bucket', needs: ['delete'], permission: 's3:DeleteObject' },
  PutObject: { method: 'PUT', target: 'object', permission: 's3:PutObject' },
  CopyObject: { method: 'PUT', target: 'object', copies: true, permission: 's3:PutObject' },
  GetObject: {
    method: 'GET',
    target: 'object',
    allows: ['versionId', 'partNumber', ...RESPONSE_OVERRIDES],
    permission: 's3:GetObject',
  },
  HeadObject: {
    method: 'HEAD',
    target: 'object',
    allows: ['versionId', 'partNumber', ...RESPONSE_OVERRIDES],
    permission: 's3:GetObject',
  },
  DeleteObject: { method: 'DELETE', target: 'object', allows: ['versionId'], permission: 's3:DeleteObject' },
  CreateMultipartUpload: { method: 'POST', target: 'object', needs: ['uploads'], permission: 's3:PutObject' },
  UploadPart: {
    method: 'PUT',
    target: 'object',
    needs: ['partNumber', 'uploadId'],
    permission: 's3:PutObject',
  },
  UploadPartCopy: {
    method: 'PUT',
    target: 'object',
    needs: ['partNumber', 'uploadId'],
    copies: true,
    permission: 's3:PutObject',
  },
  CompleteMultipartUpload: {
    method: 'POST',
    target: 'object',
    needs: ['uploadId'],
    permission: 's3:PutObject',
  },
  AbortMultipartUpload: {
    method: 'DELETE',
    target: 'object',
    needs: ['uploadId'],
    permission: 's3:AbortMultipartUpload',
  },
  ListParts: {
    method: 'GET',
    target: 'object',
    needs: ['uploadId'],
    allows: ['max-parts', 'part-number-marker'],
    permission: 's3:ListMultipartUploadParts',
  },
} as const satisfies Record<string, OperationShape>

/** The name of a request as AWS documents it. */
export type S3Operation = keyof typeof S3_OPERATIONS
export type S3Permission = (typeof S3_OPERATIONS)[S3Operation]['permission']

export type Query = ReadonlyMap<string, string>

const SHAPES: readonly [S3Operation, OperationShape][] = Object.entries(S3_OPERATIONS) as [
  S3Operation,
  OperationShape,
][]

/** The operation a request asks for. @throws S3Error NotImplemented, naming what is not imitated. */
export function toOperation(
  method: string,
  bucket: string,
  key: string,
  query: Query,
  headers: IncomingHttpHeaders,
): S3Operation {
  const target = bucket === '' ? 'service' : key === '' ? 'bucket' : 'object'
  const copies = headers['x-amz-copy-source'] !== undefined
  const parameters = [...query.keys()].filter(isOfTheOperation)
  const match = SHAPES.filter(
    ([, shape]) =>
      shape.method === method &&
      shape.target === target &&
      (shape.copies ?? false) === copies &&
      (shape.needs ?? []).every((name) => query.has(name)),
  ).sort(([, a], [, b]) => (b.needs?.length ?? 0) - (a.needs?.length ?? 0))[0]
  if (!match) {
    throw new S3Error('NotImplemented', `This stand-in does not imitate ${method} on a ${target}`)
  }
  const [name, shape] = match
  const known = [...(shape.needs ?? []), ...(shape.allows ?? [])]
  const unknown = parameters.filter((parameter) => !known.includes(parameter))
  if (unknown.length > 0) {
    throw new S3Error(
      'NotImplemented',
      `This stand-in does not imitate ${method} on a ${target} with ?${unknown.join('&')}`,
    )
  }
  if (name === 'ListObjectsV2' && query.get('list-type') !== '2') {
    throw new S3Error('InvalidArgument', 'list-type must be 2')
  }
  return name
}

// The SDK's own label, and the parameters of a presigned URL.
function isOfTheOperation(parameter: string): boolean {
  return parameter !== 'x-id' && !parameter.toLowerCase().startsWith('x-amz-')
}
