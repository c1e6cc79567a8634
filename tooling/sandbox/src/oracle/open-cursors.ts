import { bindType, type ValueFormat } from './bind-values.ts'
import { Cursor } from './cursor.ts'
import type { OracleSession } from './database.ts'
import type { LobStore } from './lob-store.ts'
import type { OracleServerState } from './oracle-server-state.ts'
import type { ExecuteRequest } from './statement-requests.ts'
import { OracleError } from './values.ts'

const LARGEST_CURSOR_ID = 0xffff

/** The parsed statements of one session by the number that the client knows them by. */
export class OpenCursors {
  readonly #server: OracleServerState
  readonly #lobs: LobStore
  readonly #cursors = new Map<number, Cursor>()
  #lastId = 0

  constructor(server: OracleServerState, lobs: LobStore) {
    this.#server = server
    this.#lobs = lobs
  }

  get size(): number {
    return this.#cursors.size
  }

  at(id: number): Cursor {
    const cursor = this.#cursors.get(id)
    if (cursor === undefined) throw new OracleError(1001, 'invalid cursor')
    return cursor
  }

  /** Ends the result of a cursor; its statement stays parsed. */
  cancel(id: number): void {
    this.#cursors.get(id)?.end()
  }

  close(id: number): void {
    this.cancel(id)
    this.#cursors.delete(id)
  }

  closeAll(): void {
    for (const id of [...this.#cursors.keys()]) this.close(id)
  }

  /** The cursor for an execute call; another object than `known` when the statement had to be parsed (again). */
  forExecute(
    session: OracleSession,
    sql: string,
    known: Cursor | undefined,
    { sql: newSql, binds }: ExecuteRequest,
  ): Cursor {
    if (known !== undefined && newSql === undefined && haveSameTypes(known.bindFormats, binds)) return known
    const id = known?.id ?? this.#newId()
    const statement = session.parse(sql, binds.length === 0 ? undefined : binds.map(bindType))
    known?.end()
    const cursor = new Cursor(id, sql, statement, this.#lobs, this.#server.rowCompression)
    this.#cursors.set(id, cursor)
    return cursor
  }

  #newId(): number {
    if (this.#cursors.size >= this.#server.maxOpenCursors) {
      throw new OracleError(1000, 'maximum open cursors exceeded')
    }
    do {
      this.#lastId = (this.#lastId % LARGEST_CURSOR_ID) + 1
    } while (this.#cursors.has(this.#lastId))
    return this.#lastId
  }
}

function haveSameTypes(left: readonly ValueFormat[], right: readonly ValueFormat[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ type, form }, index) => type === right[index]?.type && form === right[index]?.form)
  )
}
