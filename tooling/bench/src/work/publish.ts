import { createRunId, openScratchFolder, publishSnapshot, systemClock } from '@findata/core'
import { createKnackPublisher, publisherEnv } from '@findata/publishers'
import { createS3PublishStore, createS3SnapshotStore, openS3Client, s3Env } from '@findata/s3-store'
import { benchDestination } from '../bench-destination.ts'
import { benchRecordType } from '../bench-record-type.ts'
import { serveWork } from './serve-work.ts'

export interface PublishOutput {
  readonly created: number
  readonly updated: number
  readonly unchanged: number
}

// The current snapshot to the app, as s3-cli publishes it, without a progress line.
serveWork(async (): Promise<PublishOutput> => {
  const s3 = s3Env(process.env)
  const destination = benchDestination()
  const recordType = benchRecordType(12)
  const knack = publisherEnv(destination, [recordType.name], process.env)
  if ('problems' in knack) throw new Error(knack.problems.join('; '))

  using client = openS3Client(s3)
  await using scratch = await openScratchFolder()
  const { outcome, plan, problems } = await publishSnapshot(
    {
      store: createS3SnapshotStore(client, s3),
      publishStore: createS3PublishStore(client, s3),
      publisher: createKnackPublisher(destination, knack.settings),
    },
    recordType,
    {
      id: createRunId(systemClock.now()),
      signal: new AbortController().signal,
      scratch,
      clock: systemClock,
      overrides: [],
      versions: {},
      onProgress: () => {},
    },
    { waitsForUnclear: true },
  )
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('; '))
  return { created: outcome.created, updated: outcome.updated, unchanged: plan.unchanged }
})
