import type { Catalog, CatalogObject } from './catalog.ts'
import { objectType } from './dictionary-builder.ts'
import type { Query } from './syntax.ts'

/** A name that a view's text, a synonym or a function stands on. */
interface WrittenReference {
  readonly path: readonly string[]
  readonly link: string | undefined
  /** Built-in functions are called the same way, and are no objects. */
  readonly isCall: boolean
}

export interface Reference {
  readonly owner: string | null
  readonly name: string
  readonly type: string
  readonly link: string | null
}

/** What an object names itself, each once; not what stands behind that. */
export function referencesOf(object: CatalogObject, catalog: Catalog): Reference[] {
  const found = new Map<string, Reference>()
  for (const written of writtenIn(object)) {
    const reference = resolveReference(written, object.owner, catalog)
    if (reference) found.set(JSON.stringify(reference), reference)
  }
  return [...found.values()]
}

function writtenIn(object: CatalogObject): WrittenReference[] {
  switch (object.kind) {
    case 'view':
      return namesIn(object.query)
    case 'synonym': {
      const { schema, name, link } = object.target
      return [{ path: schema === undefined ? [name] : [schema, name], link, isCall: false }]
    }
    case 'function':
      return object.references.map((written) => {
        const [path = '', link] = written.split('@')
        return { path: path.split('.'), link, isCall: false }
      })
    default:
      return []
  }
}

function resolveReference(
  { path, link, isCall }: WrittenReference,
  owner: string,
  catalog: Catalog,
): Reference | undefined {
  const name = path.at(-1) ?? ''
  const schema = path.at(-2)
  if (link !== undefined) return { owner: schema ?? null, name, type: 'UNDEFINED', link }
  const object =
    schema === undefined
      ? (catalog.find(owner, name) ?? catalog.find('PUBLIC', name))
      : catalog.find(schema, name)
  if (isCall && object?.kind !== 'function') return undefined
  if (object) return { owner: object.owner, name: object.name, type: objectType(object), link: null }
  return { owner: schema ?? owner, name, type: 'NON-EXISTENT', link: null }
}

/** Tables and calls anywhere in a query, its subqueries included; what WITH names is no object. */
function namesIn(query: Query): WrittenReference[] {
  const names: WrittenReference[] = []
  const walk = (value: unknown, common: ReadonlySet<string>): void => {
    if (Array.isArray(value)) {
      for (const item of value) walk(item, common)
      return
    }
    if (typeof value !== 'object' || value === null) return
    if (isQuery(value)) {
      const { commonTables, ...rest } = value
      const known = new Set(common)
      for (const table of commonTables) {
        walk(table.query, known)
        known.add(table.name)
      }
      walk(Object.values(rest), known)
      return
    }
    if (isNamed(value)) {
      const { kind, path, link } = value
      const isCommon =
        kind === 'table' && path.length === 1 && link === undefined && common.has(path[0] ?? '')
      if (!isCommon) names.push({ path, link, isCall: kind === 'call' })
    }
    walk(Object.values(value), common)
  }
  walk(query, new Set())
  return names
}

const isQuery = (node: object): node is Query => 'commonTables' in node

const isNamed = (node: object): node is { kind: 'table' | 'call'; path: readonly string[]; link?: string } =>
  'kind' in node && (node.kind === 'table' || node.kind === 'call') && 'path' in node
