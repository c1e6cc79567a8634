import { type Clock, type ErrorCode, PipelineError, type RecordType, type RowSchema } from '@findata/core'
import type { KnackSettings, SocrataSettings } from './env.ts'
import { probeKnack } from './knack/probe-app.ts'
import type { KnackDestination, SocrataDestination } from './mapping.ts'
import { probeSocrata } from './socrata/probe-datasets.ts'

/** One thing that was tried in a destination, and what to do when it failed. */
export interface DestinationCheck {
  readonly name: string
  readonly ok: boolean
  /** Of several lines where there are several mistakes. */
  readonly detail: string
  /** Why it failed. */
  readonly code?: ErrorCode
  readonly nextStep?: string
}

export type ProbedDestination =
  | { readonly destination: KnackDestination; readonly settings: KnackSettings }
  | { readonly destination: SocrataDestination; readonly settings: SocrataSettings }

export interface ProbeOptions {
  /** What is to be published there; types of columns that are not known are taken for text. */
  readonly recordTypes: readonly { readonly recordType: RecordType; readonly schema: RowSchema }[]
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Tries what publishing needs, with the same proofs and by reading alone; leaves out what cannot work after a failed check. Takes
 * one call of a Knack account's allowance.
 */
export async function probeDestination(
  probed: ProbedDestination,
  options: ProbeOptions,
): Promise<readonly DestinationCheck[]> {
  const checks: DestinationCheck[] = []
  const attempt: Attempt = async (name, work, describe) => {
    options.signal.throwIfAborted()
    try {
      const found = await work()
      checks.push({ name, ok: true, detail: describe(found) })
      return found
    } catch (error) {
      options.signal.throwIfAborted()
      if (!(error instanceof PipelineError)) throw error
      // The call that shows it tells nothing of what it was made for.
      const isSpent = error.code === 'DESTINATION_ALLOWANCE_SPENT'
      checks.push(toFailure(isSpent ? 'allowance' : name, error))
      return undefined
    }
  }
  if (isKnack(probed)) await probeKnack(probed, options, attempt)
  else await probeSocrata(probed, options, attempt)
  return checks
}

/** Notes as one check whether something works; undefined if it does not. */
export type Attempt = <T>(
  name: string,
  work: () => Promise<T> | T,
  describe: (found: T) => string,
) => Promise<T | undefined>

type ProbedKnack = Extract<ProbedDestination, { readonly destination: KnackDestination }>

function isKnack(probed: ProbedDestination): probed is ProbedKnack {
  return probed.destination.kind === 'knack'
}

function toFailure(name: string, { code, message, details }: PipelineError): DestinationCheck {
  const { nextStep } = details
  const isApart = typeof nextStep === 'string' && message.endsWith(` ${nextStep}`)
  return {
    name,
    ok: false,
    code,
    detail: isApart ? message.slice(0, -nextStep.length - 1) : message,
    ...(isApart && { nextStep }),
  }
}
