import {
  type Consistency,
  describeConsistency,
  PipelineError,
  type RecordType,
  type SnapshotOptions,
  TransientError,
  toCanonicalTimestamp,
} from '@findata/core'
import { isRefusal, oracleCodeOf } from './errors.ts'
import { rowsOf } from './extract-query.ts'
import { grantStatement } from './grant-statements.ts'
import type { Moment, SourceClock } from './moment.ts'
import type { OracleCall, OracleSession } from './oracle-session.ts'
import { singleRow } from './single-row.ts'
import { readClock, readScn } from './source-clock.ts'
import { type Survey, surveyQueries } from './survey-queries.ts'

export interface MomentOptions extends SnapshotOptions {
  /** Of each round trip; no view is executed. */
  readonly timeoutMs: number
  /** Whether a read at the SCN of `resumed` has already failed for want of undo. */
  readonly isTooOld?: boolean
}

/**
 * Fixes what every statement of the session is to see: one SCN where all record types can be read as of it, else what a
 * read-only transaction sees, else for each statement a moment of its own.
 */
export async function fixMoment(
  session: OracleSession,
  { recordTypes, resumed, isTooOld = false, signal, timeoutMs }: MomentOptions,
): Promise<Moment> {
  const call: OracleCall = { doing: 'Fixing the moment to read', action: 'open snapshot', signal, timeoutMs }
  // The driver gives the session the zone of the process, and a view may compute with it. A logon trigger may have texts compared
  // as a language sorts them: keys that differ in case alone would then be one.
  await session.call(call, (connection) =>
    connection.execute(`ALTER SESSION SET TIME_ZONE = '+00:00' NLS_COMP = BINARY`),
  )
  const { clock, user, lacksTransactions } = await readClock(session, call)
  const fixedAt = new Date(clock.utc).toISOString()
  // Where nothing is to be read there is nothing to prove.
  const present = recordTypes.length > 0 ? await readScn(session, call) : undefined
  const survey = await surveyQueries(session, call, recordTypes, user)
  const { uncovered } = survey
  const tellsScn =
    `${grantStatement('EXECUTE', 'SYS.DBMS_FLASHBACK', user)}, ` +
    `or ${grantStatement('SELECT', 'SYS.V_$DATABASE', user)}, would tell`
  const advice = [
    ...(present ? costOfScn(survey) : []),
    ...(present && !present.isExact
      ? [`The SCN goes by the clock and may be some seconds old: ${tellsScn} that of the call.`]
      : []),
    ...(lacksTransactions
      ? [
          'Not all open transactions are shown, so that the window of a record type with a cursor may end behind rows that ' +
            `commit later: ${grantStatement('SELECT', 'SYS.GV_$TRANSACTION', user)} would show them; ` +
            'in a database of one instance, SELECT ON SYS.V_$TRANSACTION and SYS.V_$INSTANCE too.',
        ]
      : []),
  ]
  const atScn = (scn: string, moment: string): Consistency => ({
    label: survey.showsAll ? 'scn' : 'scn, links not visible',
    scn,
    fixedAt: moment,
    ...becauseOf(survey.because),
  })

  const [first = ''] = survey.because
  let lost = survey.followsScn ? 'its transaction ended with its connection.' : first
  if (resumed?.scn !== undefined && survey.followsScn) {
    const { scn, label, because = [] } = resumed
    const obstacle = isTooOld ? 'its undo is gone.' : await obstacleAt(session, call, scn, survey.readable)
    if (obstacle === undefined) {
      const again = atScn(scn, resumed.fixedAt)
      const consistency = label === 'fuzzy' ? { ...again, label, ...becauseOf(because) } : again
      return { consistency, scn, clock: clockAt(resumed.fixedAt, clock), uncovered, advice }
    }
    lost = obstacle
  }

  const moment =
    survey.followsScn && present
      ? {
          consistency: atScn(present.scn, fixedAt),
          scn: present.scn,
          clock: { ...clock, seesTransactions: clock.seesTransactions && present.isExact },
          uncovered,
          advice,
        }
      : {
          consistency: await openTransaction(),
          clock: { ...clock, seesTransactions: clock.seesTransactions && survey.staysHere },
          uncovered,
          advice,
        }
  return resumed ? { ...moment, consistency: fuzzy(moment.consistency, resumed, lost) } : moment

  async function openTransaction(): Promise<Consistency> {
    const because = [...survey.because]
    if (recordTypes.length > 0 && !present) {
      because.push(`No SCN is told: ${tellsScn} it.`)
    }
    try {
      await session.call(call, (connection) => connection.execute('SET TRANSACTION READ ONLY'))
      const label = survey.staysHere ? 'read-only transaction' : 'per statement'
      return { label, fixedAt, ...becauseOf(because) }
    } catch (cause) {
      if (!isRefusal(cause)) throw cause
      because.push(`No read-only transaction can be opened: ${cause.message}`)
      return { label: 'per statement', fixedAt, ...becauseOf(because) }
    }
  }
}

/**
 * Why the record types cannot be read at an SCN of the past. Nothing of a view is read for this, so undo that is found
 * missing later still ends the read; nor is a slow answer waited for.
 */
async function obstacleAt(
  session: OracleSession,
  call: OracleCall,
  scn: string,
  recordTypes: readonly RecordType[],
): Promise<string | undefined> {
  for (const recordType of recordTypes) {
    const { sql, binds } = rowsOf(recordType, { scn, where: { sql: '1 = 0', binds: {} } })
    try {
      await session.call(call, (connection) => singleRow(connection, `SELECT NULL FROM ${sql}`, binds))
    } catch (cause) {
      if (!(cause instanceof PipelineError) || session.isLost) throw cause
      if (cause instanceof TransientError && cause.code !== 'ORACLE_SNAPSHOT_TOO_OLD') continue
      return `Oracle refuses it for ${recordType.name} (${oracleCodeOf(cause.cause) ?? cause.code}).`
    }
  }
  return undefined
}

/** A record type that could have an SCN by itself goes without for the sake of another one. */
function costOfScn({ readable, hindering }: Survey): string[] {
  const names = readable.map(({ name }) => name)
  const others = names.filter((name) => !hindering.has(name))
  if (hindering.size === 0 || others.length === 0) return []
  return [
    `One run has one moment: the SCN of ${others.join(', ')} is lost to ${[...hindering].join(', ')}, and kept in a run without.`,
  ]
}

function fuzzy(moment: Consistency, resumed: Consistency, lost: string): Consistency {
  const tell = (one: Consistency) => `${describeConsistency(one)} (fixed at ${one.fixedAt})`
  const why =
    `What was read before this run was resumed is of ${tell(resumed)}, what is read now of ${tell(moment)}. ` +
    `The earlier moment cannot be read again: ${lost} Reading everything again gives one moment.`
  return { ...moment, label: 'fuzzy', because: [why, ...(moment.because ?? [])] }
}

/** The clock as it was then: SYSDATE stays as far from UTC as it is. Which transactions were open is not known any more. */
function clockAt(fixedAt: string, now: SourceClock): SourceClock {
  const offsetMs = Date.parse(`${now.local}Z`) - Math.floor(Date.parse(now.utc) / 1_000) * 1_000
  const local = new Date(Date.parse(fixedAt) + offsetMs).toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length)
  return {
    local,
    utc: `${toCanonicalTimestamp(fixedAt.replace('Z', ''))}Z`,
    oldestTransaction: null,
    seesTransactions: false,
  }
}

function becauseOf(because: readonly string[]): Pick<Consistency, 'because'> {
  return because.length > 0 ? { because } : {}
}
