import type { RowBatch } from './row-schema.ts'

/** What grows when a row of a record type changes. */
export interface Cursor {
  /** One column, or several of one type of which the first that is not NULL counts. */
  readonly columns: readonly string[]
  /** What becomes of rows without a value: read in every window, never read, or the run stops. */
  readonly nulls: 'include' | 'exclude' | 'fail'
}

/** A closed stretch of cursor values, in canonical text. */
export interface Window {
  /** Inclusive; null for the beginning. */
  readonly from: string | null
  /** Inclusive. */
  readonly to: string
}

export interface WindowRequest {
  /** The highest cursor value of the last committed run; null before the first. */
  readonly watermark: string | null
  /** How far before the watermark to read again: in milliseconds for a time, in units of the cursor for a number. */
  readonly overlap: number
  /** How far a window stays behind the database's clock, in milliseconds: the clocks of a cluster differ. */
  readonly marginMs: number
}

/** A window, and what it ends by. */
export interface BoundedWindow extends Window {
  /** `watermark`: nothing after the former one is complete, so the window only reads the overlap again. */
  readonly boundedBy: 'clock' | 'open transaction' | 'maximum' | 'watermark'
  /** Why rows may still appear in it that no later window reads, each with what would catch them. */
  readonly notProven: readonly string[]
}

/**
 * What a run remembers of the end of its window, so that the next one can tell which rows came late. It belongs to the
 * row key and the cursor of its record type: after a change of either it must be forgotten, or every row counts as late.
 */
export interface WindowTail {
  /** Where the next window begins if the overlap stays as it is; null for the beginning. */
  readonly from: string | null
  readonly to: string
  /** Hashes of row key and cursor value, 16 bytes each, in ascending order; empty when it is not complete. */
  readonly rows: Uint8Array
  /** False when there were too many to remember. */
  readonly isComplete: boolean
}

/** What the rows of one window say about it. */
export interface WindowCensus {
  /** The highest cursor value that was read: the next watermark. The former one when no row had a higher value. */
  readonly watermark: string | null
  readonly rows: number
  /** Rows without a cursor value. */
  readonly nullRows: number
  /** Rows up to the end of the last window that it did not have; undefined when its tail does not tell for all of them. */
  readonly late: LateRows | undefined
  readonly tail: WindowTail
}

export interface LateRows {
  readonly rows: number
  /** The farthest that one lay behind the last window's end: in milliseconds, or in units of the cursor; null when there are none. */
  readonly worst: number | null
  /** Twice as far as one lay behind the watermark, rounded up; null when the present overlap reaches that far. */
  readonly advisedOverlap: number | null
}

/** Watches the rows of a window go by. */
export interface WindowCounter {
  add(batch: RowBatch): void
  /** Once, after the last batch. */
  finish(): WindowCensus
}
