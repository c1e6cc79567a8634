import { PipelineError, type RecordType } from '@findata/core'
import { isRefusal } from './errors.ts'
import { boundQuery, type OracleStatement, quoted, rowsOf } from './extract-query.ts'
import { grantStatement, sqlName } from './grant-statements.ts'
import { isPassing, type OracleCall, type OracleSession } from './oracle-session.ts'
import { readDependencies } from './query-dependencies.ts'

/** What can be proven of the moment that queries see, without executing one. */
export interface Survey {
  /** Those whose query Oracle can parse: what is wrong with the others shows when they are described, or read. */
  readonly readable: readonly RecordType[]
  /** Names of those that cannot even be described now. */
  readonly uncovered: ReadonlySet<string>
  /** Whether all that is readable can be read as of an SCN, and follows it. */
  readonly followsScn: boolean
  /** Names of the readable ones for which the run as a whole does not follow it. */
  readonly hindering: ReadonlySet<string>
  /** False when something stands behind a database link: no moment of this database governs it. */
  readonly staysHere: boolean
  /** Whether the dictionary shows all that stands behind the queries. */
  readonly showsAll: boolean
  /** What stands in the way of more, each in a sentence with what would help. */
  readonly because: readonly string[]
}

/** Without FLASHBACK; a view without SELECT is not there. */
const OF_PRIVILEGE = ['ORA-01031', 'ORA-41900', 'ORA-00942']
/** Parsing needs a value for no placeholder. */
const ANY_SCN = '1'

export async function surveyQueries(
  session: OracleSession,
  call: OracleCall,
  recordTypes: readonly RecordType[],
  user: string,
): Promise<Survey> {
  const refusals = new Map<RecordType, string | undefined>()
  const uncovered = new Set<string>()
  for (const recordType of recordTypes) {
    const { name, statementTimeoutMs: timeoutMs } = recordType
    const ofType = { ...call, doing: `Fixing the moment to read ${name}`, timeoutMs }
    const refusal = (sql: () => string) => refusalOf(session, ofType, sql)
    try {
      const asOfScn = await refusal(() => anyRowOf(rowsOf(recordType, { scn: ANY_SCN })))
      if (asOfScn === undefined || (await refusal(() => anyRowOf(rowsOf(recordType, {})))) === undefined) {
        refusals.set(recordType, asOfScn)
      } else if ((await refusal(() => boundQuery(recordType).sql)) !== undefined) {
        uncovered.add(name)
      }
    } catch (cause) {
      // As over a view that is being compiled, or a link to a database that is down; the other record types do not wait for it.
      if (!isPassing(cause, session)) throw cause
      uncovered.add(name)
    }
  }
  const readable = [...refusals.keys()]
  const dependencies = readable.length > 0 ? await readDependencies(session, call, readable) : undefined

  const obstacles = new Map<string, string[]>()
  const doubts = new Map<string, string[]>()
  let staysHere = true
  for (const [recordType, refusal] of refusals) {
    const tell = (reasons: Map<string, string[]>, reason: string) =>
      reasons.set(reason, [...(reasons.get(reason) ?? []), recordType.name])
    const found = dependencies?.get(recordType)
    for (const link of found?.links ?? []) {
      staysHere = false
      tell(
        obstacles,
        `${link} lies behind a database link, where neither an SCN nor a transaction of this database fixes the moment; a copy on this side (a materialized view) would be of one moment with the rest.`,
      )
    }
    for (const code of found?.code ?? []) {
      tell(
        obstacles,
        `what ${code} reads itself does not follow an SCN, only a transaction; a query without stored code would follow it.`,
      )
    }
    if (refusal !== undefined && !OF_PRIVILEGE.includes(refusal)) {
      tell(obstacles, `Oracle does not read its query as of an SCN (${refusal}); one of another form may be.`)
    } else if (refusal !== undefined) {
      const lacking = await lackingFlashback(session, call, found?.tables ?? [])
      tell(
        obstacles,
        `it may not be read as of an SCN (${refusal}); ${grants('FLASHBACK', lacking, user)} would allow it.`,
      )
    }
    for (const { object, privilege } of found?.notShown ?? []) {
      tell(
        doubts,
        `what ${object} stands on is not shown, and a database link may be among it; ${grants(privilege, [object], user)} would show it.`,
      )
    }
  }
  if (readable.length > 0 && dependencies === undefined) {
    doubts.set(
      'what stands behind its query is not shown, and a database link may be among it; ALL_OBJECTS and ALL_DEPENDENCIES would show it, if they could be read and answered in time.',
      readable.map(({ name }) => name),
    )
  }
  const because = [...obstacles, ...doubts].map(([reason, names]) => `${names.join(', ')}: ${reason}`)
  return {
    readable,
    uncovered,
    followsScn: obstacles.size === 0,
    hindering: new Set([...obstacles.values()].flat()),
    staysHere,
    showsAll: doubts.size === 0,
    because,
  }
}

/** No column is named, since a query may have two of a name that nobody reads. */
function anyRowOf({ sql }: OracleStatement): string {
  return `SELECT NULL FROM ${sql}`
}

/** The code by which Oracle refuses to parse a statement; undefined when it does not. */
async function refusalOf(
  session: OracleSession,
  call: OracleCall,
  sql: () => string,
): Promise<string | undefined> {
  try {
    const text = sql()
    await session.call(call, (connection) => connection.getStatementInfo(text))
    return undefined
  } catch (cause) {
    // Nothing of the past has been asked for.
    const isOfPast = cause instanceof PipelineError && cause.code === 'ORACLE_SNAPSHOT_TOO_OLD'
    if (isRefusal(cause) || isOfPast) return String(cause.details.oracleCode ?? cause.code)
    throw cause
  }
}

/** Which of the objects may not be read as of an SCN by themselves. */
async function lackingFlashback(
  session: OracleSession,
  call: OracleCall,
  objects: readonly string[],
): Promise<string[]> {
  const lacking: string[] = []
  for (const object of objects) {
    const name = object.split('.').map(quoted).join('.')
    const asOf = await refusalOf(session, call, () => `SELECT NULL FROM ${name} AS OF SCN TO_NUMBER(:scn)`)
    if (asOf !== undefined) lacking.push(object)
  }
  return lacking
}

function grants(privilege: string, objects: readonly string[], user: string): string {
  if (objects.length === 0) return `GRANT ${privilege} on its tables and views to ${sqlName(user)}`
  return objects.map((object) => grantStatement(privilege, object, user)).join(', ')
}
