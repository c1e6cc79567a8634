import type { BindValue, Execution, OracleSession, ParsedStatement } from '../database.ts'
import type { OracleType, OracleValue, ResultColumn } from '../values.ts'
import { formatOffset, offsetAt, parseOffset } from './calendar.ts'
import type { Catalog, DatabaseLink } from './catalog.ts'
import { compileExpression } from './compile-expression.ts'
import { type CompiledQuery, compileQuery } from './compile-query.ts'
import type { Cursor, Row } from './compiled.ts'
import { convert } from './conversion.ts'
import { readAll } from './cursors.ts'
import { compileDateFormat } from './date-format.ts'
import { executeDdl } from './ddl.ts'
import { compileDml } from './dml.ts'
import { oracleError, unimplemented } from './errors.ts'
import { parseStatement } from './parse-statement.ts'
import type { RowStore, Transaction } from './row-store.ts'
import { type CompileContext, type DatabaseRole, emptyFrame, emptyScope, readSlot } from './scope.ts'
import type { SessionState } from './session-state.ts'
import type { Statement } from './syntax.ts'
import { describeColumn, type SqlType, sameType, varchar2 } from './types.ts'

/** What sessions share. */
export interface SessionEnvironment {
  readonly catalog: Catalog
  readonly store: RowStore
  readonly databaseName: string
  readonly databaseTimeZone: string
  readonly databaseRole: DatabaseRole
  now(): Date
  openRemote(link: DatabaseLink): OracleSession
}

const NOTHING: Execution = { rows: [], rowsAffected: 0 }
const FIXED_SETTINGS: Readonly<Record<string, readonly string[]>> = {
  NLS_LANGUAGE: ['AMERICAN'],
  NLS_TERRITORY: ['AMERICA'],
  NLS_DATE_LANGUAGE: ['AMERICAN', 'ENGLISH'],
  NLS_SORT: ['BINARY'],
  NLS_COMP: ['BINARY'],
  NLS_LENGTH_SEMANTICS: ['BYTE'],
  ISOLATION_LEVEL: ['READ COMMITTED'],
}

/** A session without a wire: `onClose` forgets it. */
export function createSession(
  state: SessionState,
  environment: SessionEnvironment,
  onClose: () => void,
): OracleSession {
  const { catalog, store } = environment
  let transaction: Transaction | undefined

  const contextFor = (
    bindTypes: readonly SqlType[],
    bindValues: readonly OracleValue[] | undefined,
  ): CompileContext => ({
    catalog,
    store,
    session: state,
    now: environment.now(),
    user: state.user,
    schema: state.currentSchema,
    bindTypes,
    bindValues,
    scn: transaction?.isReadOnly ? transaction.startScn : store.currentScn,
    transaction,
    databaseName: environment.databaseName,
    databaseTimeZone: environment.databaseTimeZone,
    databaseRole: environment.databaseRole,
    viewDepth: 0,
    commonTables: new Map(),
    asOf: undefined,
    openRemote: environment.openRemote,
    queryAs,
  })

  function queryAs(owner: string, sql: string, binds: readonly OracleValue[]): readonly Row[] {
    const { statement } = parseStatement(sql)
    if (statement.kind !== 'query') throw unimplemented('a function that changes something')
    const types = binds.map(() => varchar2(4000))
    return readAll(
      compileQuery(statement.query, { ...contextFor(types, binds), user: owner, schema: owner }).open(),
    )
  }

  function commit(): void {
    if (transaction !== undefined) store.commit(transaction)
    transaction = undefined
  }

  function rollback(): void {
    if (transaction !== undefined) store.rollback(transaction)
    transaction = undefined
  }

  function change(run: (transaction: Transaction) => number): Execution {
    if (transaction?.isReadOnly) throw oracleError(1456)
    const isFirst = transaction === undefined
    const current = transaction ?? store.begin(false, state.id)
    transaction = current
    try {
      return { rows: [], rowsAffected: run(current) }
    } catch (error) {
      if (isFirst) rollback()
      throw error
    }
  }

  function control(statement: Exclude<Statement, { kind: 'query' }>, context: CompileContext): Execution {
    switch (statement.kind) {
      case 'commit':
        commit()
        return NOTHING
      case 'rollback':
        rollback()
        return NOTHING
      case 'setTransaction':
        if (transaction !== undefined) throw oracleError(1453)
        if (statement.isReadOnly) transaction = store.begin(true, state.id)
        return NOTHING
      case 'alterSession':
        for (const { name, value, position } of statement.settings)
          set(state, name, value, position, environment)
        return NOTHING
      case 'block':
        for (const { path, args, position } of statement.calls) {
          const values = args.map((arg) =>
            convert(
              compileExpression(arg, emptyScope(), context),
              varchar2(4000),
              context,
              position,
            ).evaluate(),
          )
          callProcedure(state, path.join('.'), values, position)
        }
        return NOTHING
      case 'insert':
      case 'update':
      case 'delete':
        return change((current) => compileDml(statement, { ...context, transaction: current })(current))
      default:
        commit()
        executeDdl(statement, contextFor([], []))
        return NOTHING
    }
  }

  function parse(sql: string, bindTypes?: readonly OracleType[]): ParsedStatement {
    const { statement, bindNames } = parseStatement(sql)
    // A block takes one value per name, SQL one per occurrence.
    const expected = statement.kind === 'block' ? [...new Set(bindNames)] : bindNames
    const places = bindNames.map((name, index) =>
      statement.kind === 'block' ? expected.indexOf(name) : index,
    )
    const perOccurrence = <T>(values: readonly T[]): T[] => {
      if (values.length < expected.length) throw oracleError(1008)
      if (values.length > expected.length) throw oracleError(1036)
      return places.flatMap((place) => values.slice(place, place + 1))
    }
    const described =
      bindTypes === undefined ? bindNames.map(() => varchar2(4000)) : perOccurrence<SqlType>(bindTypes)
    if (statement.kind === 'query') {
      const compiled = compileQuery(statement.query, contextFor(described, undefined))
      const columns = compiled.columns.map(({ name, type, isNullable }) =>
        describeColumn(name, type, isNullable),
      )
      return {
        kind: 'query',
        columns,
        bindNames: expected,
        execute(binds) {
          const context = contextFor(...bound(perOccurrence(binds)))
          return {
            rows: rowsOf(asDescribed(compileQuery(statement.query, context), columns, context)),
            rowsAffected: 0,
          }
        },
      }
    }
    if (statement.kind === 'insert' || statement.kind === 'update' || statement.kind === 'delete')
      compileDml(statement, contextFor(described, undefined))
    return {
      kind: kindOf(statement),
      columns: [],
      bindNames: expected,
      execute: (binds) => control(statement, contextFor(...bound(perOccurrence(binds)))),
    }
  }

  return {
    parse,
    commit,
    rollback,
    get isInTransaction() {
      return transaction !== undefined
    },
    close() {
      rollback()
      onClose()
    },
  }
}

function kindOf(statement: Statement): ParsedStatement['kind'] {
  switch (statement.kind) {
    case 'query':
      return 'query'
    case 'insert':
    case 'update':
    case 'delete':
      return 'dml'
    case 'alterSession':
    case 'setTransaction':
    case 'commit':
    case 'rollback':
    case 'block':
      return 'control'
    default:
      return 'ddl'
  }
}

const bound = (binds: readonly BindValue[]): [SqlType[], OracleValue[]] => [
  binds.map(({ type }) => type),
  binds.map(({ value }) => (value === '' ? null : value)),
]

/** The columns keep the types that the client was told, whatever the binds turn out to be. */
function asDescribed(
  query: CompiledQuery,
  columns: readonly ResultColumn[],
  context: CompileContext,
): () => Cursor {
  if (query.columns.length !== columns.length)
    throw oracleError(4068, 0, 'the columns of the statement have changed since it was parsed')
  if (
    query.columns.every(
      ({ type }, index) =>
        type.name === columns[index]?.type.name || sameType(type, columns[index]?.type ?? type),
    )
  )
    return query.open
  const frame = emptyFrame()
  const cells = query.columns.map((column, index) =>
    convert(readSlot(frame, index, column), columns[index]?.type ?? column.type, context),
  )
  return () => {
    const next = query.open()
    return () => {
      const row = next()
      if (row === undefined) return undefined
      frame.row = row
      return cells.map((cell) => cell.evaluate())
    }
  }
}

function rowsOf(open: () => Cursor): Iterable<Row> {
  return {
    [Symbol.iterator]() {
      const next = open()
      let isOver = false
      return {
        next(): IteratorResult<Row> {
          const row = isOver ? undefined : next()
          if (row !== undefined) return { done: false, value: row }
          isOver = true
          return { done: true, value: undefined }
        },
        return(): IteratorResult<Row> {
          isOver = true
          return { done: true, value: undefined }
        },
      }
    },
  }
}

function set(
  state: SessionState,
  name: string,
  value: string,
  position: number,
  { catalog, databaseTimeZone, now }: SessionEnvironment,
): void {
  const fixed = FIXED_SETTINGS[name]
  if (fixed !== undefined) {
    if (fixed.includes(value.toUpperCase())) return
    throw unimplemented(`${name} = ${value}`, position)
  }
  switch (name) {
    case 'NLS_DATE_FORMAT':
      compileDateFormat(value)
      state.dateFormat = value
      return
    case 'NLS_TIMESTAMP_FORMAT':
      compileDateFormat(value)
      state.timestampFormat = value
      return
    case 'NLS_TIMESTAMP_TZ_FORMAT':
      compileDateFormat(value)
      state.timestampTzFormat = value
      return
    case 'NLS_NUMERIC_CHARACTERS':
      if (!/^(?:\.[, ]|,[. ])$/.test(value)) throw unimplemented(`${name} = ${value}`, position)
      state.decimalMark = value.startsWith(',') ? ',' : '.'
      return
    case 'NLS_CALENDAR': {
      const calendar = value.toUpperCase()
      if (calendar !== 'GREGORIAN' && calendar !== 'THAI BUDDHA')
        throw unimplemented(`${name} = ${value}`, position)
      state.calendar = calendar
      return
    }
    case 'TIME_ZONE':
      state.timeZone = zoneName(value, databaseTimeZone, now())
      return
    case 'CURRENT_SCHEMA':
      if (!catalog.schemas.has(value)) throw oracleError(1435, position, 'user does not exist')
      state.currentSchema = value
      return
    default:
      throw oracleError(2248, position)
  }
}

function zoneName(value: string, databaseTimeZone: string, now: Date): string {
  if (value.toUpperCase() === 'DBTIMEZONE') return databaseTimeZone
  if (/^\s*[+-]?\d/.test(value)) return formatOffset(parseOffset(value))
  offsetAt(value, {
    year: now.getUTCFullYear(),
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    nanoseconds: 0,
  })
  return value
}

/** The packages that clients call to say who they are. */
function callProcedure(
  state: SessionState,
  name: string,
  values: readonly OracleValue[],
  position: number,
): void {
  const put = (key: string, value: OracleValue | undefined) => state.context.set(key, value ?? '')
  const [first, second] = values
  switch (name) {
    case 'DBMS_APPLICATION_INFO.SET_MODULE':
      put('MODULE', first)
      put('ACTION', second)
      return
    case 'DBMS_APPLICATION_INFO.SET_ACTION':
      put('ACTION', first)
      return
    case 'DBMS_APPLICATION_INFO.SET_CLIENT_INFO':
      put('CLIENT_INFO', first)
      return
    case 'DBMS_SESSION.SET_IDENTIFIER':
      put('CLIENT_IDENTIFIER', first)
      return
    case 'DBMS_SESSION.CLEAR_IDENTIFIER':
      put('CLIENT_IDENTIFIER', null)
      return
    default:
      throw unimplemented(`PL/SQL call ${name}`, position)
  }
}
