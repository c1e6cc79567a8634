import type { OracleType } from '../values.ts'
import type { Catalog, CatalogObject, TableColumn, View } from './catalog.ts'
import type { Row } from './compiled.ts'
import type { RowStore } from './row-store.ts'
import type { ColumnInfo, DatabaseRole } from './scope.ts'
import type { SessionState } from './session-state.ts'

/** What the dictionary tells about, beside the catalogue. */
export interface DictionarySource {
  readonly catalog: Catalog
  readonly store: RowStore
  readonly databaseName: string
  readonly databaseTimeZone: string
  readonly databaseRole: DatabaseRole
  readonly isCluster: boolean
  readonly createdAt: Date
  sessions(): Iterable<SessionState>
  /** Undefined for a view that no longer compiles. */
  describeView(view: View): readonly ColumnInfo[] | undefined
}

type Columns = Readonly<Record<string, OracleType>>
type RowsFor = (viewer: SessionState) => readonly Row[]

/** Puts views into the schema SYS, with public synonyms. */
export interface DictionaryBuilder extends DictionarySource {
  define(viewName: string, columns: Columns, rows: RowsFor, isPublic?: boolean): void
  /** An ALL_ view and, without its first column, the USER_ view of the viewer's own. */
  defineForOwners(suffix: string, columns: Columns, rows: RowsFor): void
  /** Everything that anybody owns. */
  objects(): CatalogObject[]
  /** True where the viewer has any privilege at all; a private synonym of others is as visible as what it stands for. */
  isVisible(object: CatalogObject, viewer: SessionState): boolean
}

export const text = (size: number): OracleType => ({ name: 'VARCHAR2', size })
export const name = text(128)
export const number: OracleType = { name: 'NUMBER' }
export const date: OracleType = { name: 'DATE' }

const PRIVILEGES = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'FLASHBACK', 'EXECUTE']

export function createDictionaryBuilder(source: DictionarySource): DictionaryBuilder {
  const { catalog, createdAt } = source

  function define(viewName: string, columns: Columns, rows: RowsFor, isPublic = true): void {
    const infos = Object.entries(columns).map(
      ([column, type]): TableColumn => ({ name: column, type, isNullable: true }),
    )
    catalog.add({
      ...catalog.newObject('SYS', viewName, createdAt),
      kind: 'dictionary',
      columns: infos,
      isPublic,
      rows,
    })
    catalog.add({
      ...catalog.newObject('PUBLIC', viewName.replace(/^(G?V)_\$/, '$1$'), createdAt),
      kind: 'synonym',
      target: { schema: 'SYS', name: viewName },
    })
  }

  function isVisible(object: CatalogObject, viewer: SessionState): boolean {
    const { user } = viewer
    if (object.owner === user || object.owner === 'PUBLIC') return true
    const target = object.kind === 'synonym' ? catalog.targetOf(object) : object
    return (
      target !== undefined &&
      target.kind !== 'remote' &&
      PRIVILEGES.some((privilege) => catalog.can(user, privilege, target))
    )
  }

  return {
    ...source,
    define,
    defineForOwners(suffix, columns, rows) {
      define(`ALL_${suffix}`, { OWNER: name, ...columns }, rows)
      define(`USER_${suffix}`, columns, (viewer) =>
        rows(viewer)
          .filter(([owner]) => owner === viewer.user)
          .map((row) => row.slice(1)),
      )
    },
    objects: () => [...catalog.schemas.values()].flatMap((byName) => [...byName.values()]),
    isVisible,
  }
}

/** OBJECT_TYPE and its like. */
export function objectType(object: CatalogObject): string {
  if (object.kind !== 'dictionary') return object.kind.toUpperCase()
  return object.name === 'DUAL' ? 'TABLE' : 'VIEW'
}
