import { offsetText } from './bind-values.ts'
import { beforeLogon, type Call, sessionCall } from './call.ts'
import type { OracleSession } from './database.ts'
import { LobStore, runLobOperation } from './lob-store.ts'
import { Logon } from './logon.ts'
import { OpenCursors } from './open-cursors.ts'
import type { OracleServerState } from './oracle-server-state.ts'
import { readPiggyback } from './piggybacks.ts'
import type { SessionFacts } from './session-facts.ts'
import { StatementCalls } from './statement-calls.ts'
import { FUNCTION, MESSAGE, writeDataTypesAnswer, writeProtocolAnswer, writeStatus } from './ttc-messages.ts'
import { OracleError } from './values.ts'
import { WireFormatError, type WireReader, type WireWriter } from './wire-buffer.ts'

/** The calls of one connection, from negotiation to logoff. */
export class OracleSessionWire {
  readonly facts: SessionFacts
  readonly lobs = new LobStore()
  readonly cursors: OpenCursors
  readonly #server: OracleServerState
  readonly #logon: Logon
  readonly #statements: StatementCalls
  #session: OracleSession | undefined
  /** What a call is answered once the session has ended. */
  #ending: OracleError | undefined

  constructor(server: OracleServerState, facts: SessionFacts) {
    this.#server = server
    this.facts = facts
    this.cursors = new OpenCursors(server, this.lobs)
    this.#logon = new Logon(server, facts, () => this.#logOn())
    this.#statements = new StatementCalls(server, this)
  }

  /** True from the logon to the logoff or the end of the connection. */
  get isOpen(): boolean {
    return this.#session !== undefined
  }

  get isInTransaction(): boolean {
    return this.#session?.isInTransaction ?? false
  }

  /** Throws ORA-01012 before the logon and after the logoff. */
  open(): OracleSession {
    if (this.#session === undefined) throw notLoggedOn()
    return this.#session
  }

  /** Rolls back and closes, however the session ended; the next call fails with `ending`. */
  end(ending: OracleError = notLoggedOn()): void {
    const session = this.#session
    if (session === undefined) return
    this.#session = undefined
    this.#ending = ending
    this.#server.countLogoff(this.facts.user)
    this.cursors.closeAll()
    session.rollback()
    session.close()
  }

  /** Replaces whatever was written by an error. */
  writeError(out: WireWriter, error: unknown): void {
    this.#statements.writeError(out, error)
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
        if (this.#ending !== undefined) failure = this.#takeEnding(this.#ending)
        if (failure !== undefined) return sessionCall(() => Promise.reject(failure))
        return this.#readFunction(code, request)
      }
      if (message !== MESSAGE.piggyback) throw new WireFormatError(`message ${message} in a request`)
      // A piggyback has no answer of its own: its failure is that of the call it rides on.
      const effect = readPiggyback(code, request, this)
      try {
        effect()
      } catch (error) {
        failure ??= error
      }
    }
  }

  #takeEnding(ending: OracleError): OracleError {
    this.#ending = notLoggedOn()
    return ending
  }

  #readFunction(code: number, request: WireReader): Call {
    switch (code) {
      case FUNCTION.startAuthentication:
        return this.#logon.start(request)
      case FUNCTION.authenticate:
        return this.#logon.finish(request)
      case FUNCTION.execute:
        return this.#statements.execute(request)
      case FUNCTION.reexecute:
      case FUNCTION.reexecuteAndFetch:
        return this.#statements.reexecute(request, code === FUNCTION.reexecuteAndFetch)
      case FUNCTION.fetch:
        return this.#statements.fetch(request)
      case FUNCTION.lobOperation:
        return sessionCall(async (out) => {
          runLobOperation(request, out, this.lobs)
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
      act(this.open())
      writeStatus(out, this.isInTransaction)
      return undefined
    })
  }

  #logOn(): void {
    const { user, context, offsetMinutes } = this.facts
    this.#server.countLogon(user)
    this.#session = this.#server.database.openSession(user, context)
    this.#session.parse(`ALTER SESSION SET TIME_ZONE = '${offsetText(offsetMinutes)}'`).execute([])
  }
}

function notLoggedOn(): OracleError {
  return new OracleError(1012, 'not logged on')
}
