import { windowsOf } from './compile-analytic.ts'
import { compileCondition } from './compile-condition.ts'
import { compileExpression } from './compile-expression.ts'
import { compileFromItem, joinAll } from './compile-from.ts'
import { groupingOf } from './compile-grouping.ts'
import { compileSetOperation } from './compile-set-operation.ts'
import type { Compiled, Cursor, Row, Test } from './compiled.ts'
import { iterate, lazily, readAll } from './cursors.ts'
import { oracleError } from './errors.ts'
import { conjuncts, type FromRelation } from './join.ts'
import { limited } from './row-limit.ts'
import { ordinalOf, refuseLob, rowComparator, rowKey, type SortKey, sortKey } from './row-order.ts'
import {
  type ColumnInfo,
  type CompileContext,
  columnAt,
  emptyFrame,
  type Frame,
  findColumn,
  fingerprint,
  readSlot,
  type Scope,
  scopeOf,
  visitExpressions,
} from './scope.ts'
import type { Expression, OrderItem, Query, QueryBody, SelectBlock, SelectItem } from './syntax.ts'
import { NUMBER } from './types.ts'

/** A query that is resolved and typed for one execution. */
export interface CompiledQuery {
  readonly columns: readonly ColumnInfo[]
  open(): Cursor
  /** The same rows with the values of ORDER BY, where the query has one. */
  readonly sorted?: SortedRows
}

export interface KeyedRow {
  readonly row: Row
  readonly keys: Row
}

export interface SortedRows {
  readonly order: (left: Row, right: Row) => number
  read(): KeyedRow[]
}

/** `parent` is the scope around a subquery; `boundary` is told when the subquery reads from there. */
export function compileQuery(
  query: Query,
  context: CompileContext,
  parent?: Scope,
  boundary?: { isCorrelated: boolean },
): CompiledQuery {
  const inner = withCommonTables(query, context)
  const ordered = compileBody(query.body, query.orderBy, inner, parent, boundary)
  return limited(ordered, query, inner)
}

function withCommonTables({ commonTables }: Query, context: CompileContext): CompileContext {
  let inner = context
  for (const table of commonTables) {
    inner = {
      ...inner,
      commonTables: new Map([...inner.commonTables, [table.name, { table, context: inner }]]),
    }
    // Unused ones are checked too.
    compileQuery(table.query, inner.commonTables.get(table.name)?.context ?? context)
  }
  return inner
}

function compileBody(
  body: QueryBody,
  orderBy: readonly OrderItem[],
  context: CompileContext,
  parent: Scope | undefined,
  boundary: { isCorrelated: boolean } | undefined,
): CompiledQuery {
  switch (body.kind) {
    case 'select':
      return compileSelect(body, orderBy, context, parent, boundary)
    case 'nested':
      return sortedByColumns(compileQuery(body.query, context, parent, boundary), orderBy, context)
    case 'set': {
      const left = compileBody(body.left, [], context, parent, boundary)
      const right = compileBody(body.right, [], context, parent, boundary)
      return sortedByColumns(compileSetOperation(body, left, right, context), orderBy, context)
    }
  }
}

/** ORDER BY of a set operation knows only the columns of its result. */
function sortedByColumns(
  query: CompiledQuery,
  orderBy: readonly OrderItem[],
  context: CompileContext,
): CompiledQuery {
  if (orderBy.length === 0) return query
  const frame = emptyFrame()
  const scope = scopeOf([{ alias: '', schema: undefined, columns: query.columns, offset: 0 }], frame)
  const keys = orderBy.map((item) => {
    const ordinal = ordinalOf(item.expression, query.columns.length)
    const column =
      ordinal === undefined
        ? compileExpression(item.expression, scope, context)
        : readSlot(frame, ordinal, columnAt(ordinal, scope.sources))
    return sortKey(column, item)
  })
  const order = rowComparator(keys)
  return sortedQuery(query.columns, order, () =>
    readAll(query.open()).map((row) => {
      frame.row = row
      return { row, keys: keys.map(({ compiled }) => compiled.evaluate()) }
    }),
  )
}

interface OutputItem {
  readonly name: string
  readonly alias: string | undefined
  readonly expression: Expression
}

function compileSelect(
  block: SelectBlock,
  orderBy: readonly OrderItem[],
  context: CompileContext,
  parent: Scope | undefined,
  boundary: { isCorrelated: boolean } | undefined,
): CompiledQuery {
  const outer = parent === undefined ? undefined : scopeOf([], emptyFrame(), parent, boundary)
  const fromContext = { ...context, readsRowIds: block.mentionsRowId }
  const relations = block.from.map((item) => compileFromItem(item, outer, fromContext))
  const whereParts = block.where === undefined ? [] : conjuncts(block.where)
  const { relation, rest } = joinAll(relations, whereParts, outer, context)
  const frame = emptyFrame()
  const base: Scope = { ...scopeOf(relation.sources, frame, parent, boundary), hasRownum: true }
  const items = block.items.flatMap((item) => outputItems(item, base))
  const grouped = groupingOf(
    block,
    [...items, ...orderBy].map(({ expression }) => expression),
    base,
    context,
  )
  const above: Scope = grouped === undefined ? base : { ...base, grouping: grouped.grouping }
  const windowed = windowsOf(
    [...items, ...orderBy].map(({ expression }) => expression),
    above,
    context,
  )
  const scope: Scope = windowed === undefined ? above : { ...above, windows: windowed.windows }
  const compiled = items.map(({ expression }) => compileExpression(expression, scope, context))
  const tests = rest.map((condition) => compileTest(condition, base, context))
  const source = openFiltered(relation, frame, tests)
  const having = block.having === undefined ? undefined : compileCondition(block.having, above, context)
  const keys = compileSortKeys(orderBy, items, compiled, scope, context, block.isDistinct)
  const columns = items.map(({ name, expression }, index): ColumnInfo => {
    const { type = NUMBER } = compiled[index] ?? {}
    return { name, type, isNullable: isNullable(expression, base) }
  })
  if (block.isDistinct) for (const { type } of compiled) refuseLob(type, block.position)

  const project = projection([
    ...compiled,
    ...keys.filter((key) => !compiled.includes(key.compiled)).map((key) => key.compiled),
  ])
  const rows = grouped === undefined ? source : withHaving(grouped.open(source), having)
  const complete = windowed === undefined ? rows : windowed.open(rows)
  const projected = (): Cursor => {
    const next = complete()
    return () => {
      const row = next()
      return row === undefined ? undefined : project(row, frame)
    }
  }
  const unique = block.isDistinct ? () => distinctRows(projected(), compiled) : projected
  if (keys.length === 0) return { columns, open: unique }
  return sortedQuery(columns, rowComparator(keys), () => keyedRows(unique(), keys, compiled))
}

function withHaving(open: () => Cursor, having: Test | undefined): () => Cursor {
  if (having === undefined) return open
  return () => {
    const next = open()
    return () => {
      for (let row = next(); row !== undefined; row = next()) if (having() === true) return row
      return undefined
    }
  }
}

/** Only a column itself can be described as NOT NULL. */
function isNullable(expression: Expression, { sources }: Scope): boolean {
  if (expression.kind !== 'column' && expression.kind !== 'slot') return true
  const index =
    expression.kind === 'slot' ? expression.index : findColumn(expression.path, sources, expression.position)
  return index === undefined || columnAt(index, sources).isNullable
}

/** Evaluates all expressions for the row at hand; plain columns of it are copied without a call each. */
function projection(expressions: readonly Compiled[]): (row: Row, frame: Frame) => Row {
  const evaluations = expressions.map(({ evaluate }) => evaluate)
  const width = evaluations.length
  return () => {
    const output = new Array<string | null>(width)
    for (let index = 0; index < width; index++) output[index] = evaluations[index]?.() ?? null
    return output
  }
}

/** One conjunct of WHERE; `stops` when it depends on ROWNUM alone and so, once false, stays false. */
function compileTest(
  condition: Expression,
  scope: Scope,
  context: CompileContext,
): { test: Test; stops: boolean } {
  let hasRownum = false
  let hasColumn = false
  const hasSubquery = visitExpressions(condition, (node) => {
    if (node.kind !== 'column') return
    if (node.path.length === 1 && node.path[0] === 'ROWNUM' && !node.isQuoted) hasRownum = true
    else hasColumn = true
  })
  return { test: compileCondition(condition, scope, context), stops: hasRownum && !hasColumn && !hasSubquery }
}

function openFiltered(
  relation: FromRelation,
  frame: Frame,
  tests: readonly { test: Test; stops: boolean }[],
): () => Cursor {
  // ROWNUM tests come last: a row that fails another test must not be counted, nor end the scan.
  const ordered = [...tests.filter(({ stops }) => !stops), ...tests.filter(({ stops }) => stops)]
  if (ordered.length === 0) {
    return () => {
      const next = relation.open()
      let count = 0
      return () => {
        const row = next()
        if (row === undefined) return undefined
        frame.row = row
        frame.rownum = ++count
        return row
      }
    }
  }
  return () => {
    const next = relation.open()
    let count = 0
    let isOver = false
    return () => {
      if (isOver) return undefined
      nextRow: for (let row = next(); row !== undefined; row = next()) {
        frame.row = row
        frame.rownum = count + 1
        for (const { test, stops } of ordered) {
          if (test() === true) continue
          if (!stops) continue nextRow
          isOver = true
          return undefined
        }
        count++
        return row
      }
      return undefined
    }
  }
}

function outputItems(item: SelectItem, scope: Scope): OutputItem[] {
  if (item.expression !== undefined) {
    return [
      {
        name: item.alias ?? item.text,
        alias: item.alias ?? (item.expression.kind === 'column' ? item.text : undefined),
        expression: item.expression,
      },
    ]
  }
  const path = item.star ?? []
  const alias = path.at(-1)
  const sources = scope.sources
    .map((source, index) => ({ source, index }))
    .filter(
      ({ source }) =>
        alias === undefined || (source.alias === alias && (path.length < 2 || source.schema === path[0])),
    )
  if (sources.length === 0) throw oracleError(904, item.position, `"${path.join('"."')}": invalid identifier`)
  return sources.flatMap(({ source, index: sourceIndex }) =>
    source.columns.flatMap(({ name, isHidden }, offset): OutputItem[] => {
      const index = source.offset + offset
      const expression = { kind: 'slot', index, source: sourceIndex, position: item.position } as const
      return isHidden ? [] : [{ name, alias: name, expression }]
    }),
  )
}

function compileSortKeys(
  orderBy: readonly OrderItem[],
  items: readonly OutputItem[],
  compiled: readonly Compiled[],
  scope: Scope,
  context: CompileContext,
  isDistinct: boolean,
): SortKey[] {
  const aliases = new Map<string, Compiled>()
  for (const [index, { alias }] of items.entries()) {
    const value = compiled[index]
    if (alias !== undefined && value !== undefined && !aliases.has(alias)) aliases.set(alias, value)
  }
  const wanted = new Map(
    items.map(({ expression }, index) => [fingerprint(expression, scope), compiled[index]]),
  )
  return orderBy.map((item) => {
    const { expression } = item
    const ordinal = ordinalOf(expression, compiled.length)
    const named =
      expression.kind === 'column' && expression.path.length === 1
        ? aliases.get(expression.path[0] ?? '')
        : undefined
    const selected =
      (ordinal === undefined ? named : compiled[ordinal]) ?? wanted.get(fingerprint(expression, scope))
    if (selected === undefined && isDistinct) throw oracleError(1791, expression.position)
    return sortKey(selected ?? compileExpression(expression, { ...scope, aliases }, context), item)
  })
}

/** Rows come with the keys that are not selected behind their columns; they leave without them. */
function keyedRows(next: Cursor, keys: readonly SortKey[], compiled: readonly Compiled[]): KeyedRow[] {
  let extra = compiled.length
  const positions = keys.map((key) => {
    const selected = compiled.indexOf(key.compiled)
    return selected >= 0 ? selected : extra++
  })
  return readAll(next).map((row) => ({
    row: extra === compiled.length ? row : row.slice(0, compiled.length),
    keys: positions.map((position) => row[position] ?? null),
  }))
}

function sortedQuery(
  columns: readonly ColumnInfo[],
  order: SortedRows['order'],
  read: () => KeyedRow[],
): CompiledQuery {
  const readSorted = () => read().sort((left, right) => order(left.keys, right.keys))
  return {
    columns,
    open: lazily(() => iterate(readSorted().map(({ row }) => row))),
    sorted: { order, read: readSorted },
  }
}

function distinctRows(next: Cursor, compiled: readonly Compiled[]): Cursor {
  const key = rowKey(compiled.map(({ type }) => type))
  const seen = new Set<string>()
  return () => {
    for (let row = next(); row !== undefined; row = next()) {
      const text = key(row)
      if (seen.has(text)) continue
      seen.add(text)
      return row
    }
    return undefined
  }
}
