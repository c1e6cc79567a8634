import { createHash } from 'node:crypto'
import type { TransformOptions } from 'node:stream'
import { createGunzip, type ZlibOptions } from 'node:zlib'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { type StoredData, TerminalError, TransientError } from '@findata/core'
import type { Bucket } from './bucket.ts'
import { isConflict, isMissing } from './errors.ts'
import { writeToStream } from './write-to-stream.ts'

/** The unit of retry: a cut connection costs one range, not the file. */
export const RANGE_BYTES = 2 * 1024 ** 2
const RANGES_AHEAD = 2
const CHUNK_BYTES = 256 * 1024

/** The JSON text of stored data. Throws FILE_INVALID, at the latest at the end, if anything differs from what was stored. */
export async function* readStoredData(
  bucket: Bucket,
  data: StoredData,
  callerSignal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const stop = new AbortController()
  const signal = AbortSignal.any([callerSignal, stop.signal])
  const options: ZlibOptions & TransformOptions = { chunkSize: CHUNK_BYTES, highWaterMark: 4 * CHUNK_BYTES }
  const gunzip = createGunzip(options)
  const hash = createHash('sha256')
  const plainHash = createHash('sha256')
  let bytes = 0
  let plainBytes = 0

  const feeding = (async () => {
    for await (const range of readRanges(bucket, data, signal)) {
      hash.update(range)
      bytes += range.length
      // After a decompression error the rest is still read, so that the error can name the hash found.
      await writeToStream(gunzip, range)
    }
    gunzip.end()
  })()
  feeding.catch((error: unknown) => gunzip.destroy(error as Error))

  let unreadable: string | undefined
  try {
    try {
      for await (const chunk of gunzip as AsyncIterable<Buffer>) {
        plainHash.update(chunk)
        plainBytes += chunk.length
        yield chunk
      }
    } catch (error) {
      unreadable = (error as Error).message
    }
    await feeding
  } finally {
    stop.abort()
    gunzip.destroy()
    await feeding.catch(() => {})
  }

  const found: Found = { bytes, sha256: hash.digest('hex') }
  if (found.bytes !== data.bytes || found.sha256 !== data.sha256) throw invalid(bucket, data, data, found)
  const plain: Found = { bytes: plainBytes, sha256: plainHash.digest('hex') }
  if (unreadable !== undefined || plain.bytes !== data.plainBytes || plain.sha256 !== data.plainSha256) {
    throw invalid(bucket, data, { bytes: data.plainBytes, sha256: data.plainSha256 }, plain, unreadable)
  }
}

/** The bytes of an object as stored, several ranges ahead. Throws FILE_INVALID if it has another length or is replaced meanwhile. */
export async function* readRanges(
  bucket: Bucket,
  { key, bytes }: Pick<StoredData, 'key' | 'bytes'>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const first = await readRange(bucket, key, 0, Math.min(RANGE_BYTES, bytes), undefined, signal)
  if (first.totalBytes !== bytes) {
    throw new TerminalError(
      'FILE_INVALID',
      `${bucket.fullKey(key)} in bucket ${bucket.name} is not what was stored: expected ${bytes} bytes, found ${first.totalBytes}. ${NEXT}`,
      { details: { key: bucket.fullKey(key), expectedBytes: bytes, foundBytes: first.totalBytes } },
    )
  }
  yield first.body

  const ahead: Promise<{ readonly body: Uint8Array }>[] = []
  let next = RANGE_BYTES
  try {
    for (;;) {
      while (ahead.length < RANGES_AHEAD && next < bytes) {
        const range = readRange(bucket, key, next, Math.min(next + RANGE_BYTES, bytes), first.etag, signal)
        range.catch(() => {})
        ahead.push(range)
        next += RANGE_BYTES
      }
      const range = await ahead.shift()
      if (!range) return
      yield range.body
    }
  } finally {
    await Promise.allSettled(ahead)
  }
}

/** The bytes from `start` up to but not including `end`. */
async function readRange(
  bucket: Bucket,
  key: string,
  start: number,
  end: number,
  etag: string | undefined,
  signal: AbortSignal,
) {
  try {
    return await bucket.call({ verb: 'read', key, signal }, async (options) => {
      const answer = await bucket.client.send(
        new GetObjectCommand({
          Bucket: bucket.name,
          Key: bucket.fullKey(key),
          Range: `bytes=${start}-${end - 1}`,
          ...(etag !== undefined && { IfMatch: etag }),
        }),
        options,
      )
      const body = (await answer.Body?.transformToByteArray()) ?? new Uint8Array()
      const totalBytes = Number(answer.ContentRange?.split('/')[1] ?? answer.ContentLength)
      if (body.length !== Math.min(end, totalBytes) - start) {
        throw new TransientError(
          'STORE_UNREACHABLE',
          `The store cut ${bucket.fullKey(key)} short: asked for ${end - start} bytes from ${start} on, got ${body.length}. Start the same command again later.`,
        )
      }
      return { body, etag: answer.ETag, totalBytes }
    })
  } catch (error) {
    if (!isMissing(error) && !isConflict(error)) throw error
    throw new TerminalError(
      'FILE_INVALID',
      `${bucket.fullKey(key)} in bucket ${bucket.name} ${isMissing(error) ? 'is not there any more' : 'was replaced while it was read'}. ${NEXT}`,
      { cause: error, details: { key: bucket.fullKey(key) } },
    )
  }
}

const NEXT = 'Roll back to another snapshot or run extract again, and find out who wrote to the bucket.'

interface Found {
  readonly bytes: number
  readonly sha256: string
}

function invalid(bucket: Bucket, { key }: StoredData, expected: Found, found: Found, why?: string) {
  const side = why === undefined ? '' : `, and it does not unpack (${why})`
  return new TerminalError(
    'FILE_INVALID',
    `${bucket.fullKey(key)} in bucket ${bucket.name} is not what was stored: expected ${expected.bytes} bytes with SHA-256 ${expected.sha256}, found ${found.bytes} bytes with SHA-256 ${found.sha256}${side}. ${NEXT}`,
    {
      details: {
        key: bucket.fullKey(key),
        expectedBytes: expected.bytes,
        expectedSha256: expected.sha256,
        foundBytes: found.bytes,
        foundSha256: found.sha256,
      },
    },
  )
}
