import { compileExpression } from './compile-expression.ts'
import type { CompiledQuery } from './compile-query.ts'
import type { Compiled, Cursor, Row } from './compiled.ts'
import { convert, integerOf } from './conversion.ts'
import { iterate, lazily, readAll } from './cursors.ts'
import { ceilNumber, divideNumbers, multiplyNumbers } from './number-arithmetic.ts'
import { type CompileContext, emptyScope } from './scope.ts'
import type { Expression, Query } from './syntax.ts'
import { NUMBER } from './types.ts'

/** OFFSET and FETCH FIRST; negative counts are none. */
export function limited(
  query: CompiledQuery,
  { offset, limit }: Query,
  context: CompileContext,
): CompiledQuery {
  if (offset === undefined && limit === undefined) return query
  const numeric = (node: Expression) =>
    convert(compileExpression(node, emptyScope(), context), NUMBER, context, node.position)
  const skipped = offset === undefined ? undefined : numeric(offset)
  const wanted = limit === undefined ? undefined : numeric(limit.count)
  const { columns, sorted } = query
  const toSkip = () => Math.max(0, integerOf(skipped?.evaluate() ?? '0'))
  if (limit === undefined || wanted === undefined || !(limit.isPercent || limit.withTies)) {
    return { columns, open: () => headOf(query.open(), toSkip(), countOf(wanted)) }
  }
  const end = (size: number) => toSkip() + (limit.isPercent ? percentOf(wanted, size) : countOf(wanted))
  const open = lazily(() => {
    if (sorted === undefined || !limit.withTies) {
      const rows = readAll(query.open())
      return iterate(rows.slice(toSkip(), end(rows.length)))
    }
    const rows = sorted.read()
    let last = end(rows.length)
    const keys = rows[last - 1]?.keys
    const isTied = (next: Row | undefined) =>
      keys !== undefined && next !== undefined && sorted.order(keys, next) === 0
    if (last > toSkip()) while (isTied(rows[last]?.keys)) last++
    return iterate(rows.slice(toSkip(), last).map(({ row }) => row))
  })
  return { columns, open }
}

const countOf = (wanted: Compiled | undefined): number =>
  wanted === undefined ? Number.POSITIVE_INFINITY : Math.max(0, integerOf(wanted.evaluate() ?? '0'))

const percentOf = (wanted: Compiled, size: number): number =>
  Math.max(
    0,
    integerOf(ceilNumber(divideNumbers(multiplyNumbers(wanted.evaluate() ?? '0', String(size)), '100'))),
  )

function headOf(next: Cursor, toSkip: number, count: number): Cursor {
  let left = count
  let isStarted = false
  return () => {
    if (!isStarted) {
      isStarted = true
      for (let index = 0; index < toSkip; index++) if (next() === undefined) return undefined
    }
    return left-- > 0 ? next() : undefined
  }
}
