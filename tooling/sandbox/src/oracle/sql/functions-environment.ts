import { formatTimestamp } from './calendar.ts'
import { clockTime, wallClock } from './clock-time.ts'
import { type Compiled, constant, derived, strict } from './compiled.ts'
import { invalidIdentifier, oracleError, unimplemented } from './errors.ts'
import { argument, numberArgument, textArgument } from './function-arguments.ts'
import type { Call, SqlFunction } from './functions.ts'
import { NUMBER, timestamp, varchar2 } from './types.ts'

/** Parameters that Oracle knows and that are null unless the client set them. */
const CLIENT_PARAMETERS = new Set(
  'ACTION CLIENT_IDENTIFIER CLIENT_INFO CLIENT_PROGRAM_NAME HOST INSTANCE INSTANCE_NAME IP_ADDRESS MODULE NETWORK_PROTOCOL OS_USER SERVER_HOST SERVICE_NAME TERMINAL'.split(
    ' ',
  ),
)

function userEnvironment(parameter: string, { context, position }: Call): string | null {
  const { session } = context
  const name = parameter.toUpperCase()
  switch (name) {
    case 'SESSION_USER':
    case 'AUTHENTICATED_IDENTITY':
      return session.user
    case 'CURRENT_USER':
      return context.user
    case 'CURRENT_SCHEMA':
      return session.currentSchema
    case 'SID':
    case 'SESSIONID':
      return String(session.id)
    case 'DB_NAME':
    case 'DB_UNIQUE_NAME':
    case 'CON_NAME':
      return context.databaseName
    case 'NLS_DATE_FORMAT':
      return session.dateFormat
    case 'LANGUAGE':
      return 'AMERICAN_AMERICA.AL32UTF8'
    case 'LANG':
      return 'US'
    case 'ISDBA':
      return 'FALSE'
    case 'DATABASE_ROLE':
      return context.databaseRole
    default:
      if (!CLIENT_PARAMETERS.has(name)) throw oracleError(2003, position)
      return session.context.get(name) ?? session.clientContext.get(name) ?? null
  }
}

function currentScn(
  { context: { catalog, store, user }, position }: Call,
  path: readonly string[],
): Compiled {
  const dbmsFlashback = catalog.follow({ schema: 'SYS', name: 'DBMS_FLASHBACK', position }, 'SYS')
  if (dbmsFlashback.kind !== 'package' || !catalog.can(user, 'EXECUTE', dbmsFlashback))
    throw invalidIdentifier(path, position)
  return derived([], NUMBER, () => String(store.currentScn))
}

const systemChangeNumber = (...path: readonly string[]): Readonly<Record<string, SqlFunction>> => ({
  [path.join('.')]: { min: 0, max: 0, isBare: true, compile: (call) => currentScn(call, path) },
})

const binaryConstant = (name: 'BINARY_DOUBLE' | 'BINARY_FLOAT', value: string): SqlFunction => ({
  min: 0,
  max: 0,
  isBare: true,
  compile: () => constant({ name }, value),
})

export const environmentFunctions: Readonly<Record<string, SqlFunction>> = {
  USER: {
    min: 0,
    max: 0,
    isBare: true,
    compile: ({ context }) => constant(varchar2(128), context.session.user),
  },
  BINARY_DOUBLE_NAN: binaryConstant('BINARY_DOUBLE', 'NaN'),
  BINARY_DOUBLE_INFINITY: binaryConstant('BINARY_DOUBLE', 'Infinity'),
  BINARY_FLOAT_NAN: binaryConstant('BINARY_FLOAT', 'NaN'),
  BINARY_FLOAT_INFINITY: binaryConstant('BINARY_FLOAT', 'Infinity'),
  UID: {
    min: 0,
    max: 0,
    isBare: true,
    compile: ({ context }) => constant(NUMBER, String(context.session.id)),
  },
  ...systemChangeNumber('DBMS_FLASHBACK', 'GET_SYSTEM_CHANGE_NUMBER'),
  ...systemChangeNumber('SYS', 'DBMS_FLASHBACK', 'GET_SYSTEM_CHANGE_NUMBER'),
  TIMESTAMP_TO_SCN: {
    min: 1,
    max: 1,
    compile: (call) =>
      strict([clockTime(argument(call, 0), call.context, call.position)], NUMBER, (time) =>
        String(call.context.store.scnAt(new Date(Number(time)))),
      ),
  },
  SCN_TO_TIMESTAMP: {
    min: 1,
    max: 1,
    compile: (call) =>
      strict([numberArgument(call, 0)], timestamp(9), (scn) => {
        const { store, databaseTimeZone } = call.context
        return formatTimestamp(wallClock(store.timeAt(Number(scn)), databaseTimeZone))
      }),
  },
  SYS_CONTEXT: {
    min: 2,
    max: 3,
    compile: (call) =>
      strict([textArgument(call, 0), textArgument(call, 1)], varchar2(256), (namespace, parameter) => {
        if (namespace.toUpperCase() !== 'USERENV')
          throw unimplemented(`SYS_CONTEXT of ${namespace}`, call.position)
        return userEnvironment(parameter, call)
      }),
  },
}
