import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { type CompletedPart, CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3'
import { expect } from 'vitest'
import { complete, type Uploaded } from './multipart-rows.ts'
import { getBytes, head } from './object-rows.ts'
import { noise, refusal, type S3Namespace, type S3Row } from './s3-row.ts'

const BYTES = noise(5 * 1024 ** 2 + 1000)
const PARTS = [BYTES.subarray(0, 5 * 1024 ** 2), BYTES.subarray(5 * 1024 ** 2)]

export const multipartChecksumRows: readonly S3Row[] = [
  {
    title: 'composes the checksum of an upload out of those of its parts',
    async run(s3) {
      const upload = await uploadChecked(s3, 'composite', { ChecksumAlgorithm: 'CRC32' })
      const expected = `${crcOf(Buffer.concat(PARTS.map((part) => Buffer.from(crcOf(part), 'base64'))))}-2`

      expect(upload.parts.map(({ ChecksumCRC32 }) => ChecksumCRC32)).toEqual(PARTS.map(crcOf))
      expect(await complete(s3, 'composite', upload)).toMatchObject({ ChecksumCRC32: expected })
      expect(await head(s3, 'composite')).toMatchObject({
        ChecksumCRC32: expected,
        ChecksumType: 'COMPOSITE',
      })
      expect(Buffer.compare(await getBytes(s3, 'composite'), BYTES)).toBe(0)
    },
  },
  {
    title: 'composes a SHA-256 out of those of the parts',
    async run(s3) {
      const upload = await uploadChecked(s3, 'sha', { ChecksumAlgorithm: 'SHA256' })
      const digests = PARTS.map((part) => createHash('sha256').update(part).digest())
      const expected = `${createHash('sha256').update(Buffer.concat(digests)).digest('base64')}-2`

      expect(await complete(s3, 'sha', upload)).toMatchObject({ ChecksumSHA256: expected })
    },
  },
  {
    title: 'computes the CRC32 of a whole upload if asked for FULL_OBJECT',
    async run(s3) {
      const upload = await uploadChecked(s3, 'full', {
        ChecksumAlgorithm: 'CRC32',
        ChecksumType: 'FULL_OBJECT',
      })

      expect(await complete(s3, 'full', upload, { ChecksumType: 'FULL_OBJECT' })).toMatchObject({
        ChecksumCRC32: crcOf(BYTES),
      })
      expect(await head(s3, 'full')).toMatchObject({
        ChecksumCRC32: crcOf(BYTES),
        ChecksumType: 'FULL_OBJECT',
      })
      // The SDK checks the whole answer against it.
      expect(Buffer.compare(await getBytes(s3, 'full'), BYTES)).toBe(0)
    },
  },
  {
    title: 'computes the CRC64NVME of a whole upload',
    async run(s3) {
      const upload = await uploadChecked(s3, 'nvme', { ChecksumAlgorithm: 'CRC64NVME' })
      await complete(s3, 'nvme', upload)

      expect(await head(s3, 'nvme')).toMatchObject({ ChecksumType: 'FULL_OBJECT' })
      expect(Buffer.compare(await getBytes(s3, 'nvme'), BYTES)).toBe(0)
    },
  },
  {
    title: 'refuses to complete with another whole checksum than the computed one',
    async run(s3) {
      const upload = await uploadChecked(s3, 'claimed', {
        ChecksumAlgorithm: 'CRC32',
        ChecksumType: 'FULL_OBJECT',
      })
      const wrong = { ChecksumType: 'FULL_OBJECT', ChecksumCRC32: crcOf(PARTS[0] as Buffer) }

      expect(await refusal(complete(s3, 'claimed', upload, wrong))).toMatchObject({
        code: 'BadDigest',
        status: 400,
      })
      await complete(s3, 'claimed', upload, { ChecksumType: 'FULL_OBJECT', ChecksumCRC32: crcOf(BYTES) })
    },
  },
  {
    title: 'refuses a part with a wrong checksum',
    async run(s3) {
      const { UploadId } = await s3.client.send(
        new CreateMultipartUploadCommand({
          Bucket: s3.bucket,
          Key: s3.key('bad'),
          ChecksumAlgorithm: 'CRC32',
        }),
      )
      const part = new UploadPartCommand({
        Bucket: s3.bucket,
        Key: s3.key('bad'),
        UploadId,
        PartNumber: 1,
        Body: 'some bytes',
        ChecksumCRC32: crcOf(Buffer.from('other bytes')),
      })

      expect(await refusal(s3.client.send(part))).toEqual({
        code: expect.stringMatching(/^(BadDigest|XAmzContentChecksumMismatch)$/),
        status: 400,
      })
    },
  },
  {
    title: 'refuses to complete a composite checksum without those of the parts',
    async run(s3) {
      const { uploadId, parts } = await uploadChecked(s3, 'bare', { ChecksumAlgorithm: 'CRC32' })
      const bare = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }))

      expect(await refusal(complete(s3, 'bare', { uploadId, parts: bare }))).toEqual({
        code: 'InvalidRequest',
        status: 400,
      })
    },
  },
  {
    title: 'refuses to complete with another checksum of a part than the uploaded one',
    async run(s3) {
      const { uploadId, parts } = await uploadChecked(s3, 'swapped', { ChecksumAlgorithm: 'CRC32' })
      const swapped = parts.map((part) => ({ ...part, ChecksumCRC32: crcOf(Buffer.from('other')) }))

      expect(await refusal(complete(s3, 'swapped', { uploadId, parts: swapped }))).toMatchObject({
        status: 400,
      })
    },
  },
  {
    title: 'refuses a part with another kind of checksum than the upload',
    async run(s3) {
      const { UploadId } = await s3.client.send(
        new CreateMultipartUploadCommand({
          Bucket: s3.bucket,
          Key: s3.key('kind'),
          ChecksumAlgorithm: 'SHA256',
        }),
      )
      const part = new UploadPartCommand({
        Bucket: s3.bucket,
        Key: s3.key('kind'),
        UploadId,
        PartNumber: 1,
        Body: 'x',
        ChecksumAlgorithm: 'CRC32',
      })

      expect(await refusal(s3.client.send(part))).toEqual({ code: 'InvalidRequest', status: 400 })
    },
  },
]

type Checks = Pick<
  ConstructorParameters<typeof CreateMultipartUploadCommand>[0],
  'ChecksumAlgorithm' | 'ChecksumType'
>

async function uploadChecked(s3: S3Namespace, name: string, checks: Checks): Promise<Uploaded> {
  const target = { Bucket: s3.bucket, Key: s3.key(name) }
  const { UploadId = '' } = await s3.client.send(new CreateMultipartUploadCommand({ ...target, ...checks }))
  const parts: CompletedPart[] = []
  for (const [index, Body] of PARTS.entries()) {
    const { ETag, ChecksumCRC32, ChecksumSHA256, ChecksumCRC64NVME } = await s3.client.send(
      new UploadPartCommand({
        ...target,
        UploadId,
        PartNumber: index + 1,
        Body,
        ChecksumAlgorithm: checks.ChecksumAlgorithm,
      }),
    )
    parts.push({ PartNumber: index + 1, ETag, ChecksumCRC32, ChecksumSHA256, ChecksumCRC64NVME })
  }
  return { uploadId: UploadId, parts }
}

function crcOf(bytes: Buffer): string {
  return Buffer.from(crc32(bytes).toString(16).padStart(8, '0'), 'hex').toString('base64')
}
