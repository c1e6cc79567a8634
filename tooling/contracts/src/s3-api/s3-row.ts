import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import { expect } from 'vitest'

/** What a row needs beyond one bucket to write to. */
export type S3Need = 'own-bucket' | 'forbidden-bucket'

/** One fact about S3, checked in a namespace of its own. */
export interface S3Row {
  readonly title: string
  readonly needs?: S3Need
  run(s3: S3Namespace): Promise<void>
}

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface S3Namespace {
  /** The real SDK with its default settings, without retries. */
  readonly client: S3Client
  readonly endpoint: string
  readonly region: string
  readonly credentials: S3Credentials
  readonly bucket: string
  readonly forbiddenBucket: string
  /** Every key of the row begins with it. */
  readonly prefix: string
  key(name: string): string
  clientWith(config: S3ClientConfig): S3Client
  createBucket(): Promise<string>
}

/** Why a call was refused: the code S3 gave, and the status. */
export async function refusal(call: Promise<unknown>): Promise<{ code: string; status: number | undefined }> {
  const error: unknown = await call.then(
    () => expect.fail('The call was not refused'),
    (reason: unknown) => reason,
  )
  const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } }
  if ($metadata === undefined) throw error
  return { code: name, status: $metadata.httpStatusCode }
}

export async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  return Array.fromAsync(items)
}

/** Bytes that differ at every position and do not compress. */
export function noise(size: number, seed = 1): Buffer {
  const words = new Uint32Array(Math.ceil(size / 4))
  let state = seed
  for (let index = 0; index < words.length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    words[index] = state
  }
  return Buffer.from(words.buffer, 0, size)
}
