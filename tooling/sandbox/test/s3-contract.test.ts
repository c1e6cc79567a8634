import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { describeS3Api, type S3UnderTest } from '@findata/contracts'
import { buildApp } from 'fauxqs'
import { startS3 } from '../src/start-s3.ts'
import { realS3 } from './env.ts'

describeS3Api('the stand-in', async () => {
  const credentials = { accessKeyId: 'AKIACONTRACT00000000', secretAccessKey: 'the secret of the contract' }
  const server = await startS3({
    credentials: [credentials],
    buckets: [{ name: 'findata' }, { name: 'forbidden', access: { [credentials.accessKeyId]: 'forbidden' } }],
  })
  return {
    endpoint: server.url,
    region: server.region,
    credentials,
    bucket: 'findata',
    forbiddenBucket: 'forbidden',
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
})

// A server that is not ours, so that the suite does not merely agree with our own reading of S3.
describeS3Api(
  'fauxqs 2.4.1',
  async () => {
    // Not startFauxqs, which listens on all interfaces.
    const app = buildApp({ logger: false })
    const service: S3UnderTest = {
      endpoint: await app.listen({ port: 0, host: '127.0.0.1' }),
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKIAFAUXQS0000000000', secretAccessKey: 'it does not check' },
      bucket: 'findata',
      [Symbol.asyncDispose]: () => app.close(),
    }
    const client = new S3Client({ ...service, forcePathStyle: true })
    await client.send(new CreateBucketCommand({ Bucket: service.bucket }))
    return service
  },
  {
    lacks: ['forbidden-bucket'],
    except: {
      ...because('it checks no signatures', [
        'refuses a wrong secret, on every kind of call',
        'refuses a key id that does not exist',
        'refuses a request without a signature',
        'refuses a signature for another region',
        'refuses a clock that is off by more than 15 minutes',
        'refuses a changed byte in a signed chunk',
        'refuses a presigned URL that was changed, or has expired',
        'refuses an x-amz header that was not signed',
        'refuses a body that is not the signed one',
      ]),
      ...because('it compares no checksum with the bytes', [
        'refuses a wrong CRC32 and stores nothing',
        'refuses a wrong CRC32C and stores nothing',
        'refuses a wrong CRC64NVME and stores nothing',
        'refuses a wrong SHA1 and stores nothing',
        'refuses a wrong SHA256 and stores nothing',
        'checks Content-MD5',
        'takes a right checksum in the trailer of a stream, and refuses a wrong one',
        'refuses a stream of another length than it announced',
        'refuses small chunks before the last one of a stream',
        'refuses a part with a wrong checksum',
        'refuses a part with another kind of checksum than the upload',
        'refuses to complete a composite checksum without those of the parts',
        'refuses to complete with another checksum of a part than the uploaded one',
        'refuses to complete with another whole checksum than the computed one',
      ]),
      ...because('it knows neither CRC32C nor CRC64NVME nor checksums of whole uploads', [
        'stores the CRC32C that the SDK computes, and answers with it',
        'stores the CRC64NVME that the SDK computes, and answers with it',
        'computes the CRC32 of a whole upload if asked for FULL_OBJECT',
        'computes the CRC64NVME of a whole upload',
      ]),
      ...because('it ignores the conditions of writes, deletes and copies', [
        'puts with If-None-Match only where nothing is',
        'puts with If-Match only over the object of that ETag',
        'answers 404 to a put with If-Match over nothing',
        'lets one of ten racing puts with If-None-Match win',
        'lets one of ten racing puts with If-Match win',
        'completes an upload with If-None-Match only where nothing is',
        'completes an upload with If-Match only over the object of that ETag',
        'lets one of ten racing completions with If-None-Match win',
        'deletes with If-Match only the object of that ETag',
        'deletes many, each only if it has the ETag given',
        'copies only a source whose ETag matches',
        'copies only where nothing is yet, if asked so',
      ]),
      ...because('it ignores conditions by date, and all conditions of HEAD', [
        'gets only if modified since, or unmodified since',
        'heads under the same conditions',
      ]),
      ...because('it has no versioning', [
        'is not versioned until it is asked to be',
        'keeps every version and gets it by its id',
        'hides an object behind a delete marker, and shows it again when the marker is deleted',
        'deletes one version for good',
        'lists versions and delete markers, newest first, page by page',
        'keeps older versions when versioning is suspended, and replaces the null version',
        'checks conditions of a write against the current version',
        'names the version in a head',
      ]),
      ...because('it lists neither parts nor uploads page by page', [
        'lists the parts of an upload, page by page',
        'lists the uploads under a prefix, page by page',
        'aborts an upload, which leaves nothing behind',
      ]),
      ...because('it has no limits on keys, metadata and part numbers', [
        'refuses a key of more than 1024 bytes',
        'refuses user metadata of more than 2 KB',
        'refuses part numbers outside 1 to 10000',
      ]),
      ...because('it repeats a rolled-up prefix on the next page', [
        'rolls keys up page by page, each prefix once',
      ]),
      ...because('it sorts by UTF-16 units', ['lists in the order of UTF-8 bytes']),
      ...because('it has no encoding-type', ['percent-encodes keys on demand']),
      ...because('it refuses a suffix longer than the object', [
        'answers bytes=-99 of ten bytes with 206 and bytes 0-9/10',
      ]),
      ...because('it ignores response- parameters', [
        'answers with other content headers where the request asks for them',
      ]),
      ...because('it drops the content encoding of a stream', [
        'does not take aws-chunked for an encoding of the object',
      ]),
      ...because('it lets an object be copied onto itself unchanged', [
        'copies an object onto itself only with other metadata',
      ]),
    },
  },
)

if (realS3.bucket !== undefined) {
  const { bucket, region, endpointUrl, mayCreateBuckets } = realS3
  describeS3Api(
    `the bucket ${bucket}`,
    async () => {
      const { accessKeyId, secretAccessKey, sessionToken } = await new S3Client({
        region,
      }).config.credentials()
      return {
        endpoint: endpointUrl?.replace(/\/$/, '') ?? `https://s3.${region}.amazonaws.com`,
        region,
        credentials: {
          accessKeyId,
          secretAccessKey,
          ...(sessionToken === undefined ? {} : { sessionToken }),
        },
        bucket,
        isLasting: true,
        [Symbol.asyncDispose]: async () => {},
      }
    },
    { lacks: mayCreateBuckets ? ['forbidden-bucket'] : ['forbidden-bucket', 'own-bucket'] },
  )
}

function because(reason: string, titles: readonly string[]): Record<string, string> {
  return Object.fromEntries(titles.map((title) => [title, reason]))
}
