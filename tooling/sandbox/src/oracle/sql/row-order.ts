import type { OracleValue } from '../values.ts'
import type { Compiled, Row } from './compiled.ts'
import { comparatorOf, keyOf } from './conversion.ts'
import { inconsistentTypes, oracleError } from './errors.ts'
import type { Expression, OrderItem } from './syntax.ts'
import { groupOf, isBlankPadded, type SqlType } from './types.ts'

/** One item of ORDER BY over the rows at hand. */
export type SortKey = {
  readonly compiled: Compiled
  readonly isDescending: boolean
  readonly nullsFirst: boolean
}

/** Compares rows by sort keys that stand at their start or at `offset`. */
export function rowComparator(
  sortKeys: readonly SortKey[],
  offset = 0,
): (left: readonly OracleValue[], right: readonly OracleValue[]) => number {
  const keys = sortKeys.map(({ compiled, isDescending, nullsFirst }, index) => ({
    index: index + offset,
    compare: comparatorOf(groupOf(compiled.type), isBlankPadded(compiled.type)),
    sign: isDescending ? -1 : 1,
    nullSign: nullsFirst ? -1 : 1,
  }))
  return (left, right) => {
    for (const { index, compare, sign, nullSign } of keys) {
      const a = left[index] ?? null
      const b = right[index] ?? null
      if (a === null && b === null) continue
      if (a === null) return nullSign
      if (b === null) return -nullSign
      const order = compare(a, b)
      if (order !== 0) return order * sign
    }
    return 0
  }
}

export function sortKey(compiled: Compiled, { isDescending, nullsFirst, expression }: OrderItem): SortKey {
  refuseLob(compiled.type, expression.position)
  return { compiled, isDescending, nullsFirst }
}

/** The place in the select list that an integer literal means; ORA-01785 when there is none. */
export function ordinalOf(expression: Expression, columnCount: number): number | undefined {
  if (expression.kind !== 'literal' || expression.type.name !== 'NUMBER' || expression.value === null)
    return undefined
  const ordinal = Number(expression.value)
  if (!Number.isInteger(ordinal) || ordinal < 1 || ordinal > columnCount)
    throw oracleError(1785, expression.position)
  return ordinal - 1
}

/** Sorting, grouping and comparing of LOBs is ORA-00932. */
export function refuseLob(type: SqlType, position: number): void {
  if (groupOf(type) === 'clob' || groupOf(type) === 'blob') throw inconsistentTypes('-', type.name, position)
}

/** Equal for rows that DISTINCT, GROUP BY and set operators hold equal; null is equal to null here. */
export function rowKey(types: readonly SqlType[]): (row: Row) => string {
  const keys = types.map((type) => keyOf(groupOf(type), isBlankPadded(type)))
  return (row) => {
    let text = ''
    for (let index = 0; index < keys.length; index++) {
      const value = row[index] ?? null
      if (value === null) text += '-'
      else {
        const key = keys[index]?.(value) ?? value
        text += `${key.length}:${key}`
      }
    }
    return text
  }
}
