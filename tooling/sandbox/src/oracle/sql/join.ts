import { compileCondition } from './compile-condition.ts'
import { compileExpression } from './compile-expression.ts'
import type { Cursor, Row, Test } from './compiled.ts'
import { comparison } from './conversion.ts'
import { iterate, readAll } from './cursors.ts'
import {
  type CompileContext,
  emptyFrame,
  type Frame,
  type Scope,
  type Source,
  scopeOf,
  visitExpressions,
} from './scope.ts'
import type { Expression, JoinType } from './syntax.ts'

/** The rows of a FROM item; each is one array over the columns of all its sources. */
export interface FromRelation {
  readonly sources: readonly Source[]
  readonly width: number
  open(): Cursor
}

/** The operands of ANDs. */
export function conjuncts(node: Expression): Expression[] {
  return node.kind === 'and' ? [...conjuncts(node.left), ...conjuncts(node.right)] : [node]
}

/** Only the rows for which every condition is true. */
export function filtered(
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

/** True when every column is one of these sources, among all that the FROM list has; ROWNUM and subqueries are left alone. */
export function isWithin(condition: Expression, sources: readonly Source[], all: readonly Source[]): boolean {
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

interface HashKeys {
  readonly left: () => string | null
  readonly right: () => string | null
}

/** Hashes the right side by the equalities that ON has, and checks the rest row by row. */
export function join(
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
