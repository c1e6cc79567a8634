import type { Consistency } from '@findata/core'

/** What every statement of a snapshot reads. */
export interface Moment {
  readonly consistency: Consistency
  /** Set when statements read as of it; else they see what their transaction sees. */
  readonly scn?: string
  readonly clock: SourceClock
  /** Names of record types that the label does not speak of, because Oracle could not parse their queries. */
  readonly uncovered: ReadonlySet<string>
  /** What would prove more than the label does, beside its own reasons; each in a sentence. */
  readonly advice: readonly string[]
}

/** Read before the moment was fixed: what had committed by then is seen at the moment. */
export interface SourceClock {
  /** SYSDATE, in canonical text. */
  readonly local: string
  /** The same instant in UTC, in canonical text. */
  readonly utc: string
  /** When the oldest open transaction that is seen began, on the clock of SYSDATE; null when there is none. */
  readonly oldestTransaction: string | null
  /** False when rows may come from a transaction that is open and not seen: of others, another instance or another database. */
  readonly seesTransactions: boolean
}
