import { createControlServer } from '../control-server.ts'
import { type HttpListener, listenHttp } from '../listen-http.ts'
import type { OracleServer, SessionEnding } from '../start-oracle.ts'
import type { ArmedFault, OracleFault } from './oracle-faults.ts'

/** What `GET /` of the control port answers. */
export interface OracleControlState {
  readonly messageCount: number
  readonly sessions: ReturnType<OracleServer['sessions']>
  readonly statements: ReturnType<OracleServer['statements']>
  readonly failedLogons: ReturnType<OracleServer['failedLogons']>
  readonly defects: ReturnType<OracleServer['defects']>
  readonly faults: readonly ArmedFault[]
}

type Controlled = Pick<
  OracleServer,
  | 'faults'
  | 'messageCount'
  | 'sessions'
  | 'statements'
  | 'failedLogons'
  | 'defects'
  | 'endSessions'
  | 'dropConnections'
  | 'database'
>

/**
 * The control interface for other processes, over HTTP with JSON: `GET /` tells the state, `POST /faults` arms a fault and answers
 * it with its id, `DELETE /faults` disarms all, `POST /sessions/end` with `{ ending, sid? }` ends sessions as a DBA does,
 * `DELETE /sessions` drops every connection, `POST /run` with `{ schema, statements }`
 * runs SQL as the owner of a schema.
 */
export function startOracleControl(server: Controlled, host: string, port: number): Promise<HttpListener> {
  const control = createControlServer({
    'GET /': (): OracleControlState => ({
      messageCount: server.messageCount(),
      sessions: server.sessions(),
      statements: server.statements(),
      failedLogons: server.failedLogons(),
      defects: server.defects(),
      faults: server.faults.list(),
    }),
    'POST /faults'(body): ArmedFault {
      const fault = body as OracleFault
      const { id } = server.faults.arm(fault)
      return { id, fault, struck: 0 }
    },
    'DELETE /faults': () => server.faults.clear(),
    'POST /sessions/end'(body) {
      const { ending, sid } = body as { ending: SessionEnding; sid?: number }
      server.endSessions(ending, sid)
    },
    'DELETE /sessions': () => server.dropConnections(),
    'POST /run'(body) {
      const { schema, statements } = toScript(body)
      server.database.run(schema, ...statements)
    },
  })
  return listenHttp(control, port, host)
}

function toScript(body: unknown): { readonly schema: string; readonly statements: readonly string[] } {
  const { schema, statements } = Object(body) as Readonly<Record<string, unknown>>
  const isText = (value: unknown) => typeof value === 'string' && value.trim() !== ''
  if (!isText(schema) || !Array.isArray(statements) || statements.length === 0 || !statements.every(isText)) {
    throw new Error(
      'POST /run takes {"schema": "OWNER", "statements": ["SQL", …]}: SQL that runs as that owner',
    )
  }
  return { schema: schema as string, statements }
}
