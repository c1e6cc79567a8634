import { inspect } from 'node:util'
import type { Accounts } from './authentication.ts'
import type { OracleDatabase } from './database.ts'
import type { OracleFaults } from './oracle-faults.ts'
import type { RecordedResults } from './recorded-results.ts'
import { OracleError, type OracleValue } from './values.ts'

/** One execution of a statement, in the order of the start. */
export interface StatementRecord {
  readonly sid: number
  readonly user: string
  readonly sql: string
  /** Of the first iteration. */
  binds: readonly OracleValue[]
  /** Sent so far by a query; affected by anything else. */
  rows: number
  error: string | undefined
}

const STATEMENTS_KEPT = 10_000

/** What the connections of one server share. */
export class OracleServerState {
  readonly database: OracleDatabase
  readonly accounts: Accounts
  readonly faults: OracleFaults
  readonly service: string
  readonly rowCompression: boolean
  readonly maxOpenCursors: number
  readonly sessionsPerUser: number
  readonly marksErrors: boolean
  /** Absent unless results are sent again. */
  readonly recorded: RecordedResults | undefined
  readonly statements: StatementRecord[] = []
  readonly defects: string[] = []
  bytesSent = 0
  readonly #sessions = new Map<string, number>()
  #messages = 0
  #lastSid = 0

  constructor(
    shared: Pick<
      OracleServerState,
      | 'database'
      | 'accounts'
      | 'faults'
      | 'service'
      | 'rowCompression'
      | 'maxOpenCursors'
      | 'sessionsPerUser'
      | 'marksErrors'
      | 'recorded'
    >,
  ) {
    this.database = shared.database
    this.accounts = shared.accounts
    this.faults = shared.faults
    this.service = shared.service
    this.rowCompression = shared.rowCompression
    this.maxOpenCursors = shared.maxOpenCursors
    this.sessionsPerUser = shared.sessionsPerUser
    this.marksErrors = shared.marksErrors
    this.recorded = shared.recorded
  }

  get messages(): number {
    return this.#messages
  }

  newSid(): number {
    return ++this.#lastSid
  }

  /** Throws ORA-02391 when the user has as many sessions as its profile allows. */
  countLogon(user: string): void {
    const open = this.#sessions.get(user) ?? 0
    if (open >= this.sessionsPerUser) {
      throw new OracleError(2391, 'exceeded simultaneous SESSIONS_PER_USER limit')
    }
    this.#sessions.set(user, open + 1)
  }

  countLogoff(user: string): void {
    this.#sessions.set(user, (this.#sessions.get(user) ?? 1) - 1)
  }

  countMessage(): void {
    this.#messages++
    this.faults.countMessage()
  }

  recordStatement(record: StatementRecord): void {
    this.statements.push(record)
    if (this.statements.length > STATEMENTS_KEPT) this.statements.shift()
  }

  /** Keeps what the server could not do by its own fault, or not understand, and answers it as an error of the call. */
  defect(error: unknown): OracleError {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    this.defects.push(inspect(error))
    return new OracleError(3120, `defect or gap of the sandbox: ${text}`)
  }
}
