import { randomUUID } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { bucketRows } from './s3-api/bucket-rows.ts'
import { checksumRows } from './s3-api/checksum-rows.ts'
import { conditionalWriteRows } from './s3-api/conditional-write-rows.ts'
import { copyRows } from './s3-api/copy-rows.ts'
import { listRows } from './s3-api/list-rows.ts'
import { multipartChecksumRows } from './s3-api/multipart-checksum-rows.ts'
import { multipartRows } from './s3-api/multipart-rows.ts'
import { objectRows } from './s3-api/object-rows.ts'
import { readRows } from './s3-api/read-rows.ts'
import type { S3Credentials, S3Namespace, S3Need, S3Row } from './s3-api/s3-row.ts'
import { signatureRows } from './s3-api/signature-rows.ts'
import { versioningRows } from './s3-api/versioning-rows.ts'

/** An S3 service to test; disposed after the suite. */
export interface S3UnderTest extends AsyncDisposable {
  /** Without a trailing slash; buckets are addressed in the path. */
  readonly endpoint: string
  readonly region: string
  readonly credentials: S3Credentials
  /** Exists and may be written to; the suite stays under prefixes of its own. */
  readonly bucket: string
  /** Exists and is forbidden to the credentials. */
  readonly forbiddenBucket?: string
  /** The suite removes what it wrote; for services that outlive the tests. */
  readonly isLasting?: boolean
}

export interface S3ApiOptions {
  /** Rows that the service does not pass, by title, each with the reason. */
  readonly except?: Readonly<Record<string, string>>
  /** Rows that need this are left out. */
  readonly lacks?: readonly S3Need[]
}

const ROWS: readonly S3Row[] = [
  ...objectRows,
  ...copyRows,
  ...checksumRows,
  ...readRows,
  ...conditionalWriteRows,
  ...multipartRows,
  ...multipartChecksumRows,
  ...listRows,
  ...bucketRows,
  ...versioningRows,
  ...signatureRows,
]

/** What findata and its tests rely on S3 for, one test a fact, through the real SDK with its default settings. */
export function describeS3Api(
  name: string,
  open: () => Promise<S3UnderTest>,
  { except = {}, lacks = [] }: S3ApiOptions = {},
): void {
  const unknown = Object.keys(except).filter((title) => !ROWS.some((row) => row.title === title))
  if (unknown.length > 0) throw new Error(`describeS3Api: there is no row ${unknown.join(', ')}`)
  const rows = ROWS.filter(
    ({ title, needs }) => except[title] === undefined && (needs === undefined || !lacks.includes(needs)),
  )

  describe(`${name} as S3 (${rows.length} of ${ROWS.length} rows)`, () => {
    let service: S3UnderTest
    const prefix = `contract-${randomUUID()}/`
    const ownBuckets: string[] = []

    beforeAll(async () => {
      service = await open()
    })
    afterAll(async () => {
      if (service.isLasting) {
        const client = clientOf(service)
        await empty(client, service.bucket, prefix)
        for (const bucket of ownBuckets) {
          await empty(client, bucket, '')
          await client.send(new DeleteBucketCommand({ Bucket: bucket }))
        }
      }
      await service[Symbol.asyncDispose]()
    })

    rows.forEach((row, index) => {
      test(row.title, { timeout: 60_000 }, () =>
        row.run(namespaceOf(service, `${prefix}${index}/`, ownBuckets)),
      )
    })
  })
}

function namespaceOf(service: S3UnderTest, prefix: string, ownBuckets: string[]): S3Namespace {
  const client = clientOf(service)
  return {
    client,
    endpoint: service.endpoint,
    region: service.region,
    credentials: service.credentials,
    bucket: service.bucket,
    forbiddenBucket: service.forbiddenBucket ?? '',
    prefix,
    key: (name) => `${prefix}${name}`,
    clientWith: (config) => clientOf(service, config),
    async createBucket() {
      const bucket = `findata-contract-${randomUUID()}`.slice(0, 63)
      await client.send(
        new CreateBucketCommand({
          Bucket: bucket,
          ...(service.region === 'us-east-1'
            ? {}
            : { CreateBucketConfiguration: { LocationConstraint: service.region as 'eu-west-1' } }),
        }),
      )
      ownBuckets.push(bucket)
      return bucket
    },
  }
}

function clientOf({ endpoint, region, credentials }: S3UnderTest, config: S3ClientConfig = {}): S3Client {
  return new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1, ...config })
}

async function empty(client: S3Client, bucket: string, prefix: string): Promise<void> {
  const { Uploads = [] } = await client.send(
    new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }),
  )
  for (const { Key, UploadId } of Uploads) {
    await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }))
  }
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix }),
    )
    if (Versions.length + DeleteMarkers.length === 0) return
    for (const { Key, VersionId } of [...Versions, ...DeleteMarkers]) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId }))
    }
  }
}
