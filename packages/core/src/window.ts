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
  readonly boundedBy: 'clock' | 'open transaction' | 'maximum'
  /** Why rows may still appear in it, each with what would make it safe; empty when none can. */
  readonly notProven: readonly string[]
}

/** What a run remembers of the end of its window, so that the next one can tell which rows came late. */
export interface WindowTail {
  readonly from: string
  readonly to: string
  /** Hashes of row key and cursor value, 16 bytes each, in ascending order. */
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
  /** Rows up to the end of the last window that it did not have; undefined when that is not known. */
  readonly late: LateRows | undefined
  readonly tail: WindowTail
}

export interface LateRows {
  readonly rows: number
  /** The farthest that one lay behind the last window's end: in milliseconds, or in units of the cursor; null when there are none. */
  readonly worst: number | null
  /** The overlap that would have caught them with room to spare; null when the present one does. */
  readonly advisedOverlap: number | null
}

/** Watches the rows of a window go by. */
export interface WindowCounter {
  add(batch: RowBatch): void
  /** Once, after the last batch. */
  finish(): WindowCensus
}
