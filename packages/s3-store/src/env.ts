import { TerminalError } from '@findata/core'

/** Where the snapshots are kept. Credentials are not in it: the SDK's default chain finds them. */
export interface S3Env {
  readonly bucket: string
  /** Empty, or a folder with its trailing slash: `finance/prod/`. */
  readonly prefix: string
  /** Absent: as the SDK finds it in the profile. */
  readonly region?: string
  /** Of a store that is not AWS; addressed in path style. */
  readonly endpoint?: string
}

/** Reads BUCKET, BUCKET_PREFIX, AWS_REGION and AWS_ENDPOINT_URL_S3. Throws ENVIRONMENT_INVALID with every problem in `details.problems`. */
export function s3Env(variables: Readonly<Record<string, string | undefined>> = process.env): S3Env {
  const read = (name: string) => variables[name]?.trim() || undefined
  const problems: string[] = []

  const bucket = read('BUCKET')
  if (!bucket) problems.push('BUCKET is missing: set it to the name of the bucket')
  else if (!BUCKET_NAME.test(bucket)) {
    problems.push(
      'BUCKET is not the name of a bucket: give the name alone, without s3:// and without a folder',
    )
  }

  const prefix = (read('BUCKET_PREFIX') ?? '').replace(/^\/+|\/+$/g, '')
  if (!PREFIX.test(prefix) || prefix.split('/').some((part) => part === '.' || part === '..')) {
    problems.push(
      "BUCKET_PREFIX is not a folder: letters, digits and !_.*'()- with single slashes between, such as finance/prod",
    )
  }

  const endpoint = read('AWS_ENDPOINT_URL_S3')
  if (endpoint && !isHttpUrl(endpoint)) {
    problems.push('AWS_ENDPOINT_URL_S3 is not an http or https URL, such as https://s3.example.com')
  }

  if (problems.length > 0 || !bucket) {
    throw new TerminalError(
      'ENVIRONMENT_INVALID',
      `The environment for S3 is not usable: ${problems.join('; ')}`,
      {
        details: { problems },
      },
    )
  }
  const region = read('AWS_REGION') ?? read('AWS_DEFAULT_REGION') ?? (endpoint && 'us-east-1')
  return {
    bucket,
    prefix: prefix && `${prefix}/`,
    ...(region && { region }),
    ...(endpoint && { endpoint }),
  }
}

const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const PREFIX = /^(?:[\w!.*'()-]+(?:\/[\w!.*'()-]+)*)?$/

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)
}
