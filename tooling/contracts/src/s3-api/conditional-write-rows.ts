import {
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  DeleteObjectCommand,
  DeleteObjectsCommand,
} from '@aws-sdk/client-s3'
import { expect } from 'vitest'
import { uploadParts } from './multipart-rows.ts'
import { get, getText, put } from './object-rows.ts'
import { refusal, type S3Namespace, type S3Row } from './s3-row.ts'

const PRECONDITION_FAILED = { code: 'PreconditionFailed', status: 412 }
const OTHER_ETAG = '"00000000000000000000000000000000"'
const WRITERS = 10

export const conditionalWriteRows: readonly S3Row[] = [
  {
    title: 'puts with If-None-Match only where nothing is',
    async run(s3) {
      await put(s3, 'once', 'first', { IfNoneMatch: '*' })

      expect(await refusal(put(s3, 'once', 'second', { IfNoneMatch: '*' }))).toEqual(PRECONDITION_FAILED)
      expect(await getText(s3, 'once')).toBe('first')
    },
  },
  {
    title: 'puts with If-None-Match again after a delete',
    async run(s3) {
      await put(s3, 'once', 'first', { IfNoneMatch: '*' })
      await s3.client.send(new DeleteObjectCommand({ Bucket: s3.bucket, Key: s3.key('once') }))
      await put(s3, 'once', 'second', { IfNoneMatch: '*' })

      expect(await getText(s3, 'once')).toBe('second')
    },
  },
  {
    title: 'puts with If-Match only over the object of that ETag',
    async run(s3) {
      const first = await put(s3, 'chain', 'first')
      const second = await put(s3, 'chain', 'second', { IfMatch: first.ETag })

      expect(await refusal(put(s3, 'chain', 'third', { IfMatch: first.ETag }))).toEqual(PRECONDITION_FAILED)
      expect(await getText(s3, 'chain')).toBe('second')
      await put(s3, 'chain', 'third', { IfMatch: second.ETag })
      expect(await getText(s3, 'chain')).toBe('third')
    },
  },
  {
    title: 'answers 404 to a put with If-Match over nothing',
    async run(s3) {
      expect(await refusal(put(s3, 'nothing', 'x', { IfMatch: OTHER_ETAG }))).toEqual({
        code: 'NoSuchKey',
        status: 404,
      })
      expect(await refusal(get(s3, 'nothing'))).toMatchObject({ status: 404 })
    },
  },
  {
    title: 'lets one of ten racing puts with If-None-Match win',
    async run(s3) {
      const winners = await race((writer) => put(s3, 'race', `writer ${writer}`, { IfNoneMatch: '*' }))

      expect(winners).toHaveLength(1)
      expect(await getText(s3, 'race')).toBe(`writer ${winners[0]}`)
    },
  },
  {
    title: 'lets one of ten racing puts with If-Match win',
    async run(s3) {
      const { ETag } = await put(s3, 'race', 'before')
      const winners = await race((writer) => put(s3, 'race', `writer ${writer}`, { IfMatch: ETag }))

      expect(winners).toHaveLength(1)
      expect(await getText(s3, 'race')).toBe(`writer ${winners[0]}`)
    },
  },
  {
    title: 'completes an upload with If-None-Match only where nothing is',
    async run(s3) {
      await complete(s3, 'once', 'first', { IfNoneMatch: '*' })

      expect(await refusal(complete(s3, 'once', 'second', { IfNoneMatch: '*' }))).toEqual(PRECONDITION_FAILED)
      expect(await getText(s3, 'once')).toBe('first')
    },
  },
  {
    title: 'completes an upload with If-Match only over the object of that ETag',
    async run(s3) {
      const first = await put(s3, 'chain', 'first')
      const second = await complete(s3, 'chain', 'second', { IfMatch: first.ETag })

      expect(await refusal(complete(s3, 'chain', 'third', { IfMatch: first.ETag }))).toEqual(
        PRECONDITION_FAILED,
      )
      expect(await getText(s3, 'chain')).toBe('second')
      await complete(s3, 'chain', 'third', { IfMatch: second.ETag })
      expect(await getText(s3, 'chain')).toBe('third')
    },
  },
  {
    title: 'lets one of ten racing completions with If-None-Match win',
    async run(s3) {
      const winners = await race((writer) => complete(s3, 'race', `writer ${writer}`, { IfNoneMatch: '*' }))

      expect(winners).toHaveLength(1)
      expect(await getText(s3, 'race')).toBe(`writer ${winners[0]}`)
    },
  },
  {
    title: 'deletes with If-Match only the object of that ETag',
    async run(s3) {
      const { ETag } = await put(s3, 'lock', 'mine')
      const remove = (IfMatch: string | undefined) =>
        s3.client.send(new DeleteObjectCommand({ Bucket: s3.bucket, Key: s3.key('lock'), IfMatch }))

      expect(await refusal(remove(OTHER_ETAG))).toEqual(PRECONDITION_FAILED)
      expect(await getText(s3, 'lock')).toBe('mine')
      await remove(ETag)
      expect(await refusal(get(s3, 'lock'))).toMatchObject({ status: 404 })
    },
  },
  {
    title: 'deletes many, each only if it has the ETag given',
    async run(s3) {
      const { ETag } = await put(s3, 'right', 'x')
      await put(s3, 'stale', 'y')
      const { Deleted = [], Errors = [] } = await s3.client.send(
        new DeleteObjectsCommand({
          Bucket: s3.bucket,
          Delete: {
            Objects: [
              { Key: s3.key('right'), ETag },
              { Key: s3.key('stale'), ETag: OTHER_ETAG },
            ],
          },
        }),
      )

      expect(Deleted).toMatchObject([{ Key: s3.key('right') }])
      expect(Errors).toMatchObject([{ Key: s3.key('stale'), Code: 'PreconditionFailed' }])
      expect(await getText(s3, 'stale')).toBe('y')
    },
  },
]

async function complete(
  s3: S3Namespace,
  name: string,
  text: string,
  more: Partial<CompleteMultipartUploadCommandInput>,
) {
  const { uploadId, parts } = await uploadParts(s3, name, [Buffer.from(text)])
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

// S3 answers the losers with 412, or with 409 where their requests overlapped the winner's.
async function race(write: (writer: number) => Promise<unknown>): Promise<number[]> {
  const outcomes = await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      try {
        await write(writer)
        return 200
      } catch (error) {
        return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
      }
    }),
  )
  expect(outcomes.filter((status) => status !== 200 && status !== 412 && status !== 409)).toEqual([])
  return outcomes.flatMap((status, writer) => (status === 200 ? [writer] : []))
}
