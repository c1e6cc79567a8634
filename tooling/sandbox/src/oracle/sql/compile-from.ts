import type { Table, TableColumn, View } from './catalog.ts'
import { compileCondition } from './compile-condition.ts'
import { compileExpression } from './compile-expression.ts'
import { type CompiledQuery, compileQuery } from './compile-query.ts'
import type { Cursor, Row, Test } from './compiled.ts'
import { comparison, convert } from './conversion.ts'
import { oracleError, unimplemented } from './errors.ts'
import { openRows } from './row-store.ts'
import {
  type ColumnInfo,
  type CompileContext,
  emptyFrame,
  emptyScope,
  type Frame,
  type Scope,
  type Source,
  scopeOf,
  visitExpressions,
} from './scope.ts'
import type { AsOf, Expression, FromItem, JoinType } from './syntax.ts'
import { NUMBER, timestamp } from './types.ts'

/** The rows of a FROM item; each is one array over the columns of all its sources. */
export interface FromRelation {
  readonly sources: readonly Source[]
  readonly width: number
  open(): Cursor
}

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

/** The operands of ANDs. */
export function conjuncts(node: Expression): Expression[] {
  return node.kind === 'and' ? [...conjuncts(node.left), ...conjuncts(node.right)] : [node]
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

/** True when every column is one of these sources, among all that the FROM list has; ROWNUM and subqueries are left alone. */
function isWithin(condition: Expression, sources: readonly Source[], all: readonly Source[]): boolean {
  let isInside = true
  const hasSubquery = visitExpressions(condition, (node) => {
    if (node.kind !== 'column') return
    const isKnown = owners(node.path, sources) === 1 && owners(node.path, all) === 1
    if (!isKnown) isInside = false
  })
  return isInside && !hasSubquery
}

const owners = (path: readonly string[], sources: readonly Source[]): number =>
  sources.filter((source) => {
    const name = path.at(-1)
    const alias = path.at(-2)
    return (
      (alias === undefined || source.alias === alias) && source.columns.some((column) => column.name === name)
    )
  }).length

function filtered(
  relation: FromRelation,
  conditions: readonly Expression[],
  scope: Scope | undefined,
  context: CompileContext,
): FromRelation {
  if (conditions.length === 0) return relation
  const frame = emptyFrame()
  const test = all(conditions, scopeOf(relation.sources, frame, scope, scope?.boundary), context)
  return {
    ...relation,
    open() {
      const next = relation.open()
      return () => {
        for (let row = next(); row !== undefined; row = next()) {
          frame.row = row
          if (test() === true) return row
        }
        return undefined
      }
    },
  }
}

/** True where every condition is. */
function all(conditions: readonly Expression[], scope: Scope, context: CompileContext): Test {
  const tests = conditions.map((condition) => compileCondition(condition, scope, context))
  const [only, ...more] = tests
  if (only !== undefined && more.length === 0) return only
  return () => {
    for (const test of tests) if (test() !== true) return false
    return true
  }
}

export const iterate = (rows: readonly Row[]): Cursor => {
  let index = 0
  return () => rows[index++]
}

interface HashKeys {
  readonly left: () => string | null
  readonly right: () => string | null
}

function join(
  type: JoinType,
  left: FromRelation,
  right: FromRelation,
  on: readonly Expression[],
  outer: Scope | undefined,
  context: CompileContext,
): FromRelation {
  const isLeftKept = type === 'left' || type === 'full'
  const isRightKept = type === 'right' || type === 'full'
  const sources = [
    ...left.sources.map((source) => (isRightKept ? withNulls(source) : source)),
    ...right.sources.map((source) => ({
      ...(isLeftKept ? withNulls(source) : source),
      offset: source.offset + left.width,
    })),
  ]
  const width = left.width + right.width
  const leftFrame = emptyFrame()
  const rightFrame = emptyFrame()
  const frame = emptyFrame()
  const keys: HashKeys[] = []
  const residual: Expression[] = []
  const scope = scopeOf(sources, frame, outer, outer?.boundary)
  for (const condition of on) {
    const key = equalityKey(condition, left, right, leftFrame, rightFrame, outer, context)
    if (key === undefined) residual.push(condition)
    else keys.push(key)
  }
  // The whole condition is resolved in the joined scope too: a name that both sides have is ORA-00918.
  for (const condition of on) compileCondition(condition, scope, context)
  const test = residual.length === 0 ? undefined : all(residual, scope, context)
  const leftNulls: Row = new Array<null>(left.width).fill(null)
  const rightNulls: Row = new Array<null>(right.width).fill(null)
  const keySide = (side: 'left' | 'right') => joinedKey(keys.map((key) => key[side]))
  const leftKey = keySide('left')
  const rightKey = keySide('right')

  function open(): Cursor {
    const rightRows = readAll(right.open())
    const buckets = keys.length === 0 ? undefined : bucketed(rightRows, rightFrame, rightKey)
    const matched = isRightKept ? new Set<Row>() : undefined
    const nextLeft = left.open()
    let leftRow: Row | undefined
    let candidates: readonly Row[] = []
    let index = 0
    let hasMatch = true
    let unmatched: Cursor | undefined
    return () => {
      for (;;) {
        if (unmatched !== undefined) {
          const row = unmatched()
          return row === undefined ? undefined : leftNulls.concat(row)
        }
        while (leftRow !== undefined && index < candidates.length) {
          const rightRow = candidates[index++]
          if (rightRow === undefined) break
          const row = leftRow.concat(rightRow)
          frame.row = row
          if (test !== undefined && test() !== true) continue
          hasMatch = true
          matched?.add(rightRow)
          return row
        }
        if (leftRow !== undefined && !hasMatch && isLeftKept) {
          hasMatch = true
          return leftRow.concat(rightNulls)
        }
        leftRow = nextLeft()
        if (leftRow === undefined) {
          if (matched === undefined) return undefined
          unmatched = iterate(rightRows.filter((row) => !matched.has(row)))
          continue
        }
        leftFrame.row = leftRow
        index = 0
        hasMatch = false
        if (buckets === undefined) candidates = rightRows
        else {
          const key = leftKey()
          candidates = key === null ? [] : (buckets.get(key) ?? [])
        }
      }
    }
  }
  return { sources, width, open }
}

const withNulls = (source: Source): Source => ({
  ...source,
  columns: source.columns.map((column) => ({ ...column, isNullable: true })),
})

/** The two sides of `a = b` when one reads only the left relation and the other only the right one. */
function equalityKey(
  condition: Expression,
  left: FromRelation,
  right: FromRelation,
  leftFrame: Frame,
  rightFrame: Frame,
  outer: Scope | undefined,
  context: CompileContext,
): HashKeys | undefined {
  if (condition.kind !== 'compare' || condition.operator !== '=') return undefined
  const everything = [...left.sources, ...right.sources]
  const isOf = (node: Expression, relation: FromRelation) =>
    hasColumn(node) && isWithin(node, relation.sources, everything)
  const isStraight = isOf(condition.left, left) && isOf(condition.right, right)
  const isCrossed = isOf(condition.left, right) && isOf(condition.right, left)
  if (!isStraight && !isCrossed) return undefined
  const leftScope = scopeOf(left.sources, leftFrame, outer, outer?.boundary)
  const rightScope = scopeOf(right.sources, rightFrame, outer, outer?.boundary)
  const first = compileExpression(isStraight ? condition.left : condition.right, leftScope, context)
  const second = compileExpression(isStraight ? condition.right : condition.left, rightScope, context)
  const sides = comparison(first, second, context, condition.position)
  const keyed = (evaluate: () => string | null) => () => {
    const value = evaluate()
    return value === null ? null : sides.key(value)
  }
  return { left: keyed(sides.left.evaluate), right: keyed(sides.right.evaluate) }
}

function hasColumn(node: Expression): boolean {
  let found = false
  visitExpressions(node, ({ kind }) => {
    if (kind === 'column') found = true
  })
  return found
}

/** Null when any part is: nothing is equal to it. */
function joinedKey(parts: readonly (() => string | null)[]): () => string | null {
  const [only, ...more] = parts
  if (only !== undefined && more.length === 0) return only
  return () => {
    let key = ''
    for (const part of parts) {
      const value = part()
      if (value === null) return null
      key += `${value.length}:${value}`
    }
    return key
  }
}

function bucketed(rows: readonly Row[], frame: Frame, key: () => string | null): Map<string, Row[]> {
  const buckets = new Map<string, Row[]>()
  for (const row of rows) {
    frame.row = row
    const value = key()
    if (value === null) continue
    const bucket = buckets.get(value)
    if (bucket) bucket.push(row)
    else buckets.set(value, [row])
  }
  return buckets
}

export function readAll(next: Cursor): Row[] {
  const rows: Row[] = []
  for (let row = next(); row !== undefined; row = next()) rows.push(row)
  return rows
}
