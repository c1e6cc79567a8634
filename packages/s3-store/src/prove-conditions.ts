import { randomUUID } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { TerminalError } from '@findata/core'
import type { Bucket } from './bucket.ts'
import { type ObjectToWrite, putObject, toConditionHeaders, toHeaders } from './conditional-write.ts'
import { isConflict } from './errors.ts'

const FOREIGN_ETAG = '"00000000000000000000000000000000"'

/** Throws STORE_UNSUPPORTED if the store lets a conditional write replace an object that it must not replace. */
export async function proveConditions(
  bucket: Bucket,
  object: ObjectToWrite,
  etag: string,
  signal: AbortSignal,
): Promise<void> {
  const body = Buffer.from('{"replaced":true}')
  await mustRefuse('a write with If-None-Match', () =>
    putObject(bucket, object, body, { ifAbsent: true }, { signal }),
  )
  await proveIfMatch(bucket, object, body, signal)
  await mustRefuse('the end of a multipart upload with If-None-Match', () =>
    completeIfAbsent(bucket, object, body, signal),
  )
  await putObject(bucket, object, body, { ifMatch: etag }, { signal })
}

/** The same with one call, on an object of the caller's own that is there; `body` is what takes its place where the store fails this. */
export async function proveIfMatch(
  bucket: Bucket,
  object: ObjectToWrite,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const { key } = object
  const command = new PutObjectCommand({
    Bucket: bucket.name,
    Key: bucket.fullKey(key),
    Body: body,
    ...toHeaders(object, randomUUID()),
    ...toConditionHeaders({ ifMatch: FOREIGN_ETAG }),
  })
  await mustRefuse('a write with If-Match', () =>
    bucket.call({ verb: 'write', key, signal }, (options) => bucket.client.send(command, options)),
  )
}

async function mustRefuse(what: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (isConflict(error)) return
    throw error
  }
  const nextStep =
    'Use a store that honours If-Match and If-None-Match; without them two runs can overwrite each other.'
  throw new TerminalError(
    'STORE_UNSUPPORTED',
    `The store does not refuse ${what} when it must. ${nextStep}`,
    {
      details: { nextStep },
    },
  )
}

async function completeIfAbsent(
  bucket: Bucket,
  { key, contentType }: ObjectToWrite,
  body: Uint8Array,
  signal: AbortSignal,
) {
  const { client } = bucket
  const place = { Bucket: bucket.name, Key: bucket.fullKey(key) }
  const action = { verb: 'write', key, signal } as const
  const { UploadId } = await bucket.call(action, (options) =>
    client.send(new CreateMultipartUploadCommand({ ...place, ContentType: contentType }), options),
  )
  try {
    const { ETag } = await bucket.call(action, (options) =>
      client.send(new UploadPartCommand({ ...place, UploadId, PartNumber: 1, Body: body }), options),
    )
    const complete = { UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] }, IfNoneMatch: '*' }
    await bucket.call(action, (options) =>
      client.send(new CompleteMultipartUploadCommand({ ...place, ...complete }), options),
    )
  } catch (error) {
    await bucket.call({ verb: 'delete', key, isCleanUp: true }, (options) =>
      client.send(new AbortMultipartUploadCommand({ ...place, UploadId }), options),
    )
    throw error
  }
}
