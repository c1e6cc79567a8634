import { PipelineError, type RecordType } from '@findata/core'
import { describeQuery } from './describe-query.ts'
import { boundQuery } from './extract-query.ts'
import { fixMoment } from './oracle-extractor.ts'
import type { OraclePool } from './oracle-pool.ts'
import type { OracleCall } from './oracle-session.ts'
import { singleRow } from './oracle-snapshot.ts'

/** One thing that was tried, and what to do if it did not work. */
export interface OracleCheck {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  readonly nextStep?: string
}

const PROBE_TIMEOUT_MS = 30_000
const CHARACTER_SET = `SELECT VALUE FROM NLS_DATABASE_PARAMETERS WHERE PARAMETER = 'NLS_CHARACTERSET'`

/** Tries login, version, character set, read-only transaction, and the columns of each record type; no view is executed. */
export async function probeOracle(
  pool: OraclePool,
  recordTypes: readonly RecordType[],
  { signal }: { readonly signal: AbortSignal },
): Promise<readonly OracleCheck[]> {
  const checks: OracleCheck[] = []
  const check = async (name: string, work: () => Promise<string>) => {
    try {
      checks.push({ name, ok: true, detail: await work() })
    } catch (cause) {
      signal.throwIfAborted()
      if (!(cause instanceof PipelineError)) throw cause
      const { nextStep } = cause.details
      checks.push({
        name,
        ok: false,
        detail: cause.message,
        ...(typeof nextStep === 'string' && { nextStep }),
      })
    }
  }

  const opened = Promise.withResolvers<Awaited<ReturnType<OraclePool['openSession']>> | undefined>()
  await check('login', async () => {
    try {
      opened.resolve(await pool.openSession({ signal }))
    } finally {
      opened.resolve(undefined)
    }
    return `as ${pool.settings.user}`
  })
  await using session = await opened.promise
  if (session === undefined) return checks

  const call = (doing: string): OracleCall => ({
    doing,
    action: 'doctor',
    signal,
    timeoutMs: PROBE_TIMEOUT_MS,
  })
  await check('server version', () =>
    session.call(call('Reading the server version'), async (connection) => {
      const warning = connection.warning ? ` (${connection.warning.message})` : ''
      return `${connection.oracleServerVersionString}${warning}`
    }),
  )
  await check('character set', () =>
    session.call(call('Reading the character set'), async (connection) => {
      const [name] = await singleRow(connection, CHARACTER_SET)
      return name ?? 'not told'
    }),
  )
  await check('one moment', async () => (await fixMoment(session, signal)).label)
  for (const recordType of recordTypes) {
    await check(recordType.name, async () => {
      const task = { ...call(`Describing ${recordType.name}`), sql: boundQuery(recordType).sql }
      const columns = await session.call(task, (connection) => describeQuery(connection, recordType))
      return `${columns.length} columns`
    })
  }
  return checks
}
