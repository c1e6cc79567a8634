import type { StandInEndpoints } from './stand-ins.ts'

/** The variables with which the commands find the stand-ins. */
export function toEnvironment({
  oracle,
  s3,
  knack,
  socrata,
}: StandInEndpoints): Readonly<Record<string, string>> {
  return {
    ORACLE_USER: oracle.user,
    ORACLE_PASSWORD: oracle.password,
    ORACLE_CONNECT_STRING: oracle.connectString,
    BUCKET: s3.bucket,
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_REGION: s3.region,
    AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
    KNACK_API_URL: knack.url,
    ...Object.fromEntries(
      knack.apps.flatMap(({ slug, id, apiKey }) => {
        const name = slug.toUpperCase().replaceAll('-', '_')
        return [
          [`KNACK_APP_ID_${name}`, id],
          [`KNACK_API_KEY_${name}`, apiKey],
        ]
      }),
    ),
    SO_WEB: socrata.url,
    SO_TOKEN: socrata.credentials.appToken,
    SO_USER: socrata.credentials.user,
    SO_PASS: socrata.credentials.password,
    ...datasetVariables(socrata.datasets),
  }
}

const DATASET_VARIABLES: Readonly<Record<string, string>> = {
  'Task orders': 'TASK_DATASET',
  'Department units': 'DEPT_UNITS_DATASET',
  'Subproject FDUs': 'FDU_DATASET',
  Subprojects: 'SUBPROJECTS_DATASET',
}

function datasetVariables(datasets: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(DATASET_VARIABLES).flatMap(([name, variable]) => {
      const id = datasets[name]
      return id === undefined ? [] : [[variable, id]]
    }),
  )
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
