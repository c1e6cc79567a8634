import type { OracleType, OracleValue, ResultColumn } from './values.ts'

/** The SQL engine behind the wire: users, schemas, tables, views, and sessions over them. */
export interface OracleDatabase {
  /**
   * Opens a session for a user that has authenticated; unqualified names are looked up in that user's schema, then in public synonyms.
   * `context` is read whenever SQL asks for SYS_CONTEXT('USERENV', name) or V$SESSION: MODULE, ACTION, CLIENT_IDENTIFIER, HOST, …
   */
  openSession(user: string, context?: ReadonlyMap<string, string>): OracleSession
  /** Rows and objects are as they have been since this SCN; absent where nothing ever changes. */
  readonly lastChangeScn?: number
  /** Runs statements as the owner of a schema, for set-up and for changing data in tests: `;` alone on a line end or an array separates them. */
  run(schema: string, ...statements: string[]): void
  /** Adds a table whose rows are given at once (set-up of sample data) or made on demand (`rowCount` and `row(i)`, for benchmarks). */
  addTable(schema: string, table: TableDefinition): void
}

export interface TableDefinition {
  readonly name: string
  readonly columns: readonly {
    readonly name: string
    readonly type: OracleType
    readonly isNullable?: boolean
    readonly comment?: string
  }[]
  readonly rows?: readonly (readonly OracleValue[])[]
  readonly generated?: { readonly rowCount: number; row(index: number): readonly OracleValue[] }
}

export interface BindValue {
  readonly type: OracleType
  readonly value: OracleValue
}

export interface OracleSession {
  /**
   * Parses, resolves and types one statement. Throws OracleError: unknown SQL is always an error.
   * Without `bindTypes` (one per occurrence) a column that is nothing but a bind is described as VARCHAR2(4000).
   */
  parse(sql: string, bindTypes?: readonly OracleType[]): ParsedStatement
  commit(): void
  rollback(): void
  /** True while a transaction (read-only ones too) is open. */
  readonly isInTransaction: boolean
  close(): void
}

export interface ParsedStatement {
  readonly kind: 'query' | 'dml' | 'ddl' | 'control'
  /** The columns of a query; empty for anything else. */
  readonly columns: readonly ResultColumn[]
  /** One name per occurrence of a placeholder, upper case, in the order of the text. */
  readonly bindNames: readonly string[]
  /** Runs it with one bind per occurrence. Rows are made as they are pulled. */
  execute(binds: readonly BindValue[]): Execution
}

export interface Execution {
  readonly rows: Iterable<readonly OracleValue[]>
  readonly rowsAffected: number
}
