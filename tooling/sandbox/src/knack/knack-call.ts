import { KnackError } from './knack-error.ts'
import type { KnackOperation } from './knack-faults.ts'
import type { AppState, KnackStore, ObjectState } from './knack-store.ts'
import { parseFormat, parseListQuery } from './list-records.ts'
import { DAY_MINUTES, wallMinutesOf } from './wall-time.ts'

/** What a path names. */
export interface KnackTarget {
  readonly operation: KnackOperation
  readonly appId: string
  readonly object: string
  readonly record: string
}

const RECORD_OPERATIONS: Readonly<Record<string, KnackOperation>> = {
  'GET list': 'list',
  'POST list': 'create',
  'GET record': 'get',
  'PUT record': 'update',
  'DELETE record': 'delete',
}

export function toTarget(method: string, path: string, appId: string): KnackTarget {
  const metadata = /^\/applications\/([^/]+)\/?$/.exec(path)
  if (metadata && method === 'GET') {
    return { operation: 'metadata', appId: metadata[1] ?? '', object: '', record: '' }
  }
  const [, object = '', record = ''] = /^\/objects\/([^/]+)\/records(?:\/([^/]*))?$/.exec(path) ?? []
  const operation = RECORD_OPERATIONS[`${method} ${record === '' ? 'list' : 'record'}`]
  return { operation: object === '' ? 'unknown' : (operation ?? 'unknown'), appId, object, record }
}

export interface KnackCall extends KnackTarget {
  readonly query: URLSearchParams
  readonly body: string
}

/** The answer of a call that was let in. @throws KnackError */
export function answerCall(
  store: KnackStore,
  app: AppState,
  call: KnackCall,
  totalOffset: number,
  now: Date,
): unknown {
  if (call.operation === 'unknown') throw new KnackError(404, 'Not found')
  if (call.operation === 'metadata') return describeApp(app)
  const object = app.objects.get(call.object)
  if (!object) throw new KnackError(404, 'Object not found')
  switch (call.operation) {
    case 'list':
      return list(store, app, object, call, totalOffset, now)
    case 'get': {
      const record = object.records.get(call.record)
      if (!record) throw new KnackError(404, 'Record not found')
      return store.render(app, object, record, parseFormat(call.query))
    }
    case 'create':
      return store.render(app, object, store.insert(object, parseValues(call.body), 'client'))
    case 'update':
      return store.render(app, object, store.update(object, call.record, parseValues(call.body), 'client'))
    case 'delete':
      store.remove(object, call.record)
      return { delete: true }
  }
}

function parseValues(body: string): Readonly<Record<string, unknown>> {
  let values: unknown
  try {
    values = JSON.parse(body)
  } catch {
    throw new KnackError(400, 'The body is not JSON')
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new KnackError(400, 'The body is not a record')
  }
  return values as Readonly<Record<string, unknown>>
}

function list(
  store: KnackStore,
  app: AppState,
  object: ObjectState,
  { query }: KnackCall,
  totalOffset: number,
  now: Date,
): unknown {
  const today = Math.floor(wallMinutesOf(now, app.definition.timeZone) / DAY_MINUTES)
  const { page, rowsPerPage, format, matches, compare } = parseListQuery(object, query, today)
  const found = [...object.records.values()].filter(matches).sort(compare)
  const total = Math.max(0, found.length + totalOffset)
  return {
    total_pages: Math.ceil(total / rowsPerPage),
    current_page: page,
    total_records: total,
    records: found
      .slice((page - 1) * rowsPerPage, page * rowsPerPage)
      .map((record) => store.render(app, object, record, format)),
  }
}

function describeApp({ definition, objects }: AppState): unknown {
  return {
    application: {
      id: definition.id,
      name: definition.name,
      slug: definition.slug,
      account: { slug: definition.accountSlug },
      settings: { timezone: definition.timeZone },
      counts: Object.fromEntries(
        [...objects.values()].map((object) => [object.definition.key, object.records.size]),
      ),
      objects: definition.objects.map(({ key, name, identifier, fields }) => ({
        key,
        name,
        identifier: identifier ?? fields[0]?.key,
        fields: fields.map(({ key, name, type, required, unique, options, format }) => ({
          key,
          name,
          type,
          required: required ?? false,
          unique: unique ?? false,
          format: {
            ...(options && { options }),
            ...(format?.type && { type: format.type }),
            ...(type === 'date_time' && {
              date_format: format?.dateFormat ?? 'mm/dd/yyyy',
              time_format: format?.timeFormat ?? 'HH MM (military)',
            }),
            ...(format?.precision !== undefined && { precision: String(format.precision) }),
            ...(format?.marksThousands && { mark_thousands: 'comma' }),
          },
          ...(type === 'connection' && {
            relationship: { object: format?.object, has: format?.has ?? 'one' },
          }),
        })),
      })),
      scenes: [],
    },
  }
}
