import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { type ChecksumAlgorithm, GetObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3'
import { expect } from 'vitest'
import { get, getText, head, put } from './object-rows.ts'
import { sendSigned, sha256, unsignedChunks } from './raw-request.ts'
import { noise, refusal, type S3Row } from './s3-row.ts'

// Published check values: every one is the checksum of these nine bytes.
const CHECKED_TEXT = '123456789'
const CHECK_VALUES = {
  CRC32: 'cbf43926',
  CRC32C: 'e3069283',
  CRC64NVME: 'ae8b14860a799888',
  SHA1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
  SHA256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
} as const satisfies Partial<Record<ChecksumAlgorithm, string>>

const ALGORITHMS = Object.keys(CHECK_VALUES) as (keyof typeof CHECK_VALUES)[]

function checksumInput(algorithm: keyof typeof CHECK_VALUES, value: string): Partial<PutObjectCommandInput> {
  return { [`Checksum${algorithm}`]: value }
}

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64')
}

const WRONG_CHECKSUM = {
  code: expect.stringMatching(/^(BadDigest|XAmzContentChecksumMismatch)$/),
  status: 400,
}

export const checksumRows: readonly S3Row[] = [
  ...ALGORITHMS.map(
    (algorithm): S3Row => ({
      title: `stores the ${algorithm} that the SDK computes, and answers with it`,
      async run(s3) {
        const field = `Checksum${algorithm}`
        const expected = { [field]: base64(CHECK_VALUES[algorithm]), ChecksumType: 'FULL_OBJECT' }

        expect(await put(s3, 'checked', CHECKED_TEXT, { ChecksumAlgorithm: algorithm })).toMatchObject({
          [field]: base64(CHECK_VALUES[algorithm]),
        })
        expect(await head(s3, 'checked')).toMatchObject(expected)
        expect(await getText(s3, 'checked')).toBe(CHECKED_TEXT)
      },
    }),
  ),
  ...ALGORITHMS.map(
    (algorithm): S3Row => ({
      title: `refuses a wrong ${algorithm} and stores nothing`,
      async run(s3) {
        const wrong = base64('0'.repeat(CHECK_VALUES[algorithm].length))

        expect(await refusal(put(s3, 'wrong', CHECKED_TEXT, checksumInput(algorithm, wrong)))).toEqual(
          WRONG_CHECKSUM,
        )
        expect(await refusal(get(s3, 'wrong'))).toMatchObject({ status: 404 })
      },
    }),
  ),
  {
    title: 'adds a CRC32 without being asked, as the SDK does by default',
    async run(s3) {
      await put(s3, 'default', CHECKED_TEXT)

      expect(await head(s3, 'default')).toMatchObject({ ChecksumCRC32: base64(CHECK_VALUES.CRC32) })
    },
  },
  {
    title: 'answers with a checksum only if asked for it',
    async run(s3) {
      await put(s3, 'quiet', CHECKED_TEXT)
      const client = s3.clientWith({ responseChecksumValidation: 'WHEN_REQUIRED' })
      const answer = await client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: s3.key('quiet') }))

      expect(answer.ChecksumCRC32).toBeUndefined()
      expect(await answer.Body?.transformToString()).toBe(CHECKED_TEXT)
    },
  },
  {
    title: 'checks Content-MD5',
    async run(s3) {
      const right = createHash('md5').update(CHECKED_TEXT).digest('base64')
      const wrong = createHash('md5').update('other').digest('base64')

      await put(s3, 'right', CHECKED_TEXT, { ContentMD5: right })
      expect(await refusal(put(s3, 'wrong', CHECKED_TEXT, { ContentMD5: wrong }))).toEqual({
        code: 'BadDigest',
        status: 400,
      })
      expect(await refusal(put(s3, 'wrong', CHECKED_TEXT, { ContentMD5: 'bm90IGFuIG1kNQ==' }))).toEqual({
        code: 'InvalidDigest',
        status: 400,
      })
      expect(await refusal(get(s3, 'wrong'))).toMatchObject({ status: 404 })
    },
  },
  {
    title: 'refuses a body that is not the signed one',
    async run(s3) {
      const answer = await sendSigned(s3, {
        method: 'PUT',
        key: s3.key('swapped'),
        body: Buffer.from('the swapped bytes'),
        payloadHash: sha256('the signed bytes'),
      })

      expect(answer).toMatchObject({ status: 400, code: 'XAmzContentSHA256Mismatch' })
      expect(await refusal(get(s3, 'swapped'))).toMatchObject({ status: 404 })
    },
  },
  {
    title: 'takes a right checksum in the trailer of a stream, and refuses a wrong one',
    async run(s3) {
      const bytes = noise(20_000)
      const send = (name: string, crc: number) =>
        sendSigned(s3, {
          method: 'PUT',
          key: s3.key(name),
          payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
          headers: {
            'content-encoding': 'aws-chunked',
            'x-amz-decoded-content-length': String(bytes.length),
            'x-amz-trailer': 'x-amz-checksum-crc32',
          },
          body: unsignedChunks(
            [bytes.subarray(0, 9_000), bytes.subarray(9_000)],
            `x-amz-checksum-crc32:${base64(crc.toString(16).padStart(8, '0'))}`,
          ),
        })

      expect(await send('right', crc32(bytes))).toMatchObject({ status: 200 })
      expect(await send('wrong', crc32(bytes) ^ 1)).toMatchObject(WRONG_CHECKSUM)
      expect(await head(s3, 'right')).toMatchObject({ ContentLength: 20_000 })
      expect(await refusal(get(s3, 'wrong'))).toMatchObject({ status: 404 })
    },
  },
  {
    title: 'refuses a stream of another length than it announced',
    async run(s3) {
      const answer = await sendSigned(s3, {
        method: 'PUT',
        key: s3.key('short'),
        payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        headers: {
          'content-encoding': 'aws-chunked',
          'x-amz-decoded-content-length': '10',
          'x-amz-trailer': 'x-amz-checksum-crc32',
        },
        body: unsignedChunks(
          [Buffer.from(CHECKED_TEXT)],
          `x-amz-checksum-crc32:${base64(CHECK_VALUES.CRC32)}`,
        ),
      })

      expect(answer).toMatchObject({ status: 400, code: 'IncompleteBody' })
      expect(await refusal(get(s3, 'short'))).toMatchObject({ status: 404 })
    },
  },
  {
    title: 'refuses small chunks before the last one of a stream',
    async run(s3) {
      const answer = await sendSigned(s3, {
        method: 'PUT',
        key: s3.key('crumbs'),
        payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        headers: {
          'content-encoding': 'aws-chunked',
          'x-amz-decoded-content-length': '9',
          'x-amz-trailer': 'x-amz-checksum-crc32',
        },
        body: unsignedChunks(
          [Buffer.from('1234'), Buffer.from('56789')],
          `x-amz-checksum-crc32:${base64(CHECK_VALUES.CRC32)}`,
        ),
      })

      expect(answer.code).toBe('InvalidChunkSizeError')
      expect(await refusal(get(s3, 'crumbs'))).toMatchObject({ status: 404 })
    },
  },
]
