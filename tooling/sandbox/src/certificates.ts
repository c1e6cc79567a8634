import { generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

/** A certificate and its private key, PEM. */
export interface Certificate {
  readonly certificate: string
  readonly key: string
  /** The key sealed with a password, as the private key of an Oracle wallet is. */
  sealedKey(password: string): string
}

export interface CertificateRequest {
  readonly commonName: string
  /** Names and addresses of the server; none for a client. */
  readonly hosts?: readonly string[]
  readonly validFrom?: Date
  readonly validUntil?: Date
}

/** Signs certificates for servers and clients. */
export interface CertificateAuthority {
  /** PEM */
  readonly certificate: string
  issue(request: CertificateRequest): Certificate
}

const DAY_MS = 86_400_000
const OID = {
  commonName: '550403',
  keyUsage: '551d0f',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
  ecdsaWithSha256: '2a8648ce3d040302',
} as const
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  altDnsName: 0x82,
  altAddress: 0x87,
  version: 0xa0,
  extensions: 0xa3,
} as const

/** An authority of its own with keys that exist in memory only, since Node makes keys but no certificates. */
export function createCertificateAuthority(commonName = 'findata sandbox authority'): CertificateAuthority {
  const issuer = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const sealed = (request: CertificateRequest, subjectKey: KeyObject, extensions: Buffer) =>
    toCertificate({ request, issuer: commonName, subjectKey, extensions, signingKey: issuer.privateKey })
  return {
    certificate: sealed({ commonName }, issuer.publicKey, authorityExtensions()),
    issue(request) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      return {
        certificate: sealed(request, publicKey, hostExtensions(request.hosts ?? [])),
        key: toPem(privateKey),
        sealedKey: (password) => toPem(privateKey, password),
      }
    },
  }
}

function toPem(key: KeyObject, password?: string): string {
  const format = { type: 'pkcs8', format: 'pem' } as const
  return key
    .export(password === undefined ? format : { ...format, cipher: 'aes-256-cbc', passphrase: password })
    .toString()
}

interface CertificateParts {
  readonly request: CertificateRequest
  readonly issuer: string
  readonly subjectKey: KeyObject
  readonly extensions: Buffer
  readonly signingKey: KeyObject
}

/** RFC 5280, 4.1. */
function toCertificate({ request, issuer, subjectKey, extensions, signingKey }: CertificateParts): string {
  const {
    commonName,
    validFrom = new Date(Date.now() - DAY_MS),
    validUntil = new Date(Date.now() + DAY_MS),
  } = request
  const algorithm = sequence(oid(OID.ecdsaWithSha256))
  const toSign = sequence(
    der(TAG.version, der(TAG.integer, Buffer.from([2]))),
    der(TAG.integer, Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    algorithm,
    name(issuer),
    sequence(time(validFrom), time(validUntil)),
    name(commonName),
    subjectKey.export({ type: 'spki', format: 'der' }),
    der(TAG.extensions, extensions),
  )
  const signature = bits(sign('sha256', toSign, signingKey))
  return new X509Certificate(sequence(toSign, algorithm, signature)).toString()
}

/** It may sign other certificates: key usage bit 5. */
function authorityExtensions(): Buffer {
  return sequence(
    extension(OID.basicConstraints, sequence(der(TAG.boolean, Buffer.from([0xff])))),
    extension(OID.keyUsage, bits(Buffer.from([0x04]), 2)),
  )
}

function hostExtensions(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    isIP(host) === 4
      ? der(TAG.altAddress, Buffer.from(host.split('.').map(Number)))
      : der(TAG.altDnsName, Buffer.from(host)),
  )
  return sequence(
    extension(OID.basicConstraints, sequence()),
    ...(names.length > 0 ? [extension(OID.subjectAltName, sequence(...names))] : []),
  )
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), der(TAG.octetString, value))
}

function name(commonName: string): Buffer {
  return sequence(der(TAG.set, sequence(oid(OID.commonName), der(TAG.utf8, Buffer.from(commonName)))))
}

function time(date: Date): Buffer {
  return der(TAG.generalizedTime, Buffer.from(`${date.toISOString().replace(/\D/g, '').slice(0, 14)}Z`))
}

function oid(hex: string): Buffer {
  return der(TAG.oid, Buffer.from(hex, 'hex'))
}

function bits(value: Buffer, unusedBits = 0): Buffer {
  return der(TAG.bitString, Buffer.concat([Buffer.from([unusedBits]), value]))
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(TAG.sequence, Buffer.concat(parts))
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
