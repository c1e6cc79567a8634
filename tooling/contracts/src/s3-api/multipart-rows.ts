import { createHash } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { expect } from 'vitest'
import { get, getBytes, getText, head, put } from './object-rows.ts'
import { noise, refusal, type S3Namespace, type S3Row } from './s3-row.ts'

const MB = 1024 ** 2

export const multipartRows: readonly S3Row[] = [
  {
    title: 'assembles 50 MB out of parts, with an ETag over the parts',
    async run(s3) {
      const bytes = noise(50 * MB)
      const parts = Array.from({ length: 7 }, (_, index) =>
        bytes.subarray(index * 8 * MB, (index + 1) * 8 * MB),
      )
      const upload = await uploadParts(s3, 'big', parts)
      const { ETag } = await complete(s3, 'big', upload)

      const digests = parts.map((part) => createHash('md5').update(part).digest())
      const expected = `"${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-7"`
      expect(ETag).toBe(expected)
      expect(await head(s3, 'big')).toMatchObject({ ETag: expected, ContentLength: bytes.length })
      expect(Buffer.compare(await getBytes(s3, 'big'), bytes)).toBe(0)
    },
  },
  {
    title: 'reads a range across parts',
    async run(s3) {
      const bytes = noise(5 * MB + 100)
      const upload = await uploadParts(s3, 'two', [bytes.subarray(0, 5 * MB), bytes.subarray(5 * MB)])
      await complete(s3, 'two', upload)
      const answer = await s3.client.send(
        new GetObjectCommand({
          Bucket: s3.bucket,
          Key: s3.key('two'),
          Range: `bytes=${5 * MB - 10}-${5 * MB + 9}`,
        }),
      )

      expect(Buffer.from((await answer.Body?.transformToByteArray()) ?? [])).toEqual(
        bytes.subarray(5 * MB - 10, 5 * MB + 10),
      )
    },
  },
  {
    title: 'keeps the headers and metadata given when the upload began',
    async run(s3) {
      const upload = await uploadParts(s3, 'described', [Buffer.from('x')], {
        ContentType: 'application/json',
        Metadata: { run: '42' },
      })
      await complete(s3, 'described', upload)

      expect(await head(s3, 'described')).toMatchObject({
        ContentType: 'application/json',
        Metadata: { run: '42' },
      })
    },
  },
  {
    title: 'shows nothing of an upload before it is complete',
    async run(s3) {
      await put(s3, 'hidden', 'old')
      const upload = await uploadParts(s3, 'hidden', [Buffer.from('new')])

      expect(await getText(s3, 'hidden')).toBe('old')
      await complete(s3, 'hidden', upload)
      expect(await getText(s3, 'hidden')).toBe('new')
    },
  },
  {
    title: 'takes the last upload of a part number',
    async run(s3) {
      const { uploadId } = await uploadParts(s3, 'again', [Buffer.from('first try')])
      const again = await uploadPart(s3, 'again', uploadId, 1, Buffer.from('second try'))
      await complete(s3, 'again', { uploadId, parts: [again] })

      expect(await getText(s3, 'again')).toBe('second try')
    },
  },
  {
    title: 'lists the parts of an upload, page by page',
    async run(s3) {
      const { uploadId, parts } = await uploadParts(s3, 'listed', ['one', 'two', 'three'].map(Buffer.from))
      // Not with the SDK's paginator, which never ends: S3 answers a next marker on the last page too.
      const list = (PartNumberMarker?: string) =>
        s3.client.send(
          new ListPartsCommand({
            Bucket: s3.bucket,
            Key: s3.key('listed'),
            UploadId: uploadId,
            MaxParts: 2,
            PartNumberMarker,
          }),
        )
      const first = await list()
      const second = await list(first.NextPartNumberMarker)
      const listed = [...(first.Parts ?? []), ...(second.Parts ?? [])]

      expect([first.IsTruncated, second.IsTruncated]).toEqual([true, false])
      expect(listed.map(({ PartNumber, ETag, Size }) => ({ PartNumber, ETag, Size }))).toEqual([
        { PartNumber: 1, ETag: parts[0]?.ETag, Size: 3 },
        { PartNumber: 2, ETag: parts[1]?.ETag, Size: 3 },
        { PartNumber: 3, ETag: parts[2]?.ETag, Size: 5 },
      ])
    },
  },
  {
    title: 'lists the uploads under a prefix, page by page',
    async run(s3) {
      const uploads = [
        await uploadParts(s3, 'wanted/a', []),
        await uploadParts(s3, 'wanted/b', []),
        await uploadParts(s3, 'wanted/b', []),
        await uploadParts(s3, 'other/c', []),
      ]
      const list = (more: object) =>
        s3.client.send(
          new ListMultipartUploadsCommand({
            Bucket: s3.bucket,
            Prefix: s3.key('wanted/'),
            MaxUploads: 2,
            ...more,
          }),
        )
      const first = await list({})
      const second = await list({ KeyMarker: first.NextKeyMarker, UploadIdMarker: first.NextUploadIdMarker })

      expect(first.IsTruncated).toBe(true)
      expect(second.IsTruncated ?? false).toBe(false)
      const listed = [...(first.Uploads ?? []), ...(second.Uploads ?? [])]
      expect(listed.map(({ Key }) => Key)).toEqual(['wanted/a', 'wanted/b', 'wanted/b'].map(s3.key))
      expect(listed.map(({ UploadId }) => UploadId).sort()).toEqual(
        uploads
          .slice(0, 3)
          .map(({ uploadId }) => uploadId)
          .sort(),
      )
    },
  },
  {
    title: 'aborts an upload, which leaves nothing behind',
    async run(s3) {
      const upload = await uploadParts(s3, 'aborted', [Buffer.from('x')])
      const input = { Bucket: s3.bucket, Key: s3.key('aborted'), UploadId: upload.uploadId }
      await s3.client.send(new AbortMultipartUploadCommand(input))

      const gone = { code: 'NoSuchUpload', status: 404 }
      expect(await refusal(s3.client.send(new ListPartsCommand(input)))).toEqual(gone)
      expect(await refusal(complete(s3, 'aborted', upload))).toEqual(gone)
      expect(await refusal(uploadPart(s3, 'aborted', upload.uploadId, 2, Buffer.from('y')))).toEqual(gone)
      expect(await refusal(get(s3, 'aborted'))).toMatchObject({ status: 404 })
    },
  },
  {
    title: 'refuses to complete with a part that was not uploaded, or with another ETag',
    async run(s3) {
      const { uploadId, parts } = await uploadParts(s3, 'wrong', [Buffer.from('x')])
      const invalid = { code: 'InvalidPart', status: 400 }
      const missing: CompletedPart[] = [{ PartNumber: 2, ETag: parts[0]?.ETag }]
      const other: CompletedPart[] = [{ PartNumber: 1, ETag: '"00000000000000000000000000000000"' }]

      expect(await refusal(complete(s3, 'wrong', { uploadId, parts: missing }))).toEqual(invalid)
      expect(await refusal(complete(s3, 'wrong', { uploadId, parts: other }))).toEqual(invalid)
      expect(await refusal(get(s3, 'wrong'))).toMatchObject({ status: 404 })
    },
  },
  {
    title: 'refuses parts out of order',
    async run(s3) {
      const { uploadId, parts } = await uploadParts(s3, 'order', [Buffer.alloc(5 * MB), Buffer.from('x')])

      expect(await refusal(complete(s3, 'order', { uploadId, parts: parts.toReversed() }))).toEqual({
        code: 'InvalidPartOrder',
        status: 400,
      })
    },
  },
  {
    title: 'refuses a part below 5 MB that is not the last',
    async run(s3) {
      const upload = await uploadParts(s3, 'small', [Buffer.alloc(5 * MB - 1), Buffer.from('x')])

      expect(await refusal(complete(s3, 'small', upload))).toEqual({ code: 'EntityTooSmall', status: 400 })
    },
  },
  {
    title: 'refuses part numbers outside 1 to 10000',
    async run(s3) {
      const { uploadId } = await uploadParts(s3, 'numbers', [])

      for (const partNumber of [0, 10_001]) {
        expect(await refusal(uploadPart(s3, 'numbers', uploadId, partNumber, Buffer.from('x')))).toEqual({
          code: 'InvalidArgument',
          status: 400,
        })
      }
    },
  },
  {
    title: 'answers 404 to an upload id that does not exist',
    async run(s3) {
      const gone = { code: 'NoSuchUpload', status: 404 }

      expect(await refusal(uploadPart(s3, 'none', 'no-such-upload', 1, Buffer.from('x')))).toEqual(gone)
      const parts = [{ PartNumber: 1, ETag: '"00000000000000000000000000000000"' }]
      expect(await refusal(complete(s3, 'none', { uploadId: 'no-such-upload', parts }))).toEqual(gone)
    },
  },
  {
    title: 'copies an object, and a range of one, into parts',
    async run(s3) {
      const bytes = noise(6 * MB)
      await put(s3, 'source', bytes)
      const { uploadId } = await uploadParts(s3, 'copied', [])
      const copyPart = async (partNumber: number, range?: string): Promise<CompletedPart> => {
        const { CopyPartResult } = await s3.client.send(
          new UploadPartCopyCommand({
            Bucket: s3.bucket,
            Key: s3.key('copied'),
            UploadId: uploadId,
            PartNumber: partNumber,
            CopySource: `${s3.bucket}/${s3.key('source')}`,
            CopySourceRange: range,
          }),
        )
        return { PartNumber: partNumber, ETag: CopyPartResult?.ETag }
      }
      await complete(s3, 'copied', {
        uploadId,
        parts: [await copyPart(1), await copyPart(2, 'bytes=10-5242889')],
      })

      const expected = Buffer.concat([bytes, bytes.subarray(10, 5_242_890)])
      expect(Buffer.compare(await getBytes(s3, 'copied'), expected)).toBe(0)
    },
  },
  {
    title: 'gets one part, and says how many there are',
    async run(s3) {
      const upload = await uploadParts(s3, 'parts', [Buffer.alloc(5 * MB, 'a'), Buffer.from('the end')])
      await complete(s3, 'parts', upload)
      const answer = await s3.client.send(
        new GetObjectCommand({ Bucket: s3.bucket, Key: s3.key('parts'), PartNumber: 2 }),
      )

      expect(await answer.Body?.transformToString()).toBe('the end')
      expect(answer.PartsCount).toBe(2)
    },
  },
]

export interface Uploaded {
  readonly uploadId: string
  readonly parts: CompletedPart[]
}

/** Begins an upload and uploads these parts, without completing it. */
export async function uploadParts(
  s3: S3Namespace,
  name: string,
  bodies: readonly Buffer[],
  more: Partial<CreateMultipartUploadCommandInput> = {},
): Promise<Uploaded> {
  const { UploadId = '' } = await s3.client.send(
    new CreateMultipartUploadCommand({ Bucket: s3.bucket, Key: s3.key(name), ...more }),
  )
  const parts: CompletedPart[] = []
  for (const [index, body] of bodies.entries()) {
    parts.push(await uploadPart(s3, name, UploadId, index + 1, body))
  }
  return { uploadId: UploadId, parts }
}

export function complete(s3: S3Namespace, name: string, { uploadId, parts }: Uploaded, more: object = {}) {
  return s3.client.send(
    new CompleteMultipartUploadCommand({
      Bucket: s3.bucket,
      Key: s3.key(name),
      UploadId: uploadId,
      MultipartUpload: { Parts: parts },
      ...more,
    }),
  )
}

async function uploadPart(
  s3: S3Namespace,
  name: string,
  uploadId: string,
  partNumber: number,
  body: Buffer,
): Promise<CompletedPart> {
  const { ETag } = await s3.client.send(
    new UploadPartCommand({
      Bucket: s3.bucket,
      Key: s3.key(name),
      UploadId: uploadId,
      PartNumber: partNumber,
      Body: body,
    }),
  )
  return { PartNumber: partNumber, ETag }
}
