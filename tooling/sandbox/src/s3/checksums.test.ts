import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ChecksumAlgorithm, combineCrcs, createChecksumHasher } from './checksums.ts'

const CRCS: readonly ChecksumAlgorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME']

describe.for(CRCS)('%s', (algorithm) => {
  test('does not depend on how the bytes are cut', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (first, second) => {
        const hasher = createChecksumHasher(algorithm)
        hasher.update(Buffer.from(first))
        hasher.update(Buffer.from(second))

        expect(hasher.digest().toString('base64')).toBe(checksum(algorithm, [...first, ...second]))
      }),
    )
  })

  test('combines those of the parts into that of the whole', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 5 }), (parts) => {
        const values = parts.map((part) => ({ value: checksum(algorithm, part), size: part.length }))

        expect(combineCrcs(algorithm, values)).toBe(
          checksum(
            algorithm,
            parts.flatMap((part) => [...part]),
          ),
        )
      }),
    )
  })
})

function checksum(algorithm: ChecksumAlgorithm, bytes: Iterable<number>): string {
  const hasher = createChecksumHasher(algorithm)
  hasher.update(Buffer.from([...bytes]))
  return hasher.digest().toString('base64')
}
