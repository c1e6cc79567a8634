import type { Compiled } from './compiled.ts'
import { convert } from './conversion.ts'
import { invalidIdentifier, oracleError } from './errors.ts'
import type { CompileContext } from './scope.ts'

/** A call of a function that a user owns; undefined where there is none of the name. It is run for every row. */
export function compileStoredFunction(
  { path, position }: { readonly path: readonly string[]; readonly position: number },
  args: readonly Compiled[],
  context: CompileContext,
): Compiled | undefined {
  if (path.length > 2) return undefined
  const { catalog, user, schema } = context
  const name = path.at(-1) ?? ''
  const routine = catalog.lookUp({ schema: path.at(-2), name, position }, schema)
  if (routine?.kind !== 'function') return undefined
  if (!catalog.can(user, 'EXECUTE', routine)) throw invalidIdentifier(path, position)
  const { owner, parameters, returns } = routine
  if (args.length !== parameters.length)
    throw oracleError(
      6553,
      position,
      `PLS-306: wrong number or types of arguments in call to '${routine.name}'`,
    )
  const values = args.map((arg, index) => convert(arg, parameters[index] ?? arg.type, context, position))
  const query = (sql: string, ...binds: readonly (string | null)[]) => context.queryAs(owner, sql, binds)
  return {
    type: returns,
    isConstant: false,
    evaluate: () =>
      routine.evaluate(
        values.map(({ evaluate }) => evaluate()),
        query,
      ),
  }
}
