import { describe, expect, test } from 'vitest'
import { decodeAwsChunked, type Trailers } from './aws-chunked.ts'
import type { ChunkSigning } from './request-signature.ts'
import { toSigningKey } from './request-signature.ts'

// The example in Amazon's documentation of SigV4 with a payload in chunks.
const SIGNING: ChunkSigning = {
  signingKey: toSigningKey('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', '20130524/us-east-1/s3/aws4_request'),
  longDate: '20130524T000000Z',
  scope: '20130524/us-east-1/s3/aws4_request',
  seedSignature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
}
const SIGNATURES = [
  'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
  '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
  'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
]

function documentedBody(letter = 'a'): Buffer {
  return Buffer.from(
    `10000;chunk-signature=${SIGNATURES[0]}\r\n${letter.repeat(65_536)}\r\n` +
      `400;chunk-signature=${SIGNATURES[1]}\r\n${'a'.repeat(1024)}\r\n` +
      `0;chunk-signature=${SIGNATURES[2]}\r\n\r\n`,
  )
}

describe('decodeAwsChunked', () => {
  test('accepts the chunk signatures of the documented example', async () => {
    expect(await decode(documentedBody(), SIGNING)).toBe('a'.repeat(66_560))
  })

  test('refuses that example with another byte in it', async () => {
    await expect(decode(documentedBody('b'), SIGNING)).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    })
  })

  test('refuses signed chunks without signatures', async () => {
    await expect(decode(Buffer.from('3\r\nabc\r\n0\r\n\r\n'), SIGNING)).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    })
  })

  test('reads the same however the body is cut', async () => {
    const body = Buffer.from('3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n')
    for (let size = 1; size <= body.length; size++) {
      const trailers: Trailers = new Map()
      expect(await decode(body, undefined, trailers, size)).toBe('abc')
      expect([...trailers]).toEqual([['x-amz-checksum-crc32', 'NSRBwg==']])
    }
  })

  test.for([
    ['ends inside a chunk', '5\r\nabc'],
    ['has a longer chunk than announced', '2\r\nabc\r\n0\r\n\r\n'],
    ['goes on after its end', '0\r\n\r\nmore'],
    ['is not chunked', 'plain bytes\r\n'],
  ])('refuses a body that %s', async ([, body]) => {
    await expect(decode(Buffer.from(body ?? ''))).rejects.toMatchObject({ code: 'IncompleteBody' })
  })
})

async function decode(
  body: Buffer,
  signing?: ChunkSigning,
  trailers: Trailers = new Map(),
  pieceSize = 1000,
): Promise<string> {
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < body.length; at += pieceSize) yield body.subarray(at, at + pieceSize)
  }
  return Buffer.concat(await Array.fromAsync(decodeAwsChunked(pieces(), trailers, signing))).toString()
}
