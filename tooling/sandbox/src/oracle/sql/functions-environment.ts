import { constant, strict } from './compiled.ts'
import { oracleError, unimplemented } from './errors.ts'
import { textArgument } from './function-arguments.ts'
import type { Call, SqlFunction } from './functions.ts'
import { NUMBER, varchar2 } from './types.ts'

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
      return 'PRIMARY'
    default:
      if (!CLIENT_PARAMETERS.has(name)) throw oracleError(2003, position)
      return session.context.get(name) ?? session.clientContext.get(name) ?? null
  }
}

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
