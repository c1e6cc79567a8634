import { WireFormatError } from './wire-buffer.ts'

export const PACKET = { connect: 1, accept: 2, refuse: 4, data: 6, marker: 12 } as const
export const MARKER = { break: 1, reset: 2, interrupt: 3 } as const

const CLIENT_PACKETS: ReadonlySet<number> = new Set([PACKET.connect, PACKET.data, PACKET.marker])
const HEADER_BYTES = 8
const DATA_HEADER_BYTES = 10
const LARGEST_UNIT = 2_097_152
const SMALLEST_UNIT = 512
const END_OF_REQUEST = 0x0800
const END_OF_FILE = 0x0040
const NO_NATIVE_SERVICES = 0x04
const PROTOCOL_VERSION = 318

export interface Packet {
  readonly type: number
  readonly bytes: Buffer
}

/** Cuts the bytes of a connection into packets; the length field is wider once the session is accepted. */
export class PacketReader {
  hasWideLength = false
  #pending: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
  }

  next(): Packet | undefined {
    if (this.#pending.length < HEADER_BYTES) return undefined
    const length = this.hasWideLength ? this.#pending.readUInt32BE(0) : this.#pending.readUInt16BE(0)
    const type = this.#pending.readUInt8(4)
    if (length < HEADER_BYTES || length > LARGEST_UNIT || !CLIENT_PACKETS.has(type)) {
      throw new WireFormatError(`no Oracle Net packet: type ${type}, ${length} bytes`)
    }
    if (this.#pending.length < length) return undefined
    const bytes = this.#pending.subarray(0, length)
    this.#pending = this.#pending.subarray(length)
    return { type, bytes }
  }
}

export interface ConnectRequest {
  readonly sdu: number
  readonly connectDataLength: number
  /** Empty when the connect data comes in a packet of its own. */
  readonly connectData: string
}

export function readConnect({ bytes }: Packet): ConnectRequest {
  if (bytes.length < 70) throw new WireFormatError('a CONNECT packet without its large data unit')
  const connectDataLength = bytes.readUInt16BE(24)
  const start = bytes.readUInt16BE(26)
  const isInline = bytes.length >= start + connectDataLength
  const proposed = bytes.readUInt32BE(58) || bytes.readUInt16BE(14)
  return {
    sdu: Math.min(Math.max(proposed, SMALLEST_UNIT), LARGEST_UNIT),
    connectDataLength,
    connectData: isInline ? bytes.toString('utf8', start, start + connectDataLength) : '',
  }
}

export function dataPayload({ bytes }: Packet): Buffer {
  return bytes.subarray(DATA_HEADER_BYTES)
}

export function isEndOfRequest({ bytes }: Packet): boolean {
  return (bytes.readUInt16BE(8) & END_OF_REQUEST) !== 0
}

export function isEndOfFile({ bytes }: Packet): boolean {
  return (bytes.readUInt16BE(8) & END_OF_FILE) !== 0
}

export function markerKind({ bytes }: Packet): number {
  return bytes.readUInt8(10)
}

export function acceptPacket(sdu: number): Buffer {
  const bytes = Buffer.alloc(45)
  bytes.writeUInt16BE(bytes.length, 0)
  bytes.writeUInt8(PACKET.accept, 4)
  bytes.writeUInt16BE(PROTOCOL_VERSION, 8)
  bytes.writeUInt16BE(Math.min(sdu, 0xffff), 12)
  bytes.writeUInt16BE(Math.min(sdu, 0xffff), 14)
  bytes.writeUInt16BE(1, 16)
  bytes.writeUInt16BE(bytes.length, 20)
  bytes.writeUInt8(NO_NATIVE_SERVICES, 22)
  bytes.writeUInt32BE(sdu, 32)
  bytes.writeUInt32BE(LARGEST_UNIT, 36)
  return bytes
}

export function refusePacket(error: number): Buffer {
  const text = Buffer.from(
    `(DESCRIPTION=(TMP=)(VSNNUM=0)(ERR=${error})(ERROR_STACK=(ERROR=(CODE=${error})(EMFI=4))))`,
  )
  const bytes = Buffer.alloc(12 + text.length)
  bytes.writeUInt16BE(bytes.length, 0)
  bytes.writeUInt8(PACKET.refuse, 4)
  bytes.writeUInt8(4, 8)
  bytes.writeUInt16BE(text.length, 10)
  text.copy(bytes, 12)
  return bytes
}

export function markerPacket(kind: number): Buffer {
  const bytes = Buffer.alloc(11)
  bytes.writeUInt32BE(bytes.length, 0)
  bytes.writeUInt8(PACKET.marker, 4)
  bytes.writeUInt8(1, 8)
  bytes.writeUInt8(kind, 10)
  return bytes
}

/** One answer as DATA packets of at most `sdu` bytes each, in one buffer. */
export function dataPackets(payload: Buffer, sdu: number): Buffer {
  const room = sdu - DATA_HEADER_BYTES
  const count = Math.max(1, Math.ceil(payload.length / room))
  const bytes = Buffer.allocUnsafe(payload.length + count * DATA_HEADER_BYTES)
  let at = 0
  for (let start = 0, packet = 0; packet < count; packet++, start += room) {
    const size = Math.min(room, payload.length - start)
    bytes.writeUInt32BE(size + DATA_HEADER_BYTES, at)
    bytes.writeUInt32BE(PACKET.data << 24, at + 4)
    bytes.writeUInt16BE(0, at + 8)
    payload.copy(bytes, at + DATA_HEADER_BYTES, start, start + size)
    at += size + DATA_HEADER_BYTES
  }
  return bytes
}

/** The DATA packets of one answer, one by one; a packet from before the session is accepted comes out whole. */
export function splitDataPackets(answer: Buffer): Buffer[] {
  const packets: Buffer[] = []
  for (let at = 0; at < answer.length; ) {
    const length = answer.readUInt32BE(at)
    packets.push(answer.subarray(at, at + length))
    at += length
  }
  return packets
}
