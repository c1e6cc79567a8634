/** The types, ports and pipelines of findata. */

export type {
  Bridge,
  BridgeLine,
  Certificate,
  GuardResult,
  Hop,
  HopComparison,
  Override,
} from './certificate.ts'
export type { ControlTotals, MoneyTotals } from './control-totals.ts'
export {
  ERROR_CODES,
  type ErrorCode,
  EXIT_CODES,
  type ExitCode,
  exitCodeOf,
  PipelineError,
  RejectedRowError,
  TerminalError,
  TransientError,
  worstExitCode,
} from './errors.ts'
export type { Consistency, ExtractOptions, Extractor, SourceSnapshot } from './extractor.ts'
export type { GuardLimits, KeyColumn, MoneyColumn, RecordType } from './record-type.ts'
export {
  type Column,
  type ColumnType,
  type FrozenOrdinals,
  freezeOrdinals,
  type Row,
  type RowBatch,
  type RowSchema,
  type SourceColumn,
  type Value,
} from './row-schema.ts'
export type {
  CurrentIndex,
  CurrentSnapshot,
  DataReader,
  SnapshotDataWriter,
  SnapshotEntry,
  SnapshotLock,
  SnapshotManifest,
  SnapshotStore,
  StagedPlainFile,
  StoredData,
  StoredManifest,
} from './snapshot-store.ts'
