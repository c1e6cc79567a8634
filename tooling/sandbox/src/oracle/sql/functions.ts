import type { Compiled } from './compiled.ts'
import { invalidIdentifier, oracleError, unimplemented } from './errors.ts'
import { dateFunctions } from './functions-date.ts'
import { environmentFunctions } from './functions-environment.ts'
import { generalFunctions } from './functions-general.ts'
import { numberFunctions } from './functions-number.ts'
import { rawFunctions } from './functions-raw.ts'
import { textFunctions } from './functions-text.ts'
import type { CompileContext } from './scope.ts'
import { compileStoredFunction } from './stored-functions.ts'

export interface Call {
  readonly args: readonly Compiled[]
  readonly context: CompileContext
  readonly position: number
}

export interface SqlFunction {
  readonly min: number
  readonly max: number
  compile(call: Call): Compiled
  /** Oracle writes it without parentheses: SYSDATE. */
  readonly isBare?: boolean
}

const functions: ReadonlyMap<string, SqlFunction> = new Map([
  ...Object.entries(textFunctions),
  ...Object.entries(rawFunctions),
  ...Object.entries(numberFunctions),
  ...Object.entries(dateFunctions),
  ...Object.entries(generalFunctions),
  ...Object.entries(environmentFunctions),
])

/** Functions that Oracle has and this engine has not: refused by name rather than called unknown. */
const REFUSED = new Set(
  `ACOS ASCIISTR ASIN ATAN ATAN2 BFILENAME BIN_TO_NUM BITAND CARDINALITY COLLATION COMPOSE CONVERT COS COSH CUBE_TABLE CV
  DBURITYPE DECOMPOSE DEREF DUMP EXISTSNODE EXP EXTRACTVALUE INITCAP ITERATION_NUMBER JSON_ARRAY
  JSON_ARRAYAGG JSON_OBJECT JSON_OBJECTAGG JSON_QUERY JSON_TABLE JSON_VALUE LN LNNVL LOG NANVL NCHR NEW_TIME NEXT_DAY
  NLS_INITCAP NLS_LOWER NLS_UPPER NLSSORT ORA_INVOKING_USER REGEXP_COUNT REGEXP_INSTR REGEXP_LIKE REGEXP_REPLACE REGEXP_SUBSTR SIN SINH SOUNDEX
  SYS_CONNECT_BY_PATH SYS_GUID TAN TANH TO_DSINTERVAL TO_LOB
  TO_MULTI_BYTE TO_SINGLE_BYTE TO_YMINTERVAL TRANSLATE TREAT UNISTR USERENV VSIZE WIDTH_BUCKET
  XMLAGG XMLELEMENT XMLFOREST`.split(/\s+/),
)

export const isFunctionWithoutParentheses = (path: readonly string[]): boolean =>
  functions.get(path.join('.'))?.isBare ?? false

export function compileFunction(
  { path, position }: { path: readonly string[]; position: number },
  args: readonly Compiled[],
  context: CompileContext,
): Compiled {
  const name = path.join('.')
  const found = functions.get(name)
  if (found === undefined) {
    const stored = compileStoredFunction({ path, position }, args, context)
    if (stored !== undefined) return stored
    if (REFUSED.has(name) || path.length > 1 || name.startsWith('EXTRACT '))
      throw unimplemented(`function ${name}`, position)
    throw invalidIdentifier(path, position)
  }
  if (args.length < found.min) throw oracleError(found.min === 1 ? 909 : 938, position)
  if (args.length > found.max) throw oracleError(found.max === 1 ? 909 : 939, position)
  return found.compile({ args, context, position })
}
