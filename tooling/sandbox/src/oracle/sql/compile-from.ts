import type { Table, TableColumn, View } from './catalog.ts'
import { compileExpression } from './compile-expression.ts'
import { type CompiledQuery, compileQuery } from './compile-query.ts'
import type { Cursor } from './compiled.ts'
import { convert } from './conversion.ts'
import { iterate } from './cursors.ts'
import { oracleError, unimplemented } from './errors.ts'
import { conjuncts, type FromRelation, filtered, isWithin, join } from './join.ts'
import { openRows } from './row-store.ts'
import { type ColumnInfo, type CompileContext, emptyScope, type Scope, type Source } from './scope.ts'
import type { AsOf, Expression, FromItem } from './syntax.ts'
import { NUMBER, timestamp } from './types.ts'

const MAX_VIEW_DEPTH = 30

export function compileFromItem(
  item: FromItem,
  scope: Scope | undefined,
  context: CompileContext,
): FromRelation {
  switch (item.kind) {
    case 'derived':
      return ofQuery(compileQuery(item.query, context), item.alias ?? '', undefined)
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
  const common = schema === undefined ? context.commonTables.get(name) : undefined
  if (common) {
    if (item.asOf) throw unimplemented('AS OF of a common table', item.asOf.position)
    return renamed(
      ofQuery(compileQuery(common.table.query, common.context), alias, undefined),
      common.table.columns,
      position,
    )
  }
  const object = context.catalog.resolve({ schema, name, position }, context.schema, context.user)
  if (!context.catalog.can(context.user, 'SELECT', object)) throw oracleError(1031, position)
  if (item.asOf && !context.catalog.can(context.user, 'FLASHBACK', object))
    throw oracleError(1031, item.asOf.position)
  const seen = item.asOf ? atMoment(item.asOf, context) : context
  const relationSchema = item.alias === undefined ? object.owner : undefined
  switch (object.kind) {
    case 'dictionary': {
      if (item.asOf) throw unimplemented('AS OF of the dictionary', item.asOf.position)
      const rows = object.rows(context.session)
      return stored(object.columns, alias, relationSchema, () => iterate(rows))
    }
    case 'view':
      return ofQuery(compileView(object, seen, position), alias, relationSchema)
    case 'table':
      return scan(object, alias, relationSchema, seen)
  }
}

function scan(
  table: Table,
  alias: string,
  schema: string | undefined,
  context: CompileContext,
): FromRelation {
  if (context.scn < table.shapeScn) throw oracleError(1466)
  const rows = context.store.rowsAt(table.history, context.scn, context.transaction)
  return stored(table.columns, alias, schema, () => openRows(rows))
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
      viewDepth: context.viewDepth + 1,
    })
  } catch (error) {
    if (
      !(error instanceof Error) ||
      !('code' in error) ||
      error.code === 1555 ||
      error.code === 1466 ||
      error.code === 3001
    )
      throw error
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
  if (unit === 'SCN') {
    const value = convert(compiled, NUMBER, context, position).evaluate()
    if (value === null || !/^\d{1,15}$/.test(value)) throw oracleError(8181, position)
    if (Number(value) > context.store.currentScn) throw oracleError(8181, position)
    return { ...context, scn: Number(value), transaction: undefined }
  }
  const value = convert(compiled, timestamp(9), context, position).evaluate()
  if (value === null) throw oracleError(8186, position, 'invalid timestamp specified')
  return { ...context, scn: context.store.scnAt(new Date(`${value.slice(0, 23)}Z`)), transaction: undefined }
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
