import type { RowEstimate, SourceObject } from '@findata/core'
import { textBind } from './extract-query.ts'
import { type NamedObject, onlySource } from './named-objects.ts'

/** Runs one query of the data dictionary, its placeholders bound as text. */
export type AskDictionary = (
  sql: string,
  values?: Readonly<Record<string, ReturnType<typeof textBind>>>,
) => Promise<readonly (readonly (string | null)[])[]>

export interface Account {
  readonly user: string
  readonly schema: string
  /** System privileges that stand for one on every table of users. */
  readonly everywhere: ReadonlySet<string>
}

/** A table or view by its own name, whatever synonyms lead to it. */
export interface FoundObject {
  readonly owner: string
  readonly name: string
  readonly kind: 'TABLE' | 'VIEW' | 'MATERIALIZED VIEW' | 'REMOTE'
}

/** A name that leads to nothing the user may see. */
export interface UnseenObject {
  readonly kind: 'UNSEEN'
  /** Where its synonyms lead, or the query's own word for it. */
  readonly owner?: string
  readonly name: string
  readonly isBySynonym: boolean
}

const READING = ['SELECT', 'READ', 'FLASHBACK']
const MAX_SYNONYM_STEPS = 10
const MAX_VIEW_DEPTH = 20

export async function readAccount(ask: AskDictionary): Promise<Account> {
  const [who] = await ask(`SELECT USER, SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') FROM DUAL`)
  const rows = await ask(`SELECT PRIVILEGE FROM SESSION_PRIVS WHERE PRIVILEGE LIKE '% ANY TABLE'`)
  const everywhere = rows.map(([privilege]) => privilege?.replace(' ANY TABLE', '') ?? '')
  return { user: who?.[0] ?? '', schema: who?.[1] ?? '', everywhere: new Set(everywhere) }
}

export async function findObject(
  ask: AskDictionary,
  { schema }: Account,
  named: NamedObject,
): Promise<FoundObject | UnseenObject> {
  let { schema: qualifier, name, link } = named
  const unseen = (isBySynonym: boolean): UnseenObject => ({
    kind: 'UNSEEN',
    ...(qualifier !== undefined && { owner: qualifier }),
    name,
    isBySynonym,
  })
  for (let step = 0; step < MAX_SYNONYM_STEPS; step++) {
    const owner = qualifier ?? schema
    if (link !== undefined) {
      return {
        owner,
        name: `${qualifier === undefined ? '' : `${qualifier}.`}${name}@${link}`,
        kind: 'REMOTE',
      }
    }
    const rows = await ask(
      'SELECT OWNER, OBJECT_TYPE FROM ALL_OBJECTS WHERE OBJECT_NAME = :NAME AND OWNER IN (:OWNER, :SHARED) ' +
        `AND OBJECT_TYPE IN ('TABLE', 'VIEW', 'MATERIALIZED VIEW', 'SYNONYM')`,
      {
        NAME: textBind(name),
        OWNER: textBind(owner),
        SHARED: textBind(qualifier === undefined ? 'PUBLIC' : owner),
      },
    )
    const place = rows.some(([found]) => found === owner) ? owner : 'PUBLIC'
    const kinds = rows.filter(([found]) => found === place).map(([, kind]) => kind)
    // A materialized view is listed with the table that holds its rows.
    const kind = (['MATERIALIZED VIEW', 'TABLE', 'VIEW'] as const).find((known) => kinds.includes(known))
    if (kind !== undefined) return { owner: place, name, kind }
    const [target] = await ask(
      'SELECT TABLE_OWNER, TABLE_NAME, DB_LINK FROM ALL_SYNONYMS WHERE OWNER = :OWNER AND SYNONYM_NAME = :NAME',
      { OWNER: textBind(place), NAME: textBind(name) },
    )
    if (!target?.[1]) return unseen(step > 0)
    qualifier = target[0] ?? undefined
    name = target[1]
    link = target[2] ?? undefined
  }
  return unseen(true)
}

/** With what the user may do there. */
export async function describeObject(
  ask: AskDictionary,
  { user, everywhere }: Account,
  { owner, name, kind }: FoundObject,
): Promise<SourceObject> {
  if (kind === 'REMOTE') return { name, kind, privileges: [] }
  const held = new Set<string | null>(owner === 'SYS' ? [] : everywhere)
  if (owner === user) for (const privilege of ['SELECT', 'FLASHBACK']) held.add(privilege)
  else {
    // What the user has granted on to others is listed too.
    const rows = await ask(
      'SELECT DISTINCT PRIVILEGE FROM ALL_TAB_PRIVS WHERE TABLE_SCHEMA = :OWNER AND TABLE_NAME = :NAME ' +
        'AND (GRANTOR <> USER OR GRANTEE = USER)',
      { OWNER: textBind(owner), NAME: textBind(name) },
    )
    for (const [privilege] of rows) held.add(privilege ?? null)
  }
  return { name: `${owner}.${name}`, kind, privileges: READING.filter((privilege) => held.has(privilege)) }
}

/** The comments of the columns of several tables; absent where they disagree. */
export async function readComments(
  ask: AskDictionary,
  objects: readonly FoundObject[],
): Promise<ReadonlyMap<string, string>> {
  const comments = new Map<string, Set<string>>()
  for (const { owner, name, kind } of objects) {
    if (kind === 'REMOTE') continue
    const rows = await ask(
      'SELECT COLUMN_NAME, COMMENTS FROM ALL_COL_COMMENTS WHERE OWNER = :OWNER AND TABLE_NAME = :NAME AND COMMENTS IS NOT NULL',
      { OWNER: textBind(owner), NAME: textBind(name) },
    )
    for (const [column, comment] of rows) {
      const known = comments.get(column ?? '') ?? new Set()
      comments.set(column ?? '', known.add(comment ?? ''))
    }
  }
  return new Map(
    [...comments].flatMap(([column, [comment = '', ...others]]) =>
      others.length === 0 ? [[column, comment]] : [],
    ),
  )
}

/** Of the one table that stands behind an object; undefined where a view joins or groups, and without statistics. */
export async function estimateRows(
  ask: AskDictionary,
  account: Account,
  object: FoundObject,
): Promise<RowEstimate | undefined> {
  const table = await singleTable(ask, account, object, MAX_VIEW_DEPTH)
  if (table === undefined) return undefined
  const [statistics] = await ask(
    `SELECT TO_CHAR(NUM_ROWS), TO_CHAR(LAST_ANALYZED, 'YYYY-MM-DD"T"HH24:MI:SS', 'NLS_CALENDAR=GREGORIAN') ` +
      `FROM ALL_TAB_STATISTICS WHERE OWNER = :OWNER AND TABLE_NAME = :NAME AND OBJECT_TYPE = 'TABLE'`,
    { OWNER: textBind(table.owner), NAME: textBind(table.name) },
  )
  const [rows, gatheredAt] = statistics ?? []
  if (!rows) return undefined
  return { rows: Number(rows), table: `${table.owner}.${table.name}`, ...(gatheredAt && { gatheredAt }) }
}

async function singleTable(
  ask: AskDictionary,
  account: Account,
  object: FoundObject | UnseenObject,
  depth: number,
): Promise<FoundObject | undefined> {
  if (object.kind === 'REMOTE' || object.kind === 'UNSEEN' || depth === 0) return undefined
  if (object.kind !== 'VIEW') return object
  const [view] = await ask(
    'SELECT TEXT_VC FROM ALL_VIEWS WHERE OWNER = :OWNER AND VIEW_NAME = :NAME AND TEXT_LENGTH <= 4000',
    { OWNER: textBind(object.owner), NAME: textBind(object.name) },
  )
  const source = onlySource(view?.[0] ?? '')
  const found = source && (await findObject(ask, { ...account, schema: object.owner }, source))
  return found && (await singleTable(ask, account, found, depth - 1))
}

/** The enabled and validated primary or unique constraint of a table whose columns are all in each of the keys, if there is one. */
export async function uniqueConstraint(
  ask: AskDictionary,
  { owner, name, kind }: FoundObject,
  keys: readonly (readonly string[])[],
): Promise<string | undefined> {
  if (kind !== 'TABLE') return undefined
  const rows = await ask(
    'SELECT c.CONSTRAINT_NAME, k.COLUMN_NAME FROM ALL_CONSTRAINTS c JOIN ALL_CONS_COLUMNS k ' +
      'ON k.OWNER = c.OWNER AND k.CONSTRAINT_NAME = c.CONSTRAINT_NAME AND k.TABLE_NAME = c.TABLE_NAME ' +
      `WHERE c.OWNER = :OWNER AND c.TABLE_NAME = :NAME AND c.CONSTRAINT_TYPE IN ('P', 'U') ` +
      `AND c.STATUS = 'ENABLED' AND c.VALIDATED = 'VALIDATED' ORDER BY c.CONSTRAINT_TYPE, c.CONSTRAINT_NAME`,
    { OWNER: textBind(owner), NAME: textBind(name) },
  )
  const constraints = new Map<string, string[]>()
  for (const [constraint, column] of rows) {
    const columns = constraints.get(constraint ?? '') ?? []
    constraints.set(constraint ?? '', [...columns, column ?? ''])
  }
  return [...constraints].find(([, columns]) =>
    keys.every((key) => columns.every((column) => key.includes(column))),
  )?.[0]
}
