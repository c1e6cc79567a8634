import { compileQuery } from './compile-query.ts'
import type { Compiled, Test } from './compiled.ts'
import { comparison } from './conversion.ts'
import { oracleError } from './errors.ts'
import type { CompileContext, Scope } from './scope.ts'
import type { Query } from './syntax.ts'

/** Compiles a subquery that can see the scope; tells whether it did. */
function compileNested(query: Query, scope: Scope, context: CompileContext) {
  const boundary = { isCorrelated: false }
  const compiled = compileQuery(query, context, scope, boundary)
  return { compiled, boundary }
}

/** A query in the place of a value: null without rows, ORA-01427 with more than one. */
export function compileScalarSubquery(query: Query, scope: Scope, context: CompileContext): Compiled {
  const { compiled, boundary } = compileNested(query, scope, context)
  const [column, ...more] = compiled.columns
  if (column === undefined || more.length > 0) throw oracleError(913, query.position)
  let known: { readonly value: string | null } | undefined
  const read = () => {
    const next = compiled.open()
    const row = next()
    if (row === undefined) return null
    if (next() !== undefined) throw oracleError(1427)
    return row[0] ?? null
  }
  const evaluate = () => {
    if (boundary.isCorrelated) return read()
    known ??= { value: read() }
    return known.value
  }
  return { type: column.type, isConstant: false, evaluate }
}

export function compileExists(query: Query, scope: Scope, context: CompileContext): Test {
  const { compiled, boundary } = compileNested(query, scope, context)
  let known: boolean | undefined
  return () => {
    if (boundary.isCorrelated) return compiled.open()() !== undefined
    known ??= compiled.open()() !== undefined
    return known
  }
}

/** `operand IN (query)`: the rows are read once unless the query depends on the row at hand. */
export function compileSubqueryMembers(
  query: Query,
  operand: Compiled,
  scope: Scope,
  context: CompileContext,
  position: number,
): Test {
  const { compiled, boundary } = compileNested(query, scope, context)
  const [column, ...more] = compiled.columns
  if (column === undefined || more.length > 0) throw oracleError(913, query.position)
  const cell: { value: string | null } = { value: null }
  const member: Compiled = {
    type: column.type,
    isConstant: false,
    evaluate: () => cell.value,
  }
  const { left, right, key } = comparison(operand, member, context, position)
  let known: { readonly keys: Set<string>; readonly hasNull: boolean } | undefined
  const read = () => {
    const keys = new Set<string>()
    let hasNull = false
    const next = compiled.open()
    for (let row = next(); row !== undefined; row = next()) {
      cell.value = row[0] ?? null
      const value = right.evaluate()
      if (value === null) hasNull = true
      else keys.add(key(value))
    }
    return { keys, hasNull }
  }
  return () => {
    if (boundary.isCorrelated) known = read()
    else known ??= read()
    if (known.keys.size === 0 && !known.hasNull) return false
    const value = left.evaluate()
    if (value === null) return null
    if (known.keys.has(key(value))) return true
    return known.hasNull ? null : false
  }
}
