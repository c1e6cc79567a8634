import { createHash } from 'node:crypto'
import type { TransformOptions } from 'node:stream'
import { createGzip, type ZlibOptions } from 'node:zlib'
import type { SnapshotDataWriter } from '@findata/core'
import type { ObjectUpload } from './multipart-upload.ts'
import { writeToStream } from './write-to-stream.ts'

/** Below this the compressor spends more on calls than on bytes. */
const SMALLEST_WRITE = 64 * 1024
const GATHERED_BYTES = 256 * 1024
const CHUNK_BYTES = 256 * 1024
const QUEUED_WRITES = 2

/** Compresses in the thread pool while the caller makes the next bytes, and hashes both sides. Disposing it unfinished aborts the upload. */
export function createGzipWriter(key: string, upload: ObjectUpload): SnapshotDataWriter {
  const options: ZlibOptions & TransformOptions = {
    level: 1,
    chunkSize: CHUNK_BYTES,
    highWaterMark: 4 * CHUNK_BYTES,
  }
  const gzip = createGzip(options)
  const plainHash = createHash('sha256')
  const hash = createHash('sha256')
  let plainBytes = 0
  let bytes = 0
  let gathered: Buffer | undefined
  let gatheredBytes = 0
  const queued = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | undefined

  const uploading = (async () => {
    for await (const chunk of gzip as AsyncIterable<Buffer>) {
      hash.update(chunk)
      bytes += chunk.length
      await upload.write(chunk)
    }
    await upload.end()
  })().catch((error: unknown) => {
    failure ??= { error }
    gzip.destroy()
  })

  function throwIfFailed() {
    if (failure) throw failure.error
  }

  async function compress(chunk: Uint8Array): Promise<void> {
    throwIfFailed()
    const writing = writeToStream(gzip, chunk).finally(() => queued.delete(writing))
    queued.add(writing)
    while (queued.size >= QUEUED_WRITES) await Promise.race(queued)
    throwIfFailed()
  }

  async function compressGathered(): Promise<void> {
    if (!gathered || gatheredBytes === 0) return
    const chunk = gathered.subarray(0, gatheredBytes)
    gathered = undefined
    gatheredBytes = 0
    await compress(chunk)
  }

  return {
    async write(chunk) {
      plainHash.update(chunk)
      plainBytes += chunk.length
      if (gatheredBytes + chunk.length > GATHERED_BYTES || chunk.length >= SMALLEST_WRITE) {
        await compressGathered()
      }
      if (chunk.length >= SMALLEST_WRITE) return compress(chunk)
      gathered ??= Buffer.allocUnsafeSlow(GATHERED_BYTES)
      gathered.set(chunk, gatheredBytes)
      gatheredBytes += chunk.length
    },

    async finish() {
      await compressGathered()
      gzip.end()
      await uploading
      throwIfFailed()
      await upload.complete({ ifAbsent: true })
      return {
        key,
        compression: 'gzip',
        bytes,
        sha256: hash.digest('hex'),
        plainBytes,
        plainSha256: plainHash.digest('hex'),
      }
    },

    async [Symbol.asyncDispose]() {
      gzip.destroy()
      await upload[Symbol.asyncDispose]()
      await uploading
    },
  }
}
