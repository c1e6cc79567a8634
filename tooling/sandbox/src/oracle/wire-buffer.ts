/** A request that this server cannot take apart; the bytes after it cannot be trusted. */
export class WireFormatError extends Error {
  override readonly name = 'WireFormatError'
}

const LONGEST_SHORT_VALUE = 252
const CHUNKED = 254
const NULL_LENGTH = 255

/** Reads the primitive encodings of one request. */
export class WireReader {
  readonly #bytes: Buffer
  #position = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get remaining(): number {
    return this.#bytes.length - this.#position
  }

  #advance(count: number): number {
    const start = this.#position
    if (start + count > this.#bytes.length) {
      throw new WireFormatError(
        `the request ends at byte ${this.#bytes.length}, but ${count} bytes were expected at byte ${start}`,
      )
    }
    this.#position = start + count
    return start
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#advance(1))
  }

  skip(count: number): void {
    this.#advance(count)
  }

  raw(count: number): Buffer {
    const start = this.#advance(count)
    return this.#bytes.subarray(start, start + count)
  }

  /** An unsigned integer whose length byte precedes it. */
  ub(): number {
    const size = this.u8()
    if (size === 0) return 0
    if (size > 8) throw new WireFormatError(`an integer of ${size} bytes at byte ${this.#position - 1}`)
    const start = this.#advance(size)
    return size <= 6
      ? this.#bytes.readUIntBE(start, size)
      : Number(BigInt(`0x${this.#bytes.toString('hex', start, start + size)}`))
  }

  /** A value whose length byte precedes it, in chunks when it is long; null when its length is 0. */
  bytes(): Buffer | null {
    const size = this.u8()
    if (size === 0 || size === NULL_LENGTH) return null
    if (size !== CHUNKED) return this.raw(size)
    const chunks: Buffer[] = []
    for (let chunk = this.ub(); chunk > 0; chunk = this.ub()) chunks.push(this.raw(chunk))
    return Buffer.concat(chunks)
  }

  text(): string {
    return this.bytes()?.toString('utf8') ?? ''
  }

  /** A text whose length comes once as an integer and, unless it is 0, once more in the value. */
  sizedText(): string {
    return this.ub() === 0 ? '' : this.text()
  }

  expectEnd(what: string): void {
    if (this.remaining > 0) throw new WireFormatError(`${this.remaining} bytes follow ${what}`)
  }
}

/** Writes the primitive encodings of an answer into one growing buffer. */
export class WireWriter {
  bytes: Buffer
  length = 0

  constructor(capacity = 1024) {
    this.bytes = Buffer.allocUnsafeSlow(capacity)
  }

  /** Makes room for `count` bytes and answers where they start in `bytes`. */
  reserve(count: number): number {
    const start = this.length
    const end = start + count
    if (end > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(end, this.bytes.length * 2))
      this.bytes.copy(larger, 0, 0, start)
      this.bytes = larger
    }
    this.length = end
    return start
  }

  /** What has been written; valid until the next write. */
  written(): Buffer {
    return this.bytes.subarray(0, this.length)
  }

  u8(value: number): void {
    const at = this.reserve(1)
    this.bytes[at] = value
  }

  u16be(value: number): void {
    const at = this.reserve(2)
    this.bytes.writeUInt16BE(value, at)
  }

  u16le(value: number): void {
    const at = this.reserve(2)
    this.bytes.writeUInt16LE(value, at)
  }

  raw(value: Uint8Array): void {
    const at = this.reserve(value.length)
    this.bytes.set(value, at)
  }

  ub(value: number): void {
    if (value === 0) {
      this.u8(0)
    } else if (value < 0x100) {
      const at = this.reserve(2)
      this.bytes[at] = 1
      this.bytes[at + 1] = value
    } else {
      const size = value < 0x1_0000 ? 2 : value < 0x100_0000 ? 3 : value < 0x1_0000_0000 ? 4 : 6
      const at = this.reserve(size + 1)
      this.bytes[at] = size
      this.bytes.writeUIntBE(value, at + 1, size)
    }
  }

  /** The length in front of a value that is written next; false when the value needs chunks. */
  #shortLength(size: number): boolean {
    if (size > LONGEST_SHORT_VALUE) return false
    this.u8(size)
    return true
  }

  /** A value with its length byte in front, as one chunk when it is long; empty is null. */
  lengthAndBytes(value: Uint8Array): void {
    if (this.#shortLength(value.length)) {
      this.raw(value)
      return
    }
    this.u8(CHUNKED)
    this.ub(value.length)
    this.raw(value)
    this.u8(0)
  }

  /** Text as UTF-8 with its length byte in front. */
  lengthAndText(value: string): void {
    const characters = value.length
    if (characters <= 64) {
      // Most values are short and ASCII; a loop beats the call into the encoder for them.
      const at = this.reserve(1 + characters)
      const { bytes } = this
      let index = 0
      for (; index < characters; index++) {
        const code = value.charCodeAt(index)
        if (code > 127) break
        bytes[at + 1 + index] = code
      }
      if (index === characters) {
        bytes[at] = characters
        return
      }
      this.length = at
    }
    if (characters * 3 <= LONGEST_SHORT_VALUE) {
      const at = this.reserve(1 + characters * 3)
      const size = this.bytes.write(value, at + 1, 'utf8')
      this.bytes[at] = size
      this.length = at + 1 + size
      return
    }
    this.lengthAndBytes(Buffer.from(value, 'utf8'))
  }

  sizedText(value: string): void {
    const size = Buffer.byteLength(value)
    this.ub(size)
    if (size > 0) this.lengthAndText(value)
  }
}
