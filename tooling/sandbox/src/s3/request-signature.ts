import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { encodeRfc3986, type RequestTarget } from './request-target.ts'
import { S3Error } from './s3-error.ts'

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface SignatureRules {
  readonly credentials: readonly S3Credentials[]
  readonly region: string
  readonly now: () => Date
}

/** A request whose signature is right; the body is still to be checked against `payloadHash`. */
export interface VerifiedSignature {
  readonly accessKeyId: string
  /** A hex SHA-256, `UNSIGNED-PAYLOAD` or one of the `STREAMING-` names. */
  readonly payloadHash: string
  /** What signed chunks are checked with. */
  readonly chunkSigning: ChunkSigning
}

export interface ChunkSigning {
  readonly signingKey: Buffer
  readonly longDate: string
  readonly scope: string
  readonly seedSignature: string
}

interface ClaimedSignature {
  readonly accessKeyId: string
  readonly scope: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
  readonly longDate: string
  readonly payloadHash: string
  readonly expiresSeconds: number | undefined
}

const ALGORITHM = 'AWS4-HMAC-SHA256'
const MAX_SKEW_MS = 15 * 60 * 1000
const MAX_EXPIRES_SECONDS = 7 * 24 * 60 * 60

/** Checks SigV4 in the header or in the query. @throws S3Error with the code that S3 answers. */
export function verifySignature(
  request: IncomingMessage,
  target: RequestTarget,
  { credentials, region, now }: SignatureRules,
): VerifiedSignature {
  const parameters = new Map(target.parameters)
  const claim = parameters.has('X-Amz-Signature') ? claimInQuery(parameters) : claimInHeader(request)
  const scopeParts = claim.scope.split('/')
  const [scopeDate, scopeRegion, service, terminator] = scopeParts
  if (scopeParts.length !== 4 || service !== 's3' || terminator !== 'aws4_request') {
    throw malformed(`the credential scope '${claim.scope}' is not DATE/REGION/s3/aws4_request`)
  }
  if (scopeRegion !== region) {
    throw malformed(`the region '${scopeRegion}' is wrong; expecting '${region}'`, { Region: region })
  }
  if (scopeDate !== claim.longDate.slice(0, 8)) {
    throw malformed('the date of the credential scope is not the date of the request')
  }
  checkTime(claim, now())
  const credential = credentials.find(({ accessKeyId }) => accessKeyId === claim.accessKeyId)
  if (!credential) {
    throw new S3Error(
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
      {
        details: { AWSAccessKeyId: claim.accessKeyId },
      },
    )
  }
  checkAllSigned(request, claim.signedHeaders)
  const canonicalRequest = [
    request.method,
    target.path.split('/').map(encodeRfc3986).join('/'),
    canonicalQuery(target),
    ...claim.signedHeaders.map((name) => `${name}:${headerText(request, name)}`),
    '',
    claim.signedHeaders.join(';'),
    claim.payloadHash,
  ].join('\n')
  const stringToSign = [ALGORITHM, claim.longDate, claim.scope, sha256Hex(canonicalRequest)].join('\n')
  const signingKey = toSigningKey(credential.secretAccessKey, claim.scope)
  if (!equalText(hmac(signingKey, stringToSign).toString('hex'), claim.signature)) {
    throw signatureMismatch(canonicalRequest, stringToSign)
  }
  return {
    accessKeyId: claim.accessKeyId,
    payloadHash: claim.payloadHash,
    chunkSigning: {
      signingKey,
      longDate: claim.longDate,
      scope: claim.scope,
      seedSignature: claim.signature,
    },
  }
}

/** The signature of one signed chunk, or of the trailer, given the one before it. */
export function toChunkSignature(
  { signingKey, longDate, scope }: ChunkSigning,
  kind: 'AWS4-HMAC-SHA256-PAYLOAD' | 'AWS4-HMAC-SHA256-TRAILER',
  previous: string,
  contentHash: string,
): string {
  const parts =
    kind === 'AWS4-HMAC-SHA256-PAYLOAD'
      ? [kind, longDate, scope, previous, sha256Hex(''), contentHash]
      : [kind, longDate, scope, previous, contentHash]
  return hmac(signingKey, parts.join('\n')).toString('hex')
}

export function equalText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}

export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

export function signatureMismatch(canonicalRequest: string, stringToSign: string): S3Error {
  return new S3Error(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    { details: { CanonicalRequest: canonicalRequest, StringToSign: stringToSign } },
  )
}

function claimInHeader(request: IncomingMessage): ClaimedSignature {
  const header = request.headers.authorization
  if (header === undefined) throw new S3Error('AccessDenied', 'Access Denied')
  const match =
    /^AWS4-HMAC-SHA256\s+Credential=([^/,]+)\/([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]+)$/.exec(
      header,
    )
  if (!match) throw malformed('it is not a signature of AWS4-HMAC-SHA256')
  const [, accessKeyId = '', scope = '', signedHeaders = '', signature = ''] = match
  const payloadHash = headerText(request, 'x-amz-content-sha256')
  if (payloadHash === '') {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256')
  }
  return {
    accessKeyId,
    scope,
    signedHeaders: signedHeaders.split(';'),
    signature,
    longDate: headerText(request, 'x-amz-date'),
    payloadHash,
    expiresSeconds: undefined,
  }
}

function claimInQuery(parameters: ReadonlyMap<string, string>): ClaimedSignature {
  const parameter = (name: string): string => {
    const value = parameters.get(name)
    if (value === undefined) {
      throw new S3Error('AuthorizationQueryParametersError', `The presigned URL lacks ${name}`)
    }
    return value
  }
  if (parameter('X-Amz-Algorithm') !== ALGORITHM) {
    throw new S3Error('AuthorizationQueryParametersError', `X-Amz-Algorithm only supports "${ALGORITHM}"`)
  }
  const [accessKeyId = '', ...scope] = parameter('X-Amz-Credential').split('/')
  const expiresSeconds = Number(parameter('X-Amz-Expires'))
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 0 || expiresSeconds > MAX_EXPIRES_SECONDS) {
    throw new S3Error(
      'AuthorizationQueryParametersError',
      `X-Amz-Expires must be from 0 to ${MAX_EXPIRES_SECONDS} seconds`,
    )
  }
  return {
    accessKeyId,
    scope: scope.join('/'),
    signedHeaders: parameter('X-Amz-SignedHeaders').split(';'),
    signature: parameter('X-Amz-Signature'),
    longDate: parameter('X-Amz-Date'),
    payloadHash: parameters.get('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD',
    expiresSeconds,
  }
}

function checkTime({ longDate, expiresSeconds }: ClaimedSignature, now: Date): void {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(longDate)
  if (!match)
    throw new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header')
  const [, year, month, day, hour, minute, second] = match.map(Number)
  const signedAt = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second)
  if (expiresSeconds !== undefined) {
    if (signedAt > now.getTime() + MAX_SKEW_MS) throw new S3Error('AccessDenied', 'Request is not yet valid')
    if (now.getTime() > signedAt + expiresSeconds * 1000)
      throw new S3Error('AccessDenied', 'Request has expired')
  } else if (Math.abs(now.getTime() - signedAt) > MAX_SKEW_MS) {
    throw new S3Error(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      {
        details: {
          RequestTime: longDate,
          ServerTime: now.toISOString(),
          MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
        },
        // The SDK corrects its clock by this header.
        headers: { date: now.toUTCString() },
      },
    )
  }
}

function checkAllSigned(request: IncomingMessage, signedHeaders: readonly string[]): void {
  const unsigned = Object.keys(request.headers).filter(
    (name) => (name === 'host' || name.startsWith('x-amz-')) && !signedHeaders.includes(name),
  )
  if (unsigned.length > 0) {
    throw new S3Error('AccessDenied', 'There were headers present in the request which were not signed', {
      details: { HeadersNotSigned: unsigned.join(', ') },
    })
  }
}

function canonicalQuery(target: RequestTarget): string {
  return target.parameters
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encodeRfc3986(name), encodeRfc3986(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) =>
      nameA === nameB ? (valueA < valueB ? -1 : 1) : nameA < nameB ? -1 : 1,
    )
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function headerText(request: IncomingMessage, name: string): string {
  const value = request.headers[name]
  return (Array.isArray(value) ? value.join(',') : (value ?? '')).trim().replace(/ +/g, ' ')
}

/** The key of one day, region and service. */
export function toSigningKey(secretAccessKey: string, scope: string): Buffer {
  return scope
    .split('/')
    .reduce((key: string | Buffer, part) => hmac(key, part), `AWS4${secretAccessKey}`) as Buffer
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function malformed(why: string, details: Record<string, string> = {}): S3Error {
  return new S3Error('AuthorizationHeaderMalformed', `The authorization header is malformed; ${why}`, {
    details,
  })
}
