import { OWNER_ID } from './bucket-operations.ts'
import {
  type Bucket,
  compareKeys,
  currentVersion,
  type MultipartUpload,
  type ObjectVersion,
} from './object-store.ts'
import { encodeRfc3986 } from './request-target.ts'
import { integerParameter, requireBucket, type S3Handler, xmlResponse } from './s3-call.ts'
import { S3Error } from './s3-error.ts'
import type { Query } from './s3-operations.ts'
import type { XmlChildren } from './s3-xml.ts'

const MAX_KEYS = 1000

export const listObjectsV2: S3Handler = (call) => {
  const bucket = requireBucket(call)
  const { query } = call
  const listing = toListing(query)
  const maxKeys = integerParameter(query, 'max-keys', MAX_KEYS, MAX_KEYS)
  const token = query.get('continuation-token')
  const startAfter = query.get('start-after')
  const after = token === undefined ? { key: startAfter ?? '' } : fromToken(token)
  const page = takePage(keysAfter(bucket, listing, after), listing, maxKeys, (key) =>
    currentVersion(bucket, key),
  )
  return xmlResponse('ListBucketResult', {
    Name: bucket.name,
    Prefix: listing.encode(listing.prefix),
    Delimiter: listing.delimiter === '' ? undefined : listing.encode(listing.delimiter),
    StartAfter: startAfter === undefined ? undefined : listing.encode(startAfter),
    ContinuationToken: token,
    NextContinuationToken: page.next === undefined ? undefined : toToken(page.next),
    EncodingType: query.get('encoding-type'),
    MaxKeys: maxKeys,
    KeyCount: page.entries.length,
    IsTruncated: page.next !== undefined,
    Contents: page.entries.flatMap((entry) =>
      entry.item
        ? [
            {
              Key: listing.encode(entry.item.key),
              ...versionElements(entry.item),
              ...(query.get('fetch-owner') === 'true' ? { Owner: { ID: OWNER_ID } } : {}),
            },
          ]
        : [],
    ),
    CommonPrefixes: commonPrefixes(page, listing),
  })
}

export const listObjectVersions: S3Handler = (call) => {
  const bucket = requireBucket(call)
  const { query } = call
  const listing = toListing(query)
  const maxKeys = integerParameter(query, 'max-keys', MAX_KEYS, MAX_KEYS)
  const keyMarker = query.get('key-marker') ?? ''
  const versionIdMarker = query.get('version-id-marker')
  const candidates = keysAfter(bucket, listing, {
    key: keyMarker,
    isIncluded: versionIdMarker !== undefined,
    isPrefix: isCommonPrefix(listing, keyMarker),
  })
  const page = takePage(
    versionsOf(bucket, candidates, keyMarker, versionIdMarker),
    listing,
    maxKeys,
    (version) => version,
    ({ key }) => key,
  )
  const last = page.entries.at(-1)
  const elements = page.entries.flatMap(({ item }) =>
    item
      ? [
          {
            isDeleteMarker: item.isDeleteMarker,
            element: {
              Key: listing.encode(item.key),
              VersionId: item.versionId,
              IsLatest: bucket.versions.get(item.key)?.at(-1) === item,
              ...(item.isDeleteMarker ? { LastModified: item.lastModified } : versionElements(item)),
              Owner: { ID: OWNER_ID },
            },
          },
        ]
      : [],
  )
  return xmlResponse('ListVersionsResult', {
    Name: bucket.name,
    Prefix: listing.encode(listing.prefix),
    Delimiter: listing.delimiter === '' ? undefined : listing.encode(listing.delimiter),
    KeyMarker: listing.encode(keyMarker),
    VersionIdMarker: versionIdMarker,
    NextKeyMarker:
      page.next === undefined ? undefined : listing.encode(last?.item?.key ?? last?.prefix ?? ''),
    NextVersionIdMarker: page.next === undefined ? undefined : last?.item?.versionId,
    EncodingType: query.get('encoding-type'),
    MaxKeys: maxKeys,
    IsTruncated: page.next !== undefined,
    Version: elements.flatMap(({ isDeleteMarker, element }) => (isDeleteMarker ? [] : [element])),
    DeleteMarker: elements.flatMap(({ isDeleteMarker, element }) => (isDeleteMarker ? [element] : [])),
    CommonPrefixes: commonPrefixes(page, listing),
  })
}

export const listMultipartUploads: S3Handler = (call) => {
  const bucket = requireBucket(call)
  const { query } = call
  const listing = toListing(query)
  const maxUploads = integerParameter(query, 'max-uploads', MAX_KEYS, MAX_KEYS)
  const keyMarker = query.get('key-marker') ?? ''
  const idMarker = query.get('upload-id-marker')
  const uploads = [...bucket.uploads.values()]
    .sort((a, b) => compareKeys(a.key, b.key) || compareUploads(a, b))
    .filter((upload) =>
      isAfterUpload(upload, keyMarker, idMarker === undefined ? undefined : bucket.uploads.get(idMarker)),
    )
    .filter(({ key }) => key.startsWith(listing.prefix))
    .filter(({ key }) => !isCommonPrefix(listing, keyMarker) || !key.startsWith(keyMarker))
  const page = takePage(
    uploads,
    listing,
    maxUploads,
    (upload) => upload,
    ({ key }) => key,
  )
  const last = page.entries.at(-1)
  return xmlResponse('ListMultipartUploadsResult', {
    Bucket: bucket.name,
    Prefix: listing.encode(listing.prefix),
    Delimiter: listing.delimiter === '' ? undefined : listing.encode(listing.delimiter),
    KeyMarker: listing.encode(keyMarker),
    UploadIdMarker: idMarker,
    NextKeyMarker:
      page.next === undefined ? undefined : listing.encode(last?.item?.key ?? last?.prefix ?? ''),
    NextUploadIdMarker: page.next === undefined ? undefined : last?.item?.uploadId,
    EncodingType: query.get('encoding-type'),
    MaxUploads: maxUploads,
    IsTruncated: page.next !== undefined,
    Upload: page.entries.flatMap(({ item }) =>
      item
        ? [
            {
              Key: listing.encode(item.key),
              UploadId: item.uploadId,
              Initiated: item.initiated,
              StorageClass: 'STANDARD',
              ChecksumAlgorithm: item.checksum?.algorithm,
              ChecksumType: item.checksum?.type,
            },
          ]
        : [],
    ),
    CommonPrefixes: commonPrefixes(page, listing),
  })
}

interface Listing {
  readonly prefix: string
  readonly delimiter: string
  encode(key: string): string
}

function toListing(query: Query): Listing {
  const encoding = query.get('encoding-type')
  if (encoding !== undefined && encoding !== 'url') {
    throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request')
  }
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    encode: encoding === 'url' ? encodeKey : (key) => key,
  }
}

// As S3 does it for encoding-type=url: slashes stay and a space becomes a plus.
function encodeKey(key: string): string {
  return encodeRfc3986(key).replaceAll('%2F', '/').replaceAll('%20', '+')
}

interface Marker {
  readonly key: string
  /** The key itself comes again, for listings that stopped inside it. */
  readonly isIncluded?: boolean
  /** Everything under this prefix was answered as one common prefix. */
  readonly isPrefix?: boolean
}

function* keysAfter(bucket: Bucket, { prefix }: Listing, marker: Marker): Generator<string> {
  const keys = bucket.sortedKeys()
  const from = compareKeys(marker.key, prefix) > 0 ? marker.key : prefix
  for (let index = lowerBound(keys, from); index < keys.length; index++) {
    const key = keys[index] as string
    if (!key.startsWith(prefix)) return
    if (key === marker.key && marker.isIncluded !== true) continue
    if (marker.isPrefix === true && key.startsWith(marker.key)) continue
    yield key
  }
}

// A page that ended with a common prefix names that prefix as the next marker.
function isCommonPrefix({ delimiter }: Listing, marker: string): boolean {
  return delimiter !== '' && marker.endsWith(delimiter)
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareKeys(keys[middle] as string, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

interface PageEntry<Item> {
  readonly item?: Item
  /** Set instead of the item for keys rolled up under a delimiter. */
  readonly prefix?: string
}

interface Page<Item> {
  readonly entries: readonly PageEntry<Item>[]
  /** Where the next page begins; undefined on the last one. */
  readonly next: Marker | undefined
}

function takePage<Candidate, Item>(
  candidates: Iterable<Candidate>,
  { prefix, delimiter }: Listing,
  max: number,
  toItem: (candidate: Candidate) => Item | undefined,
  toKey: (candidate: Candidate) => string = String,
): Page<Item> {
  const entries: PageEntry<Item>[] = []
  let next: Marker | undefined
  if (max === 0) return { entries, next }
  for (const candidate of candidates) {
    const item = toItem(candidate)
    if (item === undefined) continue
    const key = toKey(candidate)
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const rolledUp = cut < 0 ? undefined : key.slice(0, cut + delimiter.length)
    if (rolledUp !== undefined && entries.at(-1)?.prefix === rolledUp) continue
    if (entries.length === max) return { entries, next }
    entries.push(rolledUp === undefined ? { item } : { prefix: rolledUp })
    next = rolledUp === undefined ? { key } : { key: rolledUp, isPrefix: true }
  }
  return { entries, next: undefined }
}

function commonPrefixes(page: Page<unknown>, listing: Listing): readonly XmlChildren[] {
  return page.entries.flatMap(({ prefix }) =>
    prefix === undefined ? [] : [{ Prefix: listing.encode(prefix) }],
  )
}

function* versionsOf(
  bucket: Bucket,
  keys: Iterable<string>,
  keyMarker: string,
  versionIdMarker: string | undefined,
): Generator<ObjectVersion> {
  for (const key of keys) {
    const newestFirst = (bucket.versions.get(key) ?? []).toReversed()
    const seen =
      key === keyMarker ? newestFirst.findIndex(({ versionId }) => versionId === versionIdMarker) + 1 : 0
    yield* newestFirst.slice(seen)
  }
}

function versionElements(version: ObjectVersion): XmlChildren {
  return {
    LastModified: version.lastModified,
    ETag: version.etag,
    ChecksumAlgorithm: version.checksum?.algorithm,
    ChecksumType: version.checksum?.type,
    Size: version.size,
    StorageClass: 'STANDARD',
  }
}

function compareUploads(a: MultipartUpload, b: MultipartUpload): number {
  return a.initiated < b.initiated || (a.initiated === b.initiated && a.uploadId < b.uploadId) ? -1 : 1
}

function isAfterUpload(
  upload: MultipartUpload,
  keyMarker: string,
  marker: MultipartUpload | undefined,
): boolean {
  const order = compareKeys(upload.key, keyMarker)
  return (
    order > 0 ||
    (order === 0 && marker !== undefined && upload !== marker && compareUploads(upload, marker) > 0)
  )
}

function toToken(marker: Marker): string {
  return Buffer.from(JSON.stringify(marker)).toString('base64')
}

function fromToken(token: string): Marker {
  try {
    return JSON.parse(Buffer.from(token, 'base64').toString('utf8')) as Marker
  } catch {
    throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect')
  }
}
