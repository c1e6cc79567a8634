import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { KnackRecord, KnackValues } from './knack-app.ts'
import { KnackError } from './knack-error.ts'
import {
  type ArmedKnackFault,
  KNACK_FAULT_EFFECTS,
  type KnackFault,
  type KnackFaults,
  type KnackRequestRecord,
} from './knack-faults.ts'

/** Everything a server knows, as plain data. */
export interface KnackState {
  readonly apps: readonly {
    readonly id: string
    readonly slug: string
    readonly name: string
    /** By object key, oldest first. */
    readonly objects: Readonly<Record<string, readonly KnackRecord[]>>
  }[]
  /** By account. */
  readonly callsToday: Readonly<Record<string, number>>
}

/** What a control URL gives access to: apps are named by slug or id. */
export interface KnackControlled {
  readonly faults: KnackFaults
  requests(): readonly KnackRequestRecord[]
  state(): KnackState
  records(app: string, object: string): readonly KnackRecord[]
  insert(app: string, object: string, values: KnackValues): KnackRecord
  edit(app: string, object: string, id: string, values: KnackValues): KnackRecord
  remove(app: string, object: string, id: string): void
  callsToday(accountSlug: string): number
  spendCalls(accountSlug: string, calls?: number): void
}

/** A server in another process, over its control URL; apps are named by slug or id. */
export interface KnackControl {
  arm(fault: KnackFault): Promise<RemoteKnackFault>
  clear(): Promise<void>
  requests(): Promise<readonly KnackRequestRecord[]>
  state(): Promise<KnackState>
  records(app: string, object: string): Promise<readonly KnackRecord[]>
  insert(app: string, object: string, values: KnackValues): Promise<KnackRecord>
  edit(app: string, object: string, id: string, values: KnackValues): Promise<KnackRecord>
  remove(app: string, object: string, id: string): Promise<void>
  callsToday(accountSlug: string): Promise<number>
  /** Others use up so many calls of the day, or all that are left. */
  spendCalls(accountSlug: string, calls?: number): Promise<void>
}

export interface RemoteKnackFault {
  readonly id: number
  /** The first call it hit, once it has; abort the wait with the signal. */
  arrived(signal?: AbortSignal): Promise<KnackRequestRecord>
  release(): Promise<void>
  disarm(): Promise<void>
}

export function connectKnackControl(controlUrl: string): KnackControl {
  async function ask<Answer>(
    method: string,
    path: string,
    body?: unknown,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const response = await fetch(new URL(path, controlUrl), {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
    const answer = await response.text()
    if (!response.ok) throw new Error(`The Knack stand-in refused ${method} ${path}: ${answer}`)
    return JSON.parse(answer) as Answer
  }

  return {
    async arm(fault) {
      const { id } = await ask<{ id: number }>('POST', '/faults', fault)
      return {
        id,
        arrived: (signal) => ask('GET', `/faults/${id}/arrived`, undefined, signal),
        release: () => ask('POST', `/faults/${id}/release`),
        disarm: () => ask('DELETE', `/faults/${id}`),
      }
    },
    clear: () => ask('DELETE', '/faults'),
    requests: () => ask('GET', '/requests'),
    state: () => ask('GET', '/state'),
    records: (app, object) => ask('GET', `/records/${app}/${object}`),
    insert: (app, object, values) => ask('POST', `/records/${app}/${object}`, values),
    edit: (app, object, id, values) => ask('PUT', `/records/${app}/${object}/${id}`, values),
    remove: (app, object, id) => ask('DELETE', `/records/${app}/${object}/${id}`),
    callsToday: (account) => ask('GET', `/calls/${account}`),
    spendCalls: (account, calls) => ask('POST', `/calls/${account}`, { calls: calls ?? null }),
  }
}

/** Serves the control URL: what `KnackControl` asks for, in JSON. */
export function createKnackControlServer(server: KnackControlled): Server {
  return createServer((request, response) => {
    control(server, request).then(
      (answer) => send(response, 200, answer ?? null),
      (error: unknown) => send(response, 400, { error: reasonOf(error) }),
    )
  })
}

async function control(server: KnackControlled, request: IncomingMessage): Promise<unknown> {
  const { faults } = server
  const [, resource, first = '', second = '', third = ''] = (request.url ?? '')
    .split('/')
    .map(decodeURIComponent)
  switch (`${request.method} ${resource}${first && ' 1'}${second && ' 2'}${third && ' 3'}`) {
    case 'POST faults':
      return { id: faults.arm(toFault(await text(request))).id }
    case 'DELETE faults':
      return faults.clear()
    case 'DELETE faults 1':
      return requireFault(faults, first).disarm()
    case 'GET faults 1 2':
      return requireFault(faults, first).arrived()
    case 'POST faults 1 2':
      return requireFault(faults, first).release()
    case 'GET requests':
      return server.requests()
    case 'GET state':
      return server.state()
    case 'GET records 1 2':
      return server.records(first, second)
    case 'POST records 1 2':
      return server.insert(first, second, JSON.parse(await text(request)) as KnackValues)
    case 'PUT records 1 2 3':
      return server.edit(first, second, third, JSON.parse(await text(request)) as KnackValues)
    case 'DELETE records 1 2 3':
      return server.remove(first, second, third)
    case 'GET calls 1':
      return server.callsToday(first)
    case 'POST calls 1': {
      const { calls } = JSON.parse(await text(request)) as { calls: number | null }
      return server.spendCalls(first, calls ?? undefined)
    }
    default:
      throw new Error(`There is no ${request.method} ${request.url}`)
  }
}

function toFault(json: string): KnackFault {
  const fault = JSON.parse(json) as KnackFault
  if (!Object.hasOwn(KNACK_FAULT_EFFECTS, fault.effect?.kind)) {
    throw new Error(`A fault's effect.kind is one of ${Object.keys(KNACK_FAULT_EFFECTS).join(', ')}`)
  }
  return fault
}

function requireFault(faults: KnackFaults, id: string): ArmedKnackFault {
  const fault = faults.get(Number(id))
  if (!fault) throw new Error(`No fault ${id} is armed`)
  return fault
}

function reasonOf(error: unknown): string {
  if (error instanceof KnackError && error.errors) return JSON.stringify(error.errors)
  return error instanceof Error ? error.message : String(error)
}

function send(response: ServerResponse, status: number, answer: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
}
