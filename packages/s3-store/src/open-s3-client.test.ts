import { createHash } from 'node:crypto'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { expect, test, vi } from 'vitest'
import { openS3Client } from './open-s3-client.ts'

interface SignedRequest {
  readonly hostname: string
  readonly path: string
  readonly headers: Record<string, string>
}

/** The request as it would leave, which it does not. */
async function requestOf(endpoint: string | undefined, Body: Uint8Array): Promise<SignedRequest> {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIATEST')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  using client = openS3Client({
    bucket: 'finance',
    prefix: '',
    region: 'us-east-1',
    ...(endpoint && { endpoint }),
  })
  const left = Promise.withResolvers<SignedRequest>()
  client.middlewareStack.add(
    () => (args) => {
      left.resolve(args.request as SignedRequest)
      return Promise.reject(new Error('It must not leave'))
    },
    { step: 'finalizeRequest', priority: 'low' },
  )
  await expect(client.send(new PutObjectCommand({ Bucket: 'finance', Key: 'a.json', Body }))).rejects.toThrow(
    'must not leave',
  )
  return await left.promise
}

const BODY = Buffer.from('[]')

test('over https the body is left to TLS and its CRC32, and the request is signed', async () => {
  const { hostname, headers } = await requestOf(undefined, BODY)

  expect(hostname).toBe('finance.s3.us-east-1.amazonaws.com')
  expect(headers['x-amz-content-sha256']).toBe('UNSIGNED-PAYLOAD')
  expect(headers['x-amz-checksum-crc32']).toBeTruthy()
  expect(headers.authorization).toMatch(/^AWS4-HMAC-SHA256 /)
  expect(headers.authorization).toContain('x-amz-content-sha256')
})

test('over http the body is part of the signature', async () => {
  const { hostname, path, headers } = await requestOf('http://127.0.0.1:9000', BODY)

  expect(`${hostname}${path}`).toBe('127.0.0.1/finance/a.json')
  expect(headers['x-amz-content-sha256']).toBe(createHash('sha256').update(BODY).digest('hex'))
})

test('no upload waits for 100 Continue', async () => {
  const { headers } = await requestOf('http://127.0.0.1:9000', Buffer.alloc(4 * 1024 ** 2))

  expect(Object.keys(headers).map((name) => name.toLowerCase())).not.toContain('expect')
})
