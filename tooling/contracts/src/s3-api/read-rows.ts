import { GetObjectCommand, type GetObjectCommandInput, HeadObjectCommand } from '@aws-sdk/client-s3'
import { expect } from 'vitest'
import { head, put } from './object-rows.ts'
import { refusal, type S3Namespace, type S3Row } from './s3-row.ts'

const TEXT = 'abcdefghij'
const OTHER_ETAG = '"00000000000000000000000000000000"'

const RANGES = [
  { range: 'bytes=0-3', bytes: 'abcd', contentRange: 'bytes 0-3/10' },
  { range: 'bytes=4-4', bytes: 'e', contentRange: 'bytes 4-4/10' },
  { range: 'bytes=7-', bytes: 'hij', contentRange: 'bytes 7-9/10' },
  { range: 'bytes=8-99', bytes: 'ij', contentRange: 'bytes 8-9/10' },
  { range: 'bytes=-2', bytes: 'ij', contentRange: 'bytes 8-9/10' },
  { range: 'bytes=-99', bytes: 'abcdefghij', contentRange: 'bytes 0-9/10' },
]

export const readRows: readonly S3Row[] = [
  ...RANGES.map(
    ({ range, bytes, contentRange }): S3Row => ({
      title: `answers ${range} of ten bytes with 206 and ${contentRange}`,
      async run(s3) {
        await put(s3, 'ten', TEXT)
        const answer = await getWith(s3, { Range: range })

        expect(await answer.Body?.transformToString()).toBe(bytes)
        expect(answer).toMatchObject({ ContentRange: contentRange, ContentLength: bytes.length })
        expect(answer.$metadata.httpStatusCode).toBe(206)
      },
    }),
  ),
  ...['bytes=10-', 'bytes=-0'].map(
    (range): S3Row => ({
      title: `answers 416 to ${range} of ten bytes`,
      async run(s3) {
        await put(s3, 'ten', TEXT)

        expect(await refusal(getWith(s3, { Range: range }))).toEqual({ code: 'InvalidRange', status: 416 })
      },
    }),
  ),
  {
    title: 'gets only if the ETag matches',
    async run(s3) {
      const { ETag } = await put(s3, 'ten', TEXT)

      expect(await (await getWith(s3, { IfMatch: ETag })).Body?.transformToString()).toBe(TEXT)
      expect(await refusal(getWith(s3, { IfMatch: OTHER_ETAG }))).toEqual({
        code: 'PreconditionFailed',
        status: 412,
      })
    },
  },
  {
    title: 'answers 304 to a get if the ETag still matches',
    async run(s3) {
      const { ETag } = await put(s3, 'ten', TEXT)

      expect(await refusal(getWith(s3, { IfNoneMatch: ETag }))).toMatchObject({ status: 304 })
      expect(await (await getWith(s3, { IfNoneMatch: OTHER_ETAG })).Body?.transformToString()).toBe(TEXT)
    },
  },
  {
    title: 'gets only if modified since, or unmodified since',
    async run(s3) {
      await put(s3, 'ten', TEXT)
      const modified = (await head(s3, 'ten')).LastModified?.getTime() ?? 0
      const before = new Date(modified - 3_600_000)
      const at = new Date(modified)

      expect(await refusal(getWith(s3, { IfModifiedSince: at }))).toMatchObject({ status: 304 })
      expect(await refusal(getWith(s3, { IfUnmodifiedSince: before }))).toMatchObject({ status: 412 })
      await (await getWith(s3, { IfModifiedSince: before })).Body?.transformToString()
      await (await getWith(s3, { IfUnmodifiedSince: at })).Body?.transformToString()
    },
  },
  {
    title: 'heads under the same conditions',
    async run(s3) {
      const { ETag } = await put(s3, 'ten', TEXT)
      const headWith = (more: object) =>
        s3.client.send(new HeadObjectCommand({ Bucket: s3.bucket, Key: s3.key('ten'), ...more }))

      expect(await headWith({ IfMatch: ETag })).toMatchObject({ ContentLength: 10 })
      expect(await refusal(headWith({ IfMatch: OTHER_ETAG }))).toMatchObject({ status: 412 })
      expect(await refusal(headWith({ IfNoneMatch: ETag }))).toMatchObject({ status: 304 })
      expect(await refusal(headWith({ IfUnmodifiedSince: new Date(0) }))).toMatchObject({ status: 412 })
    },
  },
]

function getWith(s3: S3Namespace, more: Partial<GetObjectCommandInput>) {
  return s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: s3.key('ten'), ...more }))
}
