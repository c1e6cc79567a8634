import type { Certificate } from './certificate.ts'
import type { FieldChange, RecordFailure } from './publisher.ts'
import type { SnapshotLock } from './snapshot-store.ts'

/** Keeps what publishing must not forget between runs: locks, what was sent and answered, rejected records, certificates. */
export interface PublishStore {
  /**
   * Holds a name, such as `task_orders.data-tracker` or `knack-atd`, and renews it until disposed. Throws LOCK_HELD with who
   * holds it. With `onWait`, it first watches a holder that may be dead.
   */
  lockDestination(
    name: string,
    runId: string,
    options: { readonly signal: AbortSignal; readonly onWait?: ((message: string) => void) | undefined },
  ): Promise<SnapshotLock>
  /** What was sent to a destination; only under its lock. A run opens its journal once. */
  openJournal(
    target: { readonly recordType: string; readonly destination: string },
    runId: string,
    options: { readonly signal: AbortSignal },
  ): Promise<PublishJournal>
  /** Replaces the list of records that the last run could not publish; an empty one removes it. */
  writeRejects(rejects: Rejects): Promise<void>
  readRejects(target: {
    readonly recordType: string
    readonly destination: string
  }): Promise<Rejects | undefined>
  /** Keeps the certificate of a run that published, or was refused, and returns its key: derived from the run, so it is written once. */
  writePublishCertificate(certificate: Certificate, destination: string): Promise<string>
  /** The runs whose certificates are kept, newest first, each with the key of its certificate. */
  listPublications(target: {
    readonly recordType: string
    readonly destination: string
  }): Promise<readonly { readonly runId: string; readonly certificateKey: string }[]>
  /** Everything that was sent for one record, newest first, with the last answer that is known. */
  readHistory(
    target: { readonly recordType: string; readonly destination: string },
    key: string,
  ): AsyncIterable<{ readonly intent: Intent; readonly receipt: Receipt | undefined }>
}

/** What one run sends, in order. Intents are durable before anything is sent. */
export interface PublishJournal extends AsyncDisposable {
  /** The run that it belongs to, for the intents of the run. */
  readonly runId: string
  /** Writes of earlier runs of all kinds without an answer, or with an unclear one; oldest first. */
  readonly unanswered: readonly Intent[]
  /** Durable when it resolves. Called with a batch, about a second's worth of calls or one chunk of rows. */
  writeIntents(intents: readonly Intent[]): Promise<void>
  /** Of this run's writes, and of those of earlier runs that were `unanswered`. Goes on for a moment when the run is stopped. */
  writeReceipts(receipts: readonly Receipt[]): Promise<void>
  /**
   * Puts what was sent into one object for each run whose writes are all resolved. An unanswered create stays so until a receipt
   * says otherwise, whoever sent it; an update or a delete until the end of the next run, which has compared the destination.
   */
  settle(): Promise<void>
}

/** A write that is about to be sent. */
export interface Intent {
  readonly runId: string
  /** Grows within a run; with the run id it names the write. */
  readonly sequence: number
  /** Nothing of it is sent after this moment, ISO 8601: an unclear one settles from here on. */
  readonly sentBefore: string
  readonly kind: 'create' | 'update' | 'delete'
  readonly key: string
  /** The destination's own id; null for a create. */
  readonly id: string | null
  readonly changes: readonly FieldChange[]
}

/** What came of a write. */
export interface Receipt {
  readonly runId: string
  readonly sequence: number
  readonly at: string
  /** `found`: no answer came, and a look-up found it done. `unclear`: no answer came, and nothing was found yet. */
  readonly outcome: 'done' | 'found' | 'refused' | 'unclear' | 'not sent'
  /** The destination's own id, where it is known. */
  readonly id: string | null
  /** The answer in short: status and message; never a whole record. */
  readonly answer: string
}

/** Records of a snapshot that a destination does not hold as they should be. */
export interface Rejects {
  readonly recordType: string
  readonly destination: string
  readonly runId: string
  readonly at: string
  readonly records: readonly (RecordFailure & {
    readonly status: 'rejected' | 'refused' | 'held' | 'stale'
  })[]
}
