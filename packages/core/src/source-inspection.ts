import type { ErrorCode } from './errors.ts'
import type { Consistency } from './extractor.ts'
import type { Column, SourceColumn } from './row-schema.ts'

export interface InspectOptions {
  readonly signal: AbortSignal
  /** Counts rows and distinct keys, which executes the query once. */
  readonly countsKeys?: boolean
  /** The columns of the last run, to tell what changed since. */
  readonly previous?: readonly Column[]
}

/** What is known of the source of a record type: one answer for a doctor, a check and a console. */
export interface SourceInspection {
  readonly recordType: string
  /** The declared columns that the source has and that can be carried, in their declared order. */
  readonly columns: readonly InspectedColumn[]
  /** Columns that the query gives and the record type does not declare. */
  readonly undeclared: readonly string[]
  /** Absent for joins, and where the user may not see statistics: never a guess. */
  readonly estimate?: RowEstimate
  /** How one fetch brings the rows, given the widest values that the columns allow. */
  readonly fetch: FetchShape
  /** The moment that a run can fix, and why no stronger one; absent when Oracle does not understand the query. */
  readonly consistency?: Consistency
  /** Whether the database shows open transactions, so that a window ends before the oldest; absent with `consistency`. */
  readonly seesTransactions?: boolean
  /** Why source totals cannot have the set hash; absent when they can. */
  readonly hashObstacle?: string
  /** Tables, views and synonyms that the query names, with the user's privileges on each. */
  readonly objects: readonly SourceObject[]
  /** Set when they were counted. */
  readonly keys?: KeyCounts
  /** The constraint of a plain table that makes row key and entity key unique, so that nothing has to be counted. */
  readonly uniqueBy?: string
  /** Beside what `consistency` says of itself. */
  readonly findings: readonly Finding[]
  /** How often the inspection executed the query. */
  readonly executions: number
}

export interface InspectedColumn extends SourceColumn {
  /** In the words of the source: `NUMBER(18,2)`. */
  readonly sourceType: string
  /** Of a table or view that the query names, unless several disagree. */
  readonly comment?: string
}

/** What the statistics of the one table behind a query say; its conditions may leave fewer rows. */
export interface RowEstimate {
  readonly rows: number
  readonly table: string
  /** Local time of the database; the statistics are as old as that. */
  readonly gatheredAt?: string
}

export interface FetchShape {
  /** In one round trip, at most. */
  readonly rows: number
  /** Columns of large objects, whose longest value decides. */
  readonly largeObjects: readonly string[]
  /** Of the memory that a fetch is planned with, what large objects may take, in percent. */
  readonly largeObjectPercent: number
}

export interface SourceObject {
  /** `OWNER.NAME`, with `@LINK` behind one; what a synonym stands for. */
  readonly name: string
  /** `TABLE`, `VIEW`, `MATERIALIZED VIEW`; `REMOTE` beyond a database link. */
  readonly kind: string
  /** `SELECT`, `READ` and `FLASHBACK`, as far as the user has them on it, by role or as its owner too. */
  readonly privileges: readonly string[]
}

/** Keys in which a NULL equals a NULL. */
export interface KeyCounts {
  readonly rows: number
  readonly rowKeys: number
  readonly entityKeys: number
  /** Rows with NULL in a key column that is not declared nullable. */
  readonly nullKeys: number
}

/** One thing that a person should know. */
export interface Finding {
  /** A run fails on a problem; a warning is worth a look; a note may be as it should; a change is what differs from the last run. */
  readonly level: 'problem' | 'warning' | 'note' | 'change'
  /** A column, a key, a privilege. */
  readonly about: string
  readonly detail: string
  readonly nextStep?: string
  /** Of the error that a run ends with. */
  readonly code?: ErrorCode
}
