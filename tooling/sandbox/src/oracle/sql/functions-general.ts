import { type Compiled, derived } from './compiled.ts'
import { commonType, comparison, convert, refuseMixedCharacterSets } from './conversion.ts'
import { inconsistentTypes, oracleError } from './errors.ts'
import { argument } from './function-arguments.ts'
import type { Call, SqlFunction } from './functions.ts'
import { groupOf, isBlankPadded, type SqlType, textSize, typeLabel, varchar2 } from './types.ts'

/** The type of the first argument that has one; a CHAR first makes the result VARCHAR2. */
function typeOfFirst(args: readonly Compiled[]): SqlType {
  const types = args.map(({ type }) => type)
  const common = commonType(types)
  const first = types.find(({ name }) => name !== 'NULL') ?? varchar2(1)
  if (common !== undefined && groupOf(common) === groupOf(first))
    return isBlankPadded(common) ? varchar2(textSize(common)) : common
  return groupOf(first) === 'text' ? varchar2(Math.max(...types.map(textSize))) : first
}

function compileNvl(call: Call): Compiled {
  const type = typeOfFirst(call.args)
  const [value, substitute] = call.args.map((arg) => convert(arg, type, call.context, call.position))
  if (value === undefined || substitute === undefined) throw oracleError(938, call.position)
  return derived([value, substitute], type, () => value.evaluate() ?? substitute.evaluate())
}

function compileNvl2(call: Call): Compiled {
  const test = argument(call, 0)
  const results = call.args.slice(1)
  const type = typeOfFirst(results)
  const [present, absent] = results.map((arg) => convert(arg, type, call.context, call.position))
  if (present === undefined || absent === undefined) throw oracleError(938, call.position)
  return derived([test, present, absent], type, () =>
    (test.evaluate() === null ? absent : present).evaluate(),
  )
}

/** Unlike NVL it converts only inside one family of types. */
function compileCoalesce(call: Call): Compiled {
  const types = call.args.map(({ type }) => type)
  refuseMixedCharacterSets(types, call.position)
  const common = commonType(types)
  if (common === undefined) {
    const known = types.filter(({ name }) => name !== 'NULL')
    const [first = varchar2(1), ...others] = known
    const other = others.find((type) => groupOf(type) !== groupOf(first)) ?? first
    throw inconsistentTypes(typeLabel(first), typeLabel(other), call.position)
  }
  const type = isBlankPadded(common) ? varchar2(textSize(common)) : common
  const args = call.args.map((arg) => convert(arg, type, call.context, call.position))
  return derived(args, type, () => {
    for (const { evaluate } of args) {
      const value = evaluate()
      if (value !== null) return value
    }
    return null
  })
}

function compileNullif(call: Call): Compiled {
  const first = argument(call, 0)
  if (first.type.name === 'NULL') throw inconsistentTypes('-', 'CHAR', call.position)
  if (commonType(call.args.map(({ type }) => type)) === undefined) {
    throw inconsistentTypes(typeLabel(first.type), typeLabel(argument(call, 1).type), call.position)
  }
  const { left, right, compare } = comparison(first, argument(call, 1), call.context, call.position)
  return derived(call.args, first.type, () => {
    const value = first.evaluate()
    const a = left.evaluate()
    const b = right.evaluate()
    return a !== null && b !== null && compare(a, b) === 0 ? null : value
  })
}

export const generalFunctions: Readonly<Record<string, SqlFunction>> = {
  NVL: { min: 2, max: 2, compile: compileNvl },
  NVL2: { min: 3, max: 3, compile: compileNvl2 },
  COALESCE: { min: 2, max: 1000, compile: compileCoalesce },
  NULLIF: { min: 2, max: 2, compile: compileNullif },
}
