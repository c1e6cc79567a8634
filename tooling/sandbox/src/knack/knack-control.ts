import type { Server } from 'node:http'
import { connectControl, type RemoteCallFault, type RemoteFaults, toRemoteFaults } from '../control-client.ts'
import { createControlServer, faultRoutes } from '../control-server.ts'
import type { KnackRecord, KnackValues } from './knack-app.ts'
import {
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
export interface KnackControl extends RemoteFaults<KnackFault, KnackRequestRecord> {
  state(): Promise<KnackState>
  records(app: string, object: string): Promise<readonly KnackRecord[]>
  insert(app: string, object: string, values: KnackValues): Promise<KnackRecord>
  edit(app: string, object: string, id: string, values: KnackValues): Promise<KnackRecord>
  remove(app: string, object: string, id: string): Promise<void>
  callsToday(accountSlug: string): Promise<number>
  /** Others use up so many calls of the day, or all that are left. */
  spendCalls(accountSlug: string, calls?: number): Promise<void>
}

export type RemoteKnackFault = RemoteCallFault<KnackRequestRecord>

export function connectKnackControl(controlUrl: string): KnackControl {
  const ask = connectControl(controlUrl, 'Knack')
  return {
    ...toRemoteFaults<KnackFault, KnackRequestRecord>(ask),
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
  return createControlServer({
    ...faultRoutes(server.faults, KNACK_FAULT_EFFECTS, server.requests),
    'GET /state': () => server.state(),
    'GET /records/:app/:object': (_, app, object) => server.records(app, object),
    'POST /records/:app/:object': (body, app, object) => server.insert(app, object, body as KnackValues),
    'PUT /records/:app/:object/:id': (body, app, object, id) =>
      server.edit(app, object, id, body as KnackValues),
    'DELETE /records/:app/:object/:id': (_, app, object, id) => server.remove(app, object, id),
    'GET /calls/:account': (_, account) => server.callsToday(account),
    'POST /calls/:account': (body, account) =>
      server.spendCalls(account, (body as { calls: number | null }).calls ?? undefined),
  })
}
