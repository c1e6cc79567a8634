import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { ArmedCallFault, CallFaults } from './fault-plan.ts'

/** What a control URL answers, in JSON: by method and path as in `GET /rows/:id`, from the JSON of the body and the parts that `:` names. */
export type ControlRoutes = Readonly<Record<string, (body: unknown, ...parts: string[]) => unknown>>

/** Serves a control URL; what a route throws is answered 400 with its message. Listening and closing are the caller's. */
export function createControlServer(routes: ControlRoutes): Server {
  return createServer((request, response) => {
    answer(routes, request).then(
      (body) => send(response, 200, body ?? null),
      (error: unknown) =>
        send(response, 400, { error: error instanceof Error ? error.message : String(error) }),
    )
  })
}

/** The routes of a server with faults, whose kinds are the keys of `effects`, and with a log of calls. */
export function faultRoutes<Fault extends { readonly effect: { readonly kind: string } }, Call>(
  faults: CallFaults<Fault, Call>,
  effects: Readonly<Record<string, unknown>>,
  requests: () => readonly Call[],
): ControlRoutes {
  function toFault(body: unknown): Fault {
    const fault = body as Fault | undefined
    if (!fault || !Object.hasOwn(effects, fault.effect?.kind)) {
      throw new Error(`A fault's effect.kind is one of ${Object.keys(effects).join(', ')}`)
    }
    return fault
  }
  function find(id: string): ArmedCallFault<Call> {
    const fault = faults.get(Number(id))
    if (!fault) throw new Error(`No fault ${id} is armed`)
    return fault
  }

  return {
    'POST /faults': (body) => ({ id: faults.arm(toFault(body)).id }),
    'DELETE /faults': () => faults.clear(),
    'DELETE /faults/:id': (_, id) => find(id).disarm(),
    'GET /faults/:id/arrived': (_, id) => find(id).arrived(),
    'POST /faults/:id/release': (_, id) => find(id).release(),
    'GET /requests': () => requests(),
  }
}

async function answer(routes: ControlRoutes, request: IncomingMessage): Promise<unknown> {
  const call = `${request.method} ${request.url}`
  for (const [route, handle] of Object.entries(routes)) {
    const parts = new RegExp(`^${route.replaceAll(/:\w+/g, '([^/]+)')}$`).exec(call)?.slice(1)
    if (!parts) continue
    const body = await text(request)
    return handle(body === '' ? undefined : JSON.parse(body), ...parts.map(decodeURIComponent))
  }
  throw new Error(`There is no ${call}; there are ${Object.keys(routes).join(', ')}`)
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
}
