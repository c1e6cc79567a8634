import { S3Client } from '@aws-sdk/client-s3'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import type { S3Env } from './env.ts'

const CONNECTION_TIMEOUT_MS = 10_000
/** Without a byte in either direction. */
const SILENCE_TIMEOUT_MS = 60_000

/**
 * A client with the default credential chain that never retries by itself. Dispose it to close its connections.
 *
 * Over https the bodies of uploads are not hashed a second time for the signature: TLS protects them on the way and their
 * CRC32 is checked by the store. Over http they are hashed and signed.
 */
export function openS3Client({ region, endpoint }: S3Env): S3Client & Disposable {
  const client = new S3Client({
    ...(region && { region }),
    ...(endpoint && { endpoint, forcePathStyle: true }),
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_SUPPORTED',
    responseChecksumValidation: 'WHEN_SUPPORTED',
    // It would cost a new connection for every part.
    expectContinueHeader: false,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      socketTimeout: SILENCE_TIMEOUT_MS,
    }),
  })
  leaveBodiesUnsignedOverTls(client)
  return Object.assign(client, { [Symbol.dispose]: () => client.destroy() })
}

function leaveBodiesUnsignedOverTls(client: S3Client) {
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as {
        protocol?: string
        body?: unknown
        headers?: Record<string, string>
      }
      if (request.protocol === 'https:' && request.headers && request.body instanceof Uint8Array) {
        request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD'
      }
      return next(args)
    },
    { step: 'build', name: 'leaveBodiesUnsignedOverTls' },
  )
}
