import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3'
import { expect } from 'vitest'
import { noise, refusal, type S3Namespace, type S3Row } from './s3-row.ts'

export const ODD_KEYS = [
  'a&b<c>"d\'e',
  'with space  and   more',
  'plus+plus',
  'percent%20%',
  'ünï/日本/ไทย/😀',
  'q?a=b#c',
  "~!*'();:@$,[]=",
  'back\\slash',
  'dots/../and/./more',
  'double//slash/',
]

export const objectRows: readonly S3Row[] = [
  {
    title: 'gets back what was put, byte for byte',
    async run(s3) {
      const bytes = noise(300_001)
      await put(s3, 'noise', bytes)

      expect(Buffer.compare(await getBytes(s3, 'noise'), bytes)).toBe(0)
    },
  },
  {
    title: 'keeps an empty object',
    async run(s3) {
      await put(s3, 'empty', '')

      expect(await getText(s3, 'empty')).toBe('')
      expect(await head(s3, 'empty')).toMatchObject({ ContentLength: 0 })
    },
  },
  {
    title: 'answers the MD5 of the bytes as a quoted ETag, on put, get and head',
    async run(s3) {
      const etag = `"${createHash('md5').update('hello').digest('hex')}"`

      expect(await put(s3, 'hello', 'hello')).toMatchObject({ ETag: etag })
      expect(await get(s3, 'hello')).toMatchObject({ ETag: etag })
      expect(await head(s3, 'hello')).toMatchObject({ ETag: etag })
    },
  },
  {
    title: 'replaces an object',
    async run(s3) {
      await put(s3, 'twice', 'the first, which is longer', { Metadata: { first: 'yes' } })
      await put(s3, 'twice', 'the second')

      expect(await getText(s3, 'twice')).toBe('the second')
      expect((await head(s3, 'twice')).Metadata).toEqual({})
    },
  },
  {
    title: 'keeps content headers and user metadata',
    async run(s3) {
      const kept = {
        ContentType: 'application/x-ndjson',
        ContentEncoding: 'gzip',
        ContentDisposition: 'attachment; filename="a.json"',
        ContentLanguage: 'es',
        CacheControl: 'no-store',
        Metadata: { 'run-id': '0199-abc', scn: '123456789' },
      }
      await put(s3, 'described', 'x', kept)

      expect(await get(s3, 'described')).toMatchObject(kept)
      expect(await head(s3, 'described')).toMatchObject(kept)
    },
  },
  {
    title: 'tells when an object was last modified',
    async run(s3) {
      await put(s3, 'dated', 'x')
      const { LastModified } = await head(s3, 'dated')

      expect(Math.abs(Date.now() - (LastModified?.getTime() ?? 0))).toBeLessThan(15 * 60_000)
    },
  },
  {
    title: 'answers 404 for a missing object, on get and on head',
    async run(s3) {
      expect(await refusal(get(s3, 'missing'))).toEqual({ code: 'NoSuchKey', status: 404 })
      expect(await refusal(head(s3, 'missing'))).toEqual({ code: 'NotFound', status: 404 })
    },
  },
  {
    title: 'deletes an object, and a missing one without an error',
    async run(s3) {
      await put(s3, 'gone', 'x')
      const command = new DeleteObjectCommand({ Bucket: s3.bucket, Key: s3.key('gone') })
      await s3.client.send(command)
      await s3.client.send(command)

      expect(await refusal(get(s3, 'gone'))).toEqual({ code: 'NoSuchKey', status: 404 })
    },
  },
  ...ODD_KEYS.map((name) => ({
    title: `keeps the key ${JSON.stringify(name)}`,
    async run(s3: S3Namespace) {
      await put(s3, name, `bytes of ${name}`)

      expect(await getText(s3, name)).toBe(`bytes of ${name}`)
      await s3.client.send(new DeleteObjectCommand({ Bucket: s3.bucket, Key: s3.key(name) }))
      expect(await refusal(get(s3, name))).toMatchObject({ status: 404 })
    },
  })),
  {
    title: 'keeps x and x/y side by side',
    async run(s3) {
      await put(s3, 'x', 'file')
      await put(s3, 'x/y', 'below')

      expect([await getText(s3, 'x'), await getText(s3, 'x/y')]).toEqual(['file', 'below'])
    },
  },
  {
    title: 'refuses a key of more than 1024 bytes',
    async run(s3) {
      const name = 'k'.repeat(1025 - s3.prefix.length)

      expect(await refusal(put(s3, name, 'x'))).toEqual({ code: 'KeyTooLongError', status: 400 })
    },
  },
  {
    title: 'refuses user metadata of more than 2 KB',
    async run(s3) {
      const call = put(s3, 'heavy', 'x', { Metadata: { big: 'm'.repeat(2050) } })

      expect(await refusal(call)).toEqual({ code: 'MetadataTooLarge', status: 400 })
    },
  },
  {
    title: 'answers with other content headers where the request asks for them',
    async run(s3) {
      await put(s3, 'page', 'x', { ContentType: 'text/plain' })
      const answer = await s3.client.send(
        new GetObjectCommand({ Bucket: s3.bucket, Key: s3.key('page'), ResponseContentType: 'text/html' }),
      )

      expect(answer.ContentType).toBe('text/html')
    },
  },
  {
    title: 'takes a stream of known length, with its checksum in the trailer',
    async run(s3) {
      const bytes = noise(200_000)
      const body = Readable.from([bytes.subarray(0, 90_000), bytes.subarray(90_000)])
      const answer = await put(s3, 'stream', body, { ContentLength: bytes.length })

      expect(answer.ChecksumCRC32).toBeTypeOf('string')
      expect(Buffer.compare(await getBytes(s3, 'stream'), bytes)).toBe(0)
    },
  },
  {
    title: 'does not take aws-chunked for an encoding of the object',
    async run(s3) {
      const body = (): Readable => Readable.from([Buffer.from('abc')])
      await put(s3, 'plain', body(), { ContentLength: 3 })
      await put(s3, 'gzip', body(), { ContentLength: 3, ContentEncoding: 'gzip' })

      expect((await head(s3, 'plain')).ContentEncoding).toBeUndefined()
      expect((await head(s3, 'gzip')).ContentEncoding).toBe('gzip')
    },
  },
  {
    title: 'deletes many objects at once, missing and odd ones too',
    async run(s3) {
      const names = ['one', 'two', ...ODD_KEYS]
      for (const name of names) await put(s3, name, 'x')
      const { Deleted = [], Errors = [] } = await s3.client.send(
        new DeleteObjectsCommand({
          Bucket: s3.bucket,
          Delete: { Objects: [...names, 'missing'].map((name) => ({ Key: s3.key(name) })) },
        }),
      )

      expect(Errors).toEqual([])
      expect(Deleted.map(({ Key }) => Key)).toEqual([...names, 'missing'].map(s3.key))
      expect(await refusal(get(s3, 'one'))).toMatchObject({ status: 404 })
    },
  },
  {
    title: 'deletes many objects quietly',
    async run(s3) {
      await put(s3, 'one', 'x')
      const answer = await s3.client.send(
        new DeleteObjectsCommand({
          Bucket: s3.bucket,
          Delete: { Quiet: true, Objects: [{ Key: s3.key('one') }] },
        }),
      )

      expect(answer.Deleted ?? []).toEqual([])
      expect(await refusal(get(s3, 'one'))).toMatchObject({ status: 404 })
    },
  },
]

export function put(
  s3: S3Namespace,
  name: string,
  body: NonNullable<PutObjectCommandInput['Body']>,
  more: Partial<PutObjectCommandInput> = {},
) {
  return s3.client.send(new PutObjectCommand({ Bucket: s3.bucket, Key: s3.key(name), Body: body, ...more }))
}

export function get(s3: S3Namespace, name: string) {
  return s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: s3.key(name) }))
}

export function head(s3: S3Namespace, name: string) {
  return s3.client.send(
    new HeadObjectCommand({ Bucket: s3.bucket, Key: s3.key(name), ChecksumMode: 'ENABLED' }),
  )
}

export async function getBytes(s3: S3Namespace, name: string): Promise<Buffer> {
  return Buffer.from((await (await get(s3, name)).Body?.transformToByteArray()) ?? [])
}

export async function getText(s3: S3Namespace, name: string): Promise<string> {
  return (await getBytes(s3, name)).toString('utf8')
}
