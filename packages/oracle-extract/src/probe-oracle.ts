import {
  type Consistency,
  describeConsistency,
  type ErrorCode,
  PipelineError,
  type RecordType,
} from '@findata/core'
import { fixMoment } from './fix-moment.ts'
import type { OraclePool } from './oracle-pool.ts'
import type { OracleCall } from './oracle-session.ts'
import { singleRow } from './single-row.ts'

/** One thing that was tried, and what to do if it did not work. */
export interface OracleCheck {
  readonly name: string
  readonly ok: boolean
  /** What was found; further lines say more. */
  readonly detail: string
  /** Why it failed. */
  readonly code?: ErrorCode
  readonly nextStep?: string
  /** Of the moment that was fixed. */
  readonly consistency?: Consistency
}

const CHARACTER_SET = `SELECT VALUE FROM NLS_DATABASE_PARAMETERS WHERE PARAMETER = 'NLS_CHARACTERSET'`

/** Tries login, version, character set, and the moment that one run of these record types can fix; no view is executed. */
export async function probeOracle(
  pool: OraclePool,
  recordTypes: readonly RecordType[],
  { signal }: { readonly signal: AbortSignal },
): Promise<readonly OracleCheck[]> {
  const checks: OracleCheck[] = []
  const check = async <T>(
    name: string,
    work: () => Promise<T>,
    detailOf: (result: T) => string,
    more?: (result: T) => Partial<OracleCheck>,
  ) => {
    try {
      const result = await work()
      checks.push({ name, ok: true, detail: detailOf(result), ...more?.(result) })
      return result
    } catch (cause) {
      signal.throwIfAborted()
      if (!(cause instanceof PipelineError)) throw cause
      const { code, message, details } = cause
      const nextStep = typeof details.nextStep === 'string' ? details.nextStep : undefined
      checks.push({
        name,
        ok: false,
        code,
        detail: nextStep ? message.replace(` ${nextStep}`, '') : message,
        ...(nextStep && { nextStep }),
      })
      return undefined
    }
  }

  await using session = await check(
    'login',
    () => pool.openSession({ signal }),
    () => `as ${pool.settings.user}`,
  )
  if (session === undefined) return checks

  const limits = { signal, timeoutMs: pool.connectTimeoutMs }
  const call = (doing: string): OracleCall => ({ doing, action: 'doctor', ...limits })
  await check(
    'server version',
    () =>
      session.call(call('Reading the server version'), async ({ oracleServerVersionString, warning }) => ({
        version: oracleServerVersionString,
        warning,
      })),
    ({ version, warning }) => (warning ? `${version} (${warning.message})` : version),
  )
  await check(
    'character set',
    () =>
      session.call(call('Reading the character set'), (connection) => singleRow(connection, CHARACTER_SET)),
    ([name]) => name ?? 'not told',
  )
  await check(
    'one moment',
    () => fixMoment(session, { ...limits, recordTypes }),
    ({ consistency, advice }) =>
      [describeConsistency(consistency), ...(consistency.because ?? []), ...advice].join('\n'),
    ({ consistency }) => ({ consistency }),
  )
  return checks
}
