import type { Compiled } from './compiled.ts'
import { convert } from './conversion.ts'
import { oracleError } from './errors.ts'
import type { Call } from './functions.ts'
import { groupOf, MAX_VARCHAR2_BYTES, NUMBER, varchar2 } from './types.ts'

/** An argument that must be there; how many there are has been checked before. */
export function argument({ args, position }: Call, index: number): Compiled {
  const arg = args[index]
  if (arg === undefined) throw oracleError(938, position)
  return arg
}

export const numberArgument = (call: Call, index: number): Compiled =>
  convert(argument(call, index), NUMBER, call.context, call.position)

/** Text as it is, CLOB included; anything else converted to text. */
export function textArgument(call: Call, index: number): Compiled {
  const arg = argument(call, index)
  return groupOf(arg.type) === 'clob'
    ? arg
    : convert(arg, varchar2(MAX_VARCHAR2_BYTES), call.context, call.position)
}

export const hasArgument = ({ args }: Call, index: number): boolean => args.length > index
