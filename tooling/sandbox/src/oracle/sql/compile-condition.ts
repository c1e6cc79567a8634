import { compileExpression } from './compile-expression.ts'
import { compileExists, compileSubqueryMembers } from './compile-subquery.ts'
import type { Compiled, Test } from './compiled.ts'
import { rememberLatest } from './compiled.ts'
import { type Comparison, comparison, convert } from './conversion.ts'
import { oracleError, unimplemented } from './errors.ts'
import type { CompileContext, Scope } from './scope.ts'
import type { ComparisonOperator, Condition, Expression, InMembers } from './syntax.ts'
import { groupOf, MAX_VARCHAR2_BYTES, varchar2 } from './types.ts'

const CONDITION_KINDS = new Set<Expression['kind']>([
  'and',
  'or',
  'not',
  'compare',
  'quantified',
  'isNull',
  'between',
  'like',
  'in',
  'exists',
])
export const isCondition = (node: Expression): node is Condition => CONDITION_KINDS.has(node.kind)

const ACCEPTS: Readonly<Record<ComparisonOperator, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

/** Resolves a condition; a value in its place is ORA-00920. */
export function compileCondition(node: Expression, scope: Scope, context: CompileContext): Test {
  if (!isCondition(node)) throw oracleError(920, node.position)
  switch (node.kind) {
    case 'and':
      return and(compileCondition(node.left, scope, context), compileCondition(node.right, scope, context))
    case 'or':
      return or(compileCondition(node.left, scope, context), compileCondition(node.right, scope, context))
    case 'not':
      return not(compileCondition(node.operand, scope, context))
    case 'compare': {
      const left = compileExpression(node.left, scope, context)
      return compare(
        node.operator,
        comparison(left, compileExpression(node.right, scope, context), context, node.position),
      )
    }
    case 'isNull': {
      const { evaluate } = compileExpression(node.operand, scope, context)
      return node.isNegated ? () => evaluate() !== null : () => evaluate() === null
    }
    case 'between': {
      const operand = compileExpression(node.operand, scope, context)
      const [low, high] = [node.low, node.high].map((bound) =>
        comparison(operand, compileExpression(bound, scope, context), context, node.position),
      )
      if (low === undefined || high === undefined) throw oracleError(936, node.position)
      const test = and(compare('>=', low), compare('<=', high))
      return node.isNegated ? not(test) : test
    }
    case 'like':
      return compileLike(node, scope, context)
    case 'in': {
      const operand = compileExpression(node.operand, scope, context)
      const test =
        'query' in node.members
          ? compileSubqueryMembers(node.members.query, operand, scope, context, node.position)
          : isListed(
              node.members.list.map((member) =>
                comparison(operand, compileExpression(member, scope, context), context, member.position),
              ),
            )
      return node.isNegated ? not(test) : test
    }
    case 'quantified':
      return compileQuantified(
        node.operator,
        node.quantifier,
        node.left,
        node.members,
        scope,
        context,
        node.position,
      )
    case 'exists':
      return compileExists(node.query, scope, context)
  }
}

const and =
  (left: Test, right: Test): Test =>
  () => {
    const first = left()
    if (first === false) return false
    const second = right()
    return second === false ? false : first === null ? null : second
  }

const or =
  (left: Test, right: Test): Test =>
  () => {
    const first = left()
    if (first === true) return true
    const second = right()
    return second === true ? true : first === null ? null : second
  }

const not =
  (test: Test): Test =>
  () => {
    const result = test()
    return result === null ? null : !result
  }

function compare(
  operator: ComparisonOperator,
  { left, right, compare: order, key, group }: Comparison,
): Test {
  const a = left.evaluate
  const b = right.evaluate
  // Canonical values are equal as text: no need to order them.
  if (group !== 'binary' && group !== 'text' && (operator === '=' || operator === '<>')) {
    const isEqual = operator === '='
    return () => {
      const first = a()
      if (first === null) return null
      const second = b()
      return second === null ? null : (key(first) === key(second)) === isEqual
    }
  }
  const accepts = ACCEPTS[operator]
  return () => {
    const first = a()
    if (first === null) return null
    const second = b()
    return second === null ? null : accepts(order(first, second))
  }
}

/** A list of many constants is looked up rather than searched. */
function isListed(comparisons: readonly Comparison[]): Test {
  const first = comparisons[0]
  const isLookup =
    first !== undefined &&
    comparisons.length > 4 &&
    comparisons.every(
      ({ left, right, group, isPadded }) =>
        right.isConstant &&
        left.evaluate === first.left.evaluate &&
        group === first.group &&
        isPadded === first.isPadded,
    )
  if (!isLookup) return comparisons.map((member) => compare('=', member)).reduce(or)
  let keys: { readonly values: Set<string>; readonly hasNull: boolean } | undefined
  return () => {
    const value = first.left.evaluate()
    if (value === null) return null
    if (keys === undefined) {
      const members = comparisons.map(({ right }) => right.evaluate())
      keys = {
        values: new Set(members.filter((member) => member !== null).map(first.key)),
        hasNull: members.includes(null),
      }
    }
    if (keys.values.has(first.key(value))) return true
    return keys.hasNull ? null : false
  }
}

function compileQuantified(
  operator: ComparisonOperator,
  quantifier: 'ANY' | 'ALL',
  leftNode: Expression,
  members: InMembers,
  scope: Scope,
  context: CompileContext,
  position: number,
): Test {
  if ('query' in members) throw unimplemented(`${quantifier} of a subquery`, position)
  const left = compileExpression(leftNode, scope, context)
  const tests = members.list.map((member) =>
    compare(operator, comparison(left, compileExpression(member, scope, context), context, position)),
  )
  return tests.reduce(quantifier === 'ALL' ? and : or)
}

function compileLike(
  node: Extract<Condition, { kind: 'like' }>,
  scope: Scope,
  context: CompileContext,
): Test {
  const text = (side: Expression): Compiled => {
    const compiled = compileExpression(side, scope, context)
    return groupOf(compiled.type) === 'clob'
      ? compiled
      : convert(compiled, varchar2(MAX_VARCHAR2_BYTES), context, node.position)
  }
  const operand = text(node.operand)
  const pattern = text(node.pattern)
  const escapedBy = node.escape === undefined ? undefined : text(node.escape)
  const matcher = rememberLatest((key) => likeMatcher(key.slice(1), key[0] === '\0' ? undefined : key[0]))
  const test: Test = () => {
    const value = operand.evaluate()
    const wanted = pattern.evaluate()
    const character = escapedBy === undefined ? '\0' : escapedBy.evaluate()
    if (value === null || wanted === null || character === null) return null
    if (character.length !== 1)
      throw oracleError(1425, node.position, 'escape character must be character string of length 1')
    return matcher(character + wanted).test(value)
  }
  return node.isNegated ? not(test) : test
}

function likeMatcher(pattern: string, escapedBy: string | undefined): RegExp {
  let source = ''
  const characters = [...pattern]
  for (let index = 0; index < characters.length; index++) {
    let character = characters[index] ?? ''
    if (character === escapedBy) {
      character = characters[++index] ?? ''
      if (character !== '%' && character !== '_' && character !== escapedBy)
        throw oracleError(1424, 0, 'missing or illegal character following the escape character')
    } else if (character === '%' || character === '_') {
      source += character === '%' ? '.*' : '.'
      continue
    }
    source += character.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&')
  }
  return new RegExp(`^${source}$`, 'su')
}
