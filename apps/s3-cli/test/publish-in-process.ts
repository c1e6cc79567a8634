import { S3Client } from '@aws-sdk/client-s3'
import { type Clock, loadConfig, systemClock, toCatalogue } from '@findata/core'
import { createOracleExtractor, openOraclePool } from '@findata/oracle-extract'
import { createKnackPublisher, createSocrataPublisher, toDestinations } from '@findata/publishers'
import { createS3PublishStore, createS3SnapshotStore } from '@findata/s3-store'
import type { CommandResult } from '../src/command.ts'
import { readEnvironment } from '../src/env.ts'
import { createProgram, type Request } from '../src/program.ts'
import { createProgress } from '../src/progress.ts'
import { errorResult, linesOf } from '../src/report.ts'
import type { PublishFixture, PublishScene } from './publish-fixture.ts'

export interface InProcessOptions {
  /** Over the environment of the scene; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly clock?: Clock
  /** How long an answer of a destination, and of the store, is waited for; all of it counts where a fault is a silence. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface InProcessOutcome extends CommandResult {
  /** All that a person sees, but for the progress. */
  readonly printed: string
}

/** A command as the command line runs it, in this process, with clients that lose patience quickly. */
export async function runInProcess(
  { cli }: Pick<PublishFixture, 'cli'>,
  scene: Pick<PublishScene, 'bucket' | 'configFile' | 'env'>,
  args: readonly string[],
  { env = {}, clock = systemClock, timeoutMs = 2_000, ...given }: InProcessOptions = {},
): Promise<InProcessOutcome> {
  const { signal = new AbortController().signal } = given
  const { promise: request, resolve: submit } = Promise.withResolvers<Request>()
  createProgram(submit, '0.0.0').parse([...args], { from: 'user' })
  const environment = readEnvironment({ ...scene.env, ...env })
  const printed: string[] = []
  await using opened = new AsyncDisposableStack()
  const client = new S3Client({
    endpoint: cli.s3.url,
    region: cli.s3.region,
    forcePathStyle: true,
    credentials: cli.s3.credentials,
    maxAttempts: 1,
    requestHandler: { socketTimeout: timeoutMs },
  })
  opened.defer(() => client.destroy())
  const now = () => clock.now()
  const place = { bucket: scene.bucket, now, retry: { attempts: 3, firstDelayMs: 1, maxDelayMs: 5 } }
  try {
    const config = await loadConfig({ folder: cli.folder, path: scene.configFile })
    const destinations = toDestinations(config.destinations, config.recordTypes, config.file)
    const { exitCode, result } = await (await request).run({
      catalogue: toCatalogue(config.recordTypes),
      destinations,
      clock,
      config,
      environment,
      signal,
      progress: opened.use(createProgress(process.stderr, 'off')),
      versions: { findata: '0.0.0', node: process.versions.node, oracledb: 'in process' },
      isColored: false,
      now,
      print: (text) => void printed.push(text),
      openExtractor: () => createOracleExtractor(opened.use(openOraclePool(environment.oracle()))),
      openStore: () => createS3SnapshotStore(client, place),
      openPublishStore: () => createS3PublishStore(client, place),
      openPublisher(name, recordType) {
        const destination = destinations.get(name)
        return destination.kind === 'knack'
          ? createKnackPublisher(destination, environment.knack(destination), { timeoutMs })
          : createSocrataPublisher(destination, environment.socrata(destination, [recordType]), { timeoutMs })
      },
      probeOracle: () => Promise.resolve([]),
      probeStore: () => Promise.resolve([]),
      probeDestination: async () => [],
    })
    return { exitCode, result, printed: printed.join('\n') }
  } catch (error) {
    const result = errorResult(error)
    return { exitCode: result.exitCode, result, printed: [...printed, ...linesOf(error)].join('\n') }
  }
}
