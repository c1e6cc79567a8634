import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { decodeAwsChunked, type Trailers } from './aws-chunked.ts'
import {
  CHECKSUM_ALGORITHMS,
  type Checksum,
  type ChecksumAlgorithm,
  checksumHeader,
  createChecksumHasher,
  toChecksumAlgorithm,
} from './checksums.ts'
import { equalText, type VerifiedSignature } from './request-signature.ts'
import { S3Error } from './s3-error.ts'

const MAX_OBJECT_BYTES = 5 * 1024 ** 3
const MAX_DOCUMENT_BYTES = 4 * 1024 ** 2

/** What is known about a body that arrived whole and agreed with everything its headers said. */
export interface ReceivedBody {
  readonly size: number
  readonly md5: Buffer
  readonly checksum: Checksum | undefined
}

export interface BodySource {
  readonly request: IncomingMessage
  readonly signature: VerifiedSignature
  /** The bytes as they come over the wire; not read before the first pull. */
  readonly bytes: AsyncIterable<Buffer>
  /** The checksum headers speak of an object assembled elsewhere, not of this body. */
  readonly isAboutObject?: boolean
}

/** Gives every piece of the body to `sink`, in order, then checks length, hashes and signatures. */
export async function receiveBody(
  { request, signature, bytes, isAboutObject = false }: BodySource,
  sink: (piece: Buffer) => Promise<void> | undefined,
): Promise<ReceivedBody> {
  const { payloadHash } = signature
  const isChunked = payloadHash.startsWith('STREAMING-')
  const trailers: Trailers = new Map()
  const pieces = isChunked ? decodeAwsChunked(bytes, trailers, toChunkSigning(signature)) : bytes
  const expectedSize = toExpectedSize(request, isChunked)
  const expectedMd5 = toExpectedMd5(request)
  const announced = isAboutObject ? undefined : announcedChecksum(request)

  const md5 = createHash('md5')
  const sha256 = /^[0-9a-f]{64}$/.test(payloadHash) ? createHash('sha256') : undefined
  const hasher = announced && createChecksumHasher(announced.algorithm)
  let size = 0
  for await (const piece of pieces) {
    size += piece.length
    md5.update(piece)
    sha256?.update(piece)
    hasher?.update(piece)
    const written = sink(piece)
    if (written) await written
  }

  if (size !== expectedSize) {
    throw new S3Error(
      'IncompleteBody',
      'You did not provide the number of bytes specified by the Content-Length HTTP header',
    )
  }
  if (sha256 && !equalText(sha256.digest('hex'), payloadHash)) {
    throw new S3Error(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
  }
  const md5Digest = md5.digest()
  if (expectedMd5 && !expectedMd5.equals(md5Digest)) {
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.')
  }
  if (!announced || !hasher) return { size, md5: md5Digest, checksum: undefined }

  const { algorithm } = announced
  const claimed = announced.value ?? trailers.get(checksumHeader(algorithm))
  if (claimed === undefined) {
    throw new S3Error(
      'MalformedTrailerError',
      'The request contained trailing data that was not well-formed or did not conform to our published schema.',
    )
  }
  const value = hasher.digest().toString('base64')
  if (claimed !== value) {
    throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`)
  }
  return { size, md5: md5Digest, checksum: { algorithm, value, type: 'FULL_OBJECT' } }
}

/** The text of an XML body, checked like any other body. */
export async function receiveDocument(source: BodySource): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  await receiveBody(source, (piece) => {
    size += piece.length
    if (size > MAX_DOCUMENT_BYTES) {
      throw new S3Error('MaxMessageLengthExceeded', 'Your request was too large.')
    }
    pieces.push(piece)
    return undefined
  })
  return Buffer.concat(pieces).toString('utf8')
}

function toChunkSigning({
  payloadHash,
  chunkSigning,
}: VerifiedSignature): VerifiedSignature['chunkSigning'] | undefined {
  switch (payloadHash) {
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return undefined
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return chunkSigning
    default:
      throw new S3Error('NotImplemented', `This stand-in does not imitate the payload ${payloadHash}`)
  }
}

function toExpectedSize({ headers, method }: IncomingMessage, isChunked: boolean): number {
  const text = isChunked ? headers['x-amz-decoded-content-length'] : headers['content-length']
  if (text === undefined && !isChunked && method !== 'PUT' && headers['transfer-encoding'] === undefined)
    return 0
  if (typeof text !== 'string' || !/^\d+$/.test(text)) {
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.')
  }
  if (Number(text) > MAX_OBJECT_BYTES) {
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size')
  }
  return Number(text)
}

function toExpectedMd5({ headers }: IncomingMessage): Buffer | undefined {
  const text = headers['content-md5']
  if (text === undefined) return undefined
  const digest = Buffer.from(String(text), 'base64')
  if (digest.length !== 16 || digest.toString('base64') !== text) {
    throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.')
  }
  return digest
}

interface AnnouncedChecksum {
  readonly algorithm: ChecksumAlgorithm
  /** Absent when it follows in the trailer. */
  readonly value: string | undefined
}

function announcedChecksum({ headers }: IncomingMessage): AnnouncedChecksum | undefined {
  const inHeader = CHECKSUM_ALGORITHMS.filter((algorithm) => headers[checksumHeader(algorithm)] !== undefined)
  const trailer = headers['x-amz-trailer']
  const declared = headers['x-amz-sdk-checksum-algorithm']
  if (inHeader.length + (trailer === undefined ? 0 : 1) > 1) {
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    )
  }
  const [algorithm] = inHeader
  if (algorithm) return { algorithm, value: String(headers[checksumHeader(algorithm)]) }
  if (trailer !== undefined) {
    const name = String(trailer).toLowerCase()
    if (!name.startsWith('x-amz-checksum-')) {
      throw new S3Error('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported')
    }
    return { algorithm: toChecksumAlgorithm(name.slice('x-amz-checksum-'.length)), value: undefined }
  }
  if (declared !== undefined) {
    throw new S3Error(
      'InvalidRequest',
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    )
  }
  return undefined
}
