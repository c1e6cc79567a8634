import type { RecordType } from '@findata/core'
import oracledb, { type ExecuteOptions } from 'oracledb'
import { isRefusal } from './errors.ts'
import { type OracleStatement, textBind } from './extract-query.ts'
import { type NamedObject, namedObjects, possibleCalls } from './named-objects.ts'
import { isPassing, type OracleCall, type OracleSession } from './oracle-session.ts'

/** What the dictionary shows to stand behind a query. */
export interface QueryDependencies {
  /** The tables and views that the query names, its synonyms followed: `FINDW.UNITS`. */
  readonly tables: readonly string[]
  /** `RATES@AFAR in FINDW.UNITS`. */
  readonly links: readonly string[]
  /** Functions and packages that are not Oracle's own: `FINDW.RATE_OF in FINDW.UNITS`. */
  readonly code: readonly string[]
  /** What the user may not look behind, with the privilege that would show it. */
  readonly notShown: readonly NotShown[]
}

export interface NotShown {
  readonly object: string
  readonly privilege: 'SELECT' | 'EXECUTE'
}

interface DictionaryObject {
  readonly owner: string
  readonly name: string
  readonly type: string
}

/** What an object stands on itself. */
interface Reference extends DictionaryObject {
  readonly link: string | null
}

const ROW_ARRAYS: ExecuteOptions = { outFormat: oracledb.OUT_FORMAT_ARRAY }
const CODE = ['FUNCTION', 'PROCEDURE', 'PACKAGE', 'OPERATOR', 'TYPE', 'JAVA CLASS']
const LEADS_ON = ['VIEW', 'SYNONYM', ...CODE]
/** What a materialized view was filled from is of no concern when it is read. */
const DATA = ['TABLE', 'MATERIALIZED VIEW']
const CURRENT_SCHEMA = `SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA')`
const NAMES_PER_STATEMENT = 400
/** Beyond that, what has not been looked at counts as not shown. */
const MOST_OBJECTS = 4_000
/** One may stand for itself in the end. */
const MOST_SYNONYMS = 10

/**
 * What stands behind each query, from the dictionary alone. A name counts where a table can stand, and anywhere where it is that
 * of stored code: a column that is called like a function makes a label more careful than it need be, never less. Undefined
 * where the dictionary is not readable or does not answer in time.
 */
export async function readDependencies(
  session: OracleSession,
  call: OracleCall,
  recordTypes: readonly RecordType[],
): Promise<ReadonlyMap<RecordType, QueryDependencies> | undefined> {
  const read: Read = async ({ sql, binds }) =>
    await session.call(call, async (connection) => {
      const { rows = [] } = await connection.execute<(string | null)[]>(sql, binds, ROW_ARRAYS)
      return rows
    })
  const named = recordTypes.map((recordType) => ({
    recordType,
    tables: namedObjects(recordType.query),
    calls: possibleCalls(recordType.query),
  }))
  try {
    const find = await readObjects(
      read,
      named.flatMap(({ tables, calls }) => [...tables, ...calls]),
    )
    const roots = named.flatMap(({ tables, calls }) => [...tables, ...calls].flatMap(find))
    const references = await readReferences(read, roots)
    return new Map(
      named.map(({ recordType, tables, calls }) => [
        recordType,
        dependenciesOf(tables, calls, find, references),
      ]),
    )
  } catch (cause) {
    // The dictionary of a large database can be slow; that is no reason to read nothing.
    if (isRefusal(cause) || isPassing(cause, session)) return undefined
    throw cause
  }
}

type Read = (statement: OracleStatement) => Promise<readonly (string | null)[][]>
type Find = (named: NamedObject) => readonly DictionaryObject[]

/** Finds what a name stands for: an object of the user's schema before a public synonym. */
async function readObjects(read: Read, named: readonly NamedObject[]): Promise<Find> {
  const local = named.filter(({ link }) => link === undefined)
  const schemas = [...new Set(local.flatMap(({ schema }) => schema ?? []))]
  const names = new Set(local.flatMap(({ schema, name }) => (schema === undefined ? [name] : [schema, name])))
  const found: DictionaryObject[] = []
  let schema = ''
  for (const some of chunksOf([...names])) {
    const { bind, binds } = createBinds()
    const owners = [CURRENT_SCHEMA, `'PUBLIC'`, ...schemas.map(bind)]
    const rows = await read({
      sql:
        `SELECT ${CURRENT_SCHEMA}, OWNER, OBJECT_NAME, OBJECT_TYPE FROM ALL_OBJECTS ` +
        `WHERE OWNER IN (${owners.join(', ')}) AND OBJECT_NAME IN (${some.map(bind).join(', ')}) ` +
        `AND OBJECT_TYPE IN (${[...DATA, ...LEADS_ON].map((type) => `'${type}'`).join(', ')})`,
      binds,
    })
    for (const [current, owner, name, type] of rows) {
      schema = current ?? ''
      found.push({ owner: owner ?? '', name: name ?? '', type: type ?? '' })
    }
  }
  const of = (owner: string, name: string) =>
    found.filter((object) => object.owner === owner && object.name === name)
  const visible = (name: string) => {
    const own = of(schema, name)
    return own.length > 0 ? own : of('PUBLIC', name)
  }
  return ({ schema: first, name, link }) => {
    if (link !== undefined) return []
    if (first === undefined) return visible(name)
    const ofSchema = of(first, name)
    // `PACKAGE.FUNCTION`.
    return ofSchema.length > 0 ? ofSchema : visible(first)
  }
}

/** What each object stands on, and what that stands on, level by level. */
async function readReferences(
  read: Read,
  roots: readonly DictionaryObject[],
): Promise<ReadonlyMap<string, readonly Reference[]>> {
  const references = new Map<string, Reference[]>()
  let level = roots.filter(leadsOn)
  while (level.length > 0 && references.size < MOST_OBJECTS) {
    const next = new Map(level.map((object) => [nameOf(object), object]))
    for (const name of next.keys()) references.set(name, [])
    for (const some of chunksOf([...next.values()])) {
      for (const [owner, name, toOwner, toName, type, link] of await read(referencesQuery(some))) {
        references.get(`${owner}.${name}`)?.push({
          owner: toOwner ?? '',
          name: toName ?? '',
          type: type ?? '',
          link: link ?? null,
        })
      }
    }
    level = [...next.keys()]
      .flatMap((name) => references.get(name) ?? [])
      .filter((object) => leadsOn(object) && isOfUsers(object) && !references.has(nameOf(object)))
  }
  return references
}

/** Of synonyms, ALL_SYNONYMS tells links that older databases do not count as dependencies. */
function referencesQuery(objects: readonly DictionaryObject[]): OracleStatement {
  const { bind, binds } = createBinds()
  const oneOf = (nameColumn: string) =>
    [...Map.groupBy(objects, ({ owner }) => owner)]
      .map(
        ([owner, ones]) =>
          `(OWNER = ${bind(owner)} AND ${nameColumn} IN (${ones.map(({ name }) => bind(name)).join(', ')}))`,
      )
      .join(' OR ')
  return {
    sql:
      `SELECT OWNER, NAME, REFERENCED_OWNER, REFERENCED_NAME, REFERENCED_TYPE, REFERENCED_LINK_NAME FROM ALL_DEPENDENCIES ` +
      `WHERE ${oneOf('NAME')} ` +
      `UNION SELECT OWNER, SYNONYM_NAME, TABLE_OWNER, TABLE_NAME, 'UNDEFINED', DB_LINK FROM ALL_SYNONYMS ` +
      `WHERE DB_LINK IS NOT NULL AND (${oneOf('SYNONYM_NAME')})`,
    binds,
  }
}

function dependenciesOf(
  tables: readonly NamedObject[],
  calls: readonly NamedObject[],
  find: Find,
  references: ReadonlyMap<string, readonly Reference[]>,
): QueryDependencies {
  const links = new Set([...tables, ...calls].filter(({ link }) => link !== undefined).map(writtenAt))
  const code = new Set<string>()
  const notShown = new Map<string, NotShown>()
  const ofName = (object: DictionaryObject) => references.get(nameOf(object)) ?? []

  const seen = new Set<string>()
  const look = (object: DictionaryObject, from: string | undefined) => {
    const name = nameOf(object)
    if (!isOfUsers(object) || !leadsOn(object) || seen.has(name)) return
    seen.add(name)
    const isCode = CODE.includes(object.type)
    if (isCode) code.add(from === undefined ? name : `${name} in ${from}`)
    const found = ofName(object)
    if (found.length === 0) notShown.set(name, { object: name, privilege: isCode ? 'EXECUTE' : 'SELECT' })
    for (const reference of found) {
      if (reference.link === null) look(reference, name)
      else
        links.add(`${writtenAt({ ...reference, schema: reference.owner, link: reference.link })} in ${name}`)
    }
  }

  /** What a synonym stands for in the end; a synonym that leads nowhere, or through a link, is that itself. */
  const baseOf = (object: DictionaryObject, steps = 0): DictionaryObject => {
    const next = object.type === 'SYNONYM' ? ofName(object).find(({ link }) => link === null) : undefined
    return next && steps < MOST_SYNONYMS ? baseOf(next, steps + 1) : object
  }
  const bases = new Map<string, DictionaryObject>()
  for (const table of tables.filter(({ link }) => link === undefined)) {
    const found = find(table)
    if (found.length === 0) notShown.set(writtenAt(table), { object: writtenAt(table), privilege: 'SELECT' })
    for (const object of found) {
      look(object, undefined)
      const base = baseOf(object)
      if (isOfUsers(base)) bases.set(nameOf(base), base)
    }
  }
  for (const object of calls.flatMap(find)) {
    if (CODE.includes(baseOf(object).type)) look(object, undefined)
  }
  return { tables: [...bases.keys()], links: [...links], code: [...code], notShown: [...notShown.values()] }
}

/** `RATES@AFAR`, as people write it. */
function writtenAt({ schema, name, link }: NamedObject): string {
  return `${schema ? `${schema}.` : ''}${name}${link === undefined ? '' : `@${link}`}`
}

const nameOf = ({ owner, name }: DictionaryObject) => `${owner}.${name}`
const leadsOn = ({ type }: DictionaryObject) => LEADS_ON.includes(type)
/** What SYS owns reads no data of users, DUAL and the functions of SQL among it. */
const isOfUsers = ({ owner }: DictionaryObject) => owner !== 'SYS'

function chunksOf<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / NAMES_PER_STATEMENT) }, (_, index) =>
    items.slice(index * NAMES_PER_STATEMENT, (index + 1) * NAMES_PER_STATEMENT),
  )
}

/** `bind` gives the placeholder for a text. */
function createBinds() {
  const binds: Record<string, OracleStatement['binds'][string]> = {}
  const bind = (text: string) => {
    const name = `n${Object.keys(binds).length + 1}`
    binds[name] = textBind(text)
    return `:${name}`
  }
  return { binds, bind }
}
