import { isAggregate } from './aggregates.ts'
import { formatInstant, inZone, parseInstant } from './calendar.ts'
import { castTo } from './cast.ts'
import { isOnlyAnalytic } from './compile-analytic.ts'
import { compileArithmetic, negate } from './compile-arithmetic.ts'
import { compileCondition, isCondition } from './compile-condition.ts'
import { compileScalarSubquery } from './compile-subquery.ts'
import { type Compiled, constant, derived, strict } from './compiled.ts'
import { commonType, comparison, convert, refuseMixedCharacterSets } from './conversion.ts'
import { inconsistentTypes, invalidIdentifier, oracleError, unimplemented } from './errors.ts'
import { compileFunction, isFunctionWithoutParentheses } from './functions.ts'
import { type CompileContext, fingerprint, readColumn, readSlot, resolveColumn, type Scope } from './scope.ts'
import type { Expression } from './syntax.ts'
import {
  fractionalDigitsOf,
  groupOf,
  NUMBER,
  type SqlType,
  timestampWithTimeZone,
  typeLabel,
} from './types.ts'

/** Resolves and types a value; a condition in its place is ORA-00936. */
export function compileExpression(node: Expression, scope: Scope, context: CompileContext): Compiled {
  if (isCondition(node)) throw oracleError(936, node.position)
  const grouping = scope.grouping
  if (grouping !== undefined && node.kind !== 'column' && node.kind !== 'literal') {
    const key = grouping.keys.get(fingerprint(node, scope))
    if (key) return readSlot(grouping.frame, key.slot, key.compiled)
  }
  switch (node.kind) {
    case 'literal':
      return constant(node.type, node.value)
    case 'slot':
      return readColumn(node.index, scope, node.position)
    case 'column':
      return compileName(node, scope, context)
    case 'bind':
      return compileBind(node.index, context)
    case 'negate':
      return negate(compileExpression(node.operand, scope, context), context, node.position)
    case 'binary': {
      const left = compileExpression(node.left, scope, context)
      return compileArithmetic(
        node.operator,
        left,
        compileExpression(node.right, scope, context),
        context,
        node.position,
      )
    }
    case 'call':
      return compileCall(node, scope, context)
    case 'analytic':
      if (scope.windows === undefined) throw oracleError(30483, node.position)
      return scope.windows.analytic(node)
    case 'case':
      return compileCase(node, scope, context)
    case 'cast':
      return castTo(compileExpression(node.operand, scope, context), node.type, context)
    case 'extract':
      return compileFunction(
        { path: [`EXTRACT ${node.field}`], position: node.position },
        [compileExpression(node.operand, scope, context)],
        context,
      )
    case 'atTimeZone':
      return compileAtTimeZone(node, scope, context)
    case 'scalar':
      return compileScalarSubquery(node.query, scope, context)
  }
}

function compileBind(index: number, context: CompileContext): Compiled {
  const type = context.bindTypes[index]
  if (type === undefined) throw oracleError(1008)
  const { bindValues } = context
  if (bindValues === undefined) return { type, isConstant: false, evaluate: () => null }
  return constant(type, bindValues[index] ?? null)
}

function compileName(
  node: Extract<Expression, { kind: 'column' }>,
  scope: Scope,
  context: CompileContext,
): Compiled {
  const { path, position, isQuoted } = node
  const name = path[0] ?? ''
  if (path.length === 1 && !isQuoted && name === 'ROWNUM') return compileRownum(scope, position)
  if (path.length === 1 && !isQuoted && name === 'LEVEL')
    throw oracleError(1788, position, 'CONNECT BY clause required in this query block')
  const column = resolveColumn(path, scope, position)
  if (column) return column
  if (!isQuoted && isFunctionWithoutParentheses(path)) return compileFunction({ path, position }, [], context)
  if (path.at(-1) === 'ROWID')
    throw oracleError(
      1445,
      position,
      'cannot select ROWID from, or sample, a join view without a key-preserved table',
    )
  if (path.at(-1) === 'NEXTVAL' || path.at(-1) === 'CURRVAL') throw unimplemented('sequences', position)
  throw invalidIdentifier(path, position)
}

function compileRownum(scope: Scope, position: number): Compiled {
  if (scope.grouping !== undefined) throw oracleError(scope.grouping.hasGroupBy ? 979 : 937, position)
  if (!scope.hasRownum) throw oracleError(976, position)
  const { frame } = scope
  return { type: NUMBER, isConstant: false, evaluate: () => String(frame.rownum) }
}

function compileCall(
  node: Extract<Expression, { kind: 'call' }>,
  scope: Scope,
  context: CompileContext,
): Compiled {
  const { path, position } = node
  if (isAggregate(path)) {
    if (scope.grouping !== undefined) return scope.grouping.aggregate(node)
    throw oracleError(934, position)
  }
  if (isOnlyAnalytic(path))
    throw oracleError(30484, position, 'missing window specification for this function')
  if (node.withinGroup.length > 0 || node.keep !== undefined)
    throw unimplemented(`WITHIN GROUP and KEEP of ${path.join('.')}`, position)
  if (node.isStar || node.isDistinct)
    throw oracleError(
      node.isStar ? 936 : 30482,
      position,
      node.isStar ? undefined : 'DISTINCT option not allowed for this function',
    )
  if (path.length === 1 && path[0] === 'DECODE') return compileDecode(node, scope, context)
  return compileFunction(
    node,
    node.args.map((arg) => compileExpression(arg, scope, context)),
    context,
  )
}

/** The first branch whose test holds; branches must be of one family. */
function compileCase(
  node: Extract<Expression, { kind: 'case' }>,
  scope: Scope,
  context: CompileContext,
): Compiled {
  const results = [
    ...node.branches.map(({ result }) => result),
    ...(node.otherwise ? [node.otherwise] : []),
  ].map((result) => compileExpression(result, scope, context))
  const type = branchType(results, node.position)
  const converted = results.map((result) => convert(result, type, context, node.position))
  const tests = node.branches.map(({ when }) =>
    node.operand === undefined
      ? compileCondition(when, scope, context)
      : compileCondition(
          { kind: 'compare', operator: '=', left: node.operand, right: when, position: when.position },
          scope,
          context,
        ),
  )
  const otherwise = node.otherwise ? converted.at(-1) : undefined
  return {
    type,
    isConstant: false,
    evaluate: () => {
      for (let index = 0; index < tests.length; index++) {
        if (tests[index]?.() === true) return converted[index]?.evaluate() ?? null
      }
      return otherwise === undefined ? null : otherwise.evaluate()
    },
  }
}

function branchType(results: readonly Compiled[], position: number): SqlType {
  const types = results.map((result) => result.type)
  refuseMixedCharacterSets(types, position)
  const type = commonType(types)
  if (type !== undefined) return type
  const known = results.map((result) => result.type).filter(({ name }) => name !== 'NULL')
  const first = known[0] ?? NUMBER
  const other = known.find((candidate) => groupOf(candidate) !== groupOf(first)) ?? first
  throw inconsistentTypes(typeLabel(first), typeLabel(other), position)
}

/** DECODE holds null equal to null, compares in the type of the first search value, and answers in that of the first result. */
function compileDecode(
  node: Extract<Expression, { kind: 'call' }>,
  scope: Scope,
  context: CompileContext,
): Compiled {
  const [operand, ...rest] = node.args.map((arg) => compileExpression(arg, scope, context))
  if (operand === undefined || rest.length < 2) throw oracleError(938, node.position)
  const pairs: { readonly matches: () => boolean; readonly result: Compiled }[] = []
  const results = rest.filter((_, index) => index % 2 === 1 || index === rest.length - 1)
  const type = decodeType(results)
  const searchType = rest[0]?.type ?? NUMBER
  const isNumericSearch = groupOf(searchType) === 'number'
  const subject = isNumericSearch ? convert(operand, NUMBER, context, node.position) : operand
  for (let index = 0; index + 1 < rest.length; index += 2) {
    const search = rest[index]
    const result = rest[index + 1]
    if (search === undefined || result === undefined) break
    const { left, right, compare } = comparison(
      subject,
      isNumericSearch ? convert(search, NUMBER, context, node.position) : search,
      context,
      node.position,
    )
    const matches = () => {
      const a = left.evaluate()
      const b = right.evaluate()
      return a === null || b === null ? a === b : compare(a, b) === 0
    }
    pairs.push({ matches, result: convert(result, type, context, node.position) })
  }
  const last = rest.length % 2 === 1 ? rest.at(-1) : undefined
  const otherwise = last === undefined ? constant(type, null) : convert(last, type, context, node.position)
  return derived([operand, ...rest], type, () =>
    (pairs.find(({ matches }) => matches())?.result ?? otherwise).evaluate(),
  )
}

function decodeType(results: readonly Compiled[]): SqlType {
  const first = results[0]?.type
  const common = commonType(results.map(({ type }) => type))
  if (first === undefined || first.name === 'NULL' || groupOf(first) === 'text') {
    return common !== undefined && groupOf(common) === 'text' ? common : { name: 'VARCHAR2', size: 4000 }
  }
  return common !== undefined && groupOf(common) === groupOf(first) ? common : first
}

function compileAtTimeZone(
  node: Extract<Expression, { kind: 'atTimeZone' }>,
  scope: Scope,
  context: CompileContext,
): Compiled {
  const operand = compileExpression(node.operand, scope, context)
  const group = groupOf(operand.type)
  if (group !== 'timestamp' && group !== 'instant' && group !== 'localInstant')
    throw oracleError(30084, node.position, 'invalid data type for datetime primary with time zone modifier')
  const sessionZone = constant({ name: 'VARCHAR2', size: 64 }, context.session.timeZone)
  const zone = node.zone === undefined ? sessionZone : compileExpression(node.zone, scope, context)
  const instant = convert(operand, timestampWithTimeZone(fractionalDigitsOf(operand.type, 6)), context)
  return strict([instant, zone], instant.type, (value, name) =>
    formatInstant(inZone(parseInstant(value).utc, name)),
  )
}
