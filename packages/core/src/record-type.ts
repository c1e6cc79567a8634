import type { Cursor } from './window.ts'

/** One kind of record: where it is read, what identifies it, which of its columns are money. */
export interface RecordType {
  /** `task_orders`: lower case, digits and underscores; the name of its file in the store. */
  readonly name: string
  /** One sentence for a person. */
  readonly description: string
  /** A SELECT without a semicolon. Values come in by `:name` only. */
  readonly query: string
  /** Values of the placeholders, always bound, never pasted. A list fills `(:name)` with one placeholder for each text. */
  readonly binds: Readonly<Record<string, string | readonly string[]>>
  /** Names of the columns of the file, in its order, as Oracle reports them (upper case unless quoted in the query). */
  readonly columns: readonly string[]
  /** What identifies a row as read. */
  readonly rowKey: readonly KeyColumn[]
  /** What identifies the thing that is published. */
  readonly entityKey: readonly KeyColumn[]
  /** Columns whose values are joined when rows fold into one entity; all other columns must agree. */
  readonly coalesced: readonly string[]
  readonly money: readonly MoneyColumn[]
  /** The columns that may be published openly. */
  readonly publicColumns: readonly string[]
  readonly guards: GuardLimits
  /** `off` saves one execution of the view; `full` adds the set hash, where rows fit. The certificate states what was left out. */
  readonly sourceTotals: 'on' | 'full' | 'off'
  /** What windows go by; absent for a type that is only read whole. */
  readonly cursor?: Cursor
  /** How often one snapshot may execute the query. */
  readonly maxExecutions: number
  /** Deadline of each round trip of a statement, in milliseconds. */
  readonly statementTimeoutMs: number
  /** A longer CLOB or BLOB stops the run and is named; nothing is ever cut. In characters (bytes for a BLOB). */
  readonly maxLobLength: number
}

export interface KeyColumn {
  readonly column: string
  /** Then NULL equals NULL; otherwise a NULL stops the run. */
  readonly isNullable: boolean
}

export interface MoneyColumn {
  readonly column: string
  /** Digits after the point that an amount may have. */
  readonly scale: number
}

/** Limits that stop a run before it replaces anything. Percentages are of the snapshot that is current. */
export interface GuardLimits {
  readonly minRows: number
  readonly maxShrinkPercent: number
  /** The same row twice with equal values, in percent of the rows read. */
  readonly maxDuplicatePercent: number
  /** Row keys that appear with different values. */
  readonly maxConflicts: number
  /** Rows with NULL in a key column that is not nullable. */
  readonly maxNullKeys: number
  /** How far the sum of a money column may move, in percent of its present absolute value. */
  readonly maxJumpPercent: number
}
