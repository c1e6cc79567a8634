import { type Compiled, rememberLatest, strict } from './compiled.ts'
import {
  BINARY_DOUBLE,
  BINARY_FLOAT,
  comparatorOf,
  convert,
  integerOf,
  isMoment,
  textToNumber,
  withDecimalMark,
} from './conversion.ts'
import { oracleError, unimplemented } from './errors.ts'
import { argument, hasArgument, numberArgument, textArgument } from './function-arguments.ts'
import type { Call, SqlFunction } from './functions.ts'
import { isPinned, refuseParameters, roundDate, truncateDate } from './functions-date.ts'
import {
  ceilNumber,
  compareNumbers,
  floorNumber,
  moduloNumbers,
  powerNumber,
  remainderNumbers,
  roundNumber,
  truncateNumber,
} from './number-arithmetic.ts'
import { compileNumberFormat, usesDecimalMark } from './number-format.ts'
import { groupOf, isBlankPadded, NUMBER, type SqlType } from './types.ts'

/** These functions give a binary float for a binary float in Oracle, and a NUMBER here. */
function exactArgument(call: Call, index: number): Compiled {
  if (groupOf(argument(call, index).type) === 'binary')
    throw unimplemented('this function of a binary float', call.position)
  return numberArgument(call, index)
}

const ofOneNumber = (compute: (value: string) => string): SqlFunction => ({
  min: 1,
  max: 1,
  compile: (call) => strict([exactArgument(call, 0)], NUMBER, compute),
})

const ofTwoNumbers = (compute: (left: string, right: string, call: Call) => string): SqlFunction => ({
  min: 2,
  max: 2,
  compile: (call) =>
    strict([exactArgument(call, 0), exactArgument(call, 1)], NUMBER, (left, right) =>
      compute(left, right, call),
    ),
})

/** ROUND and TRUNC serve numbers and dates alike: the first argument decides. */
function rounding(
  ofNumber: (value: string, scale: number) => string,
  ofDate: (call: Call) => Compiled,
): SqlFunction {
  return {
    min: 1,
    max: 2,
    compile(call) {
      const group = groupOf(call.args[0]?.type ?? NUMBER)
      if (isMoment(group)) return ofDate(call)
      if (group === 'binary') throw unimplemented('ROUND and TRUNC of a binary float', call.position)
      if (!hasArgument(call, 1))
        return strict([numberArgument(call, 0)], NUMBER, (value) => ofNumber(value, 0))
      return strict([numberArgument(call, 0), numberArgument(call, 1)], NUMBER, (value, scale) =>
        ofNumber(value, integerOf(scale)),
      )
    },
  }
}

/** Every argument is brought to the type of the first. */
function extreme(isGreatest: boolean): SqlFunction {
  return {
    min: 1,
    max: 1000,
    compile(call) {
      const first = call.args.find(({ type }) => type.name !== 'NULL')
      const type: SqlType = first?.type ?? NUMBER
      const args = call.args.map((arg) => convert(arg, type, call.context, call.position))
      const size = Math.max(...args.map((arg) => ('size' in arg.type ? arg.type.size : 0)))
      const compare = comparatorOf(
        groupOf(type),
        args.every((arg) => isBlankPadded(arg.type)),
      )
      const resultType: SqlType =
        groupOf(type) === 'text' ? { name: 'VARCHAR2', size } : groupOf(type) === 'number' ? NUMBER : type
      return strict(args, resultType, (...values) =>
        values.reduce((best, value) =>
          (isGreatest ? compare(value, best) > 0 : compare(value, best) < 0) ? value : best,
        ),
      )
    },
  }
}

function compileToNumber(call: Call): Compiled {
  if (!hasArgument(call, 1)) {
    const group = groupOf(call.args[0]?.type ?? NUMBER)
    if (group === 'text') {
      const { session } = call.context
      return strict([textArgument(call, 0)], NUMBER, (value) => textToNumber(value, session))
    }
    return numberArgument(call, 0)
  }
  refuseParameters(call)
  const formatOf = rememberLatest(compileNumberFormat)
  const { session } = call.context
  return strict([textArgument(call, 0), textArgument(call, 1)], NUMBER, (value, model) =>
    formatOf(model).scan(
      isPinned(call, 'NLS_NUMERIC_CHARACTERS') || !usesDecimalMark(model)
        ? value
        : withDecimalMark(value, session),
    ),
  )
}

/** Newton's method on scaled integers, with more digits than a NUMBER keeps. */
function squareRoot(value: string): string {
  if (value.startsWith('-')) throw oracleError(1428, 0, `argument '${value}' is out of range`)
  const [integer = '0', fraction = ''] = value.split('.')
  const scale = 45
  const units = BigInt(integer + fraction.padEnd(2 * scale, '0').slice(0, 2 * scale))
  if (units === 0n) return '0'
  let root = 1n << BigInt(Math.ceil(units.toString(2).length / 2))
  for (;;) {
    const next = (root + units / root) >> 1n
    if (next >= root) break
    root = next
  }
  return textToNumber(`${root}E-${scale}`, { decimalMark: '.' })
}

const toBinary = (call: Call, type: SqlType): Compiled =>
  convert(argument(call, 0), type, call.context, call.position)

export const numberFunctions: Readonly<Record<string, SqlFunction>> = {
  ABS: ofOneNumber((value) => (value.startsWith('-') ? value.slice(1) : value)),
  SIGN: ofOneNumber((value) => String(Math.sign(compareNumbers(value, '0')))),
  FLOOR: ofOneNumber(floorNumber),
  CEIL: ofOneNumber(ceilNumber),
  SQRT: ofOneNumber(squareRoot),
  MOD: ofTwoNumbers(moduloNumbers),
  REMAINDER: ofTwoNumbers(remainderNumbers),
  POWER: ofTwoNumbers((base, exponent, call) => {
    if (base === '0' && exponent.startsWith('-'))
      throw oracleError(1428, call.position, "argument '0' is out of range")
    const power = powerNumber(base, exponent)
    if (power === undefined) throw unimplemented('POWER with a fractional exponent', call.position)
    return power
  }),
  ROUND: rounding(roundNumber, roundDate),
  TRUNC: rounding(truncateNumber, truncateDate),
  GREATEST: extreme(true),
  LEAST: extreme(false),
  TO_BINARY_DOUBLE: { min: 1, max: 1, compile: (call) => toBinary(call, BINARY_DOUBLE) },
  TO_BINARY_FLOAT: { min: 1, max: 1, compile: (call) => toBinary(call, BINARY_FLOAT) },
  TO_NUMBER: { min: 1, max: 3, compile: compileToNumber },
}
