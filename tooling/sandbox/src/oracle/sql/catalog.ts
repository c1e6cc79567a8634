import type { OracleType, OracleValue } from '../values.ts'
import type { Row } from './compiled.ts'
import { oracleError, unimplemented } from './errors.ts'
import type { TableHistory } from './row-store.ts'
import type { SessionState } from './session-state.ts'
import type { Expression, Query } from './syntax.ts'

export interface TableColumn {
  readonly name: string
  readonly type: OracleType
  readonly isNullable: boolean
  /** Set where the size counts characters; the type then holds the bytes they may take. */
  readonly characterLimit?: number
  readonly defaultValue?: Expression | undefined
  readonly comment?: string | undefined
}

interface SchemaObject {
  readonly id: number
  readonly owner: string
  name: string
  readonly createdAt: Date
  changedAt: Date
}

/** A primary key comes with `NOT NULL` on its columns. */
export interface UniqueKey {
  readonly isPrimary: boolean
  /** Of its columns in the table. */
  readonly positions: readonly number[]
}

export interface Table extends SchemaObject {
  readonly kind: 'table'
  columns: readonly TableColumn[]
  uniqueKeys: readonly UniqueKey[]
  comment: string | undefined
  readonly history: TableHistory
  /** Rows from before this SCN have another shape: ORA-01466. */
  shapeScn: number
}

export interface View extends SchemaObject {
  readonly kind: 'view'
  readonly columnNames: readonly string[]
  readonly query: Query
  readonly text: string
  comment: string | undefined
  readonly columnComments: Map<string, string>
}

export interface Synonym extends SchemaObject {
  readonly kind: 'synonym'
  readonly target: {
    /** Undefined only behind a link, for the schema that the link connects to. */
    readonly schema: string | undefined
    readonly name: string
    readonly link?: string | undefined
  }
}

/** CREATE DATABASE LINK: as whom to read in which other database. */
export interface DatabaseLink extends SchemaObject {
  readonly kind: 'database link'
  readonly username: string
  readonly connectString: string
}

/** An object behind a link: what it is, only the other side knows. */
export interface RemoteObject {
  readonly kind: 'remote'
  readonly link: string
  readonly schema: string | undefined
  readonly name: string
}

/** A view of the data dictionary: rows made when it is read. */
export interface DictionaryView extends SchemaObject {
  readonly kind: 'dictionary'
  readonly columns: readonly TableColumn[]
  readonly isPublic: boolean
  rows(viewer: SessionState): readonly Row[]
}

/** Something that is called: whoever names it needs EXECUTE. */
export interface Package extends SchemaObject {
  readonly kind: 'package'
}

/** What PL/SQL would be: a function of SQL that is written in TypeScript. */
export interface StoredFunction extends SchemaObject {
  readonly kind: 'function'
  readonly parameters: readonly OracleType[]
  readonly returns: OracleType
  /** Names as SQL writes them, with the owner before and the link behind: `DW.UNITS@AFAR`. */
  readonly references: readonly string[]
  evaluate(args: readonly OracleValue[], query: FunctionQuery): OracleValue
}

/** Runs a query with the rights of a function's owner and gives its rows. */
export type FunctionQuery = (sql: string, ...binds: readonly OracleValue[]) => readonly Row[]

export type Relation = Table | View | DictionaryView
export type Routine = StoredFunction | Package
/** What privileges are granted on. */
export type Grantable = Relation | Routine
export type CatalogObject = Grantable | Synonym

/** A name as a statement wrote it. */
export interface WrittenName {
  readonly schema: string | undefined
  readonly name: string
  readonly position: number
}

/** Every schema with its objects, and who may do what. */
export interface Catalog {
  readonly schemas: ReadonlyMap<string, ReadonlyMap<string, CatalogObject>>
  /** Privileges by object (`OWNER.NAME`), then by grantee. */
  readonly objectGrants: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>
  readonly systemGrants: ReadonlyMap<string, ReadonlySet<string>>
  /** By owner, then by name: links have names of their own, apart from other objects. */
  readonly links: ReadonlyMap<string, ReadonlyMap<string, DatabaseLink>>
  /** The user's own link or a public one. ORA-02019 without either. */
  link(name: string, user: string, position: number): DatabaseLink
  addLink(link: DatabaseLink): void
  removeLink(link: DatabaseLink): void
  newObject(owner: string, name: string, now: Date): SchemaObject
  addUser(name: string): void
  add(object: CatalogObject): void
  remove(object: CatalogObject): void
  rename(object: CatalogObject, to: string): void
  find(owner: string, name: string): CatalogObject | undefined
  /** What a synonym stands for at last; undefined where nothing is there. */
  targetOf(synonym: Synonym): Grantable | RemoteObject | undefined
  /** Follows synonyms, whoever asks; undefined where nothing has the name. */
  lookUp(name: WrittenName, schema: string): Grantable | RemoteObject | undefined
  /** The same with an ORA-00942 where nothing has the name. */
  follow(name: WrittenName, schema: string): Grantable | RemoteObject
  /** Something to read or write. ORA-00942 also when the user lacks every privilege, as if it were not there. */
  resolve(name: WrittenName, schema: string, user: string): Relation
  can(user: string, privilege: string, object: Grantable): boolean
  canSystem(user: string, privilege: string): boolean
  grant(privilege: string, object: Grantable | undefined, grantee: string): void
  revoke(privilege: string, object: Grantable | undefined, grantee: string): void
}

/** What errors and the dictionary call a key of a table. */
export const keyName = ({ name }: { readonly name: string }, index: number): string =>
  `${name}_UK${index + 1}`

export const isRoutine = (object: Grantable): object is Routine =>
  object.kind === 'package' || object.kind === 'function'

const NEW_USER_PRIVILEGES = [
  'CREATE SESSION',
  'CREATE TABLE',
  'CREATE VIEW',
  'CREATE SYNONYM',
  'CREATE DATABASE LINK',
]
const MAX_SYNONYM_STEPS = 10
const READ_OR_WRITE = ['SELECT', 'INSERT', 'UPDATE', 'DELETE']
/** System privileges that stand for a privilege on every object of users, and on every object of SYS. */
const ANY_PRIVILEGES: Readonly<Record<string, string>> = {
  SELECT: 'SELECT ANY TABLE',
  INSERT: 'INSERT ANY TABLE',
  UPDATE: 'UPDATE ANY TABLE',
  DELETE: 'DELETE ANY TABLE',
  FLASHBACK: 'FLASHBACK ANY TABLE',
  EXECUTE: 'EXECUTE ANY PROCEDURE',
}
const DICTIONARY_PRIVILEGES: Readonly<Record<string, string>> = { SELECT: 'SELECT ANY DICTIONARY' }

export function createCatalog(): Catalog {
  const schemas = new Map<string, Map<string, CatalogObject>>()
  const objectGrants = new Map<string, Map<string, Set<string>>>()
  const systemGrants = new Map<string, Set<string>>()
  const links = new Map<string, Map<string, DatabaseLink>>()
  let objectCount = 70_000

  const key = ({ owner, name }: { owner: string; name: string }) => `${owner}.${name}`
  const find = (owner: string, name: string) => schemas.get(owner)?.get(name)
  const holds = (user: string, privilege: string, object: Grantable) =>
    [user, 'PUBLIC'].some((grantee) => objectGrants.get(key(object))?.get(grantee)?.has(privilege))
  const canSystem = (user: string, privilege: string) =>
    user === 'SYS' || (systemGrants.get(user)?.has(privilege) ?? false)

  function can(user: string, privilege: string, object: Grantable): boolean {
    if (user === 'SYS' || user === object.owner) return true
    if (object.kind === 'dictionary' && object.isPublic && privilege === 'SELECT') return true
    if (holds(user, privilege, object) || (privilege === 'SELECT' && holds(user, 'READ', object))) return true
    const wide = object.owner === 'SYS' ? DICTIONARY_PRIVILEGES : ANY_PRIVILEGES
    return canSystem(user, wide[privilege] ?? '')
  }

  function lookUp({ schema, name, position }: WrittenName, currentSchema: string) {
    const object =
      schema === undefined ? (find(currentSchema, name) ?? find('PUBLIC', name)) : find(schema, name)
    return object?.kind === 'synonym' ? endOf(object, position) : object
  }

  function follow(name: WrittenName, currentSchema: string): Grantable | RemoteObject {
    const object = lookUp(name, currentSchema)
    if (object === undefined) throw oracleError(942, name.position)
    return object
  }

  function endOf(synonym: Synonym, position: number): Grantable | RemoteObject {
    let object: CatalogObject = synonym
    for (let step = 0; object.kind === 'synonym'; step++) {
      if (step === MAX_SYNONYM_STEPS) throw oracleError(1775, position)
      const { schema, name, link }: Synonym['target'] = object.target
      if (link !== undefined) return { kind: 'remote', link, schema, name }
      const next: CatalogObject | undefined = schema === undefined ? undefined : find(schema, name)
      if (next === undefined) throw oracleError(980, position, 'synonym translation is no longer valid')
      object = next
    }
    return object
  }

  function addUser(name: string): void {
    if (schemas.has(name)) return
    schemas.set(name, new Map())
    systemGrants.set(name, new Set(NEW_USER_PRIVILEGES))
  }

  return {
    schemas,
    objectGrants,
    systemGrants,
    links,
    link(name, user, position) {
      const found = links.get(user)?.get(name) ?? links.get('PUBLIC')?.get(name)
      if (found === undefined) throw oracleError(2019, position)
      return found
    },
    addLink: (link) => links.set(link.owner, (links.get(link.owner) ?? new Map()).set(link.name, link)),
    removeLink: (link) => links.get(link.owner)?.delete(link.name),
    newObject: (owner, name, now) => ({ id: ++objectCount, owner, name, createdAt: now, changedAt: now }),
    addUser,
    add(object) {
      addUser(object.owner)
      schemas.get(object.owner)?.set(object.name, object)
    },
    remove(object) {
      schemas.get(object.owner)?.delete(object.name)
      objectGrants.delete(key(object))
    },
    rename(object, to) {
      const grants = objectGrants.get(key(object))
      schemas.get(object.owner)?.delete(object.name)
      objectGrants.delete(key(object))
      object.name = to
      schemas.get(object.owner)?.set(to, object)
      if (grants) objectGrants.set(key(object), grants)
    },
    find,
    targetOf(synonym) {
      try {
        return endOf(synonym, 0)
      } catch {
        return undefined
      }
    },
    lookUp,
    follow,
    resolve(name, currentSchema, user) {
      const object = follow(name, currentSchema)
      if (object.kind === 'remote') throw unimplemented('this through a database link', name.position)
      if (isRoutine(object))
        throw oracleError(4044, name.position, 'procedure, function, package, or type is not allowed here')
      if (!READ_OR_WRITE.some((privilege) => can(user, privilege, object)))
        throw oracleError(942, name.position)
      return object
    },
    can,
    canSystem,
    grant(privilege, object, grantee) {
      if (object === undefined) {
        addUser(grantee)
        systemGrants.get(grantee)?.add(privilege)
        return
      }
      const byGrantee = objectGrants.get(key(object)) ?? new Map<string, Set<string>>()
      objectGrants.set(key(object), byGrantee)
      byGrantee.set(grantee, (byGrantee.get(grantee) ?? new Set()).add(privilege))
    },
    revoke(privilege, object, grantee) {
      const held =
        object === undefined ? systemGrants.get(grantee) : objectGrants.get(key(object))?.get(grantee)
      if (!held?.delete(privilege))
        throw object === undefined ? oracleError(1952, 0, 'system privileges not granted') : oracleError(1927)
    },
  }
}
