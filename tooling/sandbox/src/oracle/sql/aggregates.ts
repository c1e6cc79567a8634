import type { OracleValue } from '../values.ts'
import { binaryText } from './binary-numbers.ts'
import { type Compiled, constant } from './compiled.ts'
import { comparatorOf, convert, keyOf } from './conversion.ts'
import { inconsistentTypes, oracleError, unimplemented } from './errors.ts'
import { createNumberSum, divideNumbers } from './number-arithmetic.ts'
import { rowComparator, type SortKey } from './row-order.ts'
import type { CompileContext } from './scope.ts'
import type { Expression } from './syntax.ts'
import {
  groupOf,
  isBlankPadded,
  MAX_VARCHAR2_BYTES,
  NUMBER,
  type SqlType,
  typeLabel,
  varchar2,
} from './types.ts'

/** What one group has gathered. */
export interface Accumulator {
  add(): void
  result(): OracleValue
}

export interface CompiledAggregate {
  readonly type: SqlType
  /** Starts a group; `add` reads the row at hand. */
  start(): Accumulator
}

type AggregateCall = Extract<Expression, { kind: 'call' | 'analytic' }>
const NAMES = new Set(['COUNT', 'SUM', 'MIN', 'MAX', 'AVG', 'LISTAGG'])
const REFUSED = new Set(
  `STDDEV STDDEV_POP STDDEV_SAMP VARIANCE VAR_POP VAR_SAMP MEDIAN CORR COVAR_POP COVAR_SAMP COLLECT STATS_MODE
  APPROX_COUNT_DISTINCT GROUP_ID GROUPING GROUPING_ID ANY_VALUE CHECKSUM BIT_AND_AGG`.split(/\s+/),
)

export function isAggregate(path: readonly string[]): boolean {
  const name = path.length === 1 ? (path[0] ?? '') : ''
  if (REFUSED.has(name)) throw unimplemented(`aggregate ${name}`)
  return NAMES.has(name)
}

/** `args`, and the keys of WITHIN GROUP and of KEEP, are compiled over the rows below the grouping. */
export function compileAggregate(
  call: AggregateCall,
  args: readonly Compiled[],
  sortKeys: readonly SortKey[],
  keepKeys: readonly SortKey[],
  context: CompileContext,
): CompiledAggregate {
  const aggregate = compileWhole(call, args, sortKeys, context)
  return call.keep === undefined ? aggregate : keeping(aggregate, call.keep.isLast, keepKeys)
}

/** Starts again with every row that comes before, or behind, all others in the order, and leaves out those that do not. */
function keeping(
  aggregate: CompiledAggregate,
  isLast: boolean,
  sortKeys: readonly SortKey[],
): CompiledAggregate {
  const order = rowComparator(sortKeys)
  return {
    type: aggregate.type,
    start() {
      let kept: readonly OracleValue[] | undefined
      let accumulator = aggregate.start()
      return {
        add() {
          const keys = sortKeys.map(({ compiled }) => compiled.evaluate())
          const difference = kept === undefined ? 1 : isLast ? order(keys, kept) : order(kept, keys)
          if (difference < 0) return
          if (difference > 0) {
            kept = keys
            accumulator = aggregate.start()
          }
          accumulator.add()
        },
        result: () => accumulator.result(),
      }
    },
  }
}

function compileWhole(
  call: AggregateCall,
  args: readonly Compiled[],
  sortKeys: readonly SortKey[],
  context: CompileContext,
): CompiledAggregate {
  const name = call.path[0] ?? ''
  const { position } = call
  if (call.isStar) {
    if (name !== 'COUNT') throw oracleError(936, position)
    return counting(() => true)
  }
  const [arg, ...more] = args
  if (arg === undefined) throw oracleError(909, position)
  if (name === 'LISTAGG') return listing(call, args, sortKeys, context)
  if (more.length > 0) throw oracleError(909, position)
  const group = groupOf(arg.type)
  const isLob = group === 'clob' || group === 'blob'
  if (isLob && (name !== 'COUNT' || call.isDistinct)) throw inconsistentTypes('-', arg.type.name, position)
  switch (name) {
    case 'COUNT':
      return call.isDistinct
        ? distinct(arg, (value) => counting(() => value() !== null))
        : counting(() => arg.evaluate() !== null)
    case 'MIN':
      return extreme(arg, -1)
    case 'MAX':
      return extreme(arg, 1)
    default: {
      if (!['number', 'text', 'binary', 'null'].includes(group))
        throw inconsistentTypes('NUMBER', typeLabel(arg.type), position)
      const numeric = group === 'binary' ? arg : convert(arg, NUMBER, context, position)
      const isAverage = name === 'AVG'
      return call.isDistinct
        ? distinct(numeric, (value) => summing(numeric.type, value, isAverage))
        : summing(numeric.type, numeric.evaluate, isAverage)
    }
  }
}

function counting(counts: () => boolean): CompiledAggregate {
  return {
    type: NUMBER,
    start() {
      let count = 0
      return {
        add: () => {
          if (counts()) count++
        },
        result: () => String(count),
      }
    },
  }
}

/** Passes each value of a group on only once. */
function distinct(arg: Compiled, build: (value: () => OracleValue) => CompiledAggregate): CompiledAggregate {
  const key = keyOf(groupOf(arg.type), isBlankPadded(arg.type))
  let current: OracleValue = null
  const inner = build(() => current)
  return {
    ...inner,
    start() {
      const seen = new Set<string>()
      const accumulator = inner.start()
      return {
        add() {
          current = arg.evaluate()
          if (current === null || seen.has(key(current))) return
          seen.add(key(current))
          accumulator.add()
        },
        result: accumulator.result,
      }
    },
  }
}

function extreme(arg: Compiled, sign: 1 | -1): CompiledAggregate {
  const compare = comparatorOf(groupOf(arg.type), isBlankPadded(arg.type))
  const { evaluate } = arg
  return {
    type: arg.type.name === 'NULL' ? varchar2(1) : arg.type,
    start() {
      let best: OracleValue = null
      return {
        add() {
          const value = evaluate()
          if (value !== null && (best === null || compare(value, best) * sign > 0)) best = value
        },
        result: () => best,
      }
    },
  }
}

function summing(type: SqlType, value: () => OracleValue, isAverage: boolean): CompiledAggregate {
  if (groupOf(type) === 'binary') return summingBinary(type, value, isAverage)
  return {
    type: NUMBER,
    start() {
      const sum = createNumberSum()
      let count = 0
      return {
        add() {
          const current = value()
          if (current === null) return
          sum.add(current)
          count++
        },
        result: () =>
          count === 0 ? null : isAverage ? divideNumbers(sum.total(), String(count)) : sum.total(),
      }
    },
  }
}

function summingBinary(type: SqlType, value: () => OracleValue, isAverage: boolean): CompiledAggregate {
  return {
    type,
    start() {
      let sum = 0
      let count = 0
      return {
        add() {
          const current = value()
          if (current === null) return
          sum += Number(current)
          count++
        },
        result: () => (count === 0 ? null : binaryText(isAverage ? sum / count : sum)),
      }
    },
  }
}

function listing(
  call: AggregateCall,
  args: readonly Compiled[],
  sortKeys: readonly SortKey[],
  context: CompileContext,
): CompiledAggregate {
  if (args.length > 2) throw oracleError(939, call.position)
  const [value, separator] = args.map((arg) =>
    convert(arg, varchar2(MAX_VARCHAR2_BYTES), context, call.position),
  )
  if (value === undefined) throw oracleError(938, call.position)
  const between = separator ?? constant(varchar2(1), null)
  const order = rowComparator(sortKeys)
  return {
    type: varchar2(MAX_VARCHAR2_BYTES),
    start() {
      const entries: { readonly keys: readonly OracleValue[]; readonly text: string }[] = []
      let delimiter = ''
      return {
        add() {
          const text = value.evaluate()
          if (text === null) return
          delimiter = between.evaluate() ?? ''
          entries.push({ keys: sortKeys.map(({ compiled }) => compiled.evaluate()), text })
        },
        result() {
          const texts = entries.sort((left, right) => order(left.keys, right.keys)).map((entry) => entry.text)
          const text = (call.isDistinct ? [...new Set(texts)] : texts).join(delimiter)
          if (Buffer.byteLength(text) > MAX_VARCHAR2_BYTES) throw oracleError(1489)
          return text === '' ? null : text
        },
      }
    },
  }
}
