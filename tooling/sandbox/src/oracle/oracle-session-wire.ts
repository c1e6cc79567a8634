import { setImmediate as nextTurn } from 'node:timers/promises'
import { Authentication, readAuthentication, writePairs } from './authentication.ts'
import { offsetText, readBindRow } from './bind-values.ts'
import type { Cursor } from './cursor.ts'
import type { BindValue, OracleSession } from './database.ts'
import { freeTemporaryLobs, LobStore, runLobOperation } from './lob-store.ts'
import { OpenCursors } from './open-cursors.ts'
import type { OracleServerState, StatementRecord } from './oracle-server-state.ts'
import { writeDescribe, writeRowHeader } from './row-encoding.ts'
import type { SessionFacts } from './session-facts.ts'
import { type ExecuteRequest, readExecute, readReexecute } from './statement-requests.ts'
import {
  FUNCTION,
  MESSAGE,
  PIGGYBACK,
  writeCallResult,
  writeDataTypesAnswer,
  writeProtocolAnswer,
  writeStatus,
} from './ttc-messages.ts'
import { OracleError } from './values.ts'
import { WireFormatError, type WireReader, type WireWriter } from './wire-buffer.ts'

/** One request, taken apart but not yet run. */
export interface Call {
  /** The text of the statement it runs or fetches from. */
  readonly statement?: string
  /** False before the logon, when an error cannot be answered as a call result. */
  readonly isSessionCall: boolean
  /** Writes the answer; 'cut' when the connection is to end after what has been written. */
  run(out: WireWriter, signal: AbortSignal): Promise<'cut' | undefined>
}

const ROWS_PER_SLICE = 200
const SLICE_MS = 20

/** The calls of one connection, from negotiation to logoff. */
export class OracleSessionWire {
  readonly facts: SessionFacts
  readonly #server: OracleServerState
  readonly #lobs = new LobStore()
  readonly #cursors: OpenCursors
  #authentication: Authentication | undefined
  #session: OracleSession | undefined

  constructor(server: OracleServerState, facts: SessionFacts) {
    this.#server = server
    this.#cursors = new OpenCursors(server, this.#lobs)
    this.facts = facts
  }

  /** True from the logon to the logoff or the end of the connection. */
  get isOpen(): boolean {
    return this.#session !== undefined
  }

  get openCursors(): number {
    return this.#cursors.size
  }

  get isInTransaction(): boolean {
    return this.#session?.isInTransaction ?? false
  }

  /** Rolls back and closes, however the connection ended. */
  end(): void {
    const session = this.#session
    this.#session = undefined
    this.#cursors.closeAll()
    session?.rollback()
    session?.close()
  }

  /** Replaces whatever was written by an error. */
  writeError(out: WireWriter, error: unknown, cursorId = 0): void {
    out.length = 0
    this.#writeResult(out, { error, cursorId })
  }

  /** Runs the piggybacks in front and takes the function itself apart. Throws for whatever is not imitated. */
  read(request: WireReader): Call {
    let failure: unknown
    for (;;) {
      const message = request.u8()
      if (message === MESSAGE.protocol) return beforeLogon(async (out) => writeProtocolAnswer(out))
      if (message === MESSAGE.dataTypes) return beforeLogon(async (out) => writeDataTypesAnswer(out))
      const code = request.u8()
      request.u8() // sequence number
      if (message === MESSAGE.function) {
        const call = this.#readFunction(code, request)
        return failure === undefined ? call : { ...call, run: () => Promise.reject(failure) }
      }
      if (message !== MESSAGE.piggyback) throw new WireFormatError(`message ${message} in a request`)
      // A piggyback has no answer of its own: its failure is that of the call it rides on.
      const effect = this.#readPiggyback(code, request)
      try {
        effect()
      } catch (error) {
        failure ??= error
      }
    }
  }

  #readPiggyback(code: number, request: WireReader): () => void {
    switch (code) {
      case PIGGYBACK.closeCursors: {
        const ids = readIds(request)
        return () => {
          for (const id of ids) this.#cursors.close(id)
        }
      }
      case PIGGYBACK.cancelCursors: {
        const ids = readIds(request)
        return () => {
          for (const id of ids) this.#cursors.cancel(id)
        }
      }
      case PIGGYBACK.setSchema: {
        request.u8()
        request.ub()
        const schema = request.text()
        return () => {
          const name = /^[A-Za-z][A-Za-z0-9_$#]*$/.test(schema) ? schema : `"${schema}"`
          this.#openSession().parse(`ALTER SESSION SET CURRENT_SCHEMA = ${name}`).execute([])
        }
      }
      case PIGGYBACK.endToEnd:
        return this.facts.readEndToEnd(request)
      case PIGGYBACK.applicationContext:
        return this.facts.readApplicationContext(request)
      case PIGGYBACK.lobOperation:
        freeTemporaryLobs(request, this.#lobs)
        return () => undefined
      default:
        throw new WireFormatError(`the sandbox does not imitate piggyback ${code}`)
    }
  }

  #readFunction(code: number, request: WireReader): Call {
    switch (code) {
      case FUNCTION.startAuthentication:
        return this.#startAuthentication(request)
      case FUNCTION.authenticate:
        return this.#authenticate(request)
      case FUNCTION.execute:
        return this.#execute(request)
      case FUNCTION.reexecute:
      case FUNCTION.reexecuteAndFetch:
        return this.#reexecute(request, code === FUNCTION.reexecuteAndFetch)
      case FUNCTION.fetch: {
        const cursor = this.#cursors.at(request.ub())
        const rows = request.ub()
        request.expectEnd('the fetch')
        return sessionCall((out, signal) => this.#sendRows(out, cursor, rows, signal), cursor.sql)
      }
      case FUNCTION.lobOperation:
        return sessionCall(async (out) => {
          runLobOperation(request, out, this.#lobs)
          writeStatus(out, this.isInTransaction)
          return undefined
        })
      case FUNCTION.commit:
        return this.#simpleCall(request, (session) => session.commit())
      case FUNCTION.rollback:
        return this.#simpleCall(request, (session) => session.rollback())
      case FUNCTION.ping:
        return this.#simpleCall(request, () => undefined)
      case FUNCTION.logoff:
        return this.#simpleCall(request, () => this.end())
      default:
        throw new OracleError(3115, `the sandbox does not imitate function ${code}`)
    }
  }

  #simpleCall(request: WireReader, act: (session: OracleSession) => void): Call {
    request.expectEnd('a call without arguments')
    return sessionCall(async (out) => {
      act(this.#openSession())
      writeStatus(out, this.isInTransaction)
      return undefined
    })
  }

  #startAuthentication(request: WireReader): Call {
    const asked = readAuthentication(request)
    return beforeLogon(async (out) => {
      this.facts.setClient(asked.pairs)
      this.#authentication = new Authentication(this.#server.accounts, asked)
      this.#authentication.writeChallenge(out)
      writeStatus(out, false)
    })
  }

  #authenticate(request: WireReader): Call {
    const asked = readAuthentication(request)
    return beforeLogon(async (out) => {
      const authentication = this.#authentication
      if (authentication === undefined || this.#session !== undefined) {
        throw new OracleError(
          3115,
          'the sandbox does not imitate a logon without a challenge or a new password',
        )
      }
      const fault = this.#server.faults.take('fail-logon')
      if (fault !== undefined) throw new OracleError(fault.code, fault.text)
      const proof = await authentication.verify(asked)
      this.facts.logOn(authentication.user, asked.pairs)
      const session = this.#server.database.openSession(authentication.user, this.facts.context)
      const zone = offsetText(this.facts.offsetMinutes)
      this.#session = session
      session.parse(`ALTER SESSION SET TIME_ZONE = '${zone}'`).execute([])
      const { service, maxOpenCursors } = this.#server
      writePairs(
        out,
        Object.entries({
          AUTH_SVR_RESPONSE: proof,
          AUTH_VERSION_NO: '320208896',
          AUTH_VERSION_STRING: '- findata sandbox',
          AUTH_SC_SERVICE_NAME: service,
          AUTH_SC_DBUNIQUE_NAME: service,
          AUTH_SC_REAL_DBUNIQUE_NAME: service,
          AUTH_DBNAME: service,
          AUTH_INSTANCENAME: service,
          AUTH_MAX_OPEN_CURSORS: String(maxOpenCursors),
          AUTH_MAX_IDEN_LENGTH: '128',
          AUTH_SESSION_ID: String(this.facts.sid),
          AUTH_SERIAL_NUM: String(this.facts.serial),
        }).map(([key, value]) => [key, value, 0] as const),
      )
      writeStatus(out, false)
    })
  }

  #execute(request: WireReader): Call {
    const asked = readExecute(request)
    const known = asked.cursorId === 0 ? undefined : this.#cursors.at(asked.cursorId)
    const sql = asked.sql ?? known?.sql
    if (sql === undefined) throw new WireFormatError('an execute call with neither a cursor nor a statement')
    return sessionCall(async (out, signal) => {
      if (asked.defines !== undefined && known !== undefined) {
        known.define(asked.defines)
        this.#writeResult(out, { cursorId: known.id })
        return undefined
      }
      const cursor = this.#cursors.forExecute(this.#openSession(), sql, known, asked)
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
        if (known === undefined) this.#cursors.close(cursor.id)
        throw error
      }
    }, sql)
  }

  #reexecute(request: WireReader, isFetch: boolean): Call {
    const { cursorId, iterations, mustCommit } = readReexecute(request)
    const cursor = this.#cursors.at(cursorId)
    const isQuery = cursor.statement.kind === 'query'
    const asked = {
      rows: isFetch ? iterations : 0,
      executions: isQuery ? 1 : Math.max(1, iterations),
      mustCommit,
    }
    return sessionCall((out, signal) => this.#run(out, request, cursor, asked, signal), cursor.sql)
  }

  /** Runs a parsed statement once per row of binds. */
  async #run(
    out: WireWriter,
    request: WireReader,
    cursor: Cursor,
    { rows, executions, mustCommit }: Pick<ExecuteRequest, 'rows' | 'executions' | 'mustCommit'>,
    signal: AbortSignal,
  ): Promise<'cut' | undefined> {
    const { statement, bindFormats } = cursor
    if (bindFormats.length !== statement.bindNames.length)
      throw new OracleError(1008, 'not all variables bound')
    const session = this.#openSession()
    const isQuery = statement.kind === 'query'
    const offsetMinutes = this.facts.offsetMinutes
    const record = this.#record(cursor)
    let rowsAffected = 0
    try {
      for (let index = 0; index < (isQuery ? 1 : executions); index++) {
        const binds: BindValue[] =
          bindFormats.length === 0
            ? []
            : readBindRow(request, bindFormats, { lobs: this.#lobs, offsetMinutes })
        if (index === 0) record.binds = binds.map(({ value }) => value)
        const execution = statement.execute(binds)
        if (isQuery) cursor.open(execution)
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

  #record(cursor: Cursor): StatementRecord {
    const record: StatementRecord = {
      sid: this.facts.sid,
      user: this.facts.user,
      sql: cursor.sql,
      binds: [],
      rows: 0,
      error: undefined,
    }
    this.#server.recordStatement(record)
    return record
  }

  async #sendRows(
    out: WireWriter,
    cursor: Cursor,
    count: number,
    signal: AbortSignal,
  ): Promise<'cut' | undefined> {
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
      return undefined
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
      isInTransaction: this.isInTransaction,
    })
  }

  #openSession(): OracleSession {
    if (this.#session === undefined) throw new OracleError(1012, 'not logged on')
    return this.#session
  }
}

function readIds(request: WireReader): number[] {
  request.u8()
  return Array.from({ length: request.ub() }, () => request.ub())
}

function beforeLogon(write: (out: WireWriter) => Promise<void>): Call {
  return {
    isSessionCall: false,
    async run(out) {
      await write(out)
      return undefined
    },
  }
}

function sessionCall(run: Call['run'], statement?: string): Call {
  return { isSessionCall: true, run, ...(statement === undefined ? {} : { statement }) }
}
