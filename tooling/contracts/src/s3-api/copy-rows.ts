import { CopyObjectCommand, type CopyObjectCommandInput } from '@aws-sdk/client-s3'
import { expect } from 'vitest'
import { getText, head, put } from './object-rows.ts'
import { refusal, type S3Namespace, type S3Row } from './s3-row.ts'

export const copyRows: readonly S3Row[] = [
  {
    title: 'copies an object with its metadata',
    async run(s3) {
      await put(s3, 'source', 'the bytes', { ContentType: 'text/plain', Metadata: { kept: 'yes' } })
      const answer = await copy(s3, 'source', 'copy')

      expect(await getText(s3, 'copy')).toBe('the bytes')
      expect(await head(s3, 'copy')).toMatchObject({
        ContentType: 'text/plain',
        Metadata: { kept: 'yes' },
        ETag: answer.CopyObjectResult?.ETag,
      })
    },
  },
  {
    title: 'copies an object with other metadata',
    async run(s3) {
      await put(s3, 'source', 'the bytes', { ContentType: 'text/plain', Metadata: { kept: 'no' } })
      await copy(s3, 'source', 'copy', {
        MetadataDirective: 'REPLACE',
        ContentType: 'text/html',
        Metadata: { other: 'yes' },
      })

      expect(await head(s3, 'copy')).toMatchObject({ ContentType: 'text/html', Metadata: { other: 'yes' } })
      expect((await head(s3, 'copy')).Metadata).not.toHaveProperty('kept')
    },
  },
  {
    title: 'copies from an odd key to an odd key',
    async run(s3) {
      await put(s3, 'söurce +&%?.json', 'the bytes')
      await copy(s3, 'söurce +&%?.json', 'cöpy +&%?.json')

      expect(await getText(s3, 'cöpy +&%?.json')).toBe('the bytes')
    },
  },
  {
    title: 'copies an object onto itself only with other metadata',
    async run(s3) {
      await put(s3, 'self', 'the bytes')

      expect(await refusal(copy(s3, 'self', 'self'))).toEqual({ code: 'InvalidRequest', status: 400 })
      await copy(s3, 'self', 'self', { MetadataDirective: 'REPLACE', Metadata: { new: 'yes' } })
      expect((await head(s3, 'self')).Metadata).toEqual({ new: 'yes' })
      expect(await getText(s3, 'self')).toBe('the bytes')
    },
  },
  {
    title: 'answers 404 to a copy of a missing object',
    async run(s3) {
      expect(await refusal(copy(s3, 'missing', 'copy'))).toEqual({ code: 'NoSuchKey', status: 404 })
    },
  },
  {
    title: 'copies only a source whose ETag matches',
    async run(s3) {
      const { ETag } = await put(s3, 'source', 'the bytes')

      const stale = copy(s3, 'source', 'copy', { CopySourceIfMatch: '"00000000000000000000000000000000"' })
      expect(await refusal(stale)).toEqual({ code: 'PreconditionFailed', status: 412 })
      const same = copy(s3, 'source', 'copy', { CopySourceIfNoneMatch: ETag })
      expect(await refusal(same)).toEqual({ code: 'PreconditionFailed', status: 412 })
      await copy(s3, 'source', 'copy', { CopySourceIfMatch: ETag })
    },
  },
  {
    title: 'copies only where nothing is yet, if asked so',
    async run(s3) {
      await put(s3, 'source', 'new')
      await put(s3, 'there', 'old')

      expect(await refusal(copy(s3, 'source', 'there', { IfNoneMatch: '*' }))).toEqual({
        code: 'PreconditionFailed',
        status: 412,
      })
      expect(await getText(s3, 'there')).toBe('old')
      await copy(s3, 'source', 'elsewhere', { IfNoneMatch: '*' })
      expect(await getText(s3, 'elsewhere')).toBe('new')
    },
  },
]

function copy(s3: S3Namespace, from: string, to: string, more: Partial<CopyObjectCommandInput> = {}) {
  const source = s3.key(from).split('/').map(encodeURIComponent).join('/')
  return s3.client.send(
    new CopyObjectCommand({
      Bucket: s3.bucket,
      Key: s3.key(to),
      CopySource: `${s3.bucket}/${source}`,
      ...more,
    }),
  )
}
