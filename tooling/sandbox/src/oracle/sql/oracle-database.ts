// What this engine does not imitate, and refuses by an ORA-03001 that names it or by Oracle's own error: CONNECT BY, PIVOT, MODEL, LATERAL,
// USING, NATURAL and (+) joins, ROLLUP and CUBE, FOR UPDATE, MERGE, RETURNING, savepoints, serializable transactions, sequences, triggers,
// CHECK and FOREIGN KEY constraints, indexes, roles, DML through database links, PL/SQL but for calls that name the session and functions
// written in TypeScript, intervals as columns, regular expressions, XML, JSON, languages other than American, named windows and those of
// GROUPS, the ROWID of a view, STANDARD_HASH of dates and binary floats. ORA_HASH puts values into other buckets than Oracle does, and the
// parts of a ROWID name no file or block.
// What is read through a database link is the other side's present, whatever AS OF or a read-only transaction says, as in Oracle.
// Where it is simpler than the real thing: a statement that would wait for a row lock gets ORA-00054; a statement that is still being
// fetched gets ORA-01555 as soon as the undo of any row of a table that it scans is gone, not only of the rows it has yet to read; SCNs
// and times are tied to the millisecond, not to three seconds; users exist as soon as anybody names them.
import type { OracleDatabase, OracleSession, TableDefinition } from '../database.ts'
import type { OracleType, OracleValue } from '../values.ts'
import { createCatalog, type StoredFunction, type TableColumn, type View } from './catalog.ts'
import { addDictionary } from './dictionary.ts'
import { oracleError } from './errors.ts'
import { parseNumber } from './number-arithmetic.ts'
import { createSession, type SessionEnvironment } from './oracle-session.ts'
import { createRowStore, storedRows } from './row-store.ts'
import type { ColumnInfo, DatabaseRole } from './scope.ts'
import { defaultSettings, type SessionState } from './session-state.ts'
import { tokenize } from './tokenizer.ts'
import { columnWriter } from './writing.ts'

export interface OracleDatabaseOptions {
  /** The clock of SYSDATE, of commits and of the undo retention. */
  readonly now?: () => Date
  /** How long AS OF and read-only transactions can still read what was overwritten; ORA-01555 after that. 15 minutes by default. */
  readonly undoRetentionMs?: number
  readonly name?: string
  /** DBTIMEZONE and the zone of SYSDATE, as an offset. */
  readonly timeZone?: string
  /** A standby shows no transaction, and stands for its redo by taking changes all the same. */
  readonly role?: DatabaseRole
  /** Whether it says that it is one of several instances: PARALLEL in V$INSTANCE. */
  readonly isCluster?: boolean
  /** What a trigger would execute in each session that a client opens. */
  readonly afterLogon?: readonly string[]
}

/** What a PL/SQL function would be, written in TypeScript. */
export interface FunctionDefinition {
  readonly name: string
  readonly parameters?: readonly OracleType[]
  readonly returns: OracleType
  /**
   * Called for each row with arguments of the types of the parameters. `query` reads with the rights of the owner what the session would
   * read now, its own changes and its read-only transaction included, but never the past that an AS OF around the call asks for.
   */
  readonly evaluate: StoredFunction['evaluate']
  /** What ALL_DEPENDENCIES tells that it stands on, as SQL writes it: `UNITS`, `DW.UNITS@AFAR`. */
  readonly references?: readonly string[]
}

/** What tests can do to the engine beside SQL. */
export interface OracleSqlDatabase extends OracleDatabase {
  /** Ends the undo retention of all that has been overwritten before now: whoever reads it, or is reading it, gets ORA-01555. */
  expireUndo(): void
  /** What `USING 'connectString'` of CREATE DATABASE LINK reaches; the database's own name reaches itself without this. */
  addRemote(connectString: string, remote: OracleDatabase): void
  /** Adds a function that SQL and views can call with EXECUTE; ORA-00955 where something has its name. */
  addFunction(schema: string, definition: FunctionDefinition): void
}

/** An exact in-memory database that speaks Oracle's SQL. */
export function createOracleDatabase({
  now = () => new Date(),
  undoRetentionMs = 15 * 60_000,
  name = 'SANDBOX',
  timeZone = '+00:00',
  role = 'PRIMARY',
  isCluster = false,
  afterLogon = [],
}: OracleDatabaseOptions = {}): OracleSqlDatabase {
  const catalog = createCatalog()
  const store = createRowStore(now, undoRetentionMs)
  const remotes = new Map<string, OracleDatabase>()
  const remoteSessions = new Map<string, OracleSession>()
  const environment: SessionEnvironment = {
    catalog,
    store,
    databaseName: name,
    databaseTimeZone: timeZone,
    databaseRole: role,
    now,
    openRemote({ connectString, username }) {
      const key = connectString.toUpperCase()
      const remote = key === name.toUpperCase() ? database : remotes.get(key)
      if (remote === undefined)
        throw oracleError(12154, 0, 'TNS:could not resolve the connect identifier specified')
      const known = remoteSessions.get(`${username}@${key}`)
      const session = known ?? remote.openSession(username)
      remoteSessions.set(`${username}@${key}`, session)
      return session
    },
  }
  const sessions = new Set<SessionState>()
  let sessionCount = 0
  for (const user of ['SYS', 'SYSTEM']) catalog.addUser(user)

  function newState(user: string, clientContext: ReadonlyMap<string, string>): SessionState {
    catalog.addUser(user)
    return {
      ...defaultSettings,
      id: ++sessionCount,
      user,
      currentSchema: user,
      clientContext,
      context: new Map(),
      loggedOnAt: now(),
    }
  }

  function describeView({ owner, name: viewName }: View): readonly ColumnInfo[] | undefined {
    const session = createSession(newState(owner, new Map()), environment, () => {})
    try {
      return session.parse(`SELECT * FROM "${owner}"."${viewName}"`).columns
    } catch {
      return undefined
    }
  }

  addDictionary({
    catalog,
    store,
    databaseName: name,
    databaseTimeZone: timeZone,
    databaseRole: role,
    isCluster,
    createdAt: now(),
    sessions: () => sessions,
    describeView,
  })

  const database: OracleSqlDatabase = {
    expireUndo: store.expireUndo,
    addRemote: (connectString, remote) => remotes.set(connectString.toUpperCase(), remote),
    get lastChangeScn() {
      return store.lastChangeScn
    },
    addFunction(schema, { parameters = [], references = [], ...definition }) {
      if (catalog.find(schema, definition.name)) throw oracleError(955)
      catalog.add({
        ...catalog.newObject(schema, definition.name, now()),
        ...definition,
        kind: 'function',
        parameters,
        references,
      })
    },
    openSession(user, clientContext = new Map()): OracleSession {
      const state = newState(user, clientContext)
      sessions.add(state)
      const session = createSession(state, environment, () => sessions.delete(state))
      for (const sql of afterLogon) session.parse(sql).execute([])
      return session
    },
    run(schema, ...statements) {
      const session = createSession(newState(schema, new Map()), environment, () => {})
      try {
        for (const sql of statements.flatMap(splitStatements)) session.parse(sql).execute([])
        session.commit()
      } finally {
        session.close()
      }
    },
    addTable(schema, definition) {
      if (catalog.find(schema, definition.name)) throw oracleError(955)
      const columns = definition.columns.map(
        ({ isNullable = true, ...column }): TableColumn => ({ ...column, isNullable }),
      )
      const rows = definition.generated
        ? ({ kind: 'generated', ...definition.generated, row: generatorOf(definition) } as const)
        : storedRows(checkedRows(schema, definition, columns))
      catalog.add({
        ...catalog.newObject(schema, definition.name, now()),
        kind: 'table',
        columns,
        uniqueKeys: [],
        comment: undefined,
        history: store.createHistory(rows),
        shapeScn: 0,
      })
    },
  }
  return database
}

function generatorOf({ generated }: TableDefinition): (index: number) => readonly OracleValue[] {
  return (index) => generated?.row(index) ?? []
}

/** Rows given from outside are held to the same rules as INSERT, and to the canonical form. */
function checkedRows(
  schema: string,
  { name, rows = [] }: TableDefinition,
  columns: readonly TableColumn[],
): OracleValue[][] {
  const writers = columns.map((column) => columnWriter({ owner: schema, name }, column, false))
  return rows.map((row, rowIndex) => {
    if (row.length !== columns.length)
      throw new Error(
        `Row ${rowIndex} of ${schema}.${name} has ${row.length} values for ${columns.length} columns.`,
      )
    return columns.map((column, index) => {
      const value = row[index] ?? null
      if (value !== null && !isCanonical(column.type, value)) {
        throw new Error(
          `Row ${rowIndex} of ${schema}.${name} has a ${column.name} that is not in the canonical form of ${column.type.name}.`,
        )
      }
      return writers[index]?.(value) ?? null
    })
  })
}

const DATE_FORM = /^-?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/
const TIMESTAMP_FORM = /^-?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}$/
const INSTANT_FORM = /^-?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z[+-]\d\d:\d\d(?:\[[\w/+-]+\])?$/
const LOCAL_INSTANT_FORM = /^-?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/

function isCanonical({ name }: OracleType, value: string): boolean {
  switch (name) {
    case 'NUMBER':
    case 'FLOAT':
      return parseNumber(value) === value
    case 'DATE':
      return DATE_FORM.test(value)
    case 'TIMESTAMP':
      return TIMESTAMP_FORM.test(value)
    case 'TIMESTAMP WITH TIME ZONE':
      return INSTANT_FORM.test(value)
    case 'TIMESTAMP WITH LOCAL TIME ZONE':
      return LOCAL_INSTANT_FORM.test(value)
    case 'ROWID':
      return /^[A-Za-z0-9+/]{18}$/.test(value)
    case 'RAW':
    case 'BLOB':
      return /^(?:[0-9a-f]{2})*$/.test(value)
    case 'BINARY_DOUBLE':
    case 'BINARY_FLOAT':
      return value === 'NaN' || String(Number(value)) === value
    default:
      return true
  }
}

/** Parts at semicolons that end a line; a block keeps its own. */
function splitStatements(text: string): string[] {
  if (/^\s*BEGIN\b/i.test(text)) return [text]
  const parts: string[] = []
  let start = 0
  for (const { kind, value, position, end } of tokenize(text)) {
    const endsLine = kind === 'symbol' && value === ';' && /^[ \t\r]*(\n|$)/.test(text.slice(end))
    if (!endsLine) continue
    parts.push(text.slice(start, position))
    start = end
  }
  parts.push(text.slice(start))
  return parts.filter((part) => part.trim() !== '')
}
