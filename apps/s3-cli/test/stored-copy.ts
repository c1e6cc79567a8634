import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import type { CliFixture } from './cli-fixture.ts'

type Bucket = Pick<CliFixture, 'bucket' | 'client'>

/** Every object of a bucket but locks, byte for byte, by key. */
export async function readObjects(
  { bucket, client }: Bucket,
  Prefix = '',
): Promise<ReadonlyMap<string, Buffer>> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }))
  const keys = Contents.flatMap(({ Key = '' }) => (/(?:^|\/)locks\//.test(Key) ? [] : [Key]))
  const entries = keys.map(async (Key) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }))
    return [Key, Buffer.from((await Body?.transformToByteArray()) ?? [])] as const
  })
  return new Map(await Promise.all(entries))
}

/** Overwrites one object until it is disposed, which puts its bytes and metadata back. */
export async function spoilObject(
  { bucket, client }: Bucket,
  key: string,
  spoil: (bytes: Buffer) => string | Uint8Array,
): Promise<AsyncDisposable> {
  const { Body, Metadata, ContentType } = await client.send(
    new GetObjectCommand({ Bucket: bucket, Key: key }),
  )
  const bytes = Buffer.from((await Body?.transformToByteArray()) ?? [])
  const put = (body: Buffer) =>
    client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: body,
        ContentLength: body.length,
        Metadata,
        ContentType,
      }),
    )
  await put(Buffer.from(spoil(Buffer.from(bytes))))
  return { [Symbol.asyncDispose]: async () => void (await put(bytes)) }
}

/** The same bytes, but for one bit in the middle. */
export function flipBit(bytes: Buffer): Buffer {
  const middle = Math.floor(bytes.length / 2)
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
  return bytes
}

/** A copy of the bucket on disk, as `aws s3 sync` makes it. */
export async function copyToDisk(bucket: Bucket, folder: string): Promise<void> {
  for (const [key, bytes] of await readObjects(bucket)) {
    const path = join(folder, key)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, bytes)
  }
}
