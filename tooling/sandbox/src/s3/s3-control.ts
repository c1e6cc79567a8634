import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import {
  type ArmedS3Fault,
  S3_FAULT_EFFECTS,
  type S3Fault,
  type S3Faults,
  type S3RequestRecord,
} from './s3-faults.ts'

/** The faults and the log of a server in another process, over its control URL. */
export interface S3Control {
  arm(fault: S3Fault): Promise<RemoteS3Fault>
  clear(): Promise<void>
  requests(): Promise<readonly S3RequestRecord[]>
  callCount(): Promise<number>
}

export interface RemoteS3Fault {
  readonly id: number
  /** The first call it hit, once it has; abort the wait with the signal. */
  arrived(signal?: AbortSignal): Promise<S3RequestRecord>
  release(): Promise<void>
  disarm(): Promise<void>
}

export function connectS3Control(controlUrl: string): S3Control {
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
    if (!response.ok) throw new Error(`The S3 stand-in refused ${method} ${path}: ${answer}`)
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
    callCount: async () => (await ask<readonly S3RequestRecord[]>('GET', '/requests')).length,
  }
}

/** Serves the control URL: `POST /faults`, `GET /faults/ID/arrived` (waits), `POST /faults/ID/release`, `DELETE /faults[/ID]`, `GET /requests`. */
export function createS3ControlServer(faults: S3Faults, requests: () => readonly S3RequestRecord[]): Server {
  return createServer((request, response) => {
    control(faults, requests, request).then(
      (answer) => send(response, 200, answer ?? null),
      (error: unknown) =>
        send(response, 400, { error: error instanceof Error ? error.message : String(error) }),
    )
  })
}

async function control(
  faults: S3Faults,
  requests: () => readonly S3RequestRecord[],
  request: IncomingMessage,
): Promise<unknown> {
  const [, resource, id, action] = (request.url ?? '').split('/')
  switch ([request.method, resource, id === undefined ? '' : 'ID', action ?? ''].join(' ').trim()) {
    case 'POST faults':
      return { id: faults.arm(toFault(await text(request))).id }
    case 'DELETE faults':
      return faults.clear()
    case 'DELETE faults ID':
      return requireFault(faults, id).disarm()
    case 'GET faults ID arrived':
      return requireFault(faults, id).arrived()
    case 'POST faults ID release':
      return requireFault(faults, id).release()
    case 'GET requests':
      return requests()
    default:
      throw new Error(`There is no ${request.method} ${request.url}`)
  }
}

function toFault(json: string): S3Fault {
  const fault = JSON.parse(json) as S3Fault
  if (!Object.hasOwn(S3_FAULT_EFFECTS, fault.effect?.kind)) {
    throw new Error(`A fault's effect.kind is one of ${Object.keys(S3_FAULT_EFFECTS).join(', ')}`)
  }
  return fault
}

function requireFault(faults: S3Faults, id: string | undefined): ArmedS3Fault {
  const fault = faults.get(Number(id))
  if (!fault) throw new Error(`No fault ${id} is armed`)
  return fault
}

function send(response: ServerResponse, status: number, answer: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
}
