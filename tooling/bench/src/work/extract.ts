import {
  createRunId,
  openScratchFolder,
  type SnapshotPhase,
  type SnapshotProgress,
  takeSnapshot,
} from '@findata/core'
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
  readonly durationsMs: PhaseTimes
  /** Of the thread that runs the pipeline. */
  readonly cpuMs: PhaseTimes
}

export type PhaseTimes = Readonly<Partial<Record<SnapshotPhase, number>>>

// One whole run of the pipeline as s3-cli runs it, on one connection, without a progress line.
serveWork(async ({ columns }: ExtractInput): Promise<ExtractOutput> => {
  const oracle = oracleEnv(process.env)
  if ('problems' in oracle) throw new Error(oracle.problems.join('; '))
  const s3 = s3Env(process.env)
  const { signal } = new AbortController()

  await using pool = openOraclePool(oracle.settings, { poolSize: 1 })
  using client = openS3Client(s3)
  const recordType = benchRecordType(columns)
  await using source = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [recordType] })
  await using scratch = await openScratchFolder()
  const now = () => new Date()
  const cpu = createPhaseCpu()
  const { manifest, durationsMs } = await takeSnapshot(
    { source, store: createS3SnapshotStore(client, s3) },
    recordType,
    { id: createRunId(now()), signal, scratch, overrides: [], versions: {}, now, onProgress: cpu.onProgress },
  )
  return { rows: manifest.totals.rows, durationsMs, cpuMs: cpu.end() }
})

function createPhaseCpu() {
  const cpuMs: Partial<Record<SnapshotPhase, number>> = {}
  let phase: SnapshotPhase = 'prepare'
  let start = process.threadCpuUsage()
  const close = () => {
    const { user, system } = process.threadCpuUsage(start)
    cpuMs[phase] = (user + system) / 1000
    start = process.threadCpuUsage()
  }
  return {
    onProgress(progress: SnapshotProgress) {
      if (progress.phase === phase) return
      close()
      phase = progress.phase
    },
    end() {
      close()
      return cpuMs
    },
  }
}
