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
  /** The declared columns that the source has, in their declared order. */
  readonly columns: readonly InspectedColumn[]
  /** Columns that the query gives and the record type does not declare. */
  readonly undeclared: readonly string[]
  /** By the statistics of the tables and views that the user may see; absent when they tell nothing. */
  readonly estimatedRows?: number
  /** Rows that one round trip can bring, given the widest values that the columns allow. */
  readonly rowsPerFetch: number
  /** The moment that a run can fix, and why no stronger one. */
  readonly consistency: Consistency
  /** Whether the database shows open transactions, so that a window ends before the oldest. */
  readonly seesTransactions: boolean
  /** Tables, views and synonyms that the query names, with the user's privileges on each. */
  readonly objects: readonly SourceObject[]
  /** Set when they were counted. */
  readonly keys?: { readonly rows: number; readonly rowKeys: number; readonly entityKeys: number }
  readonly findings: readonly Finding[]
  readonly executions: number
}

export interface InspectedColumn extends SourceColumn {
  readonly comment?: string
}

export interface SourceObject {
  /** `OWNER.NAME`, with `@LINK` behind one. */
  readonly name: string
  readonly kind: string
  readonly privileges: readonly string[]
}

/** One thing that a person should know. */
export interface Finding {
  /** A run fails on a problem; a warning is worth a look; a change is what differs from the last run. */
  readonly level: 'problem' | 'warning' | 'change'
  /** A column, a key, a privilege. */
  readonly about: string
  readonly detail: string
  readonly nextStep?: string
}
