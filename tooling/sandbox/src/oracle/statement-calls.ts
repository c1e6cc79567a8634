import { setImmediate as nextTurn } from 'node:timers/promises'
import { readBindRow } from './bind-values.ts'
import { type Call, type CallOutcome, sessionCall } from './call.ts'
import type { Cursor } from './cursor.ts'
import type { BindValue, OracleSession } from './database.ts'
import type { LobStore } from './lob-store.ts'
import type { OpenCursors } from './open-cursors.ts'
import type { OracleServerState, StatementRecord } from './oracle-server-state.ts'
import type { Recording } from './recorded-results.ts'
import { writeDescribe, writeRowHeader } from './row-encoding.ts'
import type { SessionFacts } from './session-facts.ts'
import { type ExecuteRequest, readExecute, readReexecute } from './statement-requests.ts'
import { writeCallResult } from './ttc-messages.ts'
import { OracleError } from './values.ts'
import { WireFormatError, type WireReader, type WireWriter } from './wire-buffer.ts'

const ROWS_PER_SLICE = 200
const SLICE_MS = 20

/** What the statements of a connection run in. */
export interface StatementSession {
  readonly facts: SessionFacts
  readonly cursors: OpenCursors
  readonly lobs: LobStore
  readonly isInTransaction: boolean
  /** Throws ORA-01012 before the logon and after the logoff. */
  open(): OracleSession
}

/** The calls that parse, execute and fetch from statements. */
export class StatementCalls {
  readonly #server: OracleServerState
  readonly #session: StatementSession
  /** When the data had last changed before the session's transaction began; undefined once it changed them itself. */
  #changeScn: number | undefined

  constructor(server: OracleServerState, session: StatementSession) {
    this.#server = server
    this.#session = session
  }

  /** Replaces whatever was written by an error. */
  writeError(out: WireWriter, error: unknown, cursorId = 0): void {
    out.length = 0
    this.#writeResult(out, { error, cursorId })
  }

  execute(request: WireReader): Call {
    const asked = readExecute(request)
    const known = asked.cursorId === 0 ? undefined : this.#session.cursors.at(asked.cursorId)
    const sql = asked.sql ?? known?.sql
    if (sql === undefined) throw new WireFormatError('an execute call with neither a cursor nor a statement')
    return sessionCall(async (out, signal) => {
      if (asked.defines !== undefined && known !== undefined) {
        known.define(asked.defines)
        this.#writeResult(out, { cursorId: known.id })
        return undefined
      }
      const cursor = this.#session.cursors.forExecute(this.#session.open(), sql, known, asked)
      try {
        if (cursor !== known && cursor.statement.kind === 'query')
          writeDescribe(out, cursor.statement.columns)
        if (!asked.mustExecute) {
          request.expectEnd('the description of a statement')
          this.#writeResult(out, { cursorId: cursor.id })
          return undefined
        }
        cursor.bindFormats = asked.binds
        return await this.#run(out, request, cursor, asked, signal)
      } catch (error) {
        // The client never learns the number of a cursor whose first call fails.
        if (known === undefined) this.#session.cursors.close(cursor.id)
        throw error
      }
    }, sql)
  }

  reexecute(request: WireReader, isFetch: boolean): Call {
    const { cursorId, iterations, mustCommit } = readReexecute(request)
    const cursor = this.#session.cursors.at(cursorId)
    const isQuery = cursor.statement.kind === 'query'
    const asked = {
      rows: isFetch ? iterations : 0,
      executions: isQuery ? 1 : Math.max(1, iterations),
      mustCommit,
    }
    return sessionCall((out, signal) => this.#run(out, request, cursor, asked, signal), cursor.sql)
  }

  fetch(request: WireReader): Call {
    const cursor = this.#session.cursors.at(request.ub())
    const rows = request.ub()
    request.expectEnd('the fetch')
    return sessionCall((out, signal) => this.#sendRows(out, cursor, rows, signal), cursor.sql)
  }

  /** Runs a parsed statement once per row of binds. */
  async #run(
    out: WireWriter,
    request: WireReader,
    cursor: Cursor,
    { rows, executions, mustCommit }: Pick<ExecuteRequest, 'rows' | 'executions' | 'mustCommit'>,
    signal: AbortSignal,
  ): Promise<CallOutcome> {
    const { statement, bindFormats } = cursor
    if (bindFormats.length !== statement.bindNames.length)
      throw new OracleError(1008, 'not all variables bound')
    const session = this.#session.open()
    const isQuery = statement.kind === 'query'
    const offsetMinutes = this.#session.facts.offsetMinutes
    const record = this.#record(cursor)
    const { recorded } = this.#server
    if (!session.isInTransaction) this.#changeScn = recorded?.changeScn
    if (statement.kind === 'dml') this.#changeScn = undefined
    let rowsAffected = 0
    try {
      for (let index = 0; index < (isQuery ? 1 : executions); index++) {
        const binds: BindValue[] =
          bindFormats.length === 0
            ? []
            : readBindRow(request, bindFormats, { lobs: this.#session.lobs, offsetMinutes })
        if (index === 0) record.binds = binds.map(({ value }) => value)
        const execution = statement.execute(binds)
        if (isQuery) cursor.open(execution, this.#recordingOf(cursor, binds))
        else rowsAffected += execution.rowsAffected
      }
      request.expectEnd('the execution of a statement')
    } catch (error) {
      record.error = error instanceof Error ? error.message : String(error)
      throw error
    }
    if (mustCommit) session.commit()
    cursor.record = record
    if (isQuery && rows > 0 && cursor.canSendRows) return this.#sendRows(out, cursor, rows, signal)
    record.rows = rowsAffected
    this.#writeResult(out, { cursorId: cursor.id, rowCount: rowsAffected })
    return undefined
  }

  /** None where a transaction sees older rows than others do, or its own. */
  #recordingOf({ sql, statement, hasLobs }: Cursor, binds: readonly BindValue[]): Recording | undefined {
    const { recorded } = this.#server
    if (recorded === undefined || hasLobs || recorded.changeScn !== this.#changeScn) return undefined
    const { user } = this.#session.facts
    return recorded.recordingOf({ user, sql, bindNames: statement.bindNames, binds })
  }

  #record(cursor: Cursor): StatementRecord {
    const record: StatementRecord = {
      sid: this.#session.facts.sid,
      user: this.#session.facts.user,
      sql: cursor.sql,
      binds: [],
      rows: 0,
      error: undefined,
    }
    this.#server.recordStatement(record)
    return record
  }

  async #sendRows(out: WireWriter, cursor: Cursor, count: number, signal: AbortSignal): Promise<CallOutcome> {
    const { faults } = this.#server
    const cut = faults.find('cut-after-rows', cursor.sql)
    const failure = faults.find('error-after-rows', cursor.sql)
    const limit = Math.min(
      cut?.fault.rows ?? Number.POSITIVE_INFINITY,
      failure?.fault.rows ?? Number.POSITIVE_INFINITY,
    )
    const { record } = cursor
    writeRowHeader(out)
    let left = count
    let isOver = false
    let sliceStart = performance.now()
    try {
      while (left > 0 && !isOver && cursor.rowsSent < limit) {
        const wanted = Math.min(left, ROWS_PER_SLICE, limit - cursor.rowsSent)
        const written = cursor.writeRows(out, wanted)
        isOver = written < wanted
        left -= written
        if (left > 0 && performance.now() - sliceStart > SLICE_MS) {
          await nextTurn()
          signal.throwIfAborted()
          sliceStart = performance.now()
        }
      }
      if (record !== undefined) record.rows = cursor.rowsSent
      if (left > 0 && !isOver && cut !== undefined && cursor.rowsSent >= cut.fault.rows) {
        cut.strike()
        return 'cut'
      }
      if (left > 0 && !isOver && failure !== undefined) {
        failure.strike()
        throw new OracleError(failure.fault.code, failure.fault.text)
      }
      const error = isOver ? new OracleError(1403, 'no data found') : undefined
      this.#writeResult(out, { error, cursorId: cursor.id, rowCount: cursor.rowsSent })
      if (!isOver) cursor.readAhead(count)
      return undefined
    } catch (error) {
      cursor.end()
      if (signal.aborted) throw error
      if (record !== undefined) record.error = error instanceof Error ? error.message : String(error)
      this.writeError(out, error, cursor.id)
      return 'failed'
    }
  }

  #writeResult(
    out: WireWriter,
    { error, cursorId, rowCount = 0 }: { error?: unknown; cursorId: number; rowCount?: number },
  ): void {
    const known = error === undefined || error instanceof OracleError ? error : this.#server.defect(error)
    writeCallResult(out, {
      code: known?.code ?? 0,
      text: known?.message ?? '',
      position: known?.position ?? 0,
      cursorId,
      rowCount,
      isInTransaction: this.#session.isInTransaction,
    })
  }
}
