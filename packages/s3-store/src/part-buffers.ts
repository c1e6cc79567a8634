/** The least that S3 takes: several are in memory at once. */
const FIRST_PART_BYTES = 5 * 1024 ** 2
/** S3 takes 10,000 parts of an object. Doubling after so many reaches 773 GiB, the first 7 GiB of it in parts of 5 MiB. */
const PARTS_BEFORE_DOUBLING = 1500

/** How large the part with this number is; numbers begin at 1. */
export function partBytes(number: number): number {
  return FIRST_PART_BYTES * 2 ** Math.floor((number - 1) / PARTS_BEFORE_DOUBLING)
}

/** Buffers for parts, used again so that memory stays flat. */
export interface PartBuffers {
  take(bytes: number): Buffer
  give(buffer: Buffer): void
  /** The most that were taken at the same time. */
  readonly peak: number
}

const KEPT_BUFFERS = 4

export function createPartBuffers(): PartBuffers {
  const free: Buffer[] = []
  let taken = 0
  let peak = 0
  return {
    take(bytes) {
      peak = Math.max(peak, ++taken)
      // Not touched before it is filled: a small object costs a small part of it.
      return (bytes === FIRST_PART_BYTES && free.pop()) || Buffer.allocUnsafeSlow(bytes)
    },
    give(buffer) {
      taken--
      if (buffer.length === FIRST_PART_BYTES && free.length < KEPT_BUFFERS) free.push(buffer)
    },
    get peak() {
      return peak
    },
  }
}
