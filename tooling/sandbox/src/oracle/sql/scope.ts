import type { OracleSession } from '../database.ts'
import type { Catalog, DatabaseLink } from './catalog.ts'
import type { Compiled, Row } from './compiled.ts'
import type { ConversionContext } from './conversion.ts'
import { oracleError } from './errors.ts'
import type { RowStore, Transaction } from './row-store.ts'
import type { AsOf, CommonTable, Expression } from './syntax.ts'
import type { SqlType } from './types.ts'

/** Which of the databases that hold the same data it is. */
export type DatabaseRole = 'PRIMARY' | 'PHYSICAL STANDBY'

/** Everything that compiling one execution needs: who asks, as of when, with which binds. */
export interface CompileContext extends ConversionContext {
  readonly catalog: Catalog
  readonly store: RowStore
  /** Whose privileges count: the session's user, inside a view its owner. */
  readonly user: string
  readonly schema: string
  readonly bindTypes: readonly SqlType[]
  /** Undefined while a statement is only described. */
  readonly bindValues: readonly (string | null)[] | undefined
  readonly scn: number
  /** Its own changes are visible; undefined outside a transaction and in flashback. */
  readonly transaction: Transaction | undefined
  readonly databaseName: string
  readonly databaseTimeZone: string
  readonly databaseRole: DatabaseRole
  readonly viewDepth: number
  /** The session at the other end of a link, where only the present is read. */
  openRemote(link: DatabaseLink): OracleSession
  /** A query of a function: at the moment of the session, not at that of an AS OF around the call. */
  queryAs(owner: string, sql: string, binds: readonly (string | null)[]): readonly Row[]
  /** The AS OF of a subquery around: whatever the user names inside needs the FLASHBACK privilege. */
  readonly asOf: AsOf | undefined
  /** The query block may ask stored rows for their ROWID. */
  readonly readsRowIds?: boolean
  readonly commonTables: ReadonlyMap<
    string,
    { readonly table: CommonTable; readonly context: CompileContext }
  >
}

/** The row at hand; expressions read it, the pipeline of the query block moves it. */
export interface Frame {
  row: Row
  rownum: number
}

export interface ColumnInfo {
  readonly name: string
  readonly type: SqlType
  readonly isNullable: boolean
  /** `*` leaves it out: a pseudocolumn. */
  readonly isHidden?: boolean
}

/** One table of a FROM clause: its columns start at `offset` of the joined row. */
export interface Source {
  readonly alias: string
  readonly schema: string | undefined
  readonly columns: readonly ColumnInfo[]
  readonly offset: number
}

/** Set while expressions stand above GROUP BY: they see keys and aggregates, no longer rows. */
export interface Grouping {
  readonly frame: Frame
  /** Slot by fingerprint. */
  readonly keys: ReadonlyMap<string, { readonly slot: number; readonly compiled: Compiled }>
  /** Registers an aggregate and gives what reads its result. */
  aggregate(call: Extract<Expression, { kind: 'call' }>): Compiled
  readonly hasGroupBy: boolean
}

export type AnalyticCall = Extract<Expression, { kind: 'analytic' }>

/** Set where a block may have analytic functions: in SELECT and ORDER BY. */
export interface Windows {
  /** Registers a function and gives what reads its value for the row at hand. */
  analytic(call: AnalyticCall): Compiled
}

/** The names that an expression can use. */
export interface Scope {
  readonly sources: readonly Source[]
  readonly frame: Frame
  readonly parent: Scope | undefined
  readonly grouping: Grouping | undefined
  readonly windows: Windows | undefined
  /** Names of select items, for ORDER BY. */
  readonly aliases: ReadonlyMap<string, Compiled> | undefined
  /** Shared by all blocks of a subquery; told when it reads a row from outside. */
  readonly boundary: { isCorrelated: boolean } | undefined
  /** Where ROWNUM counts: in the clauses of a query block, not in ON. */
  readonly hasRownum: boolean
}

export const emptyFrame = (): Frame => ({ row: [], rownum: 0 })

export const scopeOf = (
  sources: readonly Source[],
  frame: Frame,
  parent?: Scope,
  boundary?: Scope['boundary'],
): Scope => ({
  sources,
  frame,
  parent,
  grouping: undefined,
  windows: undefined,
  aliases: undefined,
  boundary,
  hasRownum: false,
})

/** A scope without any table: for VALUES, defaults and moments of AS OF. */
export const emptyScope = (): Scope => scopeOf([], emptyFrame())

/** The position in the joined row, or undefined where this scope has no such column. ORA-00918 when it has several. */
export function findColumn(
  path: readonly string[],
  sources: readonly Source[],
  position: number,
): number | undefined {
  const name = path.at(-1)
  const alias = path.at(-2)
  const schema = path.at(-3)
  let found: number | undefined
  for (const source of sources) {
    if (alias !== undefined && source.alias !== alias) continue
    if (schema !== undefined && source.schema !== schema) continue
    for (const [index, column] of source.columns.entries()) {
      if (column.name !== name) continue
      if (found !== undefined) throw oracleError(918, position)
      found = source.offset + index
    }
  }
  return found
}

export function columnAt(index: number, sources: readonly Source[]): ColumnInfo {
  const source = sources.findLast(({ offset }) => offset <= index)
  const column = source?.columns[index - source.offset]
  if (column === undefined) throw oracleError(904)
  return column
}

/** Resolves a column here or in a scope around; undefined when no scope has it. */
export function resolveColumn(path: readonly string[], scope: Scope, position: number): Compiled | undefined {
  const index = findColumn(path, scope.sources, position)
  if (index !== undefined) return readColumn(index, scope, position)
  if (path.length === 1) {
    const aliased = scope.aliases?.get(path[0] ?? '')
    if (aliased) return aliased
  }
  if (scope.parent === undefined) return undefined
  const outer = resolveColumn(path, scope.parent, position)
  if (outer !== undefined && scope.boundary !== undefined) scope.boundary.isCorrelated = true
  return outer
}

/** Reads a column of the joined row, or the group key that it is. */
export function readColumn(index: number, scope: Scope, position: number): Compiled {
  const { grouping, frame } = scope
  if (grouping !== undefined) {
    const key = grouping.keys.get(columnFingerprint(index))
    if (key === undefined) throw oracleError(grouping.hasGroupBy ? 979 : 937, position)
    return readSlot(grouping.frame, key.slot, key.compiled)
  }
  const { type } = columnAt(index, scope.sources)
  return { type, isConstant: false, evaluate: () => frame.row[index] ?? null }
}

export const readSlot = (frame: Frame, slot: number, { type }: { type: SqlType }): Compiled => ({
  type,
  isConstant: false,
  evaluate: () => frame.row[slot] ?? null,
})

const columnFingerprint = (index: number) => JSON.stringify(`column ${index}`)

/** Equal for expressions that are the same to GROUP BY: columns by what they resolve to, positions left out. */
export function fingerprint(expression: Expression, scope: Scope): string {
  return JSON.stringify(expression, (key, value: unknown) => {
    if (key === 'position' || key === 'isQuoted') return undefined
    const node = asNode(value)
    if (node?.kind === 'slot') return `column ${node.index}`
    if (node?.kind === 'column') {
      const index = findColumn(node.path, scope.sources, node.position)
      return index === undefined ? `name ${node.path.join('.')}` : `column ${index}`
    }
    return value
  })
}

function asNode(value: unknown): Expression | undefined {
  return typeof value === 'object' && value !== null && 'kind' in value ? (value as Expression) : undefined
}

/** Visits every expression inside, but not those of subqueries; returns true when a subquery was met. */
export function visitExpressions(root: Expression, visit: (node: Expression) => void): boolean {
  let hasSubquery = false
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) walk(item)
      return
    }
    if (typeof value !== 'object' || value === null) return
    if ('commonTables' in value) {
      hasSubquery = true
      return
    }
    const node = asNode(value)
    if (node && 'position' in node) visit(node)
    for (const child of Object.values(value)) walk(child)
  }
  walk(root)
  return hasSubquery
}
