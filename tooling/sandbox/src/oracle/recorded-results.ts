import type { BindValue, OracleDatabase } from './database.ts'
import { WireWriter } from './wire-buffer.ts'

/** Shorter results are computed each time: an aggregate that is not computed would measure nothing. */
const FEWEST_ROWS = 1_000
const AS_OF_BIND = /\bAS\s+OF\s+SCN\s+(?:TO_NUMBER\s*\(\s*)?:(\w+)/gi

/** What the rows of a result depend on, beside the data. */
export interface ResultQuestion {
  readonly user: string
  readonly sql: string
  /** One for each bind. */
  readonly bindNames: readonly string[]
  readonly binds: readonly BindValue[]
}

/** The encoded rows of one result, in order. */
export class Recording {
  /** True once all rows of the result are here. */
  isComplete = false
  readonly #rows = new WireWriter()
  readonly #ends: number[] = []
  readonly #onEnd: (recording: Recording) => void

  constructor(onEnd: (recording: Recording) => void) {
    this.#onEnd = onEnd
  }

  get length(): number {
    return this.#ends.length
  }

  add(row: Buffer): void {
    this.#rows.raw(row)
    this.#ends.push(this.#rows.length)
  }

  /** The last row has been added. */
  end(): void {
    this.#onEnd(this)
  }

  /** Writes the row with this index; false beyond the last one. */
  write(out: WireWriter, index: number): boolean {
    const end = this.#ends[index]
    if (end === undefined) return false
    out.raw(this.#rows.bytes.subarray(this.#ends[index - 1] ?? 0, end))
    return true
  }
}

/** Long results that were read to their end; all are forgotten as soon as the data changes. */
export class RecordedResults {
  readonly #database: OracleDatabase
  readonly #recordings = new Map<string, Recording>()
  #changeScn: number

  constructor(database: OracleDatabase) {
    this.#database = database
    this.#changeScn = this.changeScn
  }

  get changeScn(): number {
    return this.#database.lastChangeScn ?? 0
  }

  /** The rows of a result, or what they are to be kept in. */
  recordingOf(question: ResultQuestion): Recording {
    const { changeScn } = this
    if (changeScn !== this.#changeScn) this.#recordings.clear()
    this.#changeScn = changeScn
    const key = this.#keyOf(question)
    return (
      this.#recordings.get(key) ??
      new Recording((recording) => {
        if (recording.length < FEWEST_ROWS || this.changeScn !== changeScn) return
        recording.isComplete = true
        this.#recordings.set(key, recording)
      })
    )
  }

  /** All SCNs since the last change see the same rows. */
  #keyOf({ user, sql, bindNames, binds }: ResultQuestion): string {
    const scnNames = new Set([...sql.matchAll(AS_OF_BIND)].map(([, name = '']) => name.toUpperCase()))
    const values = binds.map(({ type, value }, index) => {
      const isPresent = scnNames.has(bindNames[index] ?? '') && Number(value) >= this.changeScn
      return isPresent ? 'since the last change' : [type.name, value]
    })
    return JSON.stringify([user, sql, values])
  }
}
