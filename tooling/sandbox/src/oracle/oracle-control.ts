import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { OracleServer } from '../start-oracle.ts'
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
  | 'dropConnections'
  | 'database'
>

/**
 * The control interface for other processes, over HTTP with JSON: `GET /` tells the state, `POST /faults` arms a fault and answers
 * it with its id, `DELETE /faults` disarms all, `DELETE /sessions` drops every connection, `POST /run` with `{ schema, statements }`
 * runs SQL as the owner of a schema.
 */
export async function startOracleControl(
  server: Controlled,
  host: string,
  port: number,
): Promise<AsyncDisposable & { readonly url: string }> {
  const http = createServer((request, response) => {
    answer(server, request).then(
      (body) => reply(response, 200, body),
      (error: unknown) =>
        reply(response, 400, { error: error instanceof Error ? error.message : String(error) }),
    )
  })
  http.listen(port, host)
  await once(http, 'listening')
  const { port: boundPort } = http.address() as AddressInfo
  return {
    url: `http://${host}:${boundPort}`,
    async [Symbol.asyncDispose]() {
      const closed = once(http, 'close')
      http.close()
      http.closeAllConnections()
      await closed
    },
  }
}

async function answer(server: Controlled, request: IncomingMessage): Promise<unknown> {
  switch (`${request.method} ${request.url}`) {
    case 'GET /': {
      const state: OracleControlState = {
        messageCount: server.messageCount(),
        sessions: server.sessions(),
        statements: server.statements(),
        failedLogons: server.failedLogons(),
        defects: server.defects(),
        faults: server.faults.list(),
      }
      return state
    }
    case 'POST /faults': {
      const fault: OracleFault = JSON.parse(await text(request))
      const { id } = server.faults.arm(fault)
      return { id, fault, struck: 0 } satisfies ArmedFault
    }
    case 'DELETE /faults':
      server.faults.clear()
      return {}
    case 'DELETE /sessions':
      server.dropConnections()
      return {}
    case 'POST /run': {
      const { schema, statements }: { schema: string; statements: string[] } = JSON.parse(await text(request))
      server.database.run(schema, ...statements)
      return {}
    }
    default:
      throw new Error(`the Oracle control port knows no ${request.method} ${request.url}`)
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
