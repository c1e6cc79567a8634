import type { ControlTotals } from './control-totals.ts'
import type { RecordType } from './record-type.ts'
import type { RowBatch, RowSchema, SourceColumn } from './row-schema.ts'
import type { InspectOptions, SourceInspection } from './source-inspection.ts'
import type { BoundedWindow, Window, WindowRequest } from './window.ts'

/** A database that record types are read from. */
export interface Extractor {
  /** Fixes the moment that everything read through it belongs to; its label says what was proven. Dispose it to give the connections back. */
  openSnapshot(options: SnapshotOptions): Promise<SourceSnapshot>
  /** All that can be known of a record type's source without reading its rows. A source that is not as declared is told, not thrown. */
  inspect(recordType: RecordType, options: InspectOptions): Promise<SourceInspection>
}

export interface SnapshotOptions {
  readonly signal: AbortSignal
  /** All that will be read: what the label says holds for each of them. */
  readonly recordTypes: readonly RecordType[]
  /** The moment of an earlier attempt of the same run: it is fixed again, or the label is `fuzzy`. */
  readonly resumed?: Consistency
}

export interface SourceSnapshot extends AsyncDisposable {
  readonly consistency: Consistency
  /**
   * The columns of a record type in its declared order, without executing the query.
   * Throws COLUMNS_MISSING with all missing ones, and ORACLE_VALUE_UNSUPPORTED for a type that cannot be carried.
   */
  describe(
    recordType: RecordType,
    options: { readonly signal: AbortSignal },
  ): Promise<readonly SourceColumn[]>
  /**
   * What is complete of a record type with a cursor, as far as the source tells; a resumed run keeps the one that it had. Rows
   * with a later value than its end are read once that has passed. A cursor that is a number costs an execution, a time none.
   * Throws CONFIG_INVALID for a cursor no window can go by, and EXECUTIONS_SPENT before the first of more executions than its
   * maximum, totals and rows may take.
   */
  window(recordType: RecordType, options: WindowOptions): Promise<BoundedWindow>
  /** Rows in no promised order. Asking for the next batch is the backpressure; leaving the loop closes the cursor. */
  extract(recordType: RecordType, options: ExtractOptions): AsyncIterable<RowBatch>
  /** Rows, money totals and distinct entity keys by one aggregate query in the database. */
  totals(recordType: RecordType, options: TotalsRequest): Promise<SourceTotals>
  /** The entity keys of all rows, each row in the order of the key's columns, for finding what left the source. */
  keys(recordType: RecordType, options: Omit<ExtractOptions, 'window'>): AsyncIterable<RowBatch>
  /** How often the record type's query has been executed through the extractor, for earlier snapshots too. */
  executions(recordType: RecordType): number
}

export interface WindowOptions extends WindowRequest {
  readonly signal: AbortSignal
}

export interface ExtractOptions {
  readonly batchSize: number
  /** Only the rows whose cursor is in it, and those without a cursor value as the cursor says; CURSOR_NULL may end the run. */
  readonly window?: Window
  readonly signal: AbortSignal
}

export interface TotalsRequest {
  readonly signal: AbortSignal
  /** Only the rows that `extract` reads in it. */
  readonly window?: Window
  /** With the frozen ordinals: asks for the set hash too. */
  readonly schema?: RowSchema
}

export interface SourceTotals {
  readonly totals: ControlTotals
  /** What was asked for and could not be had, each with the reason. */
  readonly leftOut: readonly string[]
}

/** What was proven about the moment that rows belong to, from the strongest to the weakest. */
export type ConsistencyLabel =
  /** Every statement read the same SCN; nothing behind the queries lies beyond a database link or is read by stored code. */
  | 'scn'
  /** Every statement read the same SCN, but the database does not show all that stands behind the queries. */
  | 'scn, links not visible'
  /** One transaction over one connection that sees the database as of its beginning. */
  | 'read-only transaction'
  /** Each statement may have seen a moment of its own. */
  | 'per statement'
  /** A run that was resumed when its moment could not be read again: the SCN, if any, is that of the later part. */
  | 'fuzzy'

export interface Consistency {
  readonly label: ConsistencyLabel
  /** The system change number that was read, in digits. */
  readonly scn?: string
  /** When the moment was fixed: the database's clock where it can be read, ISO 8601 in UTC. */
  readonly fixedAt: string
  /** Why nothing stronger was proven, each with what would make it so. */
  readonly because?: readonly string[]
}

/** `scn 4000123, links not visible`: the label with its number, as people read it. */
export function describeConsistency({ label, scn }: Pick<Consistency, 'label' | 'scn'>): string {
  if (scn === undefined) return label
  return label.startsWith('scn') ? label.replace('scn', `scn ${scn}`) : `${label}, scn ${scn}`
}
