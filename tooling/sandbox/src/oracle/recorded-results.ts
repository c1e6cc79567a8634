import { WireWriter } from './wire-buffer.ts'

/** Shorter results are computed each time: an aggregate that is not computed would measure nothing. */
const FEWEST_ROWS = 1_000

/** The encoded rows of one result, in order. */
export class Recording {
  readonly #rows = new WireWriter()
  readonly #ends: number[] = []

  get length(): number {
    return this.#ends.length
  }

  add(row: Buffer): void {
    this.#rows.raw(row)
    this.#ends.push(this.#rows.length)
  }

  /** Writes the row with this index; false beyond the last one. */
  write(out: WireWriter, index: number): boolean {
    const end = this.#ends[index]
    if (end === undefined) return false
    out.raw(this.#rows.bytes.subarray(this.#ends[index - 1] ?? 0, end))
    return true
  }
}

/** Long results that were read to their end, by the text of their statement. They stay as they are, whatever becomes of the data. */
export class RecordedResults {
  readonly #recordings = new Map<string, Recording>()

  find(sql: string): Recording | undefined {
    return this.#recordings.get(sql)
  }

  keep(sql: string, recording: Recording): void {
    if (recording.length >= FEWEST_ROWS) this.#recordings.set(sql, recording)
  }
}
