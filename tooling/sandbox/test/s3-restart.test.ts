import { appendFile, mkdtempDisposable, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketVersioningCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { startS3 } from '../src/start-s3.ts'
import { BUCKET, clientOf, put, read } from './s3-client.ts'

const tempFolder = () => mkdtempDisposable(join(tmpdir(), 'findata-s3-test-'))

test('a server on the same folder has the same objects, with their metadata and ETags', async () => {
  await using folder = await tempFolder()
  const before = await startS3({ folder: folder.path })
  const { ETag } = await put(clientOf(before), 'kept &', 'the bytes')
  await put(clientOf(before), 'gone', 'x')
  await clientOf(before).send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'gone' }))
  await before[Symbol.asyncDispose]()

  await using after = await startS3({ folder: folder.path })
  const client = clientOf(after)
  expect(await read(client, 'kept &')).toBe('the bytes')
  expect(await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'kept &' }))).toMatchObject({ ETag })
  expect(await read(client, 'gone')).toBeNull()
})

test('a server on the same folder goes on with an upload', async () => {
  await using folder = await tempFolder()
  const before = await startS3({ folder: folder.path })
  const target = { Bucket: BUCKET, Key: 'upload' }
  const { UploadId } = await clientOf(before).send(new CreateMultipartUploadCommand(target))
  const part = { ...target, UploadId, PartNumber: 1, Body: 'the part' }
  const { ETag } = await clientOf(before).send(new UploadPartCommand(part))
  await before[Symbol.asyncDispose]()

  await using after = await startS3({ folder: folder.path })
  const client = clientOf(after)
  expect((await client.send(new ListPartsCommand({ ...target, UploadId }))).Parts).toMatchObject([{ ETag }])
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
  await client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }))
  expect(await read(client, 'upload')).toBe('the part')
})

test('a server on the same folder has the same versions', async () => {
  await using folder = await tempFolder()
  const before = await startS3({ folder: folder.path })
  const VersioningConfiguration = { Status: 'Enabled' } as const
  await clientOf(before).send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }))
  const first = await put(clientOf(before), 'x', 'first')
  const second = await put(clientOf(before), 'x', 'second')
  await before[Symbol.asyncDispose]()

  await using after = await startS3({ folder: folder.path })
  const { Versions = [] } = await clientOf(after).send(new ListObjectVersionsCommand({ Bucket: BUCKET }))
  expect(Versions.map(({ VersionId }) => VersionId)).toEqual([second.VersionId, first.VersionId])
})

test('what a killed server had not committed is gone, and nothing else is', async () => {
  await using folder = await tempFolder()
  const before = await startS3({ folder: folder.path })
  await put(clientOf(before), 'kept', 'the bytes')
  await before[Symbol.asyncDispose]()
  const content = join(folder.path, 'content')
  await writeFile(join(content, 'half-written'), 'half of a body')
  await appendFile(join(folder.path, 'journal.ndjson'), '{"type":"version-put","bucket":"find')

  const between = await startS3({ folder: folder.path })
  expect(await read(clientOf(between), 'kept')).toBe('the bytes')
  expect(await readdir(content)).toHaveLength(1)
  await put(clientOf(between), 'more', 'x')
  await between[Symbol.asyncDispose]()

  await using after = await startS3({ folder: folder.path })
  expect(await read(clientOf(after), 'more')).toBe('x')
})

test('replaced, deleted and refused bytes are removed from the folder', async () => {
  await using server = await startS3()
  const client = clientOf(server)
  await put(client, 'x', 'first')
  await put(client, 'x', 'second')
  await put(client, 'y', 'gone')
  await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'y' }))
  server.faults.arm({ effect: { kind: 'disk-full' } })
  await expect(put(client, 'z', 'refused')).rejects.toThrow()

  expect(await readdir(join(server.folder, 'content'))).toHaveLength(1)
})

test('an object that is replaced while it is read is read to its end', async () => {
  await using server = await startS3()
  const client = clientOf(server)
  const target = { Bucket: BUCKET, Key: 'x' }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target))
  // More than the connection buffers, so that the file of the second part is opened after the replacement.
  const bodies = [Buffer.alloc(24 * 1024 ** 2, 'a'), Buffer.from('the end')]
  const Parts: CompletedPart[] = []
  for (const [index, Body] of bodies.entries()) {
    const PartNumber = index + 1
    const { ETag } = await client.send(new UploadPartCommand({ ...target, UploadId, PartNumber, Body }))
    Parts.push({ PartNumber, ETag })
  }
  await client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }))
  const { Body } = await client.send(new GetObjectCommand(target))
  await put(client, 'x', 'new')

  const bytes = Buffer.from((await Body?.transformToByteArray()) ?? [])
  expect(Buffer.compare(bytes, Buffer.concat(bodies))).toBe(0)
  expect(await read(client, 'x')).toBe('new')
})
