import { userInfo } from 'node:os'
import { PipelineError, TerminalError } from '@findata/core'
import { type OracleSettings, oracleEnv } from '@findata/oracle-extract'
import {
  type Destination,
  type KnackDestination,
  type KnackSettings,
  publisherEnv,
  type SocrataDestination,
  type SocrataSettings,
} from '@findata/publishers'
import { type S3Env, s3Env } from '@findata/s3-store'

export type ServiceName = 'oracle' | 's3'

/** A destination, and the record types that are to be published there. */
export interface DestinationUse {
  readonly destination: Destination
  readonly recordTypes: readonly string[]
}

export type Service = ServiceName | DestinationUse

/** What the environment says, read once. */
export interface Environment {
  /** The settings of a service. Throws ENVIRONMENT_INVALID with every problem of that service; names, never values. */
  oracle(): OracleSettings
  s3(): S3Env
  knack(destination: KnackDestination): KnackSettings
  /** For some of its record types. */
  socrata(destination: SocrataDestination, recordTypes: readonly string[]): SocrataSettings
  /** Throws ENVIRONMENT_INVALID with the problems of all these services at once. */
  check(...services: Service[]): void
  /**
   * Whether any variable that says what or who a destination is has a value, whether one that is its own has, and the names of those
   * to set.
   */
  variablesOf(use: DestinationUse): {
    readonly isAnySet: boolean
    readonly isOwnSet: boolean
    readonly names: readonly string[]
  }
  readonly term: string | undefined
  readonly ci: string | undefined
  /** NO_COLOR is set, to whatever (no-color.org). */
  readonly isColorUnwanted: boolean
  /** Who runs the command, for the record of overrides. */
  readonly account: string
}

export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Environment {
  const problemsOf = (service: Service): readonly string[] => {
    if (typeof service === 'object') {
      const env = publisherEnv(service.destination, service.recordTypes, variables)
      return 'problems' in env ? env.problems : []
    }
    if (service === 'oracle') {
      const env = oracleEnv(variables)
      return 'problems' in env ? env.problems : []
    }
    try {
      s3Env(variables)
      return []
    } catch (error) {
      if (error instanceof PipelineError && Array.isArray(error.details.problems))
        return error.details.problems
      throw error
    }
  }
  const check = (...services: Service[]) => {
    const problems = [...new Set(services.flatMap(problemsOf))]
    if (problems.length === 0) return
    throw new TerminalError(
      'ENVIRONMENT_INVALID',
      `The environment is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}\nSet the variables (the README lists them) and run s3-cli doctor.`,
      { details: { problems } },
    )
  }
  return {
    oracle() {
      check('oracle')
      return (oracleEnv(variables) as { settings: OracleSettings }).settings
    },
    s3() {
      check('s3')
      return s3Env(variables)
    },
    knack(destination) {
      check({ destination, recordTypes: [] })
      return (publisherEnv(destination, [], variables) as { settings: KnackSettings }).settings
    },
    socrata(destination, recordTypes) {
      check({ destination, recordTypes })
      return (publisherEnv(destination, recordTypes, variables) as { settings: SocrataSettings }).settings
    },
    check,
    variablesOf(use) {
      const choices = namingVariables(use)
      return {
        isAnySet: choices.flat().some((name) => variables[name]?.trim()),
        isOwnSet: choices.some(([first = '']) => variables[first]?.trim()),
        names: [...new Set(choices.flatMap(([first]) => first ?? []))],
      }
    },
    term: variables.TERM,
    ci: variables.CI,
    isColorUnwanted: Boolean(variables.NO_COLOR),
    account: accountName(),
  }
}

/** By reference, the variables that it may be in. Without the address of Knack, which all its apps share. */
function namingVariables({ destination, recordTypes }: DestinationUse): readonly (readonly string[])[] {
  const references =
    destination.kind === 'knack'
      ? [destination.connection.appId, destination.connection.apiKey]
      : [
          destination.connection.domain,
          destination.connection.appToken,
          destination.connection.user,
          destination.connection.password,
          ...recordTypes.flatMap((name) => destination.recordTypes[name]?.target ?? []),
        ]
  return references.map((reference) =>
    [reference].flat().flatMap((part) => (part.startsWith('env:') ? [part.slice('env:'.length)] : [])),
  )
}

function accountName(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a user id without a name.
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
