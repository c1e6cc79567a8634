import type { OracleValue } from '../values.ts'
import { compileAggregate, isAggregate } from './aggregates.ts'
import {
  type CompiledAnalytic,
  denseRank,
  endValue,
  neighbour,
  ntile,
  rank,
  ratioToReport,
  rowNumber,
  windowed,
} from './analytic-functions.ts'
import { compileExpression } from './compile-expression.ts'
import type { Compiled, Cursor, Row } from './compiled.ts'
import { convert } from './conversion.ts'
import { lazily } from './cursors.ts'
import { oracleError, unimplemented } from './errors.ts'
import { refuseLob, rowComparator, rowKey, type SortKey, sortKey } from './row-order.ts'
import {
  type AnalyticCall,
  type CompileContext,
  emptyFrame,
  type Frame,
  fingerprint,
  readSlot,
  type Scope,
  visitExpressions,
  type Windows,
} from './scope.ts'
import type { Expression, OrderItem } from './syntax.ts'
import { groupOf, NUMBER } from './types.ts'
import { compileFrame } from './window-frame.ts'
import { createPartition } from './window-partition.ts'

const RANKING = new Set(['ROW_NUMBER', 'RANK', 'DENSE_RANK', 'NTILE', 'LAG', 'LEAD'])
const ONLY_ANALYTIC = new Set([...RANKING, 'FIRST_VALUE', 'LAST_VALUE', 'RATIO_TO_REPORT'])

/** ORA-30484 is what these are without OVER. */
export const isOnlyAnalytic = (path: readonly string[]): boolean =>
  path.length === 1 && ONLY_ANALYTIC.has(path[0] ?? '')

/** What analytic functions make of the rows of a block: the same rows, each with a value per function. */
export interface WindowedRows {
  readonly windows: Windows
  /** Reads all rows, then gives each again, moving every frame of the block. */
  open(source: () => Cursor): () => Cursor
}

interface WindowFunction {
  readonly partitionBy: readonly Compiled[]
  readonly sortKeys: readonly SortKey[]
  readonly compiled: CompiledAnalytic
}

/** Undefined for a block without analytic functions in `above`, its SELECT and ORDER BY. `scope` sees groups where the block has them. */
export function windowsOf(
  above: readonly Expression[],
  scope: Scope,
  context: CompileContext,
): WindowedRows | undefined {
  if (!above.some(hasAnalytic)) return undefined
  const frame = emptyFrame()
  const functions: WindowFunction[] = []
  const slots = new Map<string, number>()
  const windows: Windows = {
    analytic(node) {
      const known = fingerprint(node, scope)
      let slot = slots.get(known)
      if (slot === undefined) {
        slot = functions.push(compileWindowFunction(node, scope, context)) - 1
        slots.set(known, slot)
      }
      const found = functions[slot]
      if (found === undefined) throw oracleError(30483, node.position)
      return readSlot(frame, slot, found.compiled)
    },
  }
  const open = (source: () => Cursor) => lazily(() => withValues(source(), functions, scope, frame))
  return { windows, open }
}

function hasAnalytic(expression: Expression): boolean {
  let isFound = false
  visitExpressions(expression, ({ kind }) => {
    if (kind === 'analytic') isFound = true
  })
  return isFound
}

/** Where the frames of a block stood for one row. */
interface Snapshot {
  readonly row: Row
  readonly rownum: number
  readonly group: Row | undefined
  readonly values: OracleValue[]
}

function withValues(
  next: Cursor,
  functions: readonly WindowFunction[],
  { frame, grouping }: Scope,
  valueFrame: Frame,
): Cursor {
  const snapshots: Snapshot[] = []
  while (next() !== undefined)
    snapshots.push({ row: frame.row, rownum: frame.rownum, group: grouping?.frame.row, values: [] })
  const moveTo = ({ row, rownum, group }: Snapshot) => {
    frame.row = row
    frame.rownum = rownum
    if (grouping !== undefined && group !== undefined) grouping.frame.row = group
  }
  for (const { partitionBy, sortKeys, compiled } of functions) {
    const key = rowKey(partitionBy.map(({ type }) => type))
    const order = rowComparator(sortKeys)
    const partitions = new Map<string, { readonly snapshot: Snapshot; readonly keys: OracleValue[] }[]>()
    for (const snapshot of snapshots) {
      moveTo(snapshot)
      const text = key(partitionBy.map(({ evaluate }) => evaluate()))
      const entry = { snapshot, keys: sortKeys.map((item) => item.compiled.evaluate()) }
      const partition = partitions.get(text)
      if (partition) partition.push(entry)
      else partitions.set(text, [entry])
    }
    for (const entries of partitions.values()) {
      if (sortKeys.length > 0) entries.sort((left, right) => order(left.keys, right.keys))
      const partition = createPartition(entries, order, ({ snapshot }) => moveTo(snapshot))
      const values = compiled.evaluate(partition)
      for (const [index, { snapshot }] of entries.entries()) snapshot.values.push(values[index] ?? null)
    }
  }
  let place = 0
  return () => {
    const snapshot = snapshots[place++]
    if (snapshot === undefined) return undefined
    moveTo(snapshot)
    valueFrame.row = snapshot.values
    return snapshot.group ?? snapshot.row
  }
}

function compileWindowFunction(node: AnalyticCall, scope: Scope, context: CompileContext): WindowFunction {
  const { over } = node
  const compile = (expression: Expression) => compileExpression(expression, scope, context)
  const sorted = (items: readonly OrderItem[]) => items.map((item) => sortKey(compile(item.expression), item))
  const partitionBy = over.partitionBy.map((expression) => {
    const compiled = compile(expression)
    refuseLob(compiled.type, expression.position)
    return compiled
  })
  const sortKeys = sorted(over.orderBy)
  const compiled = compileFunctionOver(node, sortKeys, compile, sorted, context)
  return { partitionBy, sortKeys, compiled }
}

function compileFunctionOver(
  node: AnalyticCall,
  sortKeys: readonly SortKey[],
  compile: (expression: Expression) => Compiled,
  sorted: (items: readonly OrderItem[]) => SortKey[],
  context: CompileContext,
): CompiledAnalytic {
  const { path, position, over, ignoresNulls } = node
  const name = path.length === 1 ? (path[0] ?? '') : path.join('.')
  const args = node.args.map(compile)
  const [first, ...more] = args
  const isOrdered = over.orderBy.length > 0
  const frame = () =>
    compileFrame(
      over.frame,
      sortKeys,
      (bound) =>
        bound.kind === 'currentRow' || bound.offset === undefined ? undefined : compile(bound.offset),
      context,
    )
  const expectCount = (count: number) => {
    if (args.length !== count || node.isStar || node.isDistinct) throw oracleError(909, position)
  }
  const only = (): Compiled => {
    expectCount(1)
    if (first === undefined || more.length > 0) throw oracleError(909, position)
    return first
  }
  if (RANKING.has(name)) {
    if (!isOrdered) throw oracleError(30485, position)
    if (over.frame !== undefined) throw oracleError(907, over.frame.position)
  }
  if (ignoresNulls && !['LAG', 'LEAD', 'FIRST_VALUE', 'LAST_VALUE'].includes(name))
    throw oracleError(907, position)
  switch (name) {
    case 'ROW_NUMBER':
      expectCount(0)
      return rowNumber
    case 'RANK':
      expectCount(0)
      return rank
    case 'DENSE_RANK':
      expectCount(0)
      return denseRank
    case 'NTILE':
      return ntile(convert(only(), NUMBER, context, position), position)
    case 'LAG':
      return neighbour(-1, args, ignoresNulls, context, position)
    case 'LEAD':
      return neighbour(1, args, ignoresNulls, context, position)
    case 'FIRST_VALUE':
      return endValue(false, only(), ignoresNulls, frame())
    case 'LAST_VALUE':
      return endValue(true, only(), ignoresNulls, frame())
    case 'RATIO_TO_REPORT': {
      if (isOrdered) throw oracleError(30487, position)
      const value = only()
      if (groupOf(value.type) === 'binary') throw unimplemented('RATIO_TO_REPORT of a binary float', position)
      return ratioToReport(convert(value, NUMBER, context, position))
    }
  }
  if (!isAggregate(path)) throw unimplemented(`analytic function ${name}`, position)
  if (isOrdered && (node.isDistinct || name === 'LISTAGG' || node.keep !== undefined))
    throw oracleError(30487, position)
  const keepKeys = sorted(node.keep?.orderBy ?? [])
  return windowed(compileAggregate(node, args, sorted(node.withinGroup), keepKeys, context), frame())
}
