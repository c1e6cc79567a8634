import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { S3Error } from './s3-error.ts'

export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number]
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE'

/** A checksum kept with an object or part; the value is Base64, with `-N` when it is composed of parts. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm
  readonly value: string
  readonly type: ChecksumType
}

/** Takes bytes in order and gives the digest once. */
export interface ChecksumHasher {
  update(chunk: Buffer): void
  digest(): Buffer
}

export function toChecksumAlgorithm(text: string): ChecksumAlgorithm {
  const algorithm = CHECKSUM_ALGORITHMS.find((name) => name === text.toUpperCase())
  if (!algorithm) {
    throw new S3Error('NotImplemented', `This stand-in does not imitate the checksum algorithm ${text}`)
  }
  return algorithm
}

export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`
}

export function createChecksumHasher(algorithm: ChecksumAlgorithm): ChecksumHasher {
  switch (algorithm) {
    case 'CRC32': {
      let value = 0
      return {
        update(chunk) {
          value = crc32(chunk, value)
        },
        digest: () => uint32(value),
      }
    }
    case 'CRC32C':
      return crc32c()
    case 'CRC64NVME':
      return crc64Nvme()
    case 'SHA1':
    case 'SHA256':
      return createHash(algorithm.toLowerCase())
  }
}

/** The checksum of the parts' checksums, which S3 marks with the number of parts. */
export function composeChecksum(algorithm: ChecksumAlgorithm, parts: readonly string[]): string {
  const hasher = createChecksumHasher(algorithm)
  for (const part of parts) hasher.update(Buffer.from(part, 'base64'))
  return `${hasher.digest().toString('base64')}-${parts.length}`
}

/** The CRC of a whole object from those of its parts, without reading the bytes again. */
export function combineCrcs(
  algorithm: ChecksumAlgorithm,
  parts: readonly { readonly value: string; readonly size: number }[],
): string {
  const crc = REFLECTED_CRCS[algorithm]
  if (!crc) {
    throw new S3Error('InvalidRequest', `The ${algorithm.toLowerCase()} checksum type is not FULL_OBJECT`)
  }
  const combined = parts.reduce(
    (sum, { value, size }) =>
      shiftByBytes(sum, size, crc) ^ BigInt(`0x${Buffer.from(value, 'base64').toString('hex')}`),
    0n,
  )
  return Buffer.from(combined.toString(16).padStart(crc.bits / 4, '0'), 'hex').toString('base64')
}

interface ReflectedCrc {
  readonly bits: number
  readonly polynomial: bigint
}

const REFLECTED_CRCS: Partial<Record<ChecksumAlgorithm, ReflectedCrc>> = {
  CRC32: { bits: 32, polynomial: 0xedb88320n },
  CRC32C: { bits: 32, polynomial: 0x82f63b78n },
  CRC64NVME: { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n },
}

// Appending n bytes multiplies the CRC by x^(8n) modulo the polynomial, here by squaring.
function shiftByBytes(sum: bigint, bytes: number, crc: ReflectedCrc): bigint {
  let shifted = sum
  let power = 1n << BigInt(crc.bits - 9)
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) shifted = multiply(shifted, power, crc)
    power = multiply(power, power, crc)
  }
  return shifted
}

// Reflected: the highest bit is x^0.
function multiply(a: bigint, b: bigint, { bits, polynomial }: ReflectedCrc): bigint {
  let product = 0n
  let term = b
  for (let bit = 1n << BigInt(bits - 1); bit > 0n; bit >>= 1n) {
    if (a & bit) product ^= term
    term = term & 1n ? (term >> 1n) ^ polynomial : term >> 1n
  }
  return product
}

const CRC32C_TABLES = slicingTables(0x82f63b78)

function slicingTables(polynomial: number): readonly Int32Array[] {
  const first = new Int32Array(256).map((_, byte) => {
    let value = byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1
    return value
  })
  const tables = [first]
  for (let slice = 1; slice < 4; slice++) {
    const previous = tables[slice - 1] as Int32Array
    tables.push(previous.map((value) => (value >>> 8) ^ (first[value & 0xff] as number)))
  }
  return tables
}

function crc32c(): ChecksumHasher {
  const [t0, t1, t2, t3] = CRC32C_TABLES as [Int32Array, Int32Array, Int32Array, Int32Array]
  let value = -1
  return {
    update(chunk) {
      let at = 0
      for (const end = chunk.length - 3; at < end; at += 4) {
        value ^= chunk.readInt32LE(at)
        value =
          (t3[value & 0xff] as number) ^
          (t2[(value >>> 8) & 0xff] as number) ^
          (t1[(value >>> 16) & 0xff] as number) ^
          (t0[value >>> 24] as number)
      }
      for (; at < chunk.length; at++)
        value = (value >>> 8) ^ (t0[(value ^ (chunk[at] as number)) & 0xff] as number)
    },
    digest: () => uint32(~value),
  }
}

// Two 32-bit halves, because BigInt arithmetic per byte is a hundred times slower.
const CRC64_HIGH = new Int32Array(256)
const CRC64_LOW = new Int32Array(256)
for (let byte = 0; byte < 256; byte++) {
  let value = BigInt(byte)
  for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ 0x9a6c9329ac4bc9b5n : value >> 1n
  CRC64_HIGH[byte] = Number(value >> 32n)
  CRC64_LOW[byte] = Number(value & 0xffffffffn)
}

function crc64Nvme(): ChecksumHasher {
  let high = -1
  let low = -1
  return {
    update(chunk) {
      for (let at = 0; at < chunk.length; at++) {
        const index = (low ^ (chunk[at] as number)) & 0xff
        low = ((low >>> 8) | (high << 24)) ^ (CRC64_LOW[index] as number)
        high = (high >>> 8) ^ (CRC64_HIGH[index] as number)
      }
    },
    digest: () => Buffer.concat([uint32(~high), uint32(~low)]),
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes
}
