import type { ValueFormat } from './bind-values.ts'
import type { Execution, ParsedStatement } from './database.ts'
import type { LobStore } from './lob-store.ts'
import type { StatementRecord } from './oracle-server-state.ts'
import type { Recording } from './recorded-results.ts'
import { type ColumnEncoder, columnEncoder, isLob } from './row-encoding.ts'
import { MESSAGE } from './ttc-messages.ts'
import { OracleError, type OracleValue } from './values.ts'
import { WireWriter } from './wire-buffer.ts'

type Row = readonly OracleValue[]

const ROWS_AHEAD_PER_TURN = 200

/** A parsed statement of a session with its formats and the result that is being read. */
export class Cursor {
  readonly id: number
  readonly sql: string
  readonly statement: ParsedStatement
  /** Rows of the current result that have been handed out. */
  rowsSent = 0
  bindFormats: readonly ValueFormat[] = []
  record: StatementRecord | undefined
  readonly hasLobs: boolean
  readonly #lobs: LobStore
  readonly #isCompressed: readonly boolean[]
  readonly #bitVector: Buffer
  #hasDefines = false
  #encoders: readonly ColumnEncoder[]
  #rows: Iterator<Row> | undefined
  #previous: Row | undefined
  /** Rows that are encoded but not yet asked for: their bytes, where each ends, how many have been taken. */
  readonly #ahead = { out: new WireWriter(0), ends: [] as number[], taken: 0 }
  #aheadWanted = 0
  #aheadFailure: unknown
  /** Being made, or sent again, by this result. */
  #recording: Recording | undefined
  #isReplay = false
  #rowsEncoded = 0

  constructor(
    id: number,
    sql: string,
    statement: ParsedStatement,
    lobs: LobStore,
    hasRowCompression: boolean,
  ) {
    const { columns } = statement
    this.id = id
    this.sql = sql
    this.statement = statement
    this.hasLobs = columns.some(({ type }) => isLob(type))
    this.#lobs = lobs
    this.#encoders = columns.map(({ type }) => columnEncoder(type, undefined, lobs))
    this.#isCompressed = columns.map(({ type }) => hasRowCompression && !isLob(type))
    this.#bitVector = Buffer.alloc(Math.ceil(columns.length / 8))
  }

  /** Rows with large objects go out only once the client has said how it wants them. */
  get canSendRows(): boolean {
    return !this.hasLobs || this.#hasDefines
  }

  define(formats: readonly ValueFormat[]): void {
    this.#hasDefines = true
    this.#encoders = this.statement.columns.map(({ type }, index) =>
      columnEncoder(type, formats[index]?.type, this.#lobs),
    )
  }

  /** With a recording, its rows are sent, or what is sent is added to it. */
  open(execution: Execution, recording?: Recording): void {
    this.end()
    this.#rows = execution.rows[Symbol.iterator]()
    this.#previous = undefined
    this.rowsSent = 0
    this.#recording = recording
    this.#isReplay = recording?.isComplete ?? false
    this.#rowsEncoded = 0
  }

  /** Ends the current result; the statement stays parsed. */
  end(): void {
    const rows = this.#rows
    this.#rows = undefined
    this.#clearAhead()
    rows?.return?.()
  }

  /** Writes up to `count` rows and answers how many there were: fewer only when the result is over. */
  writeRows(out: WireWriter, count: number): number {
    const rows = this.#rows
    if (rows === undefined) throw new OracleError(1002, 'fetch out of sequence')
    let written = this.#takeAhead(out, count)
    while (written < count && this.#encodeNext(out, rows)) written++
    this.rowsSent += written
    return written
  }

  /** Encodes the next rows while the client decodes the last ones. */
  readAhead(count: number): void {
    const rows = this.#rows
    if (rows === undefined) return
    this.#aheadWanted = count
    const encodeSome = () => {
      if (this.#rows !== rows) return
      const { out, ends } = this.#ahead
      const goal = Math.min(this.#aheadWanted, ends.length + ROWS_AHEAD_PER_TURN)
      try {
        while (ends.length < goal) {
          if (!this.#encodeNext(out, rows)) return
          ends.push(out.length)
        }
      } catch (error) {
        this.#aheadFailure = error
        return
      }
      if (ends.length < this.#aheadWanted) setImmediate(encodeSome)
    }
    setImmediate(encodeSome)
  }

  #takeAhead(out: WireWriter, count: number): number {
    const { out: encoded, ends, taken } = this.#ahead
    this.#aheadWanted = 0
    const size = Math.min(count, ends.length - taken)
    if (size > 0) {
      const start = taken === 0 ? 0 : (ends[taken - 1] ?? 0)
      out.raw(encoded.bytes.subarray(start, ends[taken + size - 1]))
      this.#ahead.taken += size
    }
    if (size < count && this.#aheadFailure !== undefined) throw this.#aheadFailure
    if (this.#ahead.taken === ends.length && this.#aheadFailure === undefined) this.#clearAhead()
    return size
  }

  #clearAhead(): void {
    this.#aheadWanted = 0
    this.#aheadFailure = undefined
    this.#ahead.out.length = 0
    this.#ahead.ends.length = 0
    this.#ahead.taken = 0
  }

  #encodeNext(out: WireWriter, rows: Iterator<Row>): boolean {
    const recording = this.#recording
    if (recording !== undefined && this.#isReplay) return recording.write(out, this.#rowsEncoded++)
    const next = rows.next()
    if (next.done) {
      recording?.end()
      return false
    }
    const start = out.length
    this.#writeRow(out, next.value)
    recording?.add(out.bytes.subarray(start, out.length))
    return true
  }

  #writeRow(out: WireWriter, row: Row): void {
    const encoders = this.#encoders
    const previous = this.#previous
    this.#previous = row
    const repeated = previous === undefined ? 0 : this.#findRepeated(row, previous)
    if (repeated > 0) {
      out.u8(MESSAGE.bitVector)
      out.ub(encoders.length - repeated)
      out.raw(this.#bitVector)
      out.u8(MESSAGE.row)
      for (let index = 0; index < encoders.length; index++) {
        if (((this.#bitVector[index >> 3] ?? 0) & (1 << (index & 7))) !== 0) {
          encoders[index]?.(out, row[index] ?? null)
        }
      }
    } else {
      out.u8(MESSAGE.row)
      for (let index = 0; index < encoders.length; index++) encoders[index]?.(out, row[index] ?? null)
    }
  }

  /** Marks in the bit vector which columns are sent and counts the others. */
  #findRepeated(row: Row, previous: Row): number {
    const bits = this.#bitVector
    let repeated = 0
    bits.fill(0)
    for (let index = 0; index < this.#isCompressed.length; index++) {
      if (this.#isCompressed[index] && row[index] === previous[index]) repeated++
      else bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7))
    }
    return repeated
  }
}
