import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { SocrataInput, SocrataRow } from './socrata-dataset.ts'
import {
  type ArmedSocrataFault,
  SOCRATA_FAULT_EFFECTS,
  type SocrataFault,
  type SocrataFaults,
  type SocrataRequestRecord,
} from './socrata-faults.ts'
import type { SocrataPortal } from './socrata-portal.ts'

/** The faults, the log and the rows of a server in another process, over its control URL. */
export interface SocrataControl {
  arm(fault: SocrataFault): Promise<RemoteSocrataFault>
  clear(): Promise<void>
  requests(): Promise<readonly SocrataRequestRecord[]>
  callCount(): Promise<number>
  rows(dataset: string): Promise<readonly SocrataRow[]>
  insert(dataset: string, rows: readonly SocrataInput[]): Promise<void>
  /** As a person edits a row in the portal; named by its row identifier, or its `:id` where there is none. */
  edit(dataset: string, rowId: string, changes: SocrataInput): Promise<void>
  remove(dataset: string, rowId: string): Promise<void>
}

export interface RemoteSocrataFault {
  readonly id: number
  /** The first call it hit, once it has; abort the wait with the signal. */
  arrived(signal?: AbortSignal): Promise<SocrataRequestRecord>
  release(): Promise<void>
  disarm(): Promise<void>
}

export function connectSocrataControl(controlUrl: string): SocrataControl {
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
    if (!response.ok) throw new Error(`The Socrata stand-in refused ${method} ${path}: ${answer}`)
    return JSON.parse(answer) as Answer
  }
  const pathOf = (dataset: string, rowId?: string): string =>
    `/datasets/${dataset}${rowId === undefined ? '' : `/${encodeURIComponent(rowId)}`}`

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
    callCount: async () => (await ask<readonly SocrataRequestRecord[]>('GET', '/requests')).length,
    rows: (dataset) => ask('GET', pathOf(dataset)),
    insert: (dataset, rows) => ask('POST', pathOf(dataset), rows),
    edit: (dataset, rowId, changes) => ask('PATCH', pathOf(dataset, rowId), changes),
    remove: (dataset, rowId) => ask('DELETE', pathOf(dataset, rowId)),
  }
}

/**
 * Serves the control URL: `POST /faults`, `GET /faults/ID/arrived` (waits), `POST /faults/ID/release`, `DELETE /faults[/ID]`,
 * `GET /requests`, `GET` and `POST /datasets/4X4`, `PATCH` and `DELETE /datasets/4X4/ROW`.
 */
export function createSocrataControlServer(
  faults: SocrataFaults,
  requests: () => readonly SocrataRequestRecord[],
  portal: SocrataPortal,
): Server {
  return createServer((request, response) => {
    control(faults, requests, portal, request).then(
      (answer) => send(response, 200, answer ?? null),
      (error: unknown) =>
        send(response, 400, { error: error instanceof Error ? error.message : String(error) }),
    )
  })
}

async function control(
  faults: SocrataFaults,
  requests: () => readonly SocrataRequestRecord[],
  portal: SocrataPortal,
  request: IncomingMessage,
): Promise<unknown> {
  const [, resource, id, action] = (request.url ?? '').split('/')
  const dataset = id ?? ''
  const rowId = decodeURIComponent(action ?? '')
  const isRow = resource === 'datasets' && action !== undefined
  const path = [resource, id === undefined ? '' : 'ID', isRow ? 'ROW' : (action ?? '')]
  switch ([request.method, ...path].join(' ').trim()) {
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
    case 'GET datasets ID':
      return portal.rows(dataset)
    case 'POST datasets ID':
      return portal.insert(dataset, JSON.parse(await text(request)) as readonly SocrataInput[])
    case 'PATCH datasets ID ROW':
      return portal.edit(dataset, rowId, JSON.parse(await text(request)) as SocrataInput)
    case 'DELETE datasets ID ROW':
      return portal.remove(dataset, rowId)
    default:
      throw new Error(`There is no ${request.method} ${request.url}`)
  }
}

function toFault(json: string): SocrataFault {
  const fault = JSON.parse(json) as SocrataFault
  if (!Object.hasOwn(SOCRATA_FAULT_EFFECTS, fault.effect?.kind)) {
    throw new Error(`A fault's effect.kind is one of ${Object.keys(SOCRATA_FAULT_EFFECTS).join(', ')}`)
  }
  return fault
}

function requireFault(faults: SocrataFaults, id: string | undefined): ArmedSocrataFault {
  const fault = faults.get(Number(id))
  if (!fault) throw new Error(`No fault ${id} is armed`)
  return fault
}

function send(response: ServerResponse, status: number, answer: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
}
