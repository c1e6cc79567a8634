/** One test suite per port, and what its tests share. */

export { type Given, meantRows } from './extractor/column-range.ts'
export { canonicalRows, EVERY_TYPE, rangeTable } from './extractor/every-type.ts'
export { describeRoundTrips, type RoundTripOptions } from './extractor/round-trip.ts'
export type { ExtractorUnderTest } from './extractor/source-table.ts'
export { describeExtractor } from './extractor.ts'
export type { KnackNeed } from './knack-api/knack-row.ts'
export { describeKnackApi, type KnackApiOptions, type KnackUnderTest } from './knack-api.ts'
export { describeOracleSql, type SqlUnderTest } from './oracle-sql.ts'
export { describePublishStore, type PublishStorePlace } from './publish-store.ts'
export type { S3Credentials, S3Need } from './s3-api/s3-row.ts'
export { describeS3Api, type S3ApiOptions, type S3UnderTest } from './s3-api.ts'
export { receiptLines, sampleIntent, sampleJournalRunId, sampleReceipt } from './sample-journal.ts'
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
export type { SocrataNeed } from './socrata-api/socrata-row.ts'
export {
  describeSocrataApi,
  SOCRATA_CONTRACT_COLUMNS,
  type SocrataApiOptions,
  type SocrataUnderTest,
} from './socrata-api.ts'
