import { Readable } from 'node:stream'
import {
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { startS3 } from '../src/start-s3.ts'
import { BUCKET, clientOf, failureOf, put, read } from './s3-client.ts'

const keys = [
  { accessKeyId: 'WRITER', secretAccessKey: 'one' },
  { accessKeyId: 'READER', secretAccessKey: 'two' },
] as const
const TARGET = { Bucket: BUCKET, Key: 'x' }

describe('what is not imitated is refused with 501', () => {
  test.for<[string, (client: S3Client) => Promise<unknown>]>([
    ['an operation', (client) => client.send(new GetObjectTaggingCommand(TARGET))],
    [
      'another operation',
      (client) => client.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: '{}' })),
    ],
    ['the older listing', (client) => client.send(new ListObjectsCommand({ Bucket: BUCKET }))],
    [
      'encryption',
      (client) => client.send(new PutObjectCommand({ ...TARGET, ServerSideEncryption: 'aws:kms' })),
    ],
    ['an ACL', (client) => client.send(new PutObjectCommand({ ...TARGET, ACL: 'public-read' }))],
    ['tags', (client) => client.send(new PutObjectCommand({ ...TARGET, Tagging: 'a=b' }))],
    [
      'a storage class',
      (client) => client.send(new PutObjectCommand({ ...TARGET, StorageClass: 'GLACIER' })),
    ],
    [
      'If-None-Match with an ETag',
      (client) => client.send(new PutObjectCommand({ ...TARGET, IfNoneMatch: '"x"' })),
    ],
  ])('%s', async ([, call]) => {
    await using server = await startS3()
    const client = clientOf(server)

    expect(await failureOf(call(client))).toBe('NotImplemented')
    expect(server.requests()[0]?.status).toBe(501)
    expect(await read(client, 'x')).toBeNull()
  })
})

describe('access to a bucket', () => {
  test('is read-only for one key and not for another', async () => {
    await using server = await startS3({
      credentials: keys,
      buckets: [{ name: BUCKET, access: { READER: 'read-only' } }],
    })
    const reader = clientOf(server, { credentials: keys[1] })
    await put(clientOf(server), 'x', 'y')

    expect(await read(reader, 'x')).toBe('y')
    expect((await reader.send(new ListObjectsV2Command({ Bucket: BUCKET }))).KeyCount).toBe(1)
    expect(await failureOf(put(reader, 'x', 'z'))).toBe('AccessDenied')
    expect(await read(reader, 'x')).toBe('y')
  })

  test('without the right to list does not tell that a key is missing', async () => {
    await using server = await startS3({
      credentials: keys,
      buckets: [{ name: BUCKET, access: { WRITER: { denied: ['s3:ListBucket'] } } }],
    })
    const client = clientOf(server)
    await put(client, 'x', 'y')

    expect(await read(client, 'x')).toBe('y')
    expect(await failureOf(client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'missing' })))).toBe(
      'AccessDenied',
    )
    expect(await failureOf(client.send(new ListObjectsV2Command({ Bucket: BUCKET })))).toBe('AccessDenied')
  })
})

describe('a large body', () => {
  const BYTES = Buffer.alloc(9 * 1024 ** 2, 'b')

  test.for<[string, () => Buffer | Readable]>([
    ['a buffer', () => BYTES],
    ['a stream', () => Readable.from([BYTES])],
  ])('in %s is refused without hanging, and the client can go on', async ([, body]) => {
    const { accessKeyId } = keys[0]
    await using server = await startS3({
      credentials: keys,
      buckets: [{ name: BUCKET }, { name: 'closed', access: { [accessKeyId]: 'forbidden' } }],
    })
    const client = clientOf(server)
    const send = (Bucket: string, more: object = {}) =>
      client.send(
        new PutObjectCommand({ Bucket, Key: 'x', Body: body(), ContentLength: BYTES.length, ...more }),
      )

    expect(await failureOf(send('closed'))).toBe('AccessDenied')
    expect(await failureOf(send('nowhere'))).toBe('NoSuchBucket')
    expect(await failureOf(send(BUCKET, { ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' }))).toBe('BadDigest')
    server.faults.arm({ operations: ['PutObject'], effect: { kind: 'slow-down' } })
    expect(await failureOf(send(BUCKET))).toBe('SlowDown')
    server.faults.arm({ operations: ['PutObject'], effect: { kind: 'disk-full' } })
    expect(await failureOf(send(BUCKET))).toBe('InternalError')
    expect(await failureOf(send(BUCKET))).toBeNull()
    expect((await read(client, 'x'))?.length).toBe(BYTES.length)
  })
})

test('the clock is the one that was given', async () => {
  const now = () => new Date('2026-03-08T08:00:00Z')
  await using server = await startS3({ now })
  const client = clientOf(server, { systemClockOffset: now().getTime() - Date.now() })
  await put(client, 'x', 'y')

  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }))
  expect(Contents[0]?.LastModified).toEqual(now())
  expect(await failureOf(put(clientOf(server), 'x', 'y'))).toBe('RequestTimeTooSkewed')
})
