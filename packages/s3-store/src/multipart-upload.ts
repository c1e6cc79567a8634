import { randomUUID } from 'node:crypto'
import { crc32 } from 'node:zlib'
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { PipelineError } from '@findata/core'
import type { Bucket } from './bucket.ts'
import {
  type ObjectToWrite,
  putObject,
  toConditionHeaders,
  toHeaders,
  type WriteCondition,
  writeOnce,
} from './conditional-write.ts'
import { type PartBuffers, partBytes } from './part-buffers.ts'
import { abortUnfinishedUploads } from './unfinished-uploads.ts'

/** An object of any size in constant memory; there is nothing under its key before `complete`. */
export interface ObjectUpload extends AsyncDisposable {
  /** Copies the bytes and resolves when it wants more. */
  write(bytes: Uint8Array): Promise<void>
  /** Sends what is left, but for an object of one part, which is kept until `complete`. */
  end(): Promise<void>
  /** Puts the object in place if the condition holds. Throws STORE_CONFLICT if it does not. */
  complete(condition: WriteCondition): Promise<void>
}

export interface UploadOptions {
  readonly buffers: PartBuffers
  /** Ids of uploads that are under way in this process, for the sweep to leave alone. */
  readonly openUploads: Set<string>
  readonly signal: AbortSignal
}

const PARTS_IN_FLIGHT = 3

/** Begins an upload without calling the store. Disposing it unfinished aborts it and leaves nothing. */
export function createUpload(
  bucket: Bucket,
  object: ObjectToWrite,
  { buffers, openUploads, signal: callerSignal }: UploadOptions,
): ObjectUpload {
  const writeId = randomUUID()
  const place = { Bucket: bucket.name, Key: bucket.fullKey(object.key) }
  const action = (signal?: AbortSignal) => ({ verb: 'write', key: object.key, signal }) as const
  const stop = new AbortController()
  const signal = AbortSignal.any([callerSignal, stop.signal])
  const parts: CompletedPart[] = []
  const inFlight = new Set<Promise<void>>()
  let upload: Promise<string> | undefined
  let failure: { readonly error: unknown } | undefined
  let part: Buffer | undefined
  let filled = 0
  let isComplete = false

  async function begin(): Promise<string> {
    const command = new CreateMultipartUploadCommand({
      ...place,
      ...toHeaders(object, writeId),
      ChecksumAlgorithm: 'CRC32',
    })
    let attempts = 0
    const { UploadId = '' } = await bucket.call(action(signal), (options) => {
      attempts++
      return bucket.client.send(command, options)
    })
    openUploads.add(UploadId)
    // An attempt without an answer may have begun an upload that nobody will finish.
    if (attempts > 1) {
      await abortUnfinishedUploads(bucket, object.key, openUploads, (key) => key === object.key)
    }
    return UploadId
  }

  async function sendPart(body: Buffer, number: number): Promise<void> {
    upload ??= begin()
    const UploadId = await upload
    const ChecksumCRC32 = toBase64(crc32(body))
    const command = new UploadPartCommand({
      ...place,
      UploadId,
      PartNumber: number,
      Body: body,
      ChecksumCRC32,
    })
    const { ETag } = await bucket.call(action(signal), (options) => bucket.client.send(command, options))
    parts[number - 1] = { PartNumber: number, ETag, ChecksumCRC32 }
  }

  /** Resolves when another part may be filled. */
  async function flush(): Promise<void> {
    if (!part) return
    const buffer = part
    const number = parts.length + 1
    // Holds the number until the answer is there.
    parts.push({})
    const sending = sendPart(buffer.subarray(0, filled), number)
      .catch((error: unknown) => {
        failure ??= { error }
        stop.abort(error)
      })
      .finally(() => {
        inFlight.delete(sending)
        buffers.give(buffer)
      })
    inFlight.add(sending)
    part = undefined
    filled = 0
    while (inFlight.size >= PARTS_IN_FLIGHT) await Promise.race(inFlight)
  }

  function throwIfFailed() {
    if (failure) throw failure.error
    signal.throwIfAborted()
  }

  return {
    async write(bytes) {
      for (let offset = 0; offset < bytes.length; ) {
        if (part && filled === part.length) await flush()
        throwIfFailed()
        part ??= buffers.take(partBytes(parts.length + 1))
        const end = Math.min(bytes.length, offset + part.length - filled)
        part.set(bytes.subarray(offset, end), filled)
        filled += end - offset
        offset = end
      }
    },

    async end() {
      if (parts.length > 0) await flush()
      await Promise.all(inFlight)
      throwIfFailed()
    },

    async complete(condition) {
      if (!upload) {
        await putObject(bucket, object, part?.subarray(0, filled) ?? new Uint8Array(), condition, { signal })
      } else {
        const UploadId = await upload
        const command = new CompleteMultipartUploadCommand({
          ...place,
          UploadId,
          MultipartUpload: { Parts: parts },
          ...toConditionHeaders(condition),
        })
        await writeOnce(bucket, { key: object.key, writeId, signal }, (options) =>
          bucket.client.send(command, options),
        )
        openUploads.delete(UploadId)
      }
      isComplete = true
    },

    async [Symbol.asyncDispose]() {
      if (!isComplete) stop.abort()
      await Promise.all(inFlight)
      if (part) buffers.give(part)
      part = undefined
      const UploadId = isComplete ? undefined : await upload?.catch(() => undefined)
      if (UploadId === undefined) return
      openUploads.delete(UploadId)
      try {
        await bucket.call({ verb: 'delete', key: object.key, isCleanUp: true }, (options) =>
          bucket.client.send(new AbortMultipartUploadCommand({ ...place, UploadId }), options),
        )
      } catch (error) {
        // The error that led here matters more, and the next run sweeps what stays.
        if (!(error instanceof PipelineError)) throw error
      }
    },
  }
}

function toBase64(checksum: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(checksum)
  return bytes.toString('base64')
}
