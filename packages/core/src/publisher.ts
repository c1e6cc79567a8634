import type { BridgeLine, PresentLine } from './certificate.ts'
import type { Clock } from './clock.ts'
import type { ControlTotals } from './control-totals.ts'
import type { Intent, PublishJournal } from './publish-store.ts'
import type { RecordType } from './record-type.ts'
import type { Row, RowBatch, RowSchema, Value } from './row-schema.ts'
import type { ScratchFolder } from './spill-files.ts'

/** A place where the entities of record types are published: a Knack app, the datasets of a Socrata domain. */
export interface Publisher {
  /** Its name in the configuration: `data-tracker`. */
  readonly destination: string
  /**
   * Proves that the destination is the one that is meant and that every mapped field is there and can hold what is mapped to it.
   * Writes nothing. Throws with every mistake: COLUMNS_MISSING for a mapped column that the schema lacks, DESTINATION_MISMATCH
   * for another app or unsuitable fields, DESTINATION_MISSING, DESTINATION_CREDENTIALS_REFUSED.
   */
  openTarget(recordType: RecordType, options: TargetOptions): Promise<PublishTarget>
}

export interface TargetOptions {
  /** Of the snapshot that is published. */
  readonly schema: RowSchema
  readonly clock: Clock
  /** What generated timestamps say: one moment for all records of the run. */
  readonly startedAt: Date
  readonly scratch: ScratchFolder
  readonly signal: AbortSignal
  onProgress(progress: PublishProgress): void
}

/** Calls go one after the other: `plan`, then `apply`, then `readBack`. */
export interface PublishTarget extends AsyncDisposable {
  /** For people: `object_86 (Task orders) in Finance & Purchasing`. */
  readonly description: string
  /**
   * The account whose allowance and pace all its processes share, as a lock's name: `knack-atd`. Undefined where nothing is shared.
   * Its lock is held from before `plan` to after `readBack`.
   */
  readonly account: string | undefined
  /** Money columns of the record type that the destination holds, in the order of the record type. */
  readonly money: readonly string[]
  /** Whether a row is wanted there; undefined: all are. */
  readonly filter: ((row: Row) => boolean) | undefined
  /**
   * Reads all of the destination and compares it with the entities, which are read once. `unanswered` are creates of earlier runs
   * that may still arrive: they are planned as held unless the destination has them.
   */
  plan(entities: AsyncIterable<RowBatch>, unanswered: readonly Intent[]): Promise<PublishPlan>
  /**
   * Sends what is planned, the most important first. Every write is in the journal before it is sent, and its answer after it came.
   * A record that is refused does not stop the others up to the mapping's limit; the outcome says how it ended. Throws only for what
   * ends the whole run, after the answers known so far are in the journal.
   */
  apply(plan: PublishPlan, options: ApplyOptions): Promise<PublishOutcome>
  /**
   * What the destination holds of the entities, read again if anything was sent, and again for a while if it lags behind.
   */
  readBack(outcome: PublishOutcome): Promise<PublishedTotals>
  /** Reads only the records that have the keys of these few entities, and compares them; writes nothing. Needs no plan. */
  inspect(entities: RowBatch): Promise<Inspection>
}

/** What a destination has of a few entities. */
export interface Inspection {
  readonly fields: readonly TargetField[]
  /** One for each entity, in their order. */
  readonly entities: readonly InspectedEntity[]
}

export interface InspectedEntity {
  /** The readable entity key. */
  readonly key: string
  /** Why the destination cannot hold it. */
  readonly rejected?: string
  /** Those with its key, the one that is kept up to date first, each with what publishing would change in it. */
  readonly records: readonly { readonly id: string; readonly changes: readonly FieldChange[] }[]
}

export interface ApplyOptions {
  readonly journal: PublishJournal
  /** A plan that was saved earlier: only what it says is sent, and only where the present plan does not contradict it. */
  readonly saved?: PublishPlan
  /** Most writes that are sent. */
  readonly limit?: number
  /** Whether to wait for the settle time of unclear creates; without, they stay held. */
  readonly waitsForUnclear: boolean
}

/** A field of a destination, as the mapping and the destination's own metadata say together. */
export interface TargetField {
  /** `field_1276`, or an API field name. */
  readonly name: string
  /** As people see it in the destination. */
  readonly label: string
  readonly kind: FieldKind
  readonly isKey: boolean
  /** Sent along with a change, never a reason for one. */
  readonly isIgnoredInDiff: boolean
  /** Set for a field that is filled by a money column alone. */
  readonly money?: { readonly column: string; readonly scale: number }
}

/** What the values of a field are compared as. */
export type FieldKind = 'text' | 'number' | 'currency' | 'date' | 'list' | 'boolean' | 'connection'

/** A field that a write changes; values are in the destination's own form as text, lists joined by comma and line feed. */
export interface FieldChange {
  readonly field: string
  readonly from: Value
  readonly to: Value
}

/** What publishing would do with one record, or what it found out about it. */
export type PlanEntry =
  | { readonly kind: 'create'; readonly key: string; readonly changes: readonly FieldChange[] }
  | {
      readonly kind: 'update'
      readonly key: string
      readonly id: string
      readonly changes: readonly FieldChange[]
    }
  | {
      readonly kind: 'delete'
      readonly key: string
      readonly id: string
      readonly changes: readonly FieldChange[]
    }
  /** A create of an earlier run that may still arrive; created when nothing is found after `until` (ISO 8601). */
  | {
      readonly kind: 'held'
      readonly key: string
      readonly changes: readonly FieldChange[]
      readonly until: string
    }
  /**
   * In the destination and not among the entities; only reported. `key` may be empty. `isFilteredOut`: the source still has it, and the
   * filter of the mapping leaves it out.
   */
  | { readonly kind: 'departed'; readonly key: string; readonly id: string; readonly isFilteredOut?: true }
  /** Has the key of another record of the destination, `keptId`, which is the one that is kept up to date. */
  | { readonly kind: 'duplicate'; readonly key: string; readonly id: string; readonly keptId: string }
  /** An entity that the destination cannot hold. */
  | { readonly kind: 'rejected'; readonly key: string; readonly reason: string }

export interface PlanSummary {
  readonly creates: number
  readonly updates: number
  readonly deletes: number
  readonly held: number
  readonly unchanged: number
  readonly departed: number
  readonly duplicates: number
  readonly rejected: number
  /** By field: how many updates change it. */
  readonly changesByField: Readonly<Record<string, number>>
  /** By reason, such as `order only`: how many values are equal although their texts are not. */
  readonly equalities: Readonly<Record<string, number>>
  /**
   * Records that left the source and would be flagged or deleted, and how many may be; undefined where they are only reported. Those
   * that the filter leaves out are not among them, unless the whole set is replaced.
   */
  readonly departing?: { readonly records: number; readonly limit: number }
  /** Calls that applying it takes, reading back included. */
  readonly callsNeeded: number
  /** Of the allowance of the day; undefined where there is none. */
  readonly callsLeft?: number
  /** When the allowance begins anew, ISO 8601. */
  readonly callsResetAt?: string
}

/** What publishing would do, record by record. Lives on disk until its target is disposed. */
export interface PublishPlan {
  readonly summary: PlanSummary
  readonly fields: readonly TargetField[]
  /** Every entry but unchanged records, the most important first; may be read more than once. */
  entries(): AsyncIterable<PlanEntry>
}

/** How applying a plan ended. `stopped` says why writes are left that were not sent. */
export interface PublishOutcome {
  readonly created: number
  readonly updated: number
  readonly deleted: number
  /** Writes of a saved plan that were found done. */
  readonly alreadyDone: number
  /** Records that the destination refused. */
  readonly refused: readonly RecordFailure[]
  /** Records of a saved plan whose present value is neither the planned old nor the planned new one. */
  readonly stale: readonly RecordFailure[]
  /** Creates that are unclear and whose settle time is not over. */
  readonly held: readonly RecordFailure[]
  /** Writes that were planned and not sent. */
  readonly waiting: number
  readonly stopped?: {
    readonly reason: 'allowance' | 'limit' | 'rejections'
    readonly message: string
    readonly resumeAt?: string
  }
  /** Calls to the destination, reading and retries included. */
  readonly calls: number
}

export interface RecordFailure {
  readonly key: string
  readonly reason: string
}

/** The entities of a run as the destination should hold them, and as it does. */
export interface PublishedTotals {
  /** The entities that count as published, in the destination's form. */
  readonly mapped: ControlTotals
  /** The same records, computed from what was read back. */
  readonly destination: ControlTotals
  /** Entities that the destination does not hold as they should be, by why that is known; rows and sums of money as mapped. */
  readonly notPublished: Readonly<Record<NotPublished, BridgeLine>>
  /** What else is there, and how many records in all, as read back. */
  readonly departed: PresentLine
  readonly duplicates: PresentLine
  readonly outdated: PresentLine
  readonly present: number
  /** Entities that should be there and are not, or differ: one line each, at most ten. */
  readonly differences: readonly string[]
}

export type NotPublished = 'rejected' | 'refused' | 'stale' | 'held' | 'waiting'

export type PublishPhase = 'read snapshot' | 'read destination' | 'send' | 'settle' | 'read back'

export interface PublishProgress {
  readonly phase: PublishPhase
  readonly done: number
  readonly total?: number
  /** A sentence for a log, such as why it waits. */
  readonly message?: string
}
