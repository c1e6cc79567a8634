import { createHash } from 'node:crypto'
import {
  type ChunkSigning,
  equalText,
  sha256Hex,
  signatureMismatch,
  toChunkSignature,
} from './request-signature.ts'
import { S3Error } from './s3-error.ts'

const MIN_CHUNK_BYTES = 8192
const MAX_LINE_BYTES = 4096

/** Trailing headers by lower-case name, filled once the body has been read to its end. */
export type Trailers = Map<string, string>

/** The bytes inside an `aws-chunked` body; with `signing`, every chunk's signature is checked before the next one. */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  trailers: Trailers,
  signing?: ChunkSigning,
): AsyncGenerator<Buffer> {
  const reader = createReader(source)
  let previous = signing?.seedSignature ?? ''
  let lastSize: number | undefined
  for (;;) {
    const { size, signature } = parseChunkHeader(await reader.line())
    if (lastSize !== undefined && lastSize < MIN_CHUNK_BYTES && size > 0) {
      throw new S3Error(
        'InvalidChunkSizeError',
        `Only the last chunk is allowed to have a size less than ${MIN_CHUNK_BYTES} bytes`,
      )
    }
    const hash = signing ? createHash('sha256') : undefined
    for await (const piece of reader.take(size)) {
      hash?.update(piece)
      yield piece
    }
    if (signing && hash) {
      const expected = toChunkSignature(signing, 'AWS4-HMAC-SHA256-PAYLOAD', previous, hash.digest('hex'))
      if (!equalText(expected, signature ?? '')) throw signatureMismatch('(a chunk)', expected)
      previous = expected
    }
    if (size === 0) break
    if ((await reader.line()) !== '') throw new S3Error('IncompleteBody', 'A chunk is longer than it says')
    lastSize = size
  }
  await readTrailers(reader, trailers, signing, previous)
  if (!(await reader.isAtEnd())) throw new S3Error('IncompleteBody', 'The body goes on after its last chunk')
}

async function readTrailers(
  reader: Reader,
  trailers: Trailers,
  signing: ChunkSigning | undefined,
  previous: string,
): Promise<void> {
  let signature: string | undefined
  for (let line = await reader.line(); line !== ''; line = await reader.line()) {
    const colon = line.indexOf(':')
    if (colon < 1) throw new S3Error('MalformedTrailerError', 'A trailing header has no name')
    const name = line.slice(0, colon).trim().toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (name === 'x-amz-trailer-signature') signature = value
    else trailers.set(name, value)
  }
  if (!signing || trailers.size === 0) return
  const canonical = [...trailers].map(([name, value]) => `${name}:${value}\n`).join('')
  const expected = toChunkSignature(signing, 'AWS4-HMAC-SHA256-TRAILER', previous, sha256Hex(canonical))
  if (!equalText(expected, signature ?? '')) throw signatureMismatch('(the trailer)', expected)
}

function parseChunkHeader(line: string): { size: number; signature: string | undefined } {
  const match = /^([0-9a-fA-F]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line)
  if (!match) throw new S3Error('IncompleteBody', 'The body is not aws-chunked as its headers say')
  return { size: Number.parseInt(match[1] ?? '', 16), signature: match[2] }
}

interface Reader {
  /** Up to the next CRLF; the empty text at the end of the body. */
  line(): Promise<string>
  take(size: number): AsyncIterable<Buffer>
  isAtEnd(): Promise<boolean>
}

function createReader(source: AsyncIterable<Buffer>): Reader {
  const iterator = source[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)

  async function more(): Promise<boolean> {
    const { done, value } = await iterator.next()
    if (done) return false
    rest = rest.length === 0 ? value : Buffer.concat([rest, value])
    return true
  }

  return {
    async line() {
      let end = rest.indexOf('\r\n')
      while (end < 0) {
        if (rest.length > MAX_LINE_BYTES) throw new S3Error('IncompleteBody', 'A chunk header is too long')
        // The SDK ends a body without trailers right after the last chunk's header.
        if (!(await more())) {
          if (rest.length === 0) return ''
          throw new S3Error('IncompleteBody', 'The body ends inside a chunk header')
        }
        end = rest.indexOf('\r\n')
      }
      const line = rest.toString('latin1', 0, end)
      rest = rest.subarray(end + 2)
      return line
    },
    async *take(size) {
      for (let left = size; left > 0; ) {
        if (rest.length === 0 && !(await more())) {
          throw new S3Error('IncompleteBody', 'The body ends inside a chunk')
        }
        const piece = rest.subarray(0, left)
        rest = rest.subarray(piece.length)
        left -= piece.length
        yield piece
      }
    },
    async isAtEnd() {
      return rest.length === 0 && !(await more())
    },
  }
}
