// What this stand-in does not imitate, and refuses by an ORA-03115 or ORA-03120 that says so:
// native encryption, compression, fast authentication, pipelining, connection pooling in the server (DRCP), proxy and token
// logons, administrative logons, password changes, 11g verifiers, redirects; PL/SQL and OUT binds, RETURNING INTO, array binds,
// REF cursors, batch errors, row counts per iteration; JSON, XML, INTERVAL, ROWID, BOOLEAN, NCLOB, BFILE, VECTOR and object types.
// Where it is simpler than the real thing: a LOB locator lives as long as its session; a statement cannot be interrupted before its
// first row, because the SQL runs in the same thread; an error has no row id; the network is never asked for out-of-band breaks.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { Accounts } from './oracle/authentication.ts'
import type { OracleDatabase } from './oracle/database.ts'
import { OracleConnection } from './oracle/oracle-connection.ts'
import { startOracleControl } from './oracle/oracle-control.ts'
import { OracleFaults } from './oracle/oracle-faults.ts'
import { OracleServerState, type StatementRecord } from './oracle/oracle-server-state.ts'
import { RecordedResults } from './oracle/recorded-results.ts'
import { OracleError } from './oracle/values.ts'

/** PEM texts: see `createCertificateAuthority`. */
export interface OracleTls {
  readonly certificate: string
  readonly key: string
  /** A client must show a certificate of this authority; without, it need not show any. */
  readonly clientAuthority?: string
}

/** How a DBA or a profile ends a session: ORA-00028 or ORA-02396. */
export type SessionEnding = 'killed' | 'idle'

export interface OracleServerOptions {
  readonly database: OracleDatabase
  /** User names and passwords; the first is the one that `user` and `password` of the server name. */
  readonly users?: Readonly<Record<string, string>>
  readonly service?: string
  readonly host?: string
  /** 0, the default, takes a free one. */
  readonly port?: number
  readonly controlPort?: number
  /** Listens with TLS only (TCPS). */
  readonly tls?: OracleTls
  /** Leaves out what equals the row before; on by default. */
  readonly rowCompression?: boolean
  /** Failed logons in a row that lock an account; never by default. */
  readonly lockAfterFailures?: number
  /** Per session, 300 by default; one more is an ORA-01000. */
  readonly maxOpenCursors?: number
  /** Sends a break and a reset before each error, and the error once the client has reset too; off by default. */
  readonly marksErrors?: boolean
  /** One more is an ORA-02391; no limit by default. */
  readonly sessionsPerUser?: number
  /**
   * Sends the rows of a long query that was read to its end once again as they were encoded then, while the data has not
   * changed, for benchmarks: a client's speed is then not this server's. Not for statements that ask for time or session.
   */
  readonly replaysResults?: boolean
}

/** What a server tells about one session, from its logon to the end. */
export interface OracleSessionState {
  readonly sid: number
  readonly serial: number
  readonly user: string
  /** Messages received on its connection. */
  readonly messages: number
  readonly openCursors: number
  readonly isInTransaction: boolean
  /** MODULE, ACTION, CLIENT_IDENTIFIER, HOST, … by the names of SYS_CONTEXT. */
  readonly context: Readonly<Record<string, string>>
}

/** An Oracle stand-in that the real thin driver talks to; dispose it to end its connections and free its ports. */
export interface OracleServer extends AsyncDisposable {
  readonly host: string
  readonly port: number
  readonly service: string
  /** `host:port/service`, with `tcps://` in front where it listens with TLS. */
  readonly connectString: string
  readonly user: string
  readonly password: string
  readonly database: OracleDatabase
  readonly faults: OracleFaults
  readonly accounts: Accounts
  /** Where another process arms faults and reads the counts: see `startOracleControl`. */
  readonly controlUrl: string
  sessions(): OracleSessionState[]
  /** The last 10,000 executions. */
  statements(): readonly StatementRecord[]
  /** CONNECTs and requests received since the start; markers and ends of connections do not count. */
  messageCount(): number
  /** In answers, packet headers included. */
  bytesSent(): number
  /** Failed logons by user name, unknown names included. */
  failedLogons(): Readonly<Record<string, number>>
  /** What clients asked that this server could not take apart, and its own failures; empty when all is well. */
  defects(): readonly string[]
  /** Ends a session, or all of them: the call that runs, or else the next one, fails with the error that says so. */
  endSessions(ending: SessionEnding, sid?: number): void
  /** Ends every connection at once, as a crash of the server would. */
  dropConnections(): void
}

const ENDINGS: Readonly<Record<SessionEnding, () => OracleError>> = {
  killed: () => new OracleError(28, 'your session has been killed'),
  idle: () => new OracleError(2396, 'exceeded maximum idle time, please connect again'),
}

export async function startOracle({
  database,
  users = { FINDATA: 'sandbox-only' },
  service = 'SANDBOX',
  host = '127.0.0.1',
  port = 0,
  controlPort = 0,
  rowCompression = true,
  lockAfterFailures,
  maxOpenCursors = 300,
  sessionsPerUser = Number.POSITIVE_INFINITY,
  marksErrors = false,
  tls,
  replaysResults = false,
}: OracleServerOptions): Promise<OracleServer> {
  const [user, password] = Object.entries(users)[0] ?? ['', '']
  const accounts = new Accounts({ users, ...(lockAfterFailures === undefined ? {} : { lockAfterFailures }) })
  const faults = new OracleFaults()
  const recorded = replaysResults ? new RecordedResults(database) : undefined
  const state = new OracleServerState({
    database,
    accounts,
    faults,
    service,
    rowCompression,
    maxOpenCursors,
    sessionsPerUser,
    marksErrors,
    recorded,
  })
  const connections = new Set<OracleConnection>()

  const accept = (socket: Socket) => {
    const connection = new OracleConnection(socket, state)
    connections.add(connection)
    socket.on('close', () => connections.delete(connection))
  }
  const listener = tls === undefined ? createServer(accept) : createTlsServer(toTlsOptions(tls), accept)
  // Also those whose TLS handshake is not over.
  const sockets = new Set<Socket>()
  listener.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  listener.listen(port, host)
  await once(listener, 'listening')
  const { port: boundPort } = listener.address() as AddressInfo

  const dropConnections = () => {
    for (const connection of connections) connection.destroy()
  }
  const server: Omit<OracleServer, 'controlUrl' | typeof Symbol.asyncDispose> = {
    host,
    port: boundPort,
    service,
    connectString: `${tls === undefined ? '' : 'tcps://'}${host}:${boundPort}/${service}`,
    user,
    password,
    database,
    faults,
    accounts,
    sessions: () => [...connections].filter(({ session }) => session.isOpen).map(sessionState),
    statements: () => state.statements,
    messageCount: () => state.messages,
    bytesSent: () => state.bytesSent,
    failedLogons: () => accounts.failedLogons(),
    defects: () => state.defects,
    endSessions(ending, sid) {
      for (const connection of connections) {
        if (sid === undefined || sid === connection.session.facts.sid) {
          connection.endSession(ENDINGS[ending]())
        }
      }
    },
    dropConnections,
  }
  const control = await startOracleControl(server, host, controlPort)
  return {
    ...server,
    controlUrl: control.url,
    async [Symbol.asyncDispose]() {
      await control[Symbol.asyncDispose]()
      const closed = once(listener, 'close')
      listener.close()
      dropConnections()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function toTlsOptions({ certificate, key, clientAuthority }: OracleTls): TlsOptions {
  return {
    cert: certificate,
    key,
    ...(clientAuthority !== undefined && { ca: clientAuthority, requestCert: true }),
  }
}

function sessionState({ session, messages }: OracleConnection): OracleSessionState {
  const { facts, cursors, isInTransaction } = session
  return {
    sid: facts.sid,
    serial: facts.serial,
    user: facts.user,
    messages,
    openCursors: cursors.size,
    isInTransaction,
    context: Object.fromEntries(facts.context),
  }
}
