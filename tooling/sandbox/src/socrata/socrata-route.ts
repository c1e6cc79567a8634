import { notImitated, SocrataError } from './socrata-error.ts'
import type { SocrataOperation } from './socrata-faults.ts'

/** What a request asks for. */
export interface SocrataRoute {
  readonly operation: SocrataOperation
  readonly dataset: string
  /** Of a single row. */
  readonly rowId: string
  readonly query: URLSearchParams
}

const OF_DATASET: Readonly<Record<string, SocrataOperation>> = {
  GET: 'Query',
  POST: 'Upsert',
  PUT: 'Replace',
}
const OF_ROW: Readonly<Record<string, SocrataOperation>> = {
  GET: 'GetRow',
  POST: 'UpsertRow',
  PUT: 'ReplaceRow',
  DELETE: 'DeleteRow',
}

/** @throws SocrataError for what this server does not have */
export function toRoute(method: string, target: string): SocrataRoute {
  const { pathname, searchParams: query } = new URL(target, 'http://socrata.invalid')
  const [, area, dataset = '', row] =
    /^\/(resource|api\/views)\/([a-z0-9]{4}-[a-z0-9]{4})(?:\/([^/]+))?\.json$/.exec(pathname) ?? []
  if (area === undefined || (area !== 'resource' && row !== undefined)) {
    throw notImitated(
      `${method} ${pathname}, only /resource/{4x4}.json, /resource/{4x4}/{id}.json and /api/views/{4x4}.json`,
    )
  }
  const operations =
    area !== 'resource' ? { GET: 'GetMetadata' as const } : row === undefined ? OF_DATASET : OF_ROW
  const operation: SocrataOperation | undefined = Object.entries(operations).find(
    ([name]) => name === method,
  )?.[1]
  if (operation === undefined)
    throw new SocrataError('method_not_allowed', `${method} is not allowed on ${pathname}`)
  return { operation, dataset, rowId: decodeURIComponent(row ?? ''), query }
}
