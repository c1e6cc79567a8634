import { S3Client } from '@aws-sdk/client-s3'
import { loadConfig, systemClock, toCatalogue } from '@findata/core'
import { createOracleExtractor, openOraclePool } from '@findata/oracle-extract'
import { createKnackPublisher, type KnackDestination, toDestinations } from '@findata/publishers'
import { createS3PublishStore, createS3SnapshotStore } from '@findata/s3-store'
import type { CommandResult } from '../src/command.ts'
import { runExtract } from '../src/commands/extract.ts'
import { readEnvironment } from '../src/env.ts'
import { createProgress } from '../src/progress.ts'
import type { CliFixture } from './cli-fixture.ts'

/** How long the command waits; all of it counts where a fault is a silence. */
const PATIENCE = { oracleMs: 700, s3Ms: 400, graceMs: 100 }

/** `extract ledger` as the command line runs it, in this process, with drivers that lose patience quickly. */
export async function extractInProcess(
  cli: CliFixture,
  { bucket, attempts }: { readonly bucket: string; readonly attempts: number },
): Promise<CommandResult & { readonly printed: string }> {
  const config = await loadConfig({ folder: cli.folder })
  const environment = readEnvironment({ ...cli.env, BUCKET: bucket })
  const { signal } = new AbortController()
  await using opened = new AsyncDisposableStack()
  const client = new S3Client({
    endpoint: cli.s3.url,
    region: cli.s3.region,
    forcePathStyle: true,
    credentials: cli.s3.credentials,
    maxAttempts: 1,
    requestHandler: { socketTimeout: PATIENCE.s3Ms },
  })
  opened.defer(() => client.destroy())
  const pool = opened.use(
    openOraclePool(environment.oracle(), {
      connectTimeoutMs: PATIENCE.oracleMs,
      graceMs: PATIENCE.graceMs,
      retry: { attempts: 1 },
    }),
  )
  const store = createS3SnapshotStore(client, {
    bucket,
    retry: { attempts: 3, firstDelayMs: 1, maxDelayMs: 5 },
  })
  const recordTypes = config.recordTypes.map((recordType) => ({
    ...recordType,
    statementTimeoutMs: PATIENCE.oracleMs,
  }))
  const destinations = toDestinations(config.destinations, config.recordTypes, config.file)
  const printed: string[] = []
  const { exitCode, result } = await runExtract(
    {
      catalogue: toCatalogue(recordTypes),
      destinations,
      clock: systemClock,
      config,
      environment,
      signal,
      progress: opened.use(createProgress(process.stderr, 'off')),
      versions: { findata: '0.0.0', node: process.versions.node, oracledb: 'in process' },
      isColored: false,
      now: () => new Date(),
      print: (text) => void printed.push(text),
      openExtractor: () => createOracleExtractor(pool),
      openStore: () => store,
      openPublishStore: () => createS3PublishStore(client, { bucket }),
      openPublisher(name) {
        const destination = destinations.get(name) as KnackDestination
        return createKnackPublisher(destination, environment.knack(destination))
      },
      probeOracle: () => Promise.resolve([]),
      probeStore: () => Promise.resolve([]),
      probeDestination: async () => [],
    },
    { recordTypes: ['ledger'], attempts, firstPauseMs: 1, guards: [] },
  )
  return { exitCode, result, printed: printed.join('\n') }
}
