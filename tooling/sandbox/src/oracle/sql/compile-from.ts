import { OracleError } from '../values.ts'
import type { RemoteObject, Table, TableColumn, View } from './catalog.ts'
import { clockTime } from './clock-time.ts'
import { compileExpression } from './compile-expression.ts'
import { type CompiledQuery, compileQuery } from './compile-query.ts'
import type { Compiled, Cursor, Row } from './compiled.ts'
import { convert } from './conversion.ts'
import { iterate } from './cursors.ts'
import { oracleError, unimplemented } from './errors.ts'
import { conjuncts, type FromRelation, filtered, isWithin, join } from './join.ts'
import { ROWID_COLUMN, rowId, rowIdOf } from './row-ids.ts'
import { type ColumnInfo, type CompileContext, emptyScope, type Scope, type Source } from './scope.ts'
import type { AsOf, Expression, FromItem } from './syntax.ts'
import { NUMBER } from './types.ts'

const MAX_VIEW_DEPTH = 30
/** Errors that say more than that the view has some: of undo, of links, and of what this engine lacks. */
const PASSED_THROUGH_VIEWS = new Set([1466, 1555, 2019, 3001, 12154])

export function compileFromItem(
  item: FromItem,
  scope: Scope | undefined,
  context: CompileContext,
): FromRelation {
  switch (item.kind) {
    case 'derived': {
      const seen = item.asOf ? { ...atMoment(item.asOf, context), asOf: item.asOf } : context
      return ofQuery(compileQuery(item.query, seen), item.alias ?? '', undefined)
    }
    case 'table':
      return compileTable(item, context)
    case 'join': {
      const left = compileFromItem(item.left, scope, context)
      const right = compileFromItem(item.right, scope, context)
      return join(item.type, left, right, item.on === undefined ? [] : conjuncts(item.on), scope, context)
    }
  }
}

function ofQuery(query: CompiledQuery, alias: string, schema: string | undefined): FromRelation {
  const { columns } = query
  return { sources: [{ alias, schema, columns, offset: 0 }], width: columns.length, open: query.open }
}

function compileTable(item: Extract<FromItem, { kind: 'table' }>, context: CompileContext): FromRelation {
  const { path, position } = item
  if (path.length > 2) throw oracleError(933, position)
  const name = path.at(-1) ?? ''
  const schema = path.length === 2 ? path[0] : undefined
  const alias = item.alias ?? name
  if (item.link !== undefined)
    return compileRemote({ kind: 'remote', link: item.link, schema, name }, alias, context, position)
  const common = schema === undefined ? context.commonTables.get(name) : undefined
  if (common) {
    // Its rows are those of the moment where it was named, not of the AS OF around this use.
    if (item.asOf || context.asOf !== common.context.asOf)
      throw unimplemented('AS OF of a common table', (item.asOf ?? item).position)
    return renamed(
      ofQuery(compileQuery(common.table.query, common.context), alias, undefined),
      common.table.columns,
      position,
    )
  }
  const written = { schema, name, position }
  const followed = context.catalog.follow(written, context.schema)
  if (followed.kind === 'remote') return compileRemote(followed, alias, context, position)
  const object = context.catalog.resolve(written, context.schema, context.user)
  if (!context.catalog.can(context.user, 'SELECT', object)) throw oracleError(1031, position)
  const isPast = item.asOf !== undefined || context.asOf !== undefined
  if (isPast && object.kind !== 'dictionary' && !context.catalog.can(context.user, 'FLASHBACK', object))
    throw oracleError(1031, (item.asOf ?? item).position)
  const seen = item.asOf ? atMoment(item.asOf, context) : context
  const relationSchema = item.alias === undefined ? object.owner : undefined
  switch (object.kind) {
    case 'dictionary': {
      if (item.asOf) throw unimplemented('AS OF of the dictionary', item.asOf.position)
      let rows: readonly Row[] | undefined
      return stored(object.columns, alias, relationSchema, () => {
        rows ??= object.rows(context.session)
        return iterate(rows)
      })
    }
    case 'view':
      return ofQuery(compileView(object, seen, position), alias, relationSchema)
    case 'table':
      return scan(object, alias, relationSchema, seen)
  }
}

/** Reads the other side's present: neither AS OF nor a read-only transaction reaches through a link. */
function compileRemote(
  { link: linkName, schema, name }: RemoteObject,
  alias: string,
  context: CompileContext,
  position: number,
): FromRelation {
  const link = context.catalog.link(linkName, context.user, position)
  const path = schema === undefined ? [name] : [schema, name]
  try {
    const statement = context
      .openRemote(link)
      .parse(`SELECT * FROM ${path.map((part) => `"${part}"`).join('.')}`)
    const open = () => {
      const rows = statement.execute([]).rows[Symbol.iterator]()
      return () => {
        const { done, value } = rows.next()
        return done === true ? undefined : value
      }
    }
    return stored(statement.columns, alias, undefined, open)
  } catch (error) {
    if (!(error instanceof OracleError)) throw error
    const text = error.message.slice(error.message.indexOf(': ') + 2)
    throw oracleError(error.code, position, `${text}\nORA-02063: preceding line from ${link.name}`)
  }
}

function scan(
  table: Table,
  alias: string,
  schema: string | undefined,
  context: CompileContext,
): FromRelation {
  if (context.scn < table.shapeScn) throw oracleError(1466)
  const open = context.store.openAt(table.history, context.scn, context.transaction)
  const relation = stored(table.columns, alias, schema, open)
  return context.readsRowIds ? withRowIds(relation, table, context) : relation
}

/** The same rows with their ROWID as a column that `*` leaves out. */
function withRowIds(relation: FromRelation, table: Table, context: CompileContext): FromRelation {
  return {
    sources: relation.sources.map((source) => ({ ...source, columns: [...source.columns, ROWID_COLUMN] })),
    width: relation.width + 1,
    open() {
      const { kind } = context.store.rowsAt(table.history, context.scn, context.transaction)
      const next = relation.open()
      let count = 0
      return () => {
        const row = next()
        if (row === undefined) return undefined
        return [...row, kind === 'generated' ? rowId(table.id, count++) : rowIdOf(table, row)]
      }
    },
  }
}

function stored(
  columns: readonly TableColumn[],
  alias: string,
  schema: string | undefined,
  open: () => Cursor,
): FromRelation {
  const infos: ColumnInfo[] = columns.map(({ name, type, isNullable }) => ({ name, type, isNullable }))
  return { sources: [{ alias, schema, columns: infos, offset: 0 }], width: infos.length, open }
}

function renamed(relation: FromRelation, names: readonly string[], position: number): FromRelation {
  const [source] = relation.sources
  if (names.length === 0 || source === undefined) return relation
  if (names.length !== source.columns.length)
    throw oracleError(
      32038,
      position,
      'number of WITH clause column names does not match number of elements in select list',
    )
  return {
    ...relation,
    sources: [
      {
        ...source,
        columns: source.columns.map((column, index) => ({ ...column, name: names[index] ?? column.name })),
      },
    ],
  }
}

/** Resolves and runs with the rights of the view's owner; anything wrong inside is ORA-04063. */
export function compileView(view: View, context: CompileContext, position: number): CompiledQuery {
  if (context.viewDepth >= MAX_VIEW_DEPTH)
    throw oracleError(1731, position, 'circular view definition encountered')
  let query: CompiledQuery
  try {
    query = compileQuery(view.query, {
      ...context,
      user: view.owner,
      schema: view.owner,
      commonTables: new Map(),
      asOf: undefined,
      viewDepth: context.viewDepth + 1,
    })
  } catch (error) {
    if (!(error instanceof OracleError) || PASSED_THROUGH_VIEWS.has(error.code)) throw error
    throw oracleError(4063, position, `view "${view.owner}.${view.name}" has errors`)
  }
  const { columnNames } = view
  if (columnNames.length !== query.columns.length)
    throw oracleError(4063, position, `view "${view.owner}.${view.name}" has errors`)
  return {
    ...query,
    columns: query.columns.map((column, index) => ({ ...column, name: columnNames[index] ?? column.name })),
  }
}

function atMoment({ unit, moment, position }: AsOf, context: CompileContext): CompileContext {
  const compiled = compileExpression(moment, emptyScope(), context)
  if (context.bindValues === undefined && !compiled.isConstant) return context
  const scn = unit === 'SCN' ? scnOf(compiled, context, position) : scnAtTime(compiled, context, position)
  return { ...context, scn, transaction: undefined }
}

function scnOf(value: Compiled, context: CompileContext, position: number): number {
  const scn = convert(value, NUMBER, context, position).evaluate()
  if (scn === null || !/^\d{1,15}$/.test(scn) || Number(scn) > context.store.currentScn)
    throw oracleError(8181, position)
  return Number(scn)
}

function scnAtTime(value: Compiled, context: CompileContext, position: number): number {
  const time = clockTime(value, context, position).evaluate()
  if (time === null || Number(time) > context.now.getTime())
    throw oracleError(8186, position, 'invalid timestamp specified')
  return context.store.scnAt(new Date(Number(time)))
}

/** Joins the items of a FROM list one after the other, each as soon as its conditions can be checked. */
export function joinAll(
  relations: readonly FromRelation[],
  where: readonly Expression[],
  scope: Scope | undefined,
  context: CompileContext,
): { relation: FromRelation; rest: Expression[] } {
  const [first, ...others] = relations
  if (first === undefined) throw oracleError(903)
  if (others.length === 0) return { relation: first, rest: [...where] }
  let rest = [...where]
  const all = relations.flatMap(({ sources }) => sources)
  const takeFor = (sources: readonly Source[]) => {
    const usable = rest.filter((condition) => isWithin(condition, sources, all))
    rest = rest.filter((condition) => !usable.includes(condition))
    return usable
  }
  const narrowed = (relation: FromRelation) => filtered(relation, takeFor(relation.sources), scope, context)
  let joined = narrowed(first)
  for (const other of others) {
    const right = narrowed(other)
    joined = join('inner', joined, right, takeFor([...joined.sources, ...right.sources]), scope, context)
  }
  return { relation: joined, rest }
}
