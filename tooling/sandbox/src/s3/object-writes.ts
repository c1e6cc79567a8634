import { randomBytes } from 'node:crypto'
import type { Checksum } from './checksums.ts'
import { checkIfMatch, checkWriteConditions } from './conditions.ts'
import type { Segment } from './content-folder.ts'
import { openCopySource, receiveCopy } from './copy-source.ts'
import { toObjectHeaders } from './object-headers.ts'
import { type Bucket, currentVersion, type ObjectVersion } from './object-store.ts'
import { receiveBody, receiveDocument } from './request-body.ts'
import {
  emptyResponse,
  header,
  requireBucket,
  type S3Call,
  type S3Handler,
  versionHeaders,
  xmlResponse,
} from './s3-call.ts'
import { S3Error } from './s3-error.ts'
import { childText, malformedXml, parseXml, type XmlValue } from './s3-xml.ts'

const MAX_DELETES = 1000

export const putObject: S3Handler = async (call) => {
  const { name } = requireBucket(call)
  const headers = toObjectHeaders(call.headers)
  await using content = await call.store.content.create()
  const received = await receiveBody(call.body, content.write)
  await content.finish()

  const version = commitObject(call, name, {
    etag: `"${received.md5.toString('hex')}"`,
    segments: [{ contentId: content.contentId, size: received.size }],
    isMultipart: false,
    headers,
    checksum: received.checksum,
  })
  return emptyResponse(200, {
    etag: version.etag,
    ...checksumHeaders(version.checksum),
    ...versionHeaders(requireBucket(call), version),
  })
}

export const copyObject: S3Handler = async (call) => {
  const { name } = requireBucket(call)
  const directive = header(call.headers, 'x-amz-metadata-directive') ?? 'COPY'
  if (directive !== 'COPY' && directive !== 'REPLACE') {
    throw new S3Error('InvalidArgument', 'Unknown metadata directive.')
  }
  using source = openCopySource(call)
  if (directive === 'COPY' && source.isSameObject) {
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    )
  }
  await using content = await call.store.content.create()
  const received = await receiveCopy(call, source, content.write)
  await content.finish()

  const version = commitObject(call, name, {
    etag: `"${received.md5.toString('hex')}"`,
    segments: [{ contentId: content.contentId, size: received.size }],
    isMultipart: false,
    headers: directive === 'COPY' ? source.version.headers : toObjectHeaders(call.headers),
    checksum: received.checksum,
  })
  return xmlResponse(
    'CopyObjectResult',
    {
      LastModified: version.lastModified,
      ETag: version.etag,
      ...checksumElements(version.checksum),
    },
    { ...source.headers, ...versionHeaders(requireBucket(call), version) },
  )
}

interface NewObject {
  readonly etag: string
  readonly segments: readonly Segment[]
  readonly isMultipart: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly checksum: Checksum | undefined
}

/** Checks the conditions and makes the object the current one, in one turn of the event loop. */
export function commitObject(
  call: S3Call,
  bucketName: string,
  object: NewObject,
  uploadId?: string,
): ObjectVersion {
  // Looked up again, because the bucket may be gone since the body began.
  const bucket = requireBucket(call, bucketName)
  checkWriteConditions(call.headers, currentVersion(bucket, call.key))
  const version: ObjectVersion = {
    ...object,
    key: call.key,
    versionId: bucket.versioning === 'Enabled' ? newVersionId() : 'null',
    isDeleteMarker: false,
    lastModified: call.now().toISOString(),
    size: object.segments.reduce((sum, { size }) => sum + size, 0),
  }
  call.store.commit(
    uploadId === undefined
      ? { type: 'version-put', bucket: bucketName, version }
      : { type: 'upload-completed', bucket: bucketName, uploadId, version },
  )
  return version
}

export const deleteObject: S3Handler = (call) => {
  const bucket = requireBucket(call)
  const ifMatch = header(call.headers, 'if-match')
  if (ifMatch !== undefined) checkIfMatch(ifMatch, currentVersion(bucket, call.key))
  const { isDeleteMarker, versionId } = commitDelete(call, bucket, call.key, call.query.get('versionId'))
  return emptyResponse(204, {
    ...(isDeleteMarker ? { 'x-amz-delete-marker': 'true' } : {}),
    ...(versionId === undefined ? {} : { 'x-amz-version-id': versionId }),
  })
}

export const deleteObjects: S3Handler = async (call) => {
  requireBucket(call)
  if (call.headers['content-md5'] === undefined && !Object.keys(call.headers).some(isChecksum)) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: Content-MD5')
  }
  const document = parseXml(await receiveDocument(call.body), 'Delete')
  const entries = document.children.filter(({ name }) => name === 'Object')
  if (entries.length === 0 || entries.length > MAX_DELETES) throw malformedXml()
  const bucket = requireBucket(call)
  const isQuiet = childText(document, 'Quiet') === 'true'
  const deleted: XmlValue[] = []
  const errors: XmlValue[] = []
  for (const entry of entries) {
    const key = childText(entry, 'Key')
    if (key === undefined || key === '') throw malformedXml()
    const requested = childText(entry, 'VersionId')
    const etag = childText(entry, 'ETag')
    try {
      if (etag !== undefined) checkIfMatch(etag, currentVersion(bucket, key))
      const { isDeleteMarker, versionId } = commitDelete(call, bucket, key, requested)
      deleted.push({
        Key: key,
        VersionId: requested,
        DeleteMarker: isDeleteMarker ? true : undefined,
        DeleteMarkerVersionId: isDeleteMarker ? versionId : undefined,
      })
    } catch (error) {
      if (!(error instanceof S3Error)) throw error
      errors.push({ Key: key, VersionId: requested, Code: error.code, Message: error.message })
    }
  }
  return xmlResponse('DeleteResult', { Deleted: isQuiet ? undefined : deleted, Error: errors })
}

function isChecksum(name: string): boolean {
  return name.startsWith('x-amz-checksum-') || name === 'x-amz-trailer'
}

interface Deleted {
  readonly isDeleteMarker: boolean
  readonly versionId: string | undefined
}

function commitDelete(call: S3Call, bucket: Bucket, key: string, versionId: string | undefined): Deleted {
  const { name, versioning } = bucket
  const remove = (id: string): void => {
    if (bucket.versions.get(key)?.some((version) => version.versionId === id)) {
      call.store.commit({ type: 'version-removed', bucket: name, key, versionId: id })
    }
  }
  if (versionId !== undefined) {
    const version = bucket.versions.get(key)?.find((one) => one.versionId === versionId)
    remove(versionId)
    return { isDeleteMarker: version?.isDeleteMarker ?? false, versionId }
  }
  if (versioning === undefined) {
    remove('null')
    return { isDeleteMarker: false, versionId: undefined }
  }
  const marker: ObjectVersion = {
    key,
    versionId: versioning === 'Enabled' ? newVersionId() : 'null',
    isDeleteMarker: true,
    lastModified: call.now().toISOString(),
    etag: '',
    size: 0,
    segments: [],
    isMultipart: false,
    headers: {},
  }
  call.store.commit({ type: 'version-put', bucket: name, version: marker })
  return { isDeleteMarker: true, versionId: marker.versionId }
}

/** The checksum of an object or part as an answer's headers. */
export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  return checksum === undefined
    ? {}
    : {
        [`x-amz-checksum-${checksum.algorithm.toLowerCase()}`]: checksum.value,
        'x-amz-checksum-type': checksum.type,
      }
}

/** The same as elements of an XML answer. */
export function checksumElements(checksum: Checksum | undefined): Record<string, string> {
  return checksum === undefined
    ? {}
    : { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type }
}

function newVersionId(): string {
  return randomBytes(24).toString('base64url')
}
