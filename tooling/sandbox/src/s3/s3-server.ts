import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { ConnectionDropped, toGoneSignal } from '../waiting-client.ts'
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  getBucketVersioning,
  headBucket,
  listBuckets,
  putBucketVersioning,
} from './bucket-operations.ts'
import { listMultipartUploads, listObjectsV2, listObjectVersions } from './list-objects.ts'
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listParts,
  uploadPart,
  uploadPartCopy,
} from './multipart.ts'
import { refuseUnknownHeaders } from './object-headers.ts'
import { getObject, headObject } from './object-reads.ts'
import type { ObjectStore } from './object-store.ts'
import { copyObject, deleteObject, deleteObjects, putObject } from './object-writes.ts'
import { type SignatureRules, verifySignature } from './request-signature.ts'
import { parseRequestTarget, type RequestTarget } from './request-target.ts'
import { allows, type BucketAccess } from './s3-access.ts'
import type { S3Handler, S3Response } from './s3-call.ts'
import { S3Error } from './s3-error.ts'
import { type Exchange, type MutableRecord, readRequest, strikeAfter, strikeBefore } from './s3-exchange.ts'
import type { S3FaultPlan, S3RequestRecord } from './s3-faults.ts'
import {
  type Query,
  S3_OPERATIONS,
  type S3Operation,
  type S3Permission,
  toOperation,
} from './s3-operations.ts'
import { sendResponse, toErrorResponse } from './s3-response.ts'

const HANDLERS: Readonly<Record<S3Operation, S3Handler>> = {
  ListBuckets: listBuckets,
  CreateBucket: createBucket,
  DeleteBucket: deleteBucket,
  HeadBucket: headBucket,
  GetBucketLocation: getBucketLocation,
  GetBucketVersioning: getBucketVersioning,
  PutBucketVersioning: putBucketVersioning,
  ListObjectsV2: listObjectsV2,
  ListObjectVersions: listObjectVersions,
  ListMultipartUploads: listMultipartUploads,
  DeleteObjects: deleteObjects,
  PutObject: putObject,
  CopyObject: copyObject,
  GetObject: getObject,
  HeadObject: headObject,
  DeleteObject: deleteObject,
  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
  ListParts: listParts,
}

const MAX_KEY_BYTES = 1024

export interface S3ServerParts extends SignatureRules {
  readonly store: ObjectStore
  readonly faults: S3FaultPlan
  /** By bucket, then by access key id. */
  readonly access: ReadonlyMap<string, Readonly<Record<string, BucketAccess>>>
  readonly records: S3RequestRecord[]
}

/** Answers S3 requests; listening and closing are the caller's. */
export function createS3Server(parts: S3ServerParts): Server {
  const server = createServer((request, response) => void serve(parts, request, response, false))
  server.on('checkContinue', (request, response) => void serve(parts, request, response, true))
  // A held or slow call is a fault on purpose, not a stuck client.
  server.requestTimeout = 0
  return server
}

async function serve(
  parts: S3ServerParts,
  request: IncomingMessage,
  response: ServerResponse,
  waitsForContinue: boolean,
): Promise<void> {
  const { record, process } = register(parts, request)
  const strike = parts.faults.strike(record)
  record.fault = strike?.effect.kind ?? null
  const exchange: Exchange = {
    request,
    response,
    record,
    strike,
    gone: toGoneSignal(response),
    bytes: readRequest(request, response, waitsForContinue, () => exchange),
  }
  response.setHeader('server', 'findata-sandbox')
  response.setHeader('date', parts.now().toUTCString())
  response.setHeader('x-amz-request-id', String(record.call))
  try {
    const result = await answer(exchange, process)
    using _ = typeof result.body === 'object' ? result.body : undefined
    await strikeAfter(exchange)
    await sendResponse(exchange, result)
  } catch {
    // Nobody is left to be told.
    request.destroy()
  } finally {
    request.resume()
  }
}

async function answer(exchange: Exchange, process: Process): Promise<S3Response> {
  try {
    await strikeBefore(exchange)
    return await process(exchange)
  } catch (error) {
    if (error instanceof ConnectionDropped || exchange.request.socket.destroyed) throw error
    return toErrorResponse(exchange, error)
  }
}

type Process = (exchange: Exchange) => S3Response | Promise<S3Response>

interface Registered {
  readonly record: MutableRecord
  readonly process: Process
}

// What the request asks for is known before its signature is checked, so that faults can hit any call.
function register(parts: S3ServerParts, request: IncomingMessage): Registered {
  const record: MutableRecord = {
    call: parts.records.length + 1,
    operation: 'Unknown',
    method: request.method ?? '',
    bucket: '',
    key: '',
    partNumber: null,
    status: null,
    fault: null,
  }
  parts.records.push(record)
  try {
    const target = parseRequestTarget(request.url ?? '/')
    const query = new Map(target.parameters)
    record.bucket = target.bucket
    record.key = target.key
    record.partNumber = query.has('partNumber') ? Number(query.get('partNumber')) : null
    const operation = toOperation(record.method, target.bucket, target.key, query, request.headers)
    record.operation = operation
    return { record, process: (exchange) => handle(parts, exchange, target, query, operation) }
  } catch (error) {
    return { record, process: () => Promise.reject(error) }
  }
}

function handle(
  { store, access, region, credentials, now }: S3ServerParts,
  { request, bytes }: Exchange,
  target: RequestTarget,
  query: Query,
  operation: S3Operation,
): S3Response | Promise<S3Response> {
  const { bucket: bucketName, key } = target
  const { headers } = request
  const signature = verifySignature(request, target, { credentials, region, now })
  refuseUnknownHeaders(headers)
  const isAllowed = (permission: S3Permission, bucket: string): boolean =>
    allows(access.get(bucket)?.[signature.accessKeyId], permission)
  if (!isAllowed(S3_OPERATIONS[operation].permission, bucketName)) {
    throw new S3Error('AccessDenied', 'Access Denied')
  }
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new S3Error('KeyTooLongError', 'Your key is too long', {
      details: { Size: String(Buffer.byteLength(key)), MaxSizeAllowed: String(MAX_KEY_BYTES) },
    })
  }
  const body = { request, signature, bytes }
  const call = { operation, bucketName, key, query, headers, body, store, region, now, isAllowed }
  return HANDLERS[operation](call)
}
