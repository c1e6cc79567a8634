import { createHash, createHmac } from 'node:crypto'
import type { S3Namespace } from './s3-row.ts'

/** A request that the SDK would not make, signed by hand. */
export interface RawRequest {
  readonly method: string
  readonly bucket?: string
  readonly key?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** `UNSIGNED-PAYLOAD` by default. */
  readonly payloadHash?: string
  readonly signedAt?: Date
}

export interface RawAnswer {
  readonly status: number
  /** The code of an XML error. */
  readonly code: string | undefined
  readonly body: string
}

/** Sends it with SigV4 in the Authorization header. */
export async function sendSigned(s3: S3Namespace, request: RawRequest): Promise<RawAnswer> {
  return send(s3, request, signHeaders(s3, request).headers)
}

/** Signs an aws-chunked body chunk by chunk; `tamper` changes the body after signing. */
export async function sendSignedChunks(
  s3: S3Namespace,
  request: RawRequest,
  chunks: readonly Buffer[],
  trailer?: readonly [name: string, value: string],
  tamper: (body: Buffer) => Buffer = (body) => body,
): Promise<RawAnswer> {
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  const whole: RawRequest = {
    ...request,
    payloadHash: `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailer ? '-TRAILER' : ''}`,
    headers: {
      ...request.headers,
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': String(size),
      ...(trailer ? { 'x-amz-trailer': trailer[0] } : {}),
    },
  }
  const { headers, signature, longDate, scope, signingKey } = signHeaders(s3, whole)
  let previous = signature
  const chain = (kind: string, ...hashes: string[]): string => {
    previous = hmac(
      signingKey,
      [`AWS4-HMAC-SHA256-${kind}`, longDate, scope, previous, ...hashes].join('\n'),
    ).toString('hex')
    return previous
  }
  const pieces = [...chunks, Buffer.alloc(0)].flatMap((chunk) => [
    `${chunk.length.toString(16)};chunk-signature=${chain('PAYLOAD', sha256(''), sha256(chunk))}\r\n`,
    chunk,
    chunk.length === 0 ? '' : '\r\n',
  ])
  if (trailer) {
    const line = `${trailer[0]}:${trailer[1]}`
    pieces.push(`${line}\r\nx-amz-trailer-signature:${chain('TRAILER', sha256(`${line}\n`))}\r\n`)
  }
  pieces.push('\r\n')
  const body = Buffer.concat(pieces.map((piece) => Buffer.from(piece)))
  return send(s3, { ...whole, body: tamper(body) }, headers)
}

/** An aws-chunked body without chunk signatures. */
export function unsignedChunks(chunks: readonly Buffer[], trailer: string): Buffer {
  const pieces = chunks.flatMap((chunk) => [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n'])
  return Buffer.concat([...pieces, `0\r\n${trailer}\r\n\r\n`].map((piece) => Buffer.from(piece)))
}

/** A URL that carries its own signature. */
export function presign(s3: S3Namespace, request: RawRequest, expiresSeconds: number): string {
  const { longDate, scope, signingKey } = signingContext(s3, request)
  const query = {
    ...request.query,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${s3.credentials.accessKeyId}/${scope}`,
    'X-Amz-Date': longDate,
    'X-Amz-Expires': String(expiresSeconds),
    'X-Amz-SignedHeaders': 'host',
    ...(s3.credentials.sessionToken ? { 'X-Amz-Security-Token': s3.credentials.sessionToken } : {}),
  }
  const canonical = canonicalRequest(s3, { ...request, query }, { host: hostOf(s3) }, 'UNSIGNED-PAYLOAD')
  const signature = hmac(signingKey, toSign(longDate, scope, canonical)).toString('hex')
  return urlOf(s3, { ...request, query: { ...query, 'X-Amz-Signature': signature } })
}

export async function fetchRaw(url: string, init: RequestInit = {}): Promise<RawAnswer> {
  const response = await fetch(url, init)
  const body = await response.text()
  return { status: response.status, code: /<Code>([^<]*)<\/Code>/.exec(body)?.[1], body }
}

export function urlOf(s3: S3Namespace, request: RawRequest): string {
  const query = canonicalQuery(request.query ?? {})
  return `${s3.endpoint}${pathOf(s3, request)}${query === '' ? '' : `?${query}`}`
}

export function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function send(
  s3: S3Namespace,
  request: RawRequest,
  headers: Record<string, string>,
): Promise<RawAnswer> {
  const { host: _, ...sent } = headers
  return fetchRaw(urlOf(s3, request), {
    method: request.method,
    headers: sent,
    ...(request.body === undefined ? {} : { body: new Uint8Array(request.body) }),
  })
}

interface SigningContext {
  readonly longDate: string
  readonly scope: string
  readonly signingKey: Buffer
}

function signingContext(s3: S3Namespace, { signedAt = new Date() }: RawRequest): SigningContext {
  const longDate = signedAt.toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${longDate.slice(0, 8)}/${s3.region}/s3/aws4_request`
  let signingKey: Buffer = Buffer.from(`AWS4${s3.credentials.secretAccessKey}`)
  for (const part of scope.split('/')) signingKey = hmac(signingKey, part)
  return { longDate, scope, signingKey }
}

function signHeaders(
  s3: S3Namespace,
  request: RawRequest,
): SigningContext & { readonly headers: Record<string, string>; readonly signature: string } {
  const context = signingContext(s3, request)
  const payloadHash = request.payloadHash ?? 'UNSIGNED-PAYLOAD'
  const headers: Record<string, string> = {
    ...request.headers,
    host: hostOf(s3),
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': context.longDate,
    ...(s3.credentials.sessionToken ? { 'x-amz-security-token': s3.credentials.sessionToken } : {}),
  }
  const canonical = canonicalRequest(s3, request, headers, payloadHash)
  const signature = hmac(context.signingKey, toSign(context.longDate, context.scope, canonical)).toString(
    'hex',
  )
  const signedHeaders = Object.keys(headers).sort().join(';')
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${s3.credentials.accessKeyId}/${context.scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`
  return { ...context, headers, signature }
}

function canonicalRequest(
  s3: S3Namespace,
  request: RawRequest,
  headers: Readonly<Record<string, string>>,
  payloadHash: string,
): string {
  const names = Object.keys(headers).sort()
  return [
    request.method,
    pathOf(s3, request),
    canonicalQuery(request.query ?? {}),
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    payloadHash,
  ].join('\n')
}

function toSign(longDate: string, scope: string, canonical: string): string {
  return ['AWS4-HMAC-SHA256', longDate, scope, sha256(canonical)].join('\n')
}

function canonicalQuery(query: Readonly<Record<string, string>>): string {
  return Object.keys(query)
    .sort()
    .map((name) => `${encode(name)}=${encode(query[name] ?? '')}`)
    .join('&')
}

function pathOf(s3: S3Namespace, { bucket = s3.bucket, key = '' }: RawRequest): string {
  return `/${bucket}/${key.split('/').map(encode).join('/')}`
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function hostOf(s3: S3Namespace): string {
  return new URL(s3.endpoint).host
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
