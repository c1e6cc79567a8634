import type { StandInEndpoints } from './stand-ins.ts'

/** The variables with which the commands find the stand-ins. */
export function toEnvironment({ oracle, s3 }: StandInEndpoints): Readonly<Record<string, string>> {
  return {
    ORACLE_USER: oracle.user,
    ORACLE_PASSWORD: oracle.password,
    ORACLE_CONNECT_STRING: oracle.connectString,
    BUCKET: s3.bucket,
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_REGION: s3.region,
    AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
  }
}

/** One `export` a line, to paste into a shell or to source. */
export function toExportLines(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
    .join('')
}

function quoted(value: string): string {
  return /^[\w./:@%+-]+$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`
}
