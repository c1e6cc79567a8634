import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { resetConnection } from '../waiting-client.ts'
import type { S3Response } from './s3-call.ts'
import { S3Error } from './s3-error.ts'
import type { Exchange } from './s3-exchange.ts'
import type { S3FaultEffect } from './s3-faults.ts'
import { toXml } from './s3-xml.ts'

const MAY_FAIL_IN_200: ReadonlySet<string> = new Set([
  'CompleteMultipartUpload',
  'CopyObject',
  'UploadPartCopy',
])

/** Any failure as S3 answers it; what is not an S3Error is a 500 that names its cause. */
export function toErrorResponse({ request, record, strike }: Exchange, error: unknown): S3Response {
  const s3Error =
    error instanceof S3Error
      ? error
      : new S3Error(
          'InternalError',
          `The stand-in failed: ${error instanceof Error ? error.message : String(error)}`,
        )
  const isHidden = strike?.effect.kind === 'error-in-200' && MAY_FAIL_IN_200.has(record.operation)
  const status = isHidden ? 200 : s3Error.status
  if (request.method === 'HEAD' || status === 304) return { status, headers: s3Error.headers }
  return {
    status,
    headers: { 'content-type': 'application/xml', ...s3Error.headers },
    body: toXml(
      'Error',
      {
        Code: s3Error.code,
        Message: s3Error.message,
        ...s3Error.details,
        Resource: `/${record.bucket}${record.key === '' ? '' : `/${record.key}`}`,
        RequestId: String(record.call),
      },
      false,
    ),
  }
}

/** Sends the answer, with the faults that strike inside its body. */
export async function sendResponse(exchange: Exchange, { status, headers, body }: S3Response): Promise<void> {
  const { request, response, record, strike } = exchange
  const effect = strike?.effect
  const length = typeof body === 'string' ? String(Buffer.byteLength(body)) : headers['content-length']
  const hasBody = body !== undefined && length !== '0' && request.method !== 'HEAD'
  if (effect?.kind === 'reset-in-response-body' && !hasBody) throw resetConnection(exchange)
  // Errors may come before the body was read; a client that still waits to send it must not use this connection again.
  const isUnfinished = request.headers.expect !== undefined && !request.complete
  response.writeHead(status, {
    ...headers,
    ...(length === undefined ? {} : { 'content-length': length }),
    ...(isUnfinished ? { connection: 'close' } : {}),
  })
  record.status = status
  if (!hasBody) {
    response.end()
    return
  }
  if (effect?.kind === 'reset-in-response-body') {
    return cutResponse(exchange, toPieces(body), Math.min(effect.afterBytes, Number(length) - 1))
  }
  const pieces = effect?.kind === 'flipped-bit' ? flipBit(toPieces(body), effect) : toPieces(body)
  await pipeline(Readable.from(pieces, { objectMode: false }), response)
}

async function* toPieces(body: S3Response['body']): AsyncGenerator<Buffer> {
  if (typeof body === 'string') yield Buffer.from(body)
  else if (body !== undefined) yield* body
}

async function cutResponse(
  exchange: Exchange,
  pieces: AsyncIterable<Buffer>,
  afterBytes: number,
): Promise<void> {
  const { response } = exchange
  response.flushHeaders()
  let left = afterBytes
  for await (const piece of pieces) {
    const part = piece.subarray(0, left)
    left -= part.length
    if (part.length > 0) await new Promise<void>((resolve) => response.write(part, () => resolve()))
    if (left === 0) break
  }
  throw resetConnection(exchange)
}

async function* flipBit(
  pieces: AsyncIterable<Buffer>,
  { atByte }: Extract<S3FaultEffect, { kind: 'flipped-bit' }>,
): AsyncGenerator<Buffer> {
  let offset = 0
  for await (const piece of pieces) {
    const index = atByte - offset
    const byte = piece[index]
    if (byte !== undefined) piece[index] = byte ^ 1
    offset += piece.length
    yield piece
  }
}
