import type { Server } from 'node:http'
import { connectControl, type RemoteCallFault, type RemoteFaults, toRemoteFaults } from '../control-client.ts'
import { createControlServer, faultRoutes } from '../control-server.ts'
import type { SocrataInput, SocrataRow } from './socrata-dataset.ts'
import {
  SOCRATA_FAULT_EFFECTS,
  type SocrataFault,
  type SocrataFaults,
  type SocrataRequestRecord,
} from './socrata-faults.ts'
import type { SocrataPortal } from './socrata-portal.ts'

/** The faults, the log and the rows of a server in another process, over its control URL. */
export interface SocrataControl extends RemoteFaults<SocrataFault, SocrataRequestRecord> {
  callCount(): Promise<number>
  rows(dataset: string): Promise<readonly SocrataRow[]>
  insert(dataset: string, rows: readonly SocrataInput[]): Promise<void>
  /** As a person edits a row in the portal; named by its row identifier, or its `:id` where there is none. */
  edit(dataset: string, rowId: string, changes: SocrataInput): Promise<void>
  remove(dataset: string, rowId: string): Promise<void>
}

export type RemoteSocrataFault = RemoteCallFault<SocrataRequestRecord>

export function connectSocrataControl(controlUrl: string): SocrataControl {
  const ask = connectControl(controlUrl, 'Socrata')
  const faults = toRemoteFaults<SocrataFault, SocrataRequestRecord>(ask)
  const pathOf = (dataset: string, rowId: string): string =>
    `/datasets/${dataset}/${encodeURIComponent(rowId)}`
  return {
    ...faults,
    callCount: async () => (await faults.requests()).length,
    rows: (dataset) => ask('GET', `/datasets/${dataset}`),
    insert: (dataset, rows) => ask('POST', `/datasets/${dataset}`, rows),
    edit: (dataset, rowId, changes) => ask('PATCH', pathOf(dataset, rowId), changes),
    remove: (dataset, rowId) => ask('DELETE', pathOf(dataset, rowId)),
  }
}

/** Serves the control URL: what `SocrataControl` asks for, in JSON. */
export function createSocrataControlServer(
  faults: SocrataFaults,
  requests: () => readonly SocrataRequestRecord[],
  portal: SocrataPortal,
): Server {
  return createControlServer({
    ...faultRoutes(faults, SOCRATA_FAULT_EFFECTS, requests),
    'GET /datasets/:id': (_, id) => portal.rows(id),
    'POST /datasets/:id': (body, id) => portal.insert(id, body as readonly SocrataInput[]),
    'PATCH /datasets/:id/:row': (body, id, row) => portal.edit(id, row, body as SocrataInput),
    'DELETE /datasets/:id/:row': (_, id, row) => portal.remove(id, row),
  })
}
