import {
  type Finding,
  freezeOrdinals,
  type InspectedColumn,
  type InspectOptions,
  PipelineError,
  type RecordType,
  type RowEstimate,
  type SourceColumn,
  type SourceInspection,
  type SourceObject,
} from '@findata/core'
import oracledb, { type Connection } from 'oracledb'
import { countKeysQuery, toKeyCounts } from './count-keys.ts'
import { type DescribedColumn, readDescription } from './describe-query.ts'
import { isRefusal } from './errors.ts'
import { boundQuery } from './extract-query.ts'
import { fixMoment } from './fix-moment.ts'

import { changeFindings, columnFindings, countFindings, NULLABLE_KEY } from './inspect-columns.ts'
import { missingObject, nameOf } from './inspect-objects.ts'
import type { Moment } from './moment.ts'
import { type NamedObject, namedObjects, onlySource, plainSource, writtenName } from './named-objects.ts'
import { isPassing, type OracleCall, type OracleSession } from './oracle-session.ts'
import { fetchShape } from './rows-per-fetch.ts'
import { readHashObstacle, unhashableColumns } from './set-hash-support.ts'
import { singleRow } from './single-row.ts'
import {
  type Account,
  type AskDictionary,
  describeObject,
  estimateRows,
  type FoundObject,
  findObject,
  readAccount,
  readComments,
  type UnseenObject,
  uniqueConstraint,
} from './source-dictionary.ts'

/** As many as a run asks for at once. */
const ROWS_PER_BATCH = 1_000

export interface InspectLimits {
  /** Of each statement that touches no view. */
  readonly timeoutMs: number
  /** Called before the query is executed. */
  countExecution(): void
}

/** All that a session can tell of a record type's source without reading its rows; what is not as declared is a finding. */
export async function inspectSource(
  session: OracleSession,
  recordType: RecordType,
  { signal, countsKeys = false, previous }: InspectOptions,
  { timeoutMs, countExecution }: InspectLimits,
): Promise<SourceInspection> {
  const { name, statementTimeoutMs } = recordType
  const findings: Finding[] = []
  const call = (doing: string, sql?: string): OracleCall => ({
    doing,
    action: `inspect ${name}`,
    ...(sql !== undefined && { sql }),
    signal,
    timeoutMs: statementTimeoutMs,
  })
  const ask: AskDictionary = async (sql, values = {}) => {
    try {
      const lookUp = { ...call(`Looking up what stands behind ${name}`, sql), timeoutMs }
      return await session.call(lookUp, (connection) => rowsOfDictionary(connection, sql, values))
    } catch (cause) {
      if (!isRefusal(cause) && !isPassing(cause, session)) throw cause
      findings.push({
        level: 'warning',
        about: /FROM (\w+)/.exec(sql)?.[1] ?? 'the dictionary',
        detail: 'not readable, so what it would tell is left out',
      })
      return []
    }
  }

  const described = await told(findings, name, () => {
    const { sql } = boundQuery(recordType)
    return session.call(call(`Describing ${name}`, sql), (connection) =>
      readDescription(connection, recordType),
    )
  })
  const columns = described?.columns ?? []
  if (described) findings.push(...columnFindings(recordType, described))
  if (described && previous) findings.push(...changeFindings(recordType, previous, columns))

  const moment =
    described && described.cause === undefined
      ? await told(findings, name, () => fixMoment(session, { recordTypes: [recordType], signal, timeoutMs }))
      : undefined
  const behind = await lookBehind(ask, recordType)
  const missing = described ? [] : await missingObjects(session, call, behind)
  if (missing.length > 0) {
    // What each of them lacks says more than that Oracle does not find the first.
    const first = findings.findIndex(isOfGrant)
    findings.splice(first, first < 0 ? 0 : 1, ...missing)
  }
  if (moment) findings.push(...transactionFindings(recordType, moment))

  const carried = columns.flatMap(({ type, ...column }): InspectedColumn[] => {
    const comment = behind.comments.get(column.name)
    return type === undefined ? [] : [{ ...column, type, ...(comment !== undefined && { comment }) }]
  })
  const hashObstacle = await findHashObstacle(session, call('Reading the character set'), carried)
  if (hashObstacle !== undefined && recordType.sourceTotals === 'full') {
    findings.push({
      level: 'warning',
      about: 'sourceTotals',
      detail: `full, but there is no set hash: ${hashObstacle}`,
      nextStep: 'Set it to on, or leave those columns out.',
    })
  }

  const uniqueBy = await findConstraint(ask, recordType, columns, behind)
  let executions = 0
  const canCount = moment !== undefined && !findings.some(({ level }) => level === 'problem')
  const keys =
    countsKeys && canCount && uniqueBy === undefined
      ? await told(findings, name, async () => {
          const { sql, binds } = countKeysQuery(recordType, { scn: moment.scn })
          return await session.call(call(`Counting the keys of ${name}`, sql), async (connection) => {
            countExecution()
            executions++
            return toKeyCounts(await singleRow(connection, sql, binds))
          })
        })
      : undefined
  if (keys) findings.push(...countFindings(recordType, keys))

  return {
    recordType: name,
    columns: carried,
    undeclared: described?.undeclared ?? [],
    ...(behind.estimate && { estimate: behind.estimate }),
    fetch: fetchShape(recordType, carried, ROWS_PER_BATCH),
    ...(moment && { consistency: moment.consistency, seesTransactions: moment.clock.seesTransactions }),
    ...(hashObstacle !== undefined && { hashObstacle }),
    objects: behind.found.map(({ described: object }) => object),
    ...(keys && { keys }),
    ...(uniqueBy !== undefined && { uniqueBy }),
    findings: keys?.nullKeys === 0 ? findings.filter(({ detail }) => detail !== NULLABLE_KEY) : findings,
    executions,
  }
}

/** What a run would end with is a problem; that the database is away, or the caller has had enough, is thrown. */
async function told<T>(findings: Finding[], about: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (cause) {
    const isOfSource = cause instanceof PipelineError && OF_SOURCE.includes(cause.code)
    if (!isOfSource) throw cause
    const { code, message, details } = cause
    const nextStep = typeof details.nextStep === 'string' ? details.nextStep : undefined
    findings.push({
      level: 'problem',
      about,
      detail: nextStep === undefined ? message : message.replace(` ${nextStep}`, ''),
      ...(nextStep !== undefined && { nextStep }),
      code,
    })
    return undefined
  }
}

const OF_SOURCE: readonly string[] = [
  'ORACLE_VIEW_MISSING',
  'ORACLE_PERMISSION_REFUSED',
  'ORACLE_QUERY_INVALID',
  'ORACLE_QUERY_FAILED',
  'ORACLE_VALUE_UNSUPPORTED',
  'COLUMNS_MISSING',
]

async function rowsOfDictionary(
  connection: Connection,
  sql: string,
  binds: oracledb.BindParameters,
): Promise<readonly (readonly (string | null)[])[]> {
  const { rows = [] } = await connection.execute<(string | null)[]>(sql, binds, {
    outFormat: oracledb.OUT_FORMAT_ARRAY,
  })
  return rows
}

/** What stands behind a query, as far as the dictionary shows it. */
interface Behind {
  readonly account: Account
  readonly found: readonly { readonly object: FoundObject; readonly described: SourceObject }[]
  /** What cannot be seen, or by no privilege that reads. */
  readonly unread: readonly { readonly named: NamedObject; readonly object: UnseenObject }[]
  readonly comments: ReadonlyMap<string, string>
  readonly estimate?: RowEstimate | undefined
}

async function lookBehind(ask: AskDictionary, { query }: RecordType): Promise<Behind> {
  const account = await readAccount(ask)
  const found: { object: FoundObject; described: SourceObject }[] = []
  const unread: { named: NamedObject; object: UnseenObject }[] = []
  for (const named of namedObjects(query)) {
    const object = await findObject(ask, account, named)
    if (object.kind === 'UNSEEN') unread.push({ named, object })
    else {
      const described = await describeObject(ask, account, object)
      found.push({ object, described })
      if (object.kind !== 'REMOTE' && !described.privileges.some((held) => held !== 'FLASHBACK')) {
        const isBySynonym = named.schema === undefined
        unread.push({
          named,
          object: { kind: 'UNSEEN', owner: object.owner, name: object.name, isBySynonym },
        })
      }
    }
  }
  const [only] = found
  return {
    account,
    found,
    unread,
    comments: await readComments(
      ask,
      found.map(({ object }) => object),
    ),
    estimate: only && onlySource(query) ? await estimateRows(ask, account, only.object) : undefined,
  }
}

/** Oracle names only the first view that is not there, and not which grant it wants. */
async function missingObjects(
  session: OracleSession,
  call: (doing: string, sql?: string) => OracleCall,
  { account, unread }: Behind,
): Promise<readonly Finding[]> {
  const missing: Finding[] = []
  for (const { named, object } of unread) {
    const name = nameOf(named)
    const sql = `SELECT * FROM ${writtenName(named)}`
    const refused: Finding[] = []
    await told(refused, name, () =>
      session.call(call(`Describing ${name}`, sql), (connection) => connection.getStatementInfo(sql)),
    )
    if (refused.some(isOfGrant)) {
      missing.push(missingObject(name, object, account))
    }
  }
  return missing
}

const isOfGrant = ({ code }: Finding) =>
  code === 'ORACLE_VIEW_MISSING' || code === 'ORACLE_PERMISSION_REFUSED'

/** Why a window can say no more of what commits late; why the moment is no better stands with its label. */
function transactionFindings({ cursor }: RecordType, { clock, advice }: Moment): readonly Finding[] {
  if (cursor === undefined || clock.seesTransactions) return []
  return [
    {
      level: 'warning',
      about: 'open transactions',
      detail: 'not all known, so rows that commit late are caught by the overlap only',
      nextStep: [
        ...advice,
        'No grant shows those of another database: behind a link, or on the primary of a standby.',
      ].join(' '),
    },
  ]
}

async function findHashObstacle(
  session: OracleSession,
  call: OracleCall,
  columns: readonly SourceColumn[],
): Promise<string | undefined> {
  return unhashableColumns(freezeOrdinals(columns).schema) ?? (await session.call(call, readHashObstacle))
}

/** Of a plain table whose key columns are never NULL. */
async function findConstraint(
  ask: AskDictionary,
  { query, rowKey, entityKey }: RecordType,
  columns: readonly DescribedColumn[],
  { found }: Behind,
): Promise<string | undefined> {
  const [only] = found
  if (only === undefined || plainSource(query) === undefined) return undefined
  const filled = new Set(columns.filter(({ isNullable }) => !isNullable).map(({ name }) => name))
  return await uniqueConstraint(
    ask,
    only.object,
    [rowKey, entityKey].map((key) => key.map(({ column }) => column).filter((name) => filled.has(name))),
  )
}
