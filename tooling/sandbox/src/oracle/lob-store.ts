import { FORM, TYPE, toUtf16 } from './row-encoding.ts'
import { CHARACTER_SET, MESSAGE } from './ttc-messages.ts'
import { OracleError } from './values.ts'
import { WireFormatError, type WireReader, type WireWriter } from './wire-buffer.ts'

const OPERATION = {
  length: 0x1,
  read: 0x2,
  trim: 0x20,
  write: 0x40,
  createTemporary: 0x110,
  freeTemporary: 0x111,
  chunkSize: 0x4000,
} as const
const ARRAY_OF_LOCATORS = 0x80000

const LOCATOR_BYTES = 40
const CHUNK_SIZE = 8_132

type Lob = { kind: 'text'; text: string } | { kind: 'bytes'; bytes: Buffer }

/** The large objects a session holds locators of; they live as long as the session or until they are freed. */
export class LobStore {
  readonly #lobs = new Map<number, Lob>()
  #lastId = 0

  addText(text: string, isTemporary = false): Buffer {
    return this.#add({ kind: 'text', text }, isTemporary)
  }

  addBytes(bytes: Buffer, isTemporary = false): Buffer {
    return this.#add({ kind: 'bytes', bytes }, isTemporary)
  }

  #add(lob: Lob, isTemporary: boolean): Buffer {
    const id = ++this.#lastId
    this.#lobs.set(id, lob)
    const locator = Buffer.alloc(LOCATOR_BYTES)
    locator.writeUInt16BE(LOCATOR_BYTES - 2, 0)
    locator.writeUInt16BE(4, 2)
    locator[4] = lob.kind === 'bytes' ? 0x01 : 0
    locator[5] = 0x08
    locator[6] = lob.kind === 'text' ? 0x80 : 0
    locator[7] = isTemporary ? 0x01 : 0
    locator.writeUInt32BE(id, 10)
    return locator
  }

  at(locator: Buffer): Lob {
    const lob = locator.length === LOCATOR_BYTES ? this.#lobs.get(locator.readUInt32BE(10)) : undefined
    if (lob === undefined) throw new OracleError(22275, 'invalid LOB locator specified')
    return lob
  }

  free(locators: Buffer): void {
    for (let start = 0; start + LOCATOR_BYTES <= locators.length; start += LOCATOR_BYTES) {
      this.#lobs.delete(locators.readUInt32BE(start + 10))
    }
  }
}

/** Answers one LOB operation but for the status at its end. */
export function runLobOperation(request: WireReader, out: WireWriter, lobs: LobStore): void {
  request.u8()
  const locatorLength = request.ub()
  request.u8()
  request.ub()
  request.ub()
  request.ub()
  request.skip(3)
  const operation = request.ub()
  request.skip(2)
  const offset = request.ub()
  const destinationOffset = request.ub()
  const hasAmount = request.u8() !== 0
  request.skip(6)
  const locator = Buffer.from(request.raw(locatorLength))

  if (operation === OPERATION.createTemporary) {
    const characterSet = request.ub()
    request.expectEnd('the creation of a temporary LOB')
    const created =
      destinationOffset === TYPE.blob ? lobs.addBytes(Buffer.alloc(0), true) : lobs.addText('', true)
    out.u8(MESSAGE.parameter)
    out.raw(created)
    out.ub(destinationOffset === TYPE.blob ? 0 : characterSet || CHARACTER_SET.utf8)
    out.u8(FORM.none)
    return
  }

  const data = operation === OPERATION.write ? readLobData(request) : undefined
  const amount = hasAmount ? request.ub() : 0
  request.expectEnd('the LOB operation')
  const lob = lobs.at(locator)
  const start = Math.max(0, offset - 1)

  let answered = amount
  switch (operation) {
    case OPERATION.length:
      answered = sizeOf(lob)
      break
    case OPERATION.chunkSize:
      answered = CHUNK_SIZE
      break
    case OPERATION.read:
      answered = writeContents(out, lob, start, amount)
      break
    case OPERATION.write:
      if (data !== undefined) overwrite(lob, start, data)
      break
    case OPERATION.trim:
      if (lob.kind === 'text') lob.text = lob.text.slice(0, amount)
      else lob.bytes = lob.bytes.subarray(0, amount)
      break
    default:
      throw new OracleError(3115, `the sandbox does not imitate LOB operation 0x${operation.toString(16)}`)
  }
  out.u8(MESSAGE.parameter)
  out.raw(locator)
  if (hasAmount) out.ub(answered)
}

/** The piggyback that gives temporary LOBs back. */
export function freeTemporaryLobs(request: WireReader, lobs: LobStore): void {
  request.u8()
  const size = request.ub()
  request.u8()
  request.ub()
  request.ub()
  request.ub()
  request.skip(3)
  const operation = request.ub()
  if (operation !== (OPERATION.freeTemporary | ARRAY_OF_LOCATORS)) {
    throw new WireFormatError(`LOB operation 0x${operation.toString(16)} as a piggyback`)
  }
  request.u8()
  request.ub()
  request.ub()
  request.ub()
  request.u8()
  for (let array = 0; array < 3; array++) {
    request.u8()
    request.ub()
  }
  lobs.free(request.raw(size))
}

function readLobData(request: WireReader): Buffer {
  const message = request.u8()
  if (message !== MESSAGE.lobData) throw new WireFormatError(`message ${message} where LOB data was expected`)
  return request.bytes() ?? Buffer.alloc(0)
}

function sizeOf(lob: Lob): number {
  return lob.kind === 'text' ? lob.text.length : lob.bytes.length
}

function writeContents(out: WireWriter, lob: Lob, start: number, amount: number): number {
  const size = Math.max(0, Math.min(amount, sizeOf(lob) - start))
  if (size > 0) {
    out.u8(MESSAGE.lobData)
    out.lengthAndBytes(
      lob.kind === 'text'
        ? toUtf16(lob.text.slice(start, start + size))
        : lob.bytes.subarray(start, start + size),
    )
  }
  return size
}

function overwrite(lob: Lob, start: number, data: Buffer): void {
  if (lob.kind === 'text') {
    const text = Buffer.from(data).swap16().toString('utf16le')
    lob.text = lob.text.slice(0, start).padEnd(start) + text + lob.text.slice(start + text.length)
  } else {
    const bytes = Buffer.alloc(Math.max(lob.bytes.length, start + data.length))
    lob.bytes.copy(bytes)
    data.copy(bytes, start)
    lob.bytes = bytes
  }
}
