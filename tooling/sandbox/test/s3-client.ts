import { GetObjectCommand, PutObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import type { S3Server } from '../src/start-s3.ts'

export const BUCKET = 'findata'

/** The SDK pointed at a stand-in, without retries. */
export function clientOf({ url, region, credentials }: S3Server, config: S3ClientConfig = {}): S3Client {
  return new S3Client({ endpoint: url, region, credentials, forcePathStyle: true, maxAttempts: 1, ...config })
}

export function put(client: S3Client, key: string, body: string | Buffer) {
  return client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }))
}

/** The object's text, or null where there is none. */
export async function read(client: S3Client, key: string): Promise<string | null> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }))
    return (await Body?.transformToString()) ?? ''
  } catch (error) {
    if ((error as Error).name === 'NoSuchKey') return null
    throw error
  }
}

/** The name or code of what went wrong; null if nothing did. */
export async function failureOf(call: Promise<unknown>): Promise<string | null> {
  try {
    await call
    return null
  } catch (error) {
    const { code, name } = error as { code?: string; name: string }
    return code ?? name
  }
}
