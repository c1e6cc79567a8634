/** Keeps snapshots, certificates, receipts and locks in an S3 bucket. */

export { type S3Env, s3Env } from './env.ts'
export { openS3Client } from './open-s3-client.ts'
export { probeStore, type StoreCheck } from './probe-store.ts'
export type { Retention } from './retention.ts'
export { createS3PublishStore, type S3PublishStoreOptions } from './s3-publish-store.ts'
export {
  createS3SnapshotStore,
  type S3SnapshotStore,
  type S3SnapshotStoreOptions,
} from './s3-snapshot-store.ts'
