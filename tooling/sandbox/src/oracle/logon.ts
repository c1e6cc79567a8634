import { Authentication, readAuthentication, writePairs } from './authentication.ts'
import { beforeLogon, type Call } from './call.ts'
import type { OracleServerState } from './oracle-server-state.ts'
import type { SessionFacts } from './session-facts.ts'
import { writeStatus, writeWarning } from './ttc-messages.ts'
import { OracleError } from './values.ts'
import type { WireReader } from './wire-buffer.ts'

/** The two calls of a logon. */
export class Logon {
  readonly #server: OracleServerState
  readonly #facts: SessionFacts
  readonly #onSuccess: () => void
  #authentication: Authentication | undefined

  /** `onSuccess` opens the session; what it throws is the answer to the logon. */
  constructor(server: OracleServerState, facts: SessionFacts, onSuccess: () => void) {
    this.#server = server
    this.#facts = facts
    this.#onSuccess = onSuccess
  }

  start(request: WireReader): Call {
    const asked = readAuthentication(request)
    return beforeLogon(async (out) => {
      this.#facts.setClient(asked.pairs)
      this.#authentication = new Authentication(this.#server.accounts, asked)
      this.#authentication.writeChallenge(out)
      writeStatus(out, false)
    })
  }

  finish(request: WireReader): Call {
    const asked = readAuthentication(request)
    return beforeLogon(async (out) => {
      const authentication = this.#authentication
      this.#authentication = undefined
      if (authentication === undefined) {
        throw new OracleError(
          3115,
          'the sandbox does not imitate a logon without a challenge or a new password',
        )
      }
      const { accounts, faults, service, maxOpenCursors } = this.#server
      const fault = faults.take('fail-logon')
      if (fault !== undefined) throw new OracleError(fault.code, fault.text)
      const proof = await authentication.verify(asked)
      this.#facts.logOn(authentication.user, asked.pairs)
      this.#onSuccess()
      const warning = accounts.warningFor(authentication.user)
      if (warning !== undefined) writeWarning(out, warning)
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
          AUTH_SESSION_ID: String(this.#facts.sid),
          AUTH_SERIAL_NUM: String(this.#facts.serial),
        }).map(([key, value]) => [key, value, 0] as const),
      )
      writeStatus(out, false)
    })
  }
}
