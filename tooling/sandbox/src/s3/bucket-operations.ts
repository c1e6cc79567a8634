import { receiveDocument } from './request-body.ts'
import { emptyResponse, requireBucket, type S3Handler, xmlResponse } from './s3-call.ts'
import { S3Error } from './s3-error.ts'
import { childText, malformedXml, parseXml } from './s3-xml.ts'

export const listBuckets: S3Handler = ({ store }) =>
  xmlResponse('ListAllMyBucketsResult', {
    Owner: { ID: OWNER_ID },
    Buckets: {
      Bucket: [...store.buckets.values()]
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, createdAt }) => ({ Name: name, CreationDate: createdAt })),
    },
  })

/** The one account of this server. */
export const OWNER_ID = '0'.repeat(64)

export const createBucket: S3Handler = async (call) => {
  const { bucketName, region, store } = call
  const document = await receiveDocument(call.body)
  const constraint =
    document === ''
      ? ''
      : (childText(parseXml(document, 'CreateBucketConfiguration'), 'LocationConstraint') ?? '')
  const isHere = region === 'us-east-1' ? constraint === '' : constraint === region
  if (!isHere) {
    throw new S3Error(
      'IllegalLocationConstraintException',
      `The ${constraint === '' ? 'unspecified' : constraint} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    )
  }
  if (!isBucketName(bucketName)) throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.')
  if (!store.buckets.has(bucketName)) {
    store.commit({ type: 'bucket-created', bucket: bucketName, createdAt: call.now().toISOString() })
  } else if (region !== 'us-east-1') {
    throw new S3Error(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
    )
  }
  return emptyResponse(200, { location: `/${bucketName}` })
}

export function isBucketName(name: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/.test(name)
}

export const deleteBucket: S3Handler = (call) => {
  const bucket = requireBucket(call)
  if (bucket.versions.size > 0) {
    throw new S3Error('BucketNotEmpty', 'The bucket you tried to delete is not empty')
  }
  for (const uploadId of bucket.uploads.keys()) {
    call.store.commit({ type: 'upload-aborted', bucket: bucket.name, uploadId })
  }
  call.store.commit({ type: 'bucket-deleted', bucket: bucket.name })
  return emptyResponse(204)
}

export const headBucket: S3Handler = (call) => {
  requireBucket(call)
  return emptyResponse(200, { 'x-amz-bucket-region': call.region })
}

export const getBucketLocation: S3Handler = (call) => {
  requireBucket(call)
  const constraint = call.region === 'us-east-1' ? '' : call.region
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${constraint}</LocationConstraint>`,
  }
}

export const getBucketVersioning: S3Handler = (call) =>
  xmlResponse('VersioningConfiguration', { Status: requireBucket(call).versioning })

export const putBucketVersioning: S3Handler = async (call) => {
  const configuration = parseXml(await receiveDocument(call.body), 'VersioningConfiguration')
  const { name } = requireBucket(call)
  const versioning = childText(configuration, 'Status')
  if (childText(configuration, 'MfaDelete') === 'Enabled') {
    throw new S3Error('NotImplemented', 'This stand-in does not imitate MfaDelete')
  }
  if (versioning !== 'Enabled' && versioning !== 'Suspended') throw malformedXml()
  call.store.commit({ type: 'versioning-set', bucket: name, versioning })
  return emptyResponse(200)
}
