/** Publishes entities to Knack apps and Socrata datasets. */

export { equalityReason, toComparable } from './canonical-compare.ts'
export { convertValue } from './convert.ts'
export { builtInDestinations, type Destinations, toDestinations } from './define-destinations.ts'
export type {
  DestinationInput,
  FieldInput,
  KnackDestinationInput,
  MappingInput,
  SocrataDestinationInput,
} from './destination-input.ts'
export { DATASET_NAMES } from './destinations/socrata.ts'
export { type KnackSettings, type PublisherEnv, publisherEnv, type SocrataSettings } from './env.ts'
export { createKnackPublisher, type KnackPublisherOptions } from './knack/knack-publisher.ts'
export {
  compileRecordMapper,
  localTimestamp,
  type RecordMapperOptions,
  type RejectedEntity,
} from './map-record.ts'
export type {
  Conversion,
  Departed,
  Destination,
  FieldSource,
  KnackConnection,
  KnackDestination,
  MappedField,
  Mapping,
  Reference,
  SocrataConnection,
  SocrataDestination,
  SourceFilter,
} from './mapping.ts'
export { matchTotals } from './match-totals.ts'
export { openPlanFile, type PlanHeader, type SavedPlan, writePlanFile } from './plan-file.ts'
export {
  type DestinationCheck,
  type ProbedDestination,
  type ProbeOptions,
  probeDestination,
} from './probe-destination.ts'
export { type RenderPlanOptions, renderPlan } from './render-plan.ts'
export {
  type DiffCounts,
  type DiffEntry,
  type DiffOptions,
  diffRecords,
  type Match,
  type RecordDiff,
} from './row-diff.ts'
export { createSocrataPublisher, type SocrataPublisherOptions } from './socrata/socrata-publisher.ts'
export { compileFilter } from './source-filter.ts'
export { toTargetFields } from './target-fields.ts'
export type { PresentRecord, WantedRecord } from './target-record.ts'
