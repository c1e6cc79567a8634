import {
  addColumns,
  dropColumns,
  modifyColumns,
  ownObject,
  ownTable,
  renameColumn,
  toColumn,
  touch,
} from './alter-table.ts'
import { type Catalog, type Grantable, isRoutine, type TableColumn, type View } from './catalog.ts'
import { compileFromItem, joinAll } from './compile-from.ts'
import { type CompiledQuery, compileQuery } from './compile-query.ts'
import { readAll } from './cursors.ts'
import { invalidIdentifier, oracleError, unimplemented } from './errors.ts'
import { storedRows } from './row-store.ts'
import type { CompileContext } from './scope.ts'
import type { ObjectName, Query, QueryBody, SelectItem, Statement } from './syntax.ts'
import { describeColumn } from './types.ts'

export type DdlStatement = Exclude<
  Statement,
  {
    kind:
      | 'query'
      | 'insert'
      | 'update'
      | 'delete'
      | 'alterSession'
      | 'setTransaction'
      | 'commit'
      | 'rollback'
      | 'block'
  }
>

const TABLE_PRIVILEGES = new Set(['SELECT', 'READ', 'INSERT', 'UPDATE', 'DELETE', 'FLASHBACK'])
const ROUTINE_PRIVILEGES = new Set(['EXECUTE'])
const SYSTEM_PRIVILEGES = new Set(
  [
    'CREATE SESSION',
    'CREATE TABLE',
    'CREATE VIEW',
    'CREATE SYNONYM',
    'CREATE ANY TABLE',
    'CREATE ANY VIEW',
    'CREATE PUBLIC SYNONYM',
    'CREATE DATABASE LINK',
    'CREATE PUBLIC DATABASE LINK',
    'DROP PUBLIC DATABASE LINK',
  ].concat([
    'SELECT ANY TABLE',
    'FLASHBACK ANY TABLE',
    'INSERT ANY TABLE',
    'UPDATE ANY TABLE',
    'DELETE ANY TABLE',
    'SELECT ANY DICTIONARY',
    'EXECUTE ANY PROCEDURE',
  ]),
)

/** Changes the catalogue at once; the caller has committed before. */
export function executeDdl(statement: DdlStatement, context: CompileContext): void {
  switch (statement.kind) {
    case 'createTable':
      createTable(statement, context)
      return
    case 'createView':
      createView(statement, context)
      return
    case 'createSynonym': {
      const owner = statement.isPublic ? 'PUBLIC' : ownerOf(statement.synonym, context)
      if (!statement.isPublic) requirePrivilege('SYNONYM', owner, context)
      const existing = context.catalog.find(owner, statement.synonym.name)
      if (existing !== undefined && !(statement.isReplacing && existing.kind === 'synonym'))
        throw oracleError(955, statement.synonym.position)
      const { link, target: written } = statement
      const schema = written.schema ?? (link === undefined ? context.schema : undefined)
      const target = { schema, name: written.name, link }
      context.catalog.add({
        ...context.catalog.newObject(owner, statement.synonym.name, context.now),
        kind: 'synonym',
        target,
      })
      return
    }
    case 'createLink':
      createLink(statement, context)
      return
    case 'dropLink': {
      const owner = statement.isPublic ? 'PUBLIC' : context.user
      const link = context.catalog.links.get(owner)?.get(statement.link)
      if (link === undefined) throw oracleError(2024, statement.position)
      if (statement.isPublic) requireSystem('DROP PUBLIC DATABASE LINK', context)
      context.catalog.removeLink(link)
      return
    }
    case 'drop':
      drop(statement, context)
      return
    case 'truncate': {
      const table = ownTable(statement.table, context)
      context.store.replaceAll(table.history, storedRows([]))
      table.shapeScn = context.store.currentScn
      return
    }
    case 'addColumns':
      addColumns(statement.table, statement.columns, context)
      return
    case 'modifyColumns':
      modifyColumns(statement.table, statement.columns, context)
      return
    case 'dropColumns':
      dropColumns(statement.table, statement.columns, context)
      return
    case 'renameColumn':
      renameColumn(statement, context)
      return
    case 'renameTable': {
      const table = ownTable(statement.table, context)
      if (context.catalog.find(table.owner, statement.to)) throw oracleError(955, statement.table.position)
      context.catalog.rename(table, statement.to)
      touch(table, context)
      return
    }
    case 'comment':
      comment(statement, context)
      return
    case 'grant':
    case 'revoke':
      changeGrants(statement, context)
      return
  }
}

const ownerOf = ({ schema }: ObjectName, context: CompileContext): string => schema ?? context.schema

function requireSystem(privilege: string, { catalog, user }: CompileContext): void {
  if (!catalog.canSystem(user, privilege)) throw oracleError(1031)
}

function createLink(
  { link, isPublic, username, connectString, position }: Extract<DdlStatement, { kind: 'createLink' }>,
  context: CompileContext,
): void {
  const { catalog, user, now } = context
  requireSystem(isPublic ? 'CREATE PUBLIC DATABASE LINK' : 'CREATE DATABASE LINK', context)
  const owner = isPublic ? 'PUBLIC' : user
  if (catalog.links.get(owner)?.has(link)) throw oracleError(2011, position)
  catalog.addLink({
    ...catalog.newObject(owner, link, now),
    kind: 'database link',
    username,
    connectString,
  })
}

function requirePrivilege(
  type: 'TABLE' | 'VIEW' | 'SYNONYM',
  owner: string,
  { catalog, user }: CompileContext,
): void {
  const privilege = owner === user ? `CREATE ${type}` : `CREATE ANY ${type}`
  if (!catalog.canSystem(user, privilege)) throw oracleError(1031)
}

function createTable(
  statement: Extract<DdlStatement, { kind: 'createTable' }>,
  context: CompileContext,
): void {
  const owner = ownerOf(statement.table, context)
  requirePrivilege('TABLE', owner, context)
  if (context.catalog.find(owner, statement.table.name)) throw oracleError(955, statement.table.position)
  const { columns, rows } =
    statement.query === undefined
      ? {
          columns: statement.columns.map((column) => toColumn(column, statement.primaryKey, context)),
          rows: [],
        }
      : fromQuery(statement.query, context)
  refuseDuplicates(
    columns.map(({ name }) => name),
    statement.table.position,
  )
  const positionOf = (name: string) => {
    const index = columns.findIndex((column) => column.name === name)
    if (index < 0) throw invalidIdentifier([name], statement.table.position)
    return index
  }
  const keys = [
    ...statement.columns.filter(({ isUnique }) => isUnique).map(({ name }) => [name]),
    ...statement.uniqueKeys,
  ]
  const { primaryKey } = statement
  const history = context.store.createHistory(storedRows(rows))
  context.catalog.add({
    ...context.catalog.newObject(owner, statement.table.name, context.now),
    kind: 'table',
    columns,
    uniqueKeys: keys.map((names) => ({
      isPrimary:
        names.length === primaryKey.length && names.every((name, index) => name === primaryKey[index]),
      positions: names.map(positionOf),
    })),
    comment: undefined,
    history,
    shapeScn: 0,
  })
}

function refuseDuplicates(names: readonly string[], position: number): void {
  if (new Set(names).size < names.length) throw oracleError(957, position)
}

function fromQuery(
  query: Query,
  context: CompileContext,
): { columns: TableColumn[]; rows: (readonly (string | null)[])[] } {
  requireNames(query.body)
  const compiled = compileQuery(query, context)
  const columns = compiled.columns.map(({ name, type, isNullable }) => describeColumn(name, type, isNullable))
  return { columns, rows: readAll(compiled.open()) }
}

function createView(statement: Extract<DdlStatement, { kind: 'createView' }>, context: CompileContext): void {
  const { view, isReplacing, isForced } = statement
  const owner = ownerOf(view, context)
  requirePrivilege('VIEW', owner, context)
  const existing = context.catalog.find(owner, view.name)
  if (existing !== undefined && !(isReplacing && existing.kind === 'view'))
    throw oracleError(955, view.position)
  const defined = defineView(statement, { ...context, user: owner, schema: owner }, isForced)
  const base = context.catalog.newObject(owner, view.name, context.now)
  context.catalog.add({
    ...base,
    kind: 'view',
    ...defined,
    text: statement.text,
    comment: undefined,
    columnComments: new Map(),
  })
  context.store.advance()
}

function defineView(
  statement: Extract<DdlStatement, { kind: 'createView' }>,
  context: CompileContext,
  isForced: boolean,
): { query: Query; columnNames: readonly string[] } {
  try {
    const query = { ...statement.query, body: withoutStars(statement.query.body, context) }
    const compiled: CompiledQuery = compileQuery(query, context)
    if (statement.columns.length === 0) requireNames(query.body)
    else if (statement.columns.length !== compiled.columns.length)
      throw oracleError(1730, statement.view.position, 'invalid number of column names specified')
    const columnNames =
      statement.columns.length > 0 ? statement.columns : compiled.columns.map(({ name }) => name)
    refuseDuplicates(columnNames, statement.view.position)
    for (const { name, type, isNullable } of compiled.columns) describeColumn(name, type, isNullable)
    return { query, columnNames }
  } catch (error) {
    if (!isForced) throw error
    return { query: statement.query, columnNames: statement.columns }
  }
}

/** A view keeps the columns that `*` stood for when it was made. */
function withoutStars(body: QueryBody, context: CompileContext): QueryBody {
  if (body.kind === 'set')
    return { ...body, left: withoutStars(body.left, context), right: withoutStars(body.right, context) }
  if (body.kind === 'nested')
    return { ...body, query: { ...body.query, body: withoutStars(body.query.body, context) } }
  if (!body.items.some(({ star }) => star !== undefined) || context.commonTables.size > 0) return body
  const { relation } = joinAll(
    body.from.map((item) => compileFromItem(item, undefined, context)),
    [],
    undefined,
    context,
  )
  const items = body.items.flatMap((item): SelectItem[] => {
    const { star, position } = item
    if (star === undefined) return [item]
    return relation.sources
      .filter(({ alias }) => star.length === 0 || alias === star.at(-1))
      .flatMap(({ alias, columns }) =>
        columns.map(({ name }): SelectItem => {
          const path = alias === '' ? [name] : [alias, name]
          return { position, text: name, expression: { kind: 'column', path, isQuoted: true, position } }
        }),
      )
  })
  return { ...body, items }
}

/** Expressions need an alias where their names last. */
function requireNames(body: QueryBody): void {
  if (body.kind !== 'select') {
    requireNames(body.kind === 'set' ? body.left : body.query.body)
    return
  }
  for (const { expression, alias, position } of body.items) {
    if (expression !== undefined && expression.kind !== 'column' && alias === undefined)
      throw oracleError(998, position)
  }
}

function drop(
  { type, object: name, isPublic }: Extract<DdlStatement, { kind: 'drop' }>,
  context: CompileContext,
): void {
  const { catalog, store } = context
  const owner = isPublic ? 'PUBLIC' : ownerOf(name, context)
  const object = catalog.find(owner, name.name)
  if (type === 'SYNONYM') {
    if (object?.kind !== 'synonym') throw oracleError(1434, name.position)
  } else if (object?.kind !== (type === 'TABLE' ? 'table' : 'view')) throw oracleError(942, name.position)
  if (owner !== context.user && owner !== 'PUBLIC' && context.user !== 'SYS')
    throw oracleError(1031, name.position)
  if (object.kind === 'table' && store.hasOpenChanges(object.history, undefined))
    throw oracleError(54, name.position)
  catalog.remove(object)
  store.advance()
}

function comment(
  { object: name, column, text }: Extract<DdlStatement, { kind: 'comment' }>,
  context: CompileContext,
): void {
  const object = ownObject(name, context)
  if (object.kind === 'dictionary') throw oracleError(1031, name.position)
  const value = text === '' ? undefined : text
  if (column === undefined) object.comment = value
  else if (object.kind === 'table') {
    if (!object.columns.some((existing) => existing.name === column))
      throw invalidIdentifier([column], name.position)
    object.columns = object.columns.map((existing) =>
      existing.name === column ? { ...existing, comment: value } : existing,
    )
  } else commentViewColumn(object, column, value, name.position)
}

function commentViewColumn(view: View, column: string, text: string | undefined, position: number): void {
  if (!view.columnNames.includes(column)) throw invalidIdentifier([column], position)
  if (text === undefined) view.columnComments.delete(column)
  else view.columnComments.set(column, text)
}

function changeGrants(
  { kind, privileges, object: name, grantees }: Extract<DdlStatement, { kind: 'grant' | 'revoke' }>,
  context: CompileContext,
): void {
  const { catalog, user } = context
  const apply = (privilege: string, object: Grantable | undefined) => {
    for (const grantee of grantees) catalog[kind](privilege, object, grantee)
  }
  if (name === undefined) {
    for (const privilege of privileges) {
      if (!SYSTEM_PRIVILEGES.has(privilege)) throw unimplemented(`the privilege or role ${privilege}`)
      if (user !== 'SYS' && user !== 'SYSTEM') throw oracleError(1031)
      apply(privilege, undefined)
    }
    return
  }
  const object = catalog.follow(name, context.schema)
  if (object.kind === 'remote')
    throw oracleError(2021, name.position, 'DDL operations are not allowed on a remote database')
  if (object.owner !== user && user !== 'SYS') {
    // Whoever may not even see it learns no more than that.
    if (!isRoutine(object)) catalog.resolve(name, context.schema, user)
    throw oracleError(1031, name.position)
  }
  const possible = isRoutine(object) ? ROUTINE_PRIVILEGES : TABLE_PRIVILEGES
  for (const privilege of privileges) {
    if (privilege === 'ALL' || privilege === 'ALL PRIVILEGES')
      for (const each of possible) grantOne(catalog, kind, each, object, apply)
    else if (possible.has(privilege)) apply(privilege, object)
    else if (isRoutine(object) && TABLE_PRIVILEGES.has(privilege))
      throw oracleError(2225, name.position, 'only EXECUTE and DEBUG privileges are valid for procedures')
    else if (ROUTINE_PRIVILEGES.has(privilege))
      throw oracleError(2224, name.position, 'EXECUTE privilege not allowed for tables')
    else throw unimplemented(`the privilege ${privilege}`, name.position)
  }
}

/** REVOKE ALL takes what is there and does not mind what is not. */
function grantOne(
  catalog: Catalog,
  kind: 'grant' | 'revoke',
  privilege: string,
  object: Grantable,
  apply: (privilege: string, object: Grantable) => void,
): void {
  const byGrantee = catalog.objectGrants.get(`${object.owner}.${object.name}`)
  const isHeld = [...(byGrantee?.values() ?? [])].some((held) => held.has(privilege))
  if (kind === 'grant' || isHeld) apply(privilege, object)
}
