import { randomUUID } from 'node:crypto'
import { ListMultipartUploadsCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import type { SnapshotStorePlace } from '@findata/contracts'
import type { PublishStore } from '@findata/core'
import { type S3Options, type S3Server, startS3 } from '@findata/sandbox'
import { vi } from 'vitest'
import { type Bucket, createBucket } from '../src/bucket.ts'
import { openS3Client } from '../src/open-s3-client.ts'
import { createS3PublishStore } from '../src/s3-publish-store.ts'
import { createS3SnapshotStore, type S3SnapshotStoreOptions } from '../src/s3-snapshot-store.ts'

/** Tests of faults need no patience. */
export const QUICK_RETRY = { attempts: 4, firstDelayMs: 1, maxDelayMs: 5 }

export interface S3Place extends SnapshotStorePlace {
  readonly client: S3Client
  readonly bucket: Bucket
  readonly prefix: string
  openStore(options?: Partial<S3SnapshotStoreOptions>): ReturnType<typeof createS3SnapshotStore>
  openPublishStore(client?: S3Client): PublishStore
}

export interface StandIn extends S3Place {
  readonly server: S3Server
}

/** A stand-in of its own, and a store on it under a prefix. */
export async function openStandIn(options: S3Options = {}, prefix = 'finance/test/'): Promise<StandIn> {
  await using resources = new AsyncDisposableStack()
  const server = resources.use(await startS3(options))
  useCredentials(server.credentials)
  const { region, url: endpoint } = server
  const place = resources.use(openPlace({ bucket: 'findata', prefix, region, endpoint }))
  const closing = resources.move()
  return { ...place, server, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

/** A folder of its own in a real bucket, removed afterwards. */
export async function openRealBucket(settings: {
  readonly bucket: string
  readonly region?: string
  readonly endpoint?: string
}): Promise<S3Place> {
  const place = openPlace({ ...settings, prefix: `findata-test/${randomUUID()}/` })
  return {
    ...place,
    async [Symbol.asyncDispose]() {
      await place.bucket.delete(await place.keys())
      await place[Symbol.asyncDispose]()
    },
  }
}

/** Puts credentials where the SDK's default chain looks first, for the test that is running. */
export function useCredentials({ accessKeyId, secretAccessKey }: S3Server['credentials']): void {
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey)
  vi.stubEnv('AWS_SESSION_TOKEN', undefined)
}

/** A client whose requests lack a header: what never arrives is as good as ignored by the store. */
export function openClientWithout(header: string, { server, prefix }: StandIn): S3Client & Disposable {
  const { region, url: endpoint } = server
  const client = openS3Client({ bucket: 'findata', prefix, region, endpoint })
  client.middlewareStack.add(
    (next) => (args) => {
      delete (args.request as { headers: Record<string, string> }).headers[header]
      return next(args)
    },
    { step: 'build' },
  )
  return client
}

function openPlace(env: {
  readonly bucket: string
  readonly prefix: string
  readonly region?: string
  readonly endpoint?: string
}): S3Place {
  const client = openS3Client(env)
  const { bucket: name, prefix } = env
  const bucket = createBucket(client, { bucket: name, prefix, retry: QUICK_RETRY })
  return {
    client,
    bucket,
    prefix,
    openStore: (options = {}) =>
      createS3SnapshotStore(client, { bucket: name, prefix, retry: QUICK_RETRY, ...options }),
    openPublishStore: (from = client) =>
      createS3PublishStore(from, { bucket: name, prefix, retry: QUICK_RETRY }),
    async keys() {
      const keys: string[] = []
      for await (const { key } of bucket.list('')) {
        if (!key.startsWith('locks/')) keys.push(key)
      }
      return keys
    },
    async read(key) {
      const found = await bucket.get(key)
      return found && Uint8Array.from(found.body)
    },
    async overwrite(key, bytes) {
      await client.send(new PutObjectCommand({ Bucket: name, Key: prefix + key, Body: bytes }))
    },
    delete: (key) => bucket.delete([key]),
    async unfinishedUploads() {
      const { Uploads = [] } = await client.send(
        new ListMultipartUploadsCommand({ Bucket: name, Prefix: prefix }),
      )
      return Uploads.length
    },
    async [Symbol.asyncDispose]() {
      client.destroy()
    },
  }
}
