import type { ControlTotals } from './control-totals.ts'
import type { RecordType } from './record-type.ts'
import type { RowBatch, SourceColumn } from './row-schema.ts'

/** A database that record types are read from. */
export interface Extractor {
  /** Fixes the moment that everything read through it belongs to; its label says what was proven. Dispose it to give the connections back. */
  openSnapshot(options: { readonly signal: AbortSignal }): Promise<SourceSnapshot>
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
  /** Rows in no promised order. Asking for the next batch is the backpressure; leaving the loop closes the cursor. */
  extract(recordType: RecordType, options: ExtractOptions): AsyncIterable<RowBatch>
  /** Rows, money totals and distinct entity keys by one aggregate query in the database; without a set hash. */
  totals(recordType: RecordType, options: { readonly signal: AbortSignal }): Promise<ControlTotals>
  /** How often the record type's query has been executed through the extractor, for earlier snapshots too. */
  executions(recordType: RecordType): number
}

export interface ExtractOptions {
  readonly batchSize: number
  readonly signal: AbortSignal
}

/** What was proven about the moment that rows belong to, from the strongest to the weakest. */
export interface Consistency {
  readonly label: 'read-only transaction' | 'per statement'
  /** The system change number, if the database tells it. */
  readonly scn?: string
  /** When the moment was fixed: the database's clock where it can be read, ISO 8601 in UTC. */
  readonly fixedAt: string
}
