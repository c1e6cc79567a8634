import type { OracleError } from './values.ts'
import type { WireWriter } from './wire-buffer.ts'

export const MESSAGE = {
  protocol: 1,
  dataTypes: 2,
  function: 3,
  error: 4,
  rowHeader: 6,
  row: 7,
  parameter: 8,
  status: 9,
  lobData: 14,
  warning: 15,
  describe: 16,
  piggyback: 17,
  bitVector: 21,
} as const

export const FUNCTION = {
  reexecute: 4,
  fetch: 5,
  logoff: 9,
  commit: 14,
  rollback: 15,
  reexecuteAndFetch: 78,
  execute: 94,
  lobOperation: 96,
  authenticate: 115,
  startAuthentication: 118,
  ping: 147,
} as const

export const PIGGYBACK = {
  lobOperation: 96,
  closeCursors: 105,
  cancelCursors: 120,
  endToEnd: 135,
  setSchema: 152,
  applicationContext: 154,
} as const

export const CHARACTER_SET = { utf8: 873, utf16: 2000 } as const

/** The longest string that is not a long value: announced in the run-time capabilities. */
export const LONGEST_STRING = 32_767

const FIELD_VERSION_19_1 = 12
const TRANSACTION_OPEN = 0x02

/** The answer to protocol negotiation: 19c layouts, UTF-8, national characters in UTF-16, 32k strings, a fixed database time zone. */
export function writeProtocolAnswer(out: WireWriter): void {
  out.u8(MESSAGE.protocol)
  out.u8(6)
  out.u8(0)
  out.raw(Buffer.from('findata sandbox, not an Oracle Database\0', 'latin1'))
  out.u16le(CHARACTER_SET.utf8)
  out.u8(1)
  out.u16le(0)
  const characterSets = Buffer.alloc(11)
  characterSets.writeUInt16BE(CHARACTER_SET.utf16, 9)
  out.u16be(characterSets.length)
  out.raw(characterSets)
  const compileTime = Buffer.alloc(42)
  compileTime[7] = FIELD_VERSION_19_1
  out.lengthAndBytes(compileTime)
  const runTime = Buffer.alloc(7)
  runTime[0] = 2
  runTime[1] = 0x01
  runTime[6] = 0x04
  out.lengthAndBytes(runTime)
}

/** The answer to data type negotiation: the database's time zone is +00:00, no type is converted. */
export function writeDataTypesAnswer(out: WireWriter): void {
  out.u8(MESSAGE.dataTypes)
  out.raw(Buffer.from([0x80, 0, 0, 0, 60, 60, 60, 0x80, 0, 0, 0]))
  out.u16be(0)
}

export function writeStatus(out: WireWriter, isInTransaction: boolean): void {
  out.u8(MESSAGE.status)
  out.ub(isInTransaction ? TRANSACTION_OPEN : 0)
  out.ub(0)
}

/** What a client is told beside the answer, such as that its password is about to expire. */
export function writeWarning(out: WireWriter, { code, message }: OracleError): void {
  const text = Buffer.from(message)
  out.u8(MESSAGE.warning)
  out.ub(code)
  out.ub(text.length)
  out.ub(0) // flags
  out.lengthAndBytes(text)
}

/** How a call on a statement ended; `code` 0 is success. */
export interface CallResult {
  readonly code: number
  /** The whole text, `ORA-01017: …`; empty for success. */
  readonly text: string
  /** Offset in the SQL text, negative for none. */
  readonly position: number
  readonly cursorId: number
  readonly rowCount: number
  readonly isInTransaction: boolean
}

export function writeCallResult(out: WireWriter, result: CallResult): void {
  out.u8(MESSAGE.error)
  out.ub(result.isInTransaction ? TRANSACTION_OPEN : 0)
  out.ub(0) // end-to-end sequence
  out.ub(0) // current row
  out.ub(Math.min(result.code, 0xffff))
  out.ub(0)
  out.ub(0)
  out.ub(result.cursorId)
  if (result.position < 0) {
    out.u8(0x81)
    out.u8(1)
  } else {
    out.ub(Math.min(result.position, 0xffff))
  }
  for (let field = 0; field < 6; field++) out.u8(0)
  out.raw(new Uint8Array(5)) // row id
  out.raw(new Uint8Array(5)) // operating system error to successful iterations
  out.ub(0) // logical row id
  out.ub(0) // batch error codes
  out.ub(0) // batch error offsets
  out.ub(0) // batch error texts
  out.ub(result.code)
  out.ub(result.rowCount)
  if (result.code !== 0) out.lengthAndText(result.text)
}
