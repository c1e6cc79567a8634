/*
 * An S3 server for tests and demonstrations, on the loopback interface, that the real AWS SDK talks to.
 *
 * Imitated: path-style addressing; SigV4 in the header, in signed and unsigned chunks and in presigned URLs; the operations in
 * `s3/s3-operations.ts` with conditional requests, ranges, checksums, versioning and multipart uploads; the errors of S3 with their
 * codes and statuses. A server started again on the same folder has the same buckets, objects and uploads.
 *
 * Not imitated, and refused with 501 NotImplemented: every other operation, query parameter and `x-amz-` header, among them ACLs,
 * tags, bucket policies (`access` stands for them), object lock, encryption, storage classes, lifecycle rules, website hosting,
 * ListObjects V1, GetObjectAttributes, SelectObjectContent, PostObject forms and several ranges in one request.
 *
 * Simpler than S3, without a refusal: no virtual-host style (a bucket's name is always in the path); one account, without sessions,
 * roles or SigV4A; an object put without a checksum has none, where S3 computes CRC64NVME; a second CompleteMultipartUpload is
 * answered 404, where S3 may repeat its answer for a while; overlapping conditional writes are answered 412 and never 409, unless the
 * fault `conditional-conflict` asks for it; nothing throttles; no TLS; committed bytes survive the death of the process, not of the
 * machine.
 */
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listenHttp } from './listen-http.ts'
import { isBucketName } from './s3/bucket-operations.ts'
import { openObjectStore } from './s3/object-store.ts'
import type { S3Credentials } from './s3/request-signature.ts'
import type { BucketOptions } from './s3/s3-access.ts'
import { createS3ControlServer } from './s3/s3-control.ts'
import { createS3FaultPlan, type S3Faults, type S3RequestRecord } from './s3/s3-faults.ts'
import { createS3Server } from './s3/s3-server.ts'

export interface S3Options {
  /** A free one by default. */
  readonly port?: number
  readonly controlPort?: number
  /** Pairs that may sign requests; one made-up pair by default. */
  readonly credentials?: readonly S3Credentials[]
  /** Created unless they exist; `findata` by default. */
  readonly buckets?: readonly BucketOptions[]
  /** Where buckets are kept; a temporary folder, deleted on dispose, by default. One server at a time. */
  readonly folder?: string
  /** `us-east-1` by default. */
  readonly region?: string
  /** The clock for signatures and dates. */
  readonly now?: () => Date
}

/** A running S3 server; disposing it closes its connections, answered or not. */
export interface S3Server extends AsyncDisposable {
  readonly url: string
  /** Where another process arms faults and reads the log, see `connectS3Control`. */
  readonly controlUrl: string
  readonly region: string
  /** The first pair. */
  readonly credentials: S3Credentials
  readonly folder: string
  readonly faults: S3Faults
  /** Every call since the start, in the order of arrival. */
  requests(): readonly S3RequestRecord[]
  callCount(): number
}

const DEFAULT_CREDENTIALS: S3Credentials = {
  accessKeyId: 'AKIASANDBOXFINDATA00',
  secretAccessKey: 'sandbox-secret-access-key-0000000000000',
}

/** Starts an S3 server on the loopback interface. */
export async function startS3({
  port = 0,
  controlPort = 0,
  credentials = [DEFAULT_CREDENTIALS],
  buckets = [{ name: 'findata' }],
  folder,
  region = 'us-east-1',
  now = () => new Date(),
}: S3Options = {}): Promise<S3Server> {
  const [firstCredentials] = credentials
  if (!firstCredentials) throw new Error('startS3 needs at least one pair of credentials')
  await using resources = new AsyncDisposableStack()
  const path = folder ?? resources.use(await mkdtempDisposable(join(tmpdir(), 'findata-s3-'))).path
  const store = resources.use(openObjectStore(path))
  for (const { name } of buckets) {
    if (!isBucketName(name)) throw new Error(`startS3: ${JSON.stringify(name)} is not a bucket name`)
    if (!store.buckets.has(name)) {
      store.commit({ type: 'bucket-created', bucket: name, createdAt: now().toISOString() })
    }
  }
  const records: S3RequestRecord[] = []
  const faults = createS3FaultPlan()
  const requests = (): readonly S3RequestRecord[] => records.map((record) => ({ ...record }))
  const access = new Map(buckets.map(({ name, access = {} }) => [name, access]))
  const server = createS3Server({ store, faults, access, records, credentials, region, now })
  const control = createS3ControlServer(faults, requests)
  const { url } = resources.use(await listenHttp(server, port))
  const { url: controlUrl } = resources.use(await listenHttp(control, controlPort))

  const closing = resources.move()
  return {
    url,
    controlUrl,
    region,
    credentials: firstCredentials,
    folder: path,
    faults,
    requests,
    callCount: () => records.length,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}
