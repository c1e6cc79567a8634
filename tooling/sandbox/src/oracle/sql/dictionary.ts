import type { CatalogObject, Table } from './catalog.ts'
import type { Row } from './compiled.ts'
import {
  createDictionaryBuilder,
  type DictionaryBuilder,
  type DictionarySource,
  date,
  name,
  number,
  objectType,
  text,
} from './dictionary-builder.ts'
import { addDependencyViews } from './dictionary-dependencies.ts'
import { addDynamicViews } from './dictionary-dynamic.ts'
import { addKeyViews } from './dictionary-keys.ts'
import { addPrivilegeViews } from './dictionary-privileges.ts'
import {
  characterFacts,
  databaseParameters,
  dateText,
  sessionParameters,
  typeFacts,
  VERSION,
} from './dictionary-rows.ts'
import { rowCountOf } from './row-store.ts'
import type { ColumnInfo } from './scope.ts'
import type { SessionState } from './session-state.ts'

/** Puts DUAL, the ALL_, USER_ and V$ views into the schema SYS, with public synonyms. */
export function addDictionary(source: DictionarySource): void {
  const builder = createDictionaryBuilder(source)
  addObjectViews(builder)
  addPrivilegeViews(builder)
  addDependencyViews(builder)
  addKeyViews(builder)
  addDynamicViews(builder)
}

function addObjectViews(builder: DictionaryBuilder): void {
  const { catalog, store, define, defineForOwners, objects, isVisible, ...source } = builder
  const relations = (viewer: SessionState) =>
    objects()
      .filter((object) => object.kind === 'table' || object.kind === 'view')
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
  const tables = (viewer: SessionState) => relations(viewer).filter((object) => object.kind === 'table')
  const rowCount = ({ history }: Table) =>
    String(rowCountOf(store.rowsAt(history, store.currentScn, undefined)))
  defineForOwners(
    'TABLES',
    { TABLE_NAME: name, TABLESPACE_NAME: text(30), STATUS: text(8), NUM_ROWS: number, TEMPORARY: text(1) },
    (viewer) =>
      tables(viewer).map((table) => [table.owner, table.name, 'USERS', 'VALID', rowCount(table), 'N']),
  )
  // As fresh as statistics can be: those of Oracle are as old as the last time it gathered them.
  defineForOwners(
    'TAB_STATISTICS',
    { TABLE_NAME: name, OBJECT_TYPE: text(12), NUM_ROWS: number, LAST_ANALYZED: date },
    (viewer) =>
      tables(viewer).map((table) => {
        const changedAt = new Date(table.history.versions.at(-1)?.committedAt ?? 0)
        return [table.owner, table.name, 'TABLE', rowCount(table), dateText(changedAt)]
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
        .filter((object) => isVisible(object, viewer))
        .map((object) => {
          const isValid = object.kind !== 'view' || source.describeView(object) !== undefined
          return [
            object.owner,
            object.name,
            String(object.id),
            objectType(object),
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
        .filter((object) => object.kind === 'synonym' && isVisible(object, viewer))
        .map(
          (object): Row =>
            object.kind === 'synonym'
              ? [
                  object.owner,
                  object.name,
                  object.target.schema ?? null,
                  object.target.name,
                  object.target.link ?? null,
                ]
              : [],
        ),
  )
  define('ALL_USERS', { USERNAME: name, USER_ID: number, CREATED: date }, () =>
    [...catalog.schemas.keys()]
      .filter((owner) => owner !== 'PUBLIC')
      .map((owner, index) => [owner, String(index), dateText(source.createdAt)]),
  )

  const parameter = { PARAMETER: text(128), VALUE: text(64) }
  define('NLS_DATABASE_PARAMETERS', parameter, () => databaseParameters())
  define('NLS_SESSION_PARAMETERS', parameter, (viewer) => sessionParameters(viewer))
  define(
    'PRODUCT_COMPONENT_VERSION',
    { PRODUCT: text(320), VERSION: text(160), VERSION_FULL: text(160), STATUS: text(320) },
    () => [['Oracle Database 19c Enterprise Edition ', VERSION, VERSION, 'Production']],
  )
}
