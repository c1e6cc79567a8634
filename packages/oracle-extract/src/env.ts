import { readFileSync } from 'node:fs'
import { TerminalError } from '@findata/core'
import { failed } from './errors.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** How to reach and enter one Oracle database. */
export interface OracleSettings {
  readonly user: string
  /** Asked at every connect, so that a rotated secret file is read again; a function, so that no log can print it. */
  readonly password: () => string
  /** Easy Connect text, a connect descriptor, or a name of `tnsnames.ora`. */
  readonly connectString: string
  /** The folder of `ewallet.pem`. */
  readonly walletLocation?: string
  readonly walletPassword?: () => string
  /** The folder of `tnsnames.ora`. */
  readonly configDir?: string
}

export type OracleEnv = { readonly settings: OracleSettings } | { readonly problems: readonly string[] }

const DEFAULT_PORT = '1521'
const OLD_NAMES = ['USER', 'PASSWORD', 'HOST', 'PORT', 'SERVICE'] as const
const NAMES = [
  'ORACLE_USER',
  'ORACLE_PASSWORD',
  'ORACLE_CONNECT_STRING',
  'ORACLE_HOST',
  'ORACLE_PORT',
  'ORACLE_SERVICE',
  'ORACLE_WALLET_LOCATION',
  'ORACLE_WALLET_PASSWORD',
  'ORACLE_CONFIG_DIR',
] as const

/**
 * The Oracle settings of an environment, or every problem at once: variables by name, never a value.
 * `ORACLE_PASSWORD` and `ORACLE_WALLET_PASSWORD` may be references, `env:NAME` or `file:/path`.
 */
export function oracleEnv(environment: Environment): OracleEnv {
  const problems: string[] = []
  const read = (name: string) => environment[name] || undefined
  const required = (name: string) => {
    const value = read(name)
    if (value === undefined) problems.push(`${name} is not set`)
    return value ?? ''
  }

  if (mayUseOldNames(environment, problems)) {
    const connectString = toDescriptor(
      {
        host: ['HOST', required('HOST')],
        port: ['PORT', required('PORT')],
        service: ['SERVICE', required('SERVICE')],
      },
      'TCP',
      problems,
    )
    const password = secret(environment, 'PASSWORD', problems)
    return problems.length > 0
      ? { problems }
      : { settings: { user: required('USER'), password, connectString } }
  }

  const user = required('ORACLE_USER')
  required('ORACLE_PASSWORD')
  const password = secret(environment, 'ORACLE_PASSWORD', problems)
  const walletLocation = read('ORACLE_WALLET_LOCATION')
  const configDir = read('ORACLE_CONFIG_DIR')
  const connectString = toConnectString(environment, problems)
  const walletPassword =
    read('ORACLE_WALLET_PASSWORD') && secret(environment, 'ORACLE_WALLET_PASSWORD', problems)
  if (walletPassword && !walletLocation) {
    problems.push(
      'ORACLE_WALLET_PASSWORD is set, but ORACLE_WALLET_LOCATION is not: name the folder of ewallet.pem, or leave the password out',
    )
  }
  if (problems.length > 0) return { problems }
  return {
    settings: {
      user,
      password,
      connectString,
      ...(walletLocation && { walletLocation }),
      ...(walletPassword && { walletPassword }),
      ...(configDir && { configDir }),
    },
  }
}

/** Every shell sets USER, so the old names are taken only when all five are there, none of the new ones is, and USER is not the shell's. */
function mayUseOldNames(environment: Environment, problems: string[]): boolean {
  if (NAMES.some((name) => environment[name])) return false
  const missing = OLD_NAMES.filter((name) => !environment[name])
  if (missing.length === 0) {
    if (environment.USER !== environment.LOGNAME) return true
    problems.push('USER is the account of the shell (LOGNAME is the same), not taken as the Oracle user')
  } else if (OLD_NAMES.some((name) => name !== 'USER' && environment[name])) {
    problems.push(
      `the old names ${OLD_NAMES.join(', ')} count only all together, and ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not set`,
    )
  }
  return false
}

function toConnectString(environment: Environment, problems: string[]): string {
  const connectString = environment.ORACLE_CONNECT_STRING || ''
  const parts = ['ORACLE_HOST', 'ORACLE_PORT', 'ORACLE_SERVICE'].filter((name) => environment[name])
  if (connectString !== '') {
    if (parts.length > 0) {
      problems.push(`ORACLE_CONNECT_STRING and ${parts.join(', ')} are set: keep one way to say the address`)
    }
    if (/^[^/@(]+\/[^@]*@/.test(connectString)) {
      problems.push(
        'ORACLE_CONNECT_STRING holds a user and a password: move them to ORACLE_USER and ORACLE_PASSWORD',
      )
    }
    if (environment.ORACLE_WALLET_LOCATION && isWithoutTls(connectString)) {
      problems.push(
        'ORACLE_WALLET_LOCATION is set, but ORACLE_CONNECT_STRING connects without TLS: begin it with tcps://, or leave the wallet out',
      )
    }
    return connectString
  }
  if (parts.length === 0) {
    problems.push('neither ORACLE_CONNECT_STRING nor ORACLE_HOST and ORACLE_SERVICE are set')
    return ''
  }
  const host = environment.ORACLE_HOST || ''
  const service = environment.ORACLE_SERVICE || ''
  if (host === '') problems.push('ORACLE_HOST is not set')
  if (service === '') problems.push('ORACLE_SERVICE is not set')
  return toDescriptor(
    {
      host: ['ORACLE_HOST', host],
      port: ['ORACLE_PORT', environment.ORACLE_PORT || DEFAULT_PORT],
      service: ['ORACLE_SERVICE', service],
    },
    environment.ORACLE_WALLET_LOCATION ? 'TCPS' : 'TCP',
    problems,
  )
}

/** A name of `tnsnames.ora` may be either. */
function isWithoutTls(connectString: string): boolean {
  return connectString.trimStart().startsWith('(')
    ? !/\(\s*PROTOCOL\s*=\s*TCPS\s*\)/i.test(connectString)
    : /[:/]/.test(connectString) && !/^\s*tcps:/i.test(connectString)
}

type Named = readonly [name: string, value: string]

/** A descriptor, since the driver's Easy Connect parser refuses services of one letter. */
function toDescriptor(
  { host, port, service }: { readonly host: Named; readonly port: Named; readonly service: Named },
  protocol: 'TCP' | 'TCPS',
  problems: string[],
): string {
  for (const [name, value] of [host, service]) {
    if (!/^[\w.:$#-]*$/.test(value)) problems.push(`${name} has characters that no host or service name has`)
  }
  if (port[1] !== '' && !/^[1-9]\d{0,4}$/.test(port[1])) problems.push(`${port[0]} is not a port number`)
  return (
    `(DESCRIPTION=(ADDRESS=(PROTOCOL=${protocol})(HOST=${host[1]})(PORT=${port[1]}))` +
    `(CONNECT_DATA=(SERVICE_NAME=${service[1]})))`
  )
}

/** Reads the secret once, so that a broken reference is a problem now and not in the middle of a run. */
function secret(environment: Environment, name: string, problems: string[]): () => string {
  const value = environment[name] ?? ''
  const source = /^(env|file):(.+)$/s.exec(value)
  if (source === null) return () => value
  const [, kind, target = ''] = source
  const resolve =
    kind === 'env'
      ? () => environment[target] ?? ''
      : () => readFileSync(target, 'utf8').replace(/\r?\n$/, '')
  try {
    if (resolve() === '') problems.push(`${name} refers to ${kind}:${target}, which is empty or not set`)
  } catch (cause) {
    problems.push(`${name} refers to ${kind}:${target}, which cannot be read (${codeOf(cause)})`)
  }
  return () => {
    try {
      return resolve()
    } catch (cause) {
      throw failed(TerminalError, 'ENVIRONMENT_INVALID', {
        doing: `Reading ${name}`,
        why: `${kind}:${target} cannot be read any more (${codeOf(cause)})`,
        nextStep: 'Put the file back, or correct the reference.',
        cause,
      })
    }
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
}
