import type { Certificate } from './certificate.ts'
import type { ControlTotals } from './control-totals.ts'
import type { Consistency } from './extractor.ts'
import type { KeyColumn, MoneyColumn } from './record-type.ts'
import type { Column, FrozenOrdinals } from './row-schema.ts'

/** Keeps snapshots of record types: immutable once written, one of them current. */
export interface SnapshotStore {
  /**
   * Keeps two runs of one record type apart, and renews itself until disposed. Throws LOCK_HELD with who holds it and until when.
   * With `onWait`, which is told why, it first watches a holder that may be dead, and takes over if that stays silent.
   */
  lock(
    recordType: string,
    runId: string,
    options: { readonly signal: AbortSignal; readonly onWait?: ((message: string) => void) | undefined },
  ): Promise<SnapshotLock>
  /** What is current now, or undefined before the first run. Throws FILE_INVALID when it cannot be understood. */
  readCurrent(recordType: string): Promise<CurrentSnapshot | undefined>
  /** The run that put the plain file in place; undefined when there is none, or one that no run wrote. */
  readPlainFileRunId(recordType: string): Promise<string | undefined>
  /** Whether a snapshot was planned or published anywhere since it was written, so that something may name it; true in doubt. */
  mayBePublished(recordType: string, runId: string): Promise<boolean>
  /** Names of the record types that have a current snapshot, in order. */
  listRecordTypes(): Promise<readonly string[]>
  /** The manifest of a snapshot that is kept. Throws FILE_INVALID if it is not the one that was committed. */
  readManifest(entry: SnapshotEntry): Promise<SnapshotManifest>
  /** The certificate of a snapshot that is kept. Throws FILE_INVALID if it is not the one that was committed. */
  readCertificate(entry: SnapshotEntry): Promise<Certificate>
  /** Begins the data object of a new snapshot. */
  writeData(recordType: string, runId: string, options: { readonly signal: AbortSignal }): SnapshotDataWriter
  /** Reads stored data back, and can make the same bytes the record type's plain file. */
  readBack(data: StoredData, options: { readonly signal: AbortSignal }): DataReader
  /** The same, staging the bytes read as `<record_type>.json` until `publish` is called. */
  stagePlainFile(
    recordType: string,
    runId: string,
    data: StoredData,
    options: { readonly signal: AbortSignal },
  ): StagedPlainFile
  /** Writes the manifest and the certificate of a snapshot beside its data. Both are new objects; written twice they are one. */
  writeManifest(manifest: SnapshotManifest, certificate: Certificate): Promise<StoredManifest>
  /**
   * Makes a snapshot current: the one step that commits. Only under the lock, which it proves first (LOCK_HELD when it was
   * lost). Throws STORE_CONFLICT if somebody else committed since `previous` was read. Drops entries beyond the retention.
   */
  commit(
    recordType: string,
    next: CurrentIndex,
    previous: CurrentSnapshot | undefined,
  ): Promise<CurrentSnapshot>
  /** Keeps the certificate of a run that was refused, as evidence. */
  writeRefusal(certificate: Certificate): Promise<string>
  /**
   * Removes what no committed run owns: aborted uploads, data without a commit, snapshots dropped from the index. Only under
   * the lock, before and after the commit. Before it, data of other runs younger than a day stays, because its run may only be
   * stalled; after it goes what was found before and what the commit dropped. Throws FILE_INVALID, and removes nothing, if
   * there is no index although one was committed.
   */
  sweep(
    recordType: string,
    current: CurrentSnapshot | undefined,
  ): Promise<{ readonly removed: readonly string[] }>
}

export interface SnapshotLock extends AsyncDisposable {
  /** Grows with every holder of this lock. */
  readonly fence: number
  /** Aborts when the lock was lost, for instance after a long pause of the machine. */
  readonly lost: AbortSignal
}

export interface SnapshotDataWriter extends AsyncDisposable {
  /** Takes ownership of the bytes; resolves when it wants more. Disposing it unfinished aborts the upload. */
  write(bytes: Uint8Array): Promise<void>
  finish(): Promise<StoredData>
}

export interface DataReader {
  /** The uncompressed bytes. Throws FILE_INVALID at the end if length or hash differ from what was stored. */
  readonly chunks: AsyncIterable<Uint8Array>
}

export interface StagedPlainFile extends DataReader, AsyncDisposable {
  /** Puts the staged bytes in place as `<record_type>.json`; call it after `chunks` ended and the commit is done. */
  publish(): Promise<{ readonly key: string; readonly bytes: number }>
}

/** Where and what the data of a snapshot is. */
export interface StoredData {
  readonly key: string
  readonly compression: 'gzip'
  /** Of the object as stored. */
  readonly bytes: number
  readonly sha256: string
  /** Of the JSON text inside. */
  readonly plainBytes: number
  readonly plainSha256: string
}

/** Describes one snapshot so that it can be read and checked without Oracle. */
export interface SnapshotManifest {
  readonly version: 1
  readonly kind: 'findata-snapshot'
  readonly recordType: string
  readonly runId: string
  readonly startedAt: string
  readonly finishedAt: string
  readonly consistency: Consistency
  /** Of the query's text and the values of its placeholders. */
  readonly querySha256: string
  readonly columns: readonly Column[]
  readonly rowKey: readonly KeyColumn[]
  readonly entityKey: readonly KeyColumn[]
  readonly money: readonly MoneyColumn[]
  readonly totals: ControlTotals
  readonly data: StoredData
}

export interface StoredManifest {
  readonly manifestKey: string
  readonly manifestSha256: string
  readonly certificateKey: string
  readonly certificateSha256: string
}

/** One committed snapshot in the index. */
export interface SnapshotEntry extends StoredManifest {
  readonly runId: string
  readonly takenAt: string
  readonly rows: number
  /** Sum of each money column. */
  readonly sums: Readonly<Record<string, string>>
  readonly setHash: string
  readonly dataKey: string
  readonly bytes: number
}

/** The content of `<record_type>.manifest.json`: what is current, and every committed snapshot that is kept. */
export interface CurrentIndex {
  readonly version: 1
  readonly kind: 'findata-current'
  readonly recordType: string
  readonly current: SnapshotManifest
  /** The run that wrote this index: it differs from `current.runId` after a rollback. */
  readonly committedBy: string
  readonly committedAt: string
  readonly reason?: string
  /** The snapshot that was current before; absent at the first commit. */
  readonly previousRunId?: string
  readonly ordinals: FrozenOrdinals
  /** Newest first. */
  readonly snapshots: readonly SnapshotEntry[]
}

export interface CurrentSnapshot {
  readonly index: CurrentIndex
  /** Opaque; `commit` compares it. */
  readonly version: string
}
