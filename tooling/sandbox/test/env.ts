/** A real bucket to run the S3 contract on; the credentials come from the AWS default chain. */
export const realS3 = {
  bucket: process.env.TEST_S3_BUCKET,
  endpointUrl: process.env.TEST_S3_ENDPOINT_URL,
  region: process.env.TEST_S3_REGION ?? 'us-east-1',
  /** Set to 1 if the suite may create and delete buckets of its own. */
  mayCreateBuckets: process.env.TEST_S3_CREATE_BUCKETS === '1',
}

/** A real dataset to run the Socrata contract on, with the columns that the contract names. */
export const realSocrata = {
  url: process.env.TEST_SOCRATA_URL,
  dataset: process.env.TEST_SOCRATA_DATASET,
  credentials: {
    user: process.env.TEST_SOCRATA_USER ?? '',
    password: process.env.TEST_SOCRATA_PASSWORD ?? '',
    appToken: process.env.TEST_SOCRATA_TOKEN ?? '',
  },
}

/** A real Knack app to run the Knack contract on; the object has a field of every type that the contract needs, none required. */
export const realKnack = {
  appId: process.env.TEST_KNACK_APP_ID,
  apiKey: process.env.TEST_KNACK_API_KEY,
  apiUrl: process.env.TEST_KNACK_API_URL ?? 'https://api.knack.com/v1',
  objectKey: process.env.TEST_KNACK_OBJECT,
}
