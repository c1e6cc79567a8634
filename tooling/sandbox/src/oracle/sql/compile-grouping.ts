import { type CompiledAggregate, compileAggregate, isAggregate } from './aggregates.ts'
import { compileExpression } from './compile-expression.ts'
import type { Compiled, Cursor, Row } from './compiled.ts'
import { lazily } from './cursors.ts'
import { oracleError, unimplemented } from './errors.ts'
import { refuseLob, rowKey, sortKey } from './row-order.ts'
import {
  type CompileContext,
  emptyFrame,
  type Frame,
  fingerprint,
  type Grouping,
  readSlot,
  type Scope,
  visitExpressions,
} from './scope.ts'
import type { Expression, OrderItem, SelectBlock } from './syntax.ts'

/** What GROUP BY, or an aggregate without it, makes of the rows of a block. */
export interface GroupedRows {
  readonly grouping: Grouping
  /** Reads all rows, then gives one row per group, moving the frame of the grouping. */
  open(source: () => Cursor): () => Cursor
}

/** Undefined for a block that neither groups nor aggregates; `above` are the expressions of SELECT and ORDER BY. */
export function groupingOf(
  block: SelectBlock,
  above: readonly Expression[],
  scope: Scope,
  context: CompileContext,
): GroupedRows | undefined {
  const isGrouped = block.groupBy.length > 0 || block.having !== undefined || above.some(hasAggregate)
  if (!isGrouped) return undefined

  const frame = emptyFrame()
  const keys = new Map<string, { slot: number; compiled: Compiled }>()
  const keyExpressions: Compiled[] = []
  for (const node of block.groupBy) {
    const compiled = compileExpression(node, { ...scope, aliases: undefined }, context)
    refuseLob(compiled.type, node.position)
    keys.set(fingerprint(node, scope), { slot: keyExpressions.length, compiled })
    keyExpressions.push(compiled)
  }
  const aggregates: CompiledAggregate[] = []
  const slots = new Map<string, number>()
  const hasGroupBy = block.groupBy.length > 0
  const grouping: Grouping = {
    frame,
    keys,
    hasGroupBy,
    aggregate(call) {
      const known = fingerprint(call, scope)
      let index = slots.get(known)
      if (index === undefined) {
        const keepBy = call.keep?.orderBy ?? []
        const ordering = [...call.withinGroup, ...keepBy].map(({ expression }) => expression)
        if ([...call.args, ...ordering].some(hasAggregate))
          throw unimplemented('nested group functions', call.position)
        const sorted = (items: readonly OrderItem[]) =>
          items.map((item) => sortKey(compileExpression(item.expression, scope, context), item))
        const args = call.args.map((arg) => compileExpression(arg, scope, context))
        index =
          aggregates.push(compileAggregate(call, args, sorted(call.withinGroup), sorted(keepBy), context)) - 1
        slots.set(known, index)
      }
      const aggregate = aggregates[index]
      if (aggregate === undefined) throw oracleError(935, call.position)
      return readSlot(frame, keyExpressions.length + index, aggregate)
    },
  }
  const key = rowKey(keyExpressions.map(({ type }) => type))
  const open = (source: () => Cursor) =>
    lazily(() => collectGroups(source(), keyExpressions, key, aggregates, frame, hasGroupBy))
  return { grouping, open }
}

const hasAggregate = (expression: Expression): boolean => {
  let found = false
  visitExpressions(expression, (node) => {
    if (node.kind === 'call' && isAggregate(node.path)) found = true
  })
  return found
}

function collectGroups(
  next: Cursor,
  keyExpressions: readonly Compiled[],
  key: (row: Row) => string,
  aggregates: readonly CompiledAggregate[],
  frame: Frame,
  hasGroupBy: boolean,
): Cursor {
  const start = (keys: Row) => ({ keys, accumulators: aggregates.map((aggregate) => aggregate.start()) })
  type Group = ReturnType<typeof start>
  const groups = new Map<string, Group>()
  if (!hasGroupBy) groups.set('', start([]))
  const evaluations = keyExpressions.map(({ evaluate }) => evaluate)
  for (let row = next(); row !== undefined; row = next()) {
    const values = evaluations.map((evaluate) => evaluate())
    const text = hasGroupBy ? key(values) : ''
    let group = groups.get(text)
    if (group === undefined) {
      group = start(values)
      groups.set(text, group)
    }
    for (const accumulator of group.accumulators) accumulator.add()
  }
  const remaining = groups.values()
  return () => {
    const { value, done } = remaining.next()
    if (done || value === undefined) return undefined
    frame.row = [...value.keys, ...value.accumulators.map((accumulator) => accumulator.result())]
    return frame.row
  }
}
