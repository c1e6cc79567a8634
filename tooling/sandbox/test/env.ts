/** A real bucket to run the S3 contract on; the credentials come from the AWS default chain. */
export const realS3 = {
  bucket: process.env.TEST_S3_BUCKET,
  endpointUrl: process.env.TEST_S3_ENDPOINT_URL,
  region: process.env.TEST_S3_REGION ?? 'us-east-1',
  /** Set to 1 if the suite may create and delete buckets of its own. */
  mayCreateBuckets: process.env.TEST_S3_CREATE_BUCKETS === '1',
}
