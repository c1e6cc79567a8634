import { createRunId, openScratchFolder, type SnapshotPhase, takeSnapshot } from '@findata/core'
import { createOracleExtractor, openOraclePool, oracleEnv } from '@findata/oracle-extract'
import { createS3SnapshotStore, openS3Client, s3Env } from '@findata/s3-store'
import type { BenchColumns } from '@findata/sandbox'
import { benchRecordType } from '../bench-record-type.ts'
import { serveWork } from './serve-work.ts'

export interface ExtractInput {
  readonly columns: BenchColumns
}

export interface ExtractOutput {
  readonly rows: number
  readonly durationsMs: Readonly<Partial<Record<SnapshotPhase, number>>>
}

// One whole run of the pipeline as s3-cli runs it, on one connection, without a progress line.
serveWork(async ({ columns }: ExtractInput): Promise<ExtractOutput> => {
  const oracle = oracleEnv(process.env)
  if ('problems' in oracle) throw new Error(oracle.problems.join('; '))
  const s3 = s3Env(process.env)
  const { signal } = new AbortController()

  await using pool = openOraclePool(oracle.settings, { poolSize: 1 })
  using client = openS3Client(s3)
  await using source = await createOracleExtractor(pool).openSnapshot({ signal })
  await using scratch = await openScratchFolder()
  const now = () => new Date()
  const { manifest, durationsMs } = await takeSnapshot(
    { source, store: createS3SnapshotStore(client, s3) },
    benchRecordType(columns),
    { id: createRunId(now()), signal, scratch, overrides: [], versions: {}, now, onProgress() {} },
  )
  return { rows: manifest.totals.rows, durationsMs }
})
