/** One test suite per port, and what its tests share. */

export { describeExtractor, type ExtractorUnderTest } from './extractor.ts'
export {
  commitSample,
  readAll,
  SAMPLE_RECORD_TYPE,
  type SampleRun,
  sampleCertificate,
  sampleIndex,
  sampleManifest,
  sampleRunId,
  takeSampleSnapshot,
  writeSampleData,
} from './sample-snapshot.ts'
export { describeSnapshotStore, type SnapshotStorePlace } from './snapshot-store.ts'
