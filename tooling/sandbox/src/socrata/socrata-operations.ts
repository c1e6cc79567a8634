import type { IncomingHttpHeaders } from 'node:http'
import { type ExactJson, parseExactJson } from './exact-json.ts'
import { identify, type SocrataAccess } from './socrata-access.ts'
import type { RowWrite, SocrataCounters, SocrataDataset, StoredRow } from './socrata-dataset.ts'
import { invalid, SocrataError } from './socrata-error.ts'
import type { SocrataFaultEffect } from './socrata-faults.ts'
import { requireRow, type SocrataPortal } from './socrata-portal.ts'
import type { SocrataRoute } from './socrata-route.ts'
import { runQuery } from './soda-query.ts'

export interface SocrataCall {
  readonly route: SocrataRoute
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly access: SocrataAccess
  readonly portal: SocrataPortal
  readonly effect: SocrataFaultEffect | undefined
  readonly now: Date
}

export interface SocrataResult {
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON; undefined for none. */
  readonly body: unknown
}

/** Does what was asked for. @throws SocrataError to be answered */
export function perform(call: SocrataCall): SocrataResult {
  const { route, access, headers, portal } = call
  const caller = identify(access, headers, route.query)
  const dataset = portal.dataset(route.dataset)
  const isRead =
    route.operation === 'Query' || route.operation === 'GetRow' || route.operation === 'GetMetadata'
  if (caller === 'anonymous' && (!isRead || dataset.definition.isPublic === false)) {
    throw new SocrataError('authentication_required', 'You must be logged in to access this resource')
  }
  if (!isRead && caller !== 'owner') {
    throw new SocrataError('permission_denied', `You do not have the right to change ${route.dataset}`)
  }
  switch (route.operation) {
    case 'Query':
      return query(call, dataset)
    case 'GetMetadata':
      return { body: toMetadata(dataset, portal) }
    case 'GetRow':
      return getRow(call, dataset)
    case 'Upsert':
      return { body: write(call, dataset, (writes) => dataset.upsert(writes, call.now)) }
    case 'Replace':
      return { body: write(call, dataset, (writes) => dataset.replace(writes, call.now)) }
    case 'UpsertRow':
    case 'ReplaceRow':
      return { body: writeRow(call, dataset) }
    case 'DeleteRow':
      lagIfAsked(call)
      dataset.upsert([deletion(requireRow(dataset, route.rowId))], call.now)
      return { body: undefined }
  }
}

function query({ route, portal }: SocrataCall, dataset: SocrataDataset): SocrataResult {
  const { fields, rows } = runQuery(dataset, portal.visibleRows(route.dataset), route.query)
  const types = fields.map((field) => dataset.columnOf(field)?.dataTypeName ?? 'text')
  return {
    headers: { 'x-soda2-fields': JSON.stringify(fields), 'x-soda2-types': JSON.stringify(types) },
    body: rows,
  }
}

function getRow({ route, portal }: SocrataCall, { definition }: SocrataDataset): SocrataResult {
  const { rowIdentifier = ':id' } = definition
  const row = portal
    .visibleRows(route.dataset)
    .find(({ sid, cells }) => sid === route.rowId || cells[rowIdentifier] === route.rowId)
  if (!row) throw new SocrataError('not_found', `The dataset ${definition.id} has no row ${route.rowId}`)
  return { body: row.cells }
}

function write(
  call: SocrataCall,
  dataset: SocrataDataset,
  commit: (writes: readonly RowWrite[]) => SocrataCounters,
): SocrataCounters {
  const writes = dataset.toWrites(toJson(call))
  lagIfAsked(call)
  const { effect } = call
  const lost = effect?.kind === 'row-errors' || effect?.kind === 'missing-rows' ? effect.rows : 0
  const counters = commit(writes.slice(lost))
  return effect?.kind === 'row-errors' ? { ...counters, Errors: Math.min(lost, writes.length) } : counters
}

function writeRow(call: SocrataCall, dataset: SocrataDataset): unknown {
  const { route, now } = call
  const { rowIdentifier } = dataset.definition
  const row = requireRow(dataset, route.rowId)
  const body = toJson(call)
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid('A row has to be a JSON object')
  const [write] = dataset.toWrites({ ...body, ':id': row.sid })
  const { cells = {} } = write ?? {}
  // A replaced row keeps no value that was not sent, but the one it is found by.
  const cleared = Object.fromEntries(
    dataset.definition.columns
      .filter(({ fieldName }) => fieldName !== rowIdentifier)
      .map(({ fieldName }) => [fieldName, null]),
  )
  lagIfAsked(call)
  const changes = route.operation === 'ReplaceRow' ? { ...cleared, ...cells } : cells
  dataset.upsert([{ sid: row.sid, key: undefined, isDelete: false, cells: changes }], now)
  return requireRow(dataset, row.sid).cells
}

function deletion({ sid }: StoredRow): RowWrite {
  return { sid, key: undefined, isDelete: true, cells: {} }
}

function lagIfAsked({ effect, portal, route }: SocrataCall): void {
  if (effect?.kind === 'lagging-reads') portal.lag(route.dataset, effect.lagMs)
}

function toJson({ headers, body }: SocrataCall): ExactJson {
  const { 'content-type': type } = headers
  // Without a type the .json of the path counts: sodapy sends none.
  if (type !== undefined && !/^application\/json(\s*;|$)/i.test(type)) {
    throw new SocrataError(
      'unsupported_media_type',
      `The stand-in takes rows as application/json only, not ${type}`,
    )
  }
  try {
    return parseExactJson(body)
  } catch {
    throw invalid('The body is not valid JSON')
  }
}

function toMetadata({ definition, updatedAt }: SocrataDataset, portal: SocrataPortal): unknown {
  const { id, name, columns, rowIdentifier } = definition
  const firstColumnId = 1_000 * (1 + portal.datasets.findIndex((dataset) => dataset.definition.id === id))
  const identifier = columns.findIndex(({ fieldName }) => fieldName === rowIdentifier)
  const changedAt = updatedAt()
  return {
    id,
    name,
    assetType: 'dataset',
    ...(changedAt === undefined ? {} : { rowsUpdatedAt: Math.floor(changedAt.getTime() / 1000) }),
    ...(identifier === -1 ? {} : { rowIdentifierColumnId: firstColumnId + identifier }),
    columns: columns.map(({ fieldName, dataTypeName, name: title = fieldName }, index) => ({
      id: firstColumnId + index,
      name: title,
      dataTypeName,
      fieldName,
      position: index + 1,
    })),
  }
}
