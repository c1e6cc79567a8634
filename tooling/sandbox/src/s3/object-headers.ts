import type { IncomingHttpHeaders } from 'node:http'
import { header } from './s3-call.ts'
import { S3Error } from './s3-error.ts'

const KEPT = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
] as const

const KNOWN = new Set([
  'x-amz-checksum-algorithm',
  'x-amz-checksum-mode',
  'x-amz-checksum-type',
  'x-amz-content-sha256',
  'x-amz-copy-source',
  'x-amz-date',
  'x-amz-decoded-content-length',
  'x-amz-metadata-directive',
  'x-amz-mp-object-size',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-trailer',
  'x-amz-user-agent',
])
const KNOWN_PREFIXES = ['x-amz-meta-', 'x-amz-checksum-', 'x-amz-copy-source-']

const MAX_METADATA_BYTES = 2048

/** Refuses what would be silently ignored: encryption keys, ACLs, tags, locks, storage classes. */
export function refuseUnknownHeaders(headers: IncomingHttpHeaders): void {
  const unknown = Object.keys(headers).filter(
    (name) =>
      name.startsWith('x-amz-') &&
      !KNOWN.has(name) &&
      !KNOWN_PREFIXES.some((prefix) => name.startsWith(prefix)),
  )
  if (unknown.length > 0) {
    throw new S3Error('NotImplemented', `This stand-in does not imitate the header ${unknown.join(', ')}`)
  }
}

/** What is kept with an object and answered with it. */
export function toObjectHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = { 'content-type': 'binary/octet-stream' }
  for (const name of KEPT) {
    const value = header(headers, name)
    if (value !== undefined) kept[name] = value
  }
  // S3 takes `aws-chunked` as a matter of the transfer, not of the object.
  const encodings = (kept['content-encoding'] ?? '').split(',').map((encoding) => encoding.trim())
  const lasting = encodings.filter((encoding) => encoding !== '' && encoding !== 'aws-chunked')
  if (lasting.length > 0) kept['content-encoding'] = lasting.join(',')
  else delete kept['content-encoding']

  let metadataBytes = 0
  for (const name of Object.keys(headers)) {
    if (!name.startsWith('x-amz-meta-')) continue
    const value = header(headers, name) ?? ''
    kept[name] = value
    metadataBytes += name.length - 'x-amz-meta-'.length + value.length
  }
  if (metadataBytes > MAX_METADATA_BYTES) {
    throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', {
      details: { Size: String(metadataBytes), MaxSizeAllowed: String(MAX_METADATA_BYTES) },
    })
  }
  return kept
}
