import type { OracleValue } from '../values.ts'
import type { SqlType } from './types.ts'

export type Row = readonly OracleValue[]
/** Gives the next row, undefined after the last one. */
export type Cursor = () => Row | undefined

/** An expression that is resolved, typed and ready to run; it reads the row from the frame that it was compiled over. */
export interface Compiled {
  readonly type: SqlType
  readonly evaluate: () => OracleValue
  /** The value is the same for every row of the execution. */
  readonly isConstant: boolean
}

/** A condition in three-valued logic: null is unknown. */
export type Test = () => boolean | null

export const constant = (type: SqlType, value: OracleValue): Compiled => ({
  type,
  evaluate: () => value,
  isConstant: true,
})

/** Evaluated at most once, and not before it is needed: an error in it is raised only where the row needs it. */
function once(evaluate: () => OracleValue): () => OracleValue {
  let result: { readonly value: OracleValue } | undefined
  return () => {
    result ??= { value: evaluate() }
    return result.value
  }
}

/** An expression over others: constant when all of them are. */
export function derived(args: readonly Compiled[], type: SqlType, evaluate: () => OracleValue): Compiled {
  const isConstant = args.every((arg) => arg.isConstant)
  return { type, isConstant, evaluate: isConstant ? once(evaluate) : evaluate }
}

/** A function that is null when any argument is. */
export function strict(
  args: readonly Compiled[],
  type: SqlType,
  compute: (...values: string[]) => OracleValue,
): Compiled {
  return derived(args, type, strictEvaluation(args, compute))
}

function strictEvaluation(
  args: readonly Compiled[],
  compute: (...values: string[]) => OracleValue,
): () => OracleValue {
  const [first, second] = args.map(({ evaluate }) => evaluate)
  if (args.length === 1 && first !== undefined) {
    return () => {
      const value = first()
      return value === null ? null : compute(value)
    }
  }
  if (args.length === 2 && first !== undefined && second !== undefined) {
    return () => {
      const left = first()
      if (left === null) return null
      const right = second()
      return right === null ? null : compute(left, right)
    }
  }
  return () => {
    const values: string[] = []
    for (const { evaluate } of args) {
      const value = evaluate()
      if (value === null) return null
      values.push(value)
    }
    return compute(...values)
  }
}

/** Remembers the result for the latest argument: formats and patterns rarely change between rows. */
export function rememberLatest<T>(compute: (text: string) => T): (text: string) => T {
  let latest: { readonly text: string; readonly result: T } | undefined
  return (text) => {
    if (latest?.text !== text) latest = { text, result: compute(text) }
    return latest.result
  }
}
