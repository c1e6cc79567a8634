/** The types, ports and pipelines of findata. */

export { boundWindow, type WindowLimits } from './bound-window.ts'
export { isCanonical, toCanonicalDouble, toCanonicalFloat, toCanonicalTimestamp } from './canonical.ts'
export { type Catalogue, toCatalogue } from './catalogue.ts'
export {
  type Bridge,
  type BridgeLine,
  type Certificate,
  type CertificateFacts,
  compareHops,
  compareMapped,
  createCertificate,
  type GuardResult,
  type Hop,
  type HopComparison,
  type Override,
  type PresentLine,
  type Publication,
} from './certificate.ts'
export { checkCertificate } from './check-certificate.ts'
export { type Clock, systemClock } from './clock.ts'
export {
  type ColumnMask,
  type ColumnMasks,
  compileMasks,
  type MaskOptions,
  type SourceMasks,
} from './column-masks.ts'
export {
  compareKeys,
  type KeySweep,
  type KeySweepOptions,
  type SweptKey,
  type SweptKeys,
  type SweptSide,
} from './compare-keys.ts'
export {
  type ControlTotals,
  createTotalsCollector,
  type KeyCensus,
  type MoneyTotals,
  type TotalsCollector,
  type TotalsOptions,
} from './control-totals.ts'
export { checkIndexEntry } from './current-index.ts'
export { compileCursor, cursorKindOf, cursorOf } from './cursor-of-rows.ts'
export {
  type CursorKind,
  compareCursorValues,
  cursorBefore,
  cursorDistance,
  describeDistance,
  isCursorValue,
} from './cursor-values.ts'
export {
  addDecimals,
  compareDecimals,
  createDecimalSum,
  type DecimalSum,
  digitsAfterPoint,
  formatDecimal,
  isCanonicalDecimal,
  subtractDecimals,
  toCanonicalDecimal,
} from './decimal.ts'
export { defineRecordType, type RecordTypeInput } from './define-record-type.ts'
export { type ChangedRow, diffRows, type RowDiff, type RowDiffOptions, type RowExample } from './diff-rows.ts'
export { createJsonArrayEncoder, type JsonArrayEncoder } from './encode/json-array.ts'
export {
  type FoldedEntities,
  type FoldOptions,
  foldEntities,
  type Rejection,
  type RejectionKind,
  type Rejections,
} from './entities.ts'
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
export {
  type Consistency,
  type ConsistencyLabel,
  describeConsistency,
  type ExtractOptions,
  type Extractor,
  type SnapshotOptions,
  type SourceSnapshot,
  type SourceTotals,
  type TotalsRequest,
  type WindowOptions,
} from './extractor.ts'
export { formatCount } from './figures.ts'
export type {
  ConfigHelpers,
  FindataConfig,
  FindataConfigExport,
  FindataConfigInput,
} from './findata-config.ts'
export { invalidConfig } from './findata-config.ts'
export {
  checkGuards,
  columnChanges,
  type GuardFacts,
  isNoted,
  OVERRIDE_FLAGS,
  refusalOf,
} from './guards.ts'
export { readableKey } from './key-census.ts'
export { loadConfig } from './load-config.ts'
export { PUBLISH_OVERRIDE_FLAGS } from './publish-guards.ts'
export {
  type PreparedPublication,
  type PublishPorts,
  type PublishResult,
  type PublishRun,
  type PublishSettings,
  preparePublication,
  publishSnapshot,
} from './publish-snapshot.ts'
export type {
  Intent,
  PublishJournal,
  PublishStore,
  Receipt,
  Rejects,
} from './publish-store.ts'
export type {
  ApplyOptions,
  FieldChange,
  FieldKind,
  InspectedEntity,
  Inspection,
  NotPublished,
  PlanEntry,
  PlanSummary,
  PublishedTotals,
  Publisher,
  PublishOutcome,
  PublishPhase,
  PublishPlan,
  PublishProgress,
  PublishTarget,
  RecordFailure,
  TargetField,
  TargetOptions,
} from './publisher.ts'
export { replacePlaceholders } from './query-placeholders.ts'
export { readJsonArray } from './read-json-array.ts'
export type { GuardLimits, KeyColumn, MoneyColumn, RecordType } from './record-type.ts'
export { catalogue } from './record-types/index.ts'
export { renderCertificateHtml, renderCertificateText, type TextOptions } from './render-certificate.ts'
export { type RestoreRun, restoreSnapshot } from './restore-snapshot.ts'
export { type RetryOptions, retryTransient } from './retry.ts'
export { compileRowHasher, createSetHash, type RowHasher, type SetHash } from './row-hash.ts'
export {
  type ColumnLimit,
  compileRowScreen,
  type RowRejection,
  type RowRejectionKind,
  type RowScreen,
} from './row-limits.ts'
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
export { createRunId, isRunId } from './run-id.ts'
export { type RejectedRow, type ScreenedRows, type ScreenOptions, screenRows } from './screen-rows.ts'
export { similarName } from './similar-name.ts'
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
export type {
  FetchShape,
  Finding,
  InspectedColumn,
  InspectOptions,
  KeyCounts,
  RowEstimate,
  SourceInspection,
  SourceObject,
} from './source-inspection.ts'
export {
  type LineFile,
  openLineFile,
  openScratchFolder,
  type ScratchFolder,
  type SpillFile,
} from './spill-files.ts'
export {
  type JournalEntry,
  parseCertificate,
  parseCurrentIndex,
  parseJournalPart,
  parseManifest,
  parseRejects,
  stringifyCertificate,
  stringifyCurrentIndex,
  stringifyJournalPart,
  stringifyManifest,
  stringifyRejects,
} from './stored-files.ts'
export {
  collectTotals,
  type SnapshotPhase,
  type SnapshotProgress,
  type SnapshotResult,
  type SnapshotRun,
  takeSnapshot,
} from './take-snapshot.ts'
export { type VerifiableSnapshot, type Verification, verifySnapshot } from './verify-snapshot.ts'
export type {
  BoundedWindow,
  Cursor,
  LateRows,
  Window,
  WindowCensus,
  WindowCounter,
  WindowRequest,
  WindowTail,
} from './window.ts'
export { createWindowCounter, type WindowCounterOptions } from './window-census.ts'
export { type Mistake, toMistakes } from './zod-mistakes.ts'
