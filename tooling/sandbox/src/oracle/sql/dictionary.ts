import type { OracleType } from '../values.ts'
import type { Catalog, CatalogObject, Relation, TableColumn, View } from './catalog.ts'
import type { Row } from './compiled.ts'
import {
  BANNER,
  characterFacts,
  databaseParameters,
  dateText,
  sessionParameters,
  sessionRow,
  typeFacts,
  VERSION,
} from './dictionary-rows.ts'
import { type RowStore, rowCountOf } from './row-store.ts'
import type { ColumnInfo } from './scope.ts'
import type { SessionState } from './session-state.ts'

/** What the dictionary tells about, beside the catalogue. */
export interface DictionarySource {
  readonly catalog: Catalog
  readonly store: RowStore
  readonly databaseName: string
  readonly databaseTimeZone: string
  readonly createdAt: Date
  sessions(): Iterable<SessionState>
  /** Undefined for a view that no longer compiles. */
  describeView(view: View): readonly ColumnInfo[] | undefined
}

const text = (size: number): OracleType => ({ name: 'VARCHAR2', size })
const name = text(128)
const number: OracleType = { name: 'NUMBER' }
const date: OracleType = { name: 'DATE' }

/** Puts DUAL, the ALL_, USER_ and V$ views into the schema SYS, with public synonyms. */
export function addDictionary(source: DictionarySource): void {
  const { catalog, store } = source
  const define = (
    viewName: string,
    columns: Readonly<Record<string, OracleType>>,
    rows: (viewer: SessionState) => readonly Row[],
    isPublic = true,
  ) => {
    const infos: TableColumn[] = Object.entries(columns).map(([column, type]) => ({
      name: column,
      type,
      isNullable: true,
    }))
    catalog.add({
      ...catalog.newObject('SYS', viewName, source.createdAt),
      kind: 'dictionary',
      columns: infos,
      isPublic,
      rows,
    })
    const synonym = viewName.replace(/^V_\$/, 'V$')
    catalog.add({
      ...catalog.newObject('PUBLIC', synonym, source.createdAt),
      kind: 'synonym',
      target: { schema: 'SYS', name: viewName },
    })
  }
  /** An ALL_ view and, without its first column, the USER_ view of the viewer's own. */
  const defineForOwners = (
    suffix: string,
    columns: Readonly<Record<string, OracleType>>,
    rows: (viewer: SessionState) => readonly Row[],
  ) => {
    define(`ALL_${suffix}`, { OWNER: name, ...columns }, rows)
    define(`USER_${suffix}`, columns, (viewer) =>
      rows(viewer)
        .filter(([owner]) => owner === viewer.user)
        .map((row) => row.slice(1)),
    )
  }

  const objects = (): CatalogObject[] =>
    [...catalog.schemas]
      .filter(([owner]) => owner !== 'SYS' && owner !== 'PUBLIC')
      .flatMap(([, byName]) => [...byName.values()])
  const isVisible = (object: Relation, { user }: SessionState) =>
    ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'FLASHBACK'].some((privilege) =>
      catalog.can(user, privilege, object),
    )
  const relations = (viewer: SessionState) =>
    objects()
      .filter((object) => object.kind !== 'synonym' && object.kind !== 'dictionary')
      .filter((object) => isVisible(object, viewer))
  const columnsOf = (
    object: CatalogObject,
  ): readonly (ColumnInfo & {
    readonly characterLimit?: number
    readonly comment?: string | undefined
  })[] => {
    if (object.kind === 'table') return object.columns
    if (object.kind !== 'view') return []
    return (source.describeView(object) ?? []).map((column) => ({
      ...column,
      comment: object.columnComments.get(column.name),
    }))
  }

  define('DUAL', { DUMMY: text(1) }, () => [['X']])
  defineForOwners(
    'TABLES',
    { TABLE_NAME: name, TABLESPACE_NAME: text(30), STATUS: text(8), NUM_ROWS: number, TEMPORARY: text(1) },
    (viewer) =>
      relations(viewer)
        .filter((object) => object.kind === 'table')
        .map((table) => {
          const rows = store.rowsAt(table.history, store.currentScn, undefined)
          return [table.owner, table.name, 'USERS', 'VALID', String(rowCountOf(rows)), 'N']
        }),
  )
  defineForOwners(
    'VIEWS',
    { VIEW_NAME: name, TEXT_LENGTH: number, TEXT: { name: 'CLOB' }, TEXT_VC: text(4000), READ_ONLY: text(1) },
    (viewer) =>
      relations(viewer)
        .filter((object) => object.kind === 'view')
        .map((view) => [
          view.owner,
          view.name,
          String(view.text.length),
          view.text,
          view.text.slice(0, 1000),
          'N',
        ]),
  )
  defineForOwners(
    'OBJECTS',
    {
      OBJECT_NAME: name,
      OBJECT_ID: number,
      OBJECT_TYPE: text(23),
      CREATED: date,
      LAST_DDL_TIME: date,
      STATUS: text(7),
    },
    (viewer) =>
      objects()
        .filter((object) =>
          object.kind === 'synonym' ? object.owner === viewer.user : isVisible(object, viewer),
        )
        .map((object) => {
          const isValid = object.kind !== 'view' || source.describeView(object) !== undefined
          return [
            object.owner,
            object.name,
            String(object.id),
            object.kind.toUpperCase(),
            dateText(object.createdAt),
            dateText(object.changedAt),
            isValid ? 'VALID' : 'INVALID',
          ]
        }),
  )
  defineForOwners(
    'TAB_COLUMNS',
    {
      TABLE_NAME: name,
      COLUMN_NAME: name,
      DATA_TYPE: name,
      DATA_LENGTH: number,
      DATA_PRECISION: number,
      DATA_SCALE: number,
      NULLABLE: text(1),
      COLUMN_ID: number,
      CHAR_LENGTH: number,
      CHAR_USED: text(1),
    },
    (viewer) =>
      relations(viewer).flatMap((object) =>
        columnsOf(object).map((column, index): Row => {
          const { type, isNullable, characterLimit } = column
          return [
            object.owner,
            object.name,
            column.name,
            ...typeFacts(type),
            isNullable ? 'Y' : 'N',
            String(index + 1),
            ...characterFacts(type, characterLimit),
          ]
        }),
      ),
  )
  defineForOwners(
    'TAB_COMMENTS',
    { TABLE_NAME: name, TABLE_TYPE: text(11), COMMENTS: text(4000) },
    (viewer) =>
      relations(viewer).map((object) => [
        object.owner,
        object.name,
        object.kind.toUpperCase(),
        ('comment' in object ? object.comment : undefined) ?? null,
      ]),
  )
  defineForOwners('COL_COMMENTS', { TABLE_NAME: name, COLUMN_NAME: name, COMMENTS: text(4000) }, (viewer) =>
    relations(viewer).flatMap((object) =>
      columnsOf(object).map(
        (column): Row => [object.owner, object.name, column.name, column.comment ?? null],
      ),
    ),
  )
  defineForOwners(
    'SYNONYMS',
    { SYNONYM_NAME: name, TABLE_OWNER: name, TABLE_NAME: name, DB_LINK: name },
    (viewer) =>
      objects()
        .filter((object) => object.kind === 'synonym' && object.owner === viewer.user)
        .map(
          (object): Row =>
            object.kind === 'synonym'
              ? [object.owner, object.name, object.target.schema, object.target.name, null]
              : [],
        ),
  )
  define('ALL_USERS', { USERNAME: name, USER_ID: number, CREATED: date }, () =>
    [...catalog.schemas.keys()]
      .filter((owner) => owner !== 'PUBLIC')
      .map((owner, index) => [owner, String(index), dateText(source.createdAt)]),
  )

  const grants = () =>
    [...catalog.objectGrants].flatMap(([object, byGrantee]) => {
      const [owner = '', objectName = ''] = object.split('.')
      const kind = catalog.find(owner, objectName)?.kind
      const type = kind === 'dictionary' ? 'VIEW' : (kind ?? 'table').toUpperCase()
      return [...byGrantee].flatMap(([grantee, privileges]) =>
        [...privileges].map((privilege) => ({ owner, objectName, grantee, privilege, type })),
      )
    })
  const concerns =
    (viewer: SessionState) =>
    ({ owner, grantee }: { owner: string; grantee: string }) =>
      [owner, grantee].includes(viewer.user)
  define(
    'ALL_TAB_PRIVS',
    {
      GRANTOR: name,
      GRANTEE: name,
      TABLE_SCHEMA: name,
      TABLE_NAME: name,
      PRIVILEGE: text(40),
      GRANTABLE: text(3),
      HIERARCHY: text(3),
      COMMON: text(3),
      TYPE: text(24),
    },
    (viewer) =>
      grants()
        .filter((grant) => concerns(viewer)(grant) || grant.grantee === 'PUBLIC')
        .map(({ owner, objectName, grantee, privilege, type }) => [
          owner,
          grantee,
          owner,
          objectName,
          privilege,
          'NO',
          'NO',
          'NO',
          type,
        ]),
  )
  define(
    'USER_TAB_PRIVS',
    {
      GRANTEE: name,
      OWNER: name,
      TABLE_NAME: name,
      GRANTOR: name,
      PRIVILEGE: text(40),
      GRANTABLE: text(3),
      TYPE: text(24),
    },
    (viewer) =>
      grants()
        .filter(concerns(viewer))
        .map(({ owner, objectName, grantee, privilege, type }) => [
          grantee,
          owner,
          objectName,
          owner,
          privilege,
          'NO',
          type,
        ]),
  )
  const systemPrivileges = ({ user }: SessionState) => [...(catalog.systemGrants.get(user) ?? [])].sort()
  define('SESSION_PRIVS', { PRIVILEGE: text(40) }, (viewer) =>
    systemPrivileges(viewer).map((privilege) => [privilege]),
  )
  define('USER_SYS_PRIVS', { USERNAME: name, PRIVILEGE: text(40), ADMIN_OPTION: text(3) }, (viewer) =>
    systemPrivileges(viewer).map((privilege) => [viewer.user, privilege, 'NO']),
  )

  const parameter = { PARAMETER: text(128), VALUE: text(64) }
  define('NLS_DATABASE_PARAMETERS', parameter, () => databaseParameters())
  define('NLS_SESSION_PARAMETERS', parameter, (viewer) => sessionParameters(viewer))
  define(
    'PRODUCT_COMPONENT_VERSION',
    { PRODUCT: text(320), VERSION: text(160), VERSION_FULL: text(160), STATUS: text(320) },
    () => [['Oracle Database 19c Enterprise Edition ', VERSION, VERSION, 'Production']],
  )
  define(
    'V_$VERSION',
    { BANNER: text(80), BANNER_FULL: text(160), BANNER_LEGACY: text(80), CON_ID: number },
    () => [[BANNER, `${BANNER}\nVersion ${VERSION}`, BANNER, '0']],
  )
  define(
    'V_$DATABASE',
    { NAME: text(9), CREATED: date, CURRENT_SCN: number, OPEN_MODE: text(20), DATABASE_ROLE: text(16) },
    () => [
      [source.databaseName, dateText(source.createdAt), String(store.currentScn), 'READ WRITE', 'PRIMARY'],
    ],
    false,
  )
  define(
    'V_$INSTANCE',
    { INSTANCE_NAME: text(16), HOST_NAME: text(64), VERSION: text(17), STATUS: text(12) },
    () => [[source.databaseName, 'sandbox', VERSION, 'OPEN']],
    false,
  )
  define(
    'V_$SESSION',
    {
      SID: number,
      'SERIAL#': number,
      USERNAME: name,
      STATUS: text(8),
      TYPE: text(10),
      OSUSER: name,
      MACHINE: text(64),
      TERMINAL: text(30),
      PROGRAM: text(48),
      MODULE: text(64),
      ACTION: text(64),
      CLIENT_INFO: text(64),
      CLIENT_IDENTIFIER: text(64),
      LOGON_TIME: date,
      SERVICE_NAME: text(64),
      SCHEMANAME: name,
    },
    (viewer) => [...source.sessions()].map((session) => sessionRow(session, session === viewer)),
    false,
  )
}
