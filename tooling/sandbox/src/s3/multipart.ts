import { createHash, randomBytes } from 'node:crypto'
import {
  type Checksum,
  type ChecksumAlgorithm,
  type ChecksumType,
  checksumHeader,
  combineCrcs,
  composeChecksum,
  toChecksumAlgorithm,
} from './checksums.ts'
import { openCopySource, receiveCopy } from './copy-source.ts'
import { toObjectHeaders } from './object-headers.ts'
import type { MultipartUpload, UploadedPart } from './object-store.ts'
import { checksumElements, checksumHeaders, commitObject } from './object-writes.ts'
import { receiveBody, receiveDocument } from './request-body.ts'
import {
  emptyResponse,
  header,
  integerParameter,
  requireBucket,
  type S3Call,
  type S3Handler,
  versionHeaders,
  xmlResponse,
} from './s3-call.ts'
import { S3Error } from './s3-error.ts'
import { childText, malformedXml, parseXml, type XmlElement } from './s3-xml.ts'

const MIN_PART_BYTES = 5 * 1024 ** 2
const MAX_PARTS = 10_000

export const createMultipartUpload: S3Handler = (call) => {
  const { name } = requireBucket(call)
  const uploadId = randomBytes(32).toString('base64url')
  const checksum = requestedChecksum(call)
  call.store.commit({
    type: 'upload-started',
    bucket: name,
    upload: {
      uploadId,
      key: call.key,
      initiated: call.now().toISOString(),
      headers: toObjectHeaders(call.headers),
      checksum,
    },
  })
  return xmlResponse(
    'InitiateMultipartUploadResult',
    { Bucket: name, Key: call.key, UploadId: uploadId },
    checksum === undefined
      ? {}
      : { 'x-amz-checksum-algorithm': checksum.algorithm, 'x-amz-checksum-type': checksum.type },
  )
}

export const uploadPart: S3Handler = async (call) => {
  const partNumber = requirePartNumber(call)
  requireUpload(call)
  await using content = await call.store.content.create()
  const { md5, size, checksum } = await receiveBody(call.body, content.write)
  await content.finish()
  const segment = { contentId: content.contentId, size }
  const part = commitPart(call, { partNumber, etag: `"${md5.toString('hex')}"`, segment, checksum })
  return emptyResponse(200, { etag: part.etag, ...partChecksumHeaders(part.checksum) })
}

export const uploadPartCopy: S3Handler = async (call) => {
  const partNumber = requirePartNumber(call)
  const upload = requireUpload(call)
  using source = openCopySource(call)
  await using content = await call.store.content.create()
  const { md5, size, checksum } = await receiveCopy(call, source, content.write, upload.checksum?.algorithm)
  await content.finish()
  const segment = { contentId: content.contentId, size }
  const part = commitPart(call, { partNumber, etag: `"${md5.toString('hex')}"`, segment, checksum })
  return xmlResponse(
    'CopyPartResult',
    { LastModified: part.lastModified, ETag: part.etag, ...partChecksumElements(part.checksum) },
    { ...source.headers },
  )
}

export const completeMultipartUpload: S3Handler = async (call) => {
  requireUpload(call)
  const document = parseXml(
    await receiveDocument({ ...call.body, isAboutObject: true }),
    'CompleteMultipartUpload',
  )
  const bucket = requireBucket(call)
  const upload = requireUpload(call)
  const parts = chosenParts(
    upload,
    document.children.filter(({ name }) => name === 'Part'),
  )
  const checksum = checksumOfParts(call, upload, parts)
  const version = commitObject(
    call,
    bucket.name,
    {
      etag: multipartEtag(parts),
      segments: parts.map(({ segment }) => segment),
      isMultipart: true,
      headers: upload.headers,
      checksum,
    },
    upload.uploadId,
  )
  return xmlResponse(
    'CompleteMultipartUploadResult',
    {
      Location: `/${bucket.name}/${call.key}`,
      Bucket: bucket.name,
      Key: call.key,
      ETag: version.etag,
      ...checksumElements(checksum),
    },
    versionHeaders(bucket, version),
  )
}

export const abortMultipartUpload: S3Handler = (call) => {
  const { uploadId } = requireUpload(call)
  call.store.commit({ type: 'upload-aborted', bucket: call.bucketName, uploadId })
  return emptyResponse(204)
}

export const listParts: S3Handler = (call) => {
  const upload = requireUpload(call)
  const maxParts = integerParameter(call.query, 'max-parts', 1000, 1000)
  const marker = integerParameter(call.query, 'part-number-marker', 0, MAX_PARTS)
  const after = [...upload.parts.values()]
    .filter(({ partNumber }) => partNumber > marker)
    .sort((a, b) => a.partNumber - b.partNumber)
  const page = after.slice(0, maxParts)
  return xmlResponse('ListPartsResult', {
    Bucket: call.bucketName,
    Key: call.key,
    UploadId: upload.uploadId,
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.partNumber ?? 0,
    MaxParts: maxParts,
    IsTruncated: after.length > page.length,
    ChecksumAlgorithm: upload.checksum?.algorithm,
    ChecksumType: upload.checksum?.type,
    StorageClass: 'STANDARD',
    Part: page.map((part) => ({
      PartNumber: part.partNumber,
      LastModified: part.lastModified,
      ETag: part.etag,
      Size: part.segment.size,
      ...partChecksumElements(part.checksum),
    })),
  })
}

function requireUpload(call: S3Call): MultipartUpload {
  const upload = requireBucket(call).uploads.get(call.query.get('uploadId') ?? '')
  if (!upload || upload.key !== call.key) {
    throw new S3Error(
      'NoSuchUpload',
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
      { details: { UploadId: call.query.get('uploadId') ?? '' } },
    )
  }
  return upload
}

function requirePartNumber(call: S3Call): number {
  const text = call.query.get('partNumber') ?? ''
  const partNumber = Number(text)
  if (!/^\d+$/.test(text) || partNumber < 1 || partNumber > MAX_PARTS) {
    throw new S3Error(
      'InvalidArgument',
      `Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`,
      {
        details: { ArgumentName: 'partNumber', ArgumentValue: text },
      },
    )
  }
  return partNumber
}

function requestedChecksum(call: S3Call): MultipartUpload['checksum'] {
  const name = header(call.headers, 'x-amz-checksum-algorithm')
  if (name === undefined) return undefined
  const algorithm = toChecksumAlgorithm(name)
  const type = toChecksumType(call) ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE')
  const isPossible = type === 'FULL_OBJECT' ? algorithm.startsWith('CRC') : algorithm !== 'CRC64NVME'
  if (!isPossible) {
    throw new S3Error(
      'InvalidRequest',
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    )
  }
  return { algorithm, type }
}

function toChecksumType(call: S3Call): ChecksumType | undefined {
  const text = header(call.headers, 'x-amz-checksum-type')?.toUpperCase()
  if (text === undefined || text === 'FULL_OBJECT' || text === 'COMPOSITE') return text
  throw new S3Error('InvalidRequest', 'Value for x-amz-checksum-type header is invalid.')
}

function commitPart(call: S3Call, received: Omit<UploadedPart, 'lastModified'>): UploadedPart {
  // Looked up again, because the upload may have ended since the body began.
  const upload = requireUpload(call)
  const actual = received.checksum?.algorithm
  if (upload.checksum && upload.checksum.algorithm !== actual) {
    throw new S3Error(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${upload.checksum.algorithm.toLowerCase()}, actual checksum Type: ${actual?.toLowerCase() ?? 'null'}`,
    )
  }
  const part: UploadedPart = { ...received, lastModified: call.now().toISOString() }
  call.store.commit({ type: 'part-put', bucket: call.bucketName, uploadId: upload.uploadId, part })
  return part
}

function chosenParts(upload: MultipartUpload, elements: readonly XmlElement[]): readonly UploadedPart[] {
  if (elements.length === 0 || elements.length > MAX_PARTS) throw malformedXml()
  let previous = 0
  const parts = elements.map((element) => {
    const partNumber = Number(childText(element, 'PartNumber'))
    if (!(partNumber > previous)) {
      throw new S3Error(
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
      )
    }
    previous = partNumber
    const part = upload.parts.get(partNumber)
    const etag = (childText(element, 'ETag') ?? '').replaceAll('"', '')
    if (!part || `"${etag}"` !== part.etag || !isSameChecksum(upload, part, element)) {
      throw new S3Error(
        'InvalidPart',
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        { details: { UploadId: upload.uploadId, PartNumber: String(partNumber), ETag: etag } },
      )
    }
    return part
  })
  const small = parts.slice(0, -1).find(({ segment }) => segment.size < MIN_PART_BYTES)
  if (small) {
    throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
      details: {
        ProposedSize: String(small.segment.size),
        MinSizeAllowed: String(MIN_PART_BYTES),
        PartNumber: String(small.partNumber),
      },
    })
  }
  return parts
}

function isSameChecksum({ checksum }: MultipartUpload, part: UploadedPart, element: XmlElement): boolean {
  if (!checksum) return true
  const claimed = childText(element, `Checksum${checksum.algorithm}`)
  if (claimed === undefined && checksum.type === 'COMPOSITE') {
    throw new S3Error(
      'InvalidRequest',
      `The upload was created using a ${checksum.algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${part.partNumber} in the request.`,
    )
  }
  return claimed === undefined || claimed === part.checksum?.value
}

function checksumOfParts(
  call: S3Call,
  { checksum }: MultipartUpload,
  parts: readonly UploadedPart[],
): Checksum | undefined {
  const expectedSize = header(call.headers, 'x-amz-mp-object-size')
  const size = parts.reduce((sum, { segment }) => sum + segment.size, 0)
  if (expectedSize !== undefined && Number(expectedSize) !== size) {
    throw new S3Error(
      'InvalidRequest',
      `The provided 'x-amz-mp-object-size' header value ${expectedSize} does not match what was computed: ${size}`,
    )
  }
  if (!checksum) return undefined
  const { algorithm, type } = checksum
  const claimedType = toChecksumType(call)
  if (claimedType !== undefined && claimedType !== type) {
    throw new S3Error(
      'InvalidRequest',
      `The upload was created using the ${type} checksum mode. The complete request must use the same checksum mode.`,
    )
  }
  const value = combine(algorithm, type, parts)
  const claimed = header(call.headers, checksumHeader(algorithm))
  if (claimed !== undefined && claimed !== value) {
    throw new S3Error(
      'BadDigest',
      `The ${algorithm.toLowerCase()} you specified did not match the calculated checksum.`,
    )
  }
  return { algorithm, value, type }
}

function combine(algorithm: ChecksumAlgorithm, type: ChecksumType, parts: readonly UploadedPart[]): string {
  const values = parts.map(({ checksum, segment }) => ({ value: checksum?.value ?? '', size: segment.size }))
  return type === 'FULL_OBJECT'
    ? combineCrcs(algorithm, values)
    : composeChecksum(
        algorithm,
        values.map(({ value }) => value),
      )
}

function multipartEtag(parts: readonly UploadedPart[]): string {
  const md5 = createHash('md5')
  for (const { etag } of parts) md5.update(Buffer.from(etag.replaceAll('"', ''), 'hex'))
  return `"${md5.digest('hex')}-${parts.length}"`
}

// A part's checksum has no type of its own.
function partChecksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  const { 'x-amz-checksum-type': _, ...headers } = checksumHeaders(checksum)
  return headers
}

function partChecksumElements(checksum: Checksum | undefined): Record<string, string> {
  const { ChecksumType: _, ...elements } = checksumElements(checksum)
  return elements
}
