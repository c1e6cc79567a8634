import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { S3Client } from '@aws-sdk/client-s3'
import {
  createOracleDatabase,
  type OracleServer,
  type OracleSqlDatabase,
  type S3Server,
  startOracle,
  startS3,
} from '@findata/sandbox'
import { readBucketState } from './bucket-state.ts'
import { addLedger, LEDGER_CONFIG, LEDGER_OWNER } from './ledger.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const BUCKET = 'findata'

export interface CliOptions {
  /** Over the environment of the fixture; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The working folder; the one with the configuration by default. */
  readonly cwd?: string
}

/** What a finished command said. */
export interface CliOutcome {
  /** Null when it was killed. */
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
  /** The last line of stdout if it is JSON, else an empty object. */
  readonly result: CliResult
}

export interface CliResult {
  readonly command?: string
  readonly status?: string
  readonly exitCode?: number
  readonly error?: CliError
  readonly recordTypes?: readonly {
    readonly recordType: string
    readonly status: string
    readonly verdict?: string
    readonly rows?: number
    readonly swept?: number
    readonly snapshot?: string
    readonly error?: CliError
  }[]
  readonly [name: string]: unknown
}

export interface CliError {
  readonly code: string
  readonly meaning?: string
  readonly message: string
}

export interface RunningCli {
  readonly process: ChildProcess
  readonly outcome: Promise<CliOutcome>
}

/**
 * Both stand-ins, a small database with the record type `ledger` beside the built-in ones (whose views are not there), and a
 * folder with the `findata.config.json` that declares it.
 */
export interface CliFixture extends AsyncDisposable {
  readonly database: OracleSqlDatabase
  readonly oracle: OracleServer
  readonly s3: S3Server
  readonly bucket: string
  /** For tests that look into the bucket or spoil it. */
  readonly client: S3Client
  /** The working folder of the commands. */
  readonly folder: string
  /** All that the commands need, and nothing else. */
  readonly env: Readonly<Record<string, string>>
  writeConfig(config: unknown): Promise<void>
  /** Runs SQL as the owner of the ledger. */
  change(...statements: string[]): void
  /** Starts s3-cli from its sources in a process of its own. */
  startCli(args: readonly string[], options?: CliOptions): RunningCli
  runCli(args: readonly string[], options?: CliOptions): Promise<CliOutcome>
  /** All of a bucket, but for what differs between two runs that do the same: see `readBucketState`. */
  bucketState(bucket?: string): Promise<Readonly<Record<string, string>>>
}

export interface CliFixtureOptions {
  /** Of the ledger. */
  readonly rows?: number
  /** Of the text of each row of the ledger; the text does not compress well. */
  readonly textLength?: number
}

export async function openCliFixture({
  rows = 240,
  textLength = 40,
}: CliFixtureOptions = {}): Promise<CliFixture> {
  await using resources = new AsyncDisposableStack()
  const database = createOracleDatabase()
  addLedger(database, { rows, textLength })
  const oracle = resources.use(await startOracle({ database, users: { [LEDGER_OWNER]: 'sandbox-only' } }))
  const s3 = resources.use(await startS3({ buckets: [{ name: BUCKET }] }))
  const { path: folder } = resources.use(await mkdtempDisposable(join(tmpdir(), 'findata-cli-')))
  const { accessKeyId, secretAccessKey } = s3.credentials
  const env = {
    PATH: process.env.PATH ?? '',
    ORACLE_USER: oracle.user,
    ORACLE_PASSWORD: oracle.password,
    ORACLE_CONNECT_STRING: oracle.connectString,
    BUCKET,
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_REGION: s3.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    // Halves the time that a command takes to start.
    NODE_COMPILE_CACHE: join(folder, '.compile-cache'),
  }
  const client = new S3Client({
    endpoint: s3.url,
    region: s3.region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  })
  resources.defer(() => client.destroy())
  const running = new Set<ChildProcess>()
  resources.defer(() => {
    for (const child of running) child.kill('SIGKILL')
  })

  const writeConfig = (config: unknown) =>
    writeFile(join(folder, 'findata.config.json'), JSON.stringify(config))
  await writeConfig(LEDGER_CONFIG)

  const startCli: CliFixture['startCli'] = (args, options = {}) => {
    const child = spawn(process.execPath, ['--conditions=@findata/source', MAIN, ...args], {
      env: definedIn({ ...env, ...options.env }),
      cwd: options.cwd ?? folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(child)
    child.on('close', () => running.delete(child))
    return { process: child, outcome: outcomeOf(child) }
  }
  const closing = resources.move()
  return {
    database,
    oracle,
    s3,
    bucket: BUCKET,
    client,
    folder,
    env,
    writeConfig,
    change: (...statements) => database.run(LEDGER_OWNER, ...statements),
    startCli,
    runCli: (args, options) => startCli(args, options).outcome,
    bucketState: (bucket = BUCKET) => readBucketState(client, bucket),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

function outcomeOf(child: ReturnType<typeof spawn>): Promise<CliOutcome> {
  const { promise, resolve, reject } = Promise.withResolvers<CliOutcome>()
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.on('error', reject)
  child.on('close', (exitCode) => {
    const last = stdout.trimEnd().split('\n').at(-1) ?? ''
    const result = last.startsWith('{') ? (JSON.parse(last) as CliResult) : {}
    resolve({ exitCode, stdout, stderr, result })
  })
  return promise
}

function definedIn(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const defined = Object.entries(variables).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return Object.fromEntries(defined)
}
