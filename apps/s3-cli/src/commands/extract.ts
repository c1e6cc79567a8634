import {
  type Consistency,
  createRunId,
  describeConsistency,
  EXIT_CODES,
  type ExitCode,
  exitCodeOf,
  formatCount,
  type Override,
  openScratchFolder,
  type RecordType,
  retryTransient,
  type SnapshotProgress,
  type SnapshotResult,
  type SourceSnapshot,
  TransientError,
  takeSnapshot,
  worstExitCode,
} from '@findata/core'
import type { CommandContext, CommandResult } from '../command.ts'
import type { Progress } from '../progress.ts'
import {
  describeFailure,
  describeSnapshot,
  exitCodeFor,
  failureResult,
  linesOf,
  snapshotResult,
} from '../report.ts'
import { wrapText } from '../wrap-text.ts'

export interface ExtractRequest {
  readonly recordTypes: readonly string[] | 'all'
  /** Tries in all when Oracle does not answer or the connection breaks. */
  readonly attempts: number
  /** The limit of the pause before the second try, a second by default; it doubles up to half a minute. */
  readonly firstPauseMs?: number
  readonly guards: readonly Override['guard'][]
  /** The exit code when every record type has the rows it had before. */
  readonly skipExitCode?: number
  readonly reason?: string
  readonly by?: string
}

/** How many record types are under way at once: one is read while the one before it is checked and committed. */
const SIDE_BY_SIDE = 2

type Outcome = { readonly done: SnapshotResult } | { readonly failed: unknown }

/** Takes a snapshot of each record type, all at one moment where the connection holds. One that fails does not stop the others. */
export async function runExtract(context: CommandContext, request: ExtractRequest): Promise<CommandResult> {
  const { catalogue, signal, progress } = context
  const names = request.recordTypes === 'all' ? catalogue.names : [...new Set(request.recordTypes)]
  const recordTypes = names.map((name) => catalogue.get(name))
  context.environment.check('oracle', 's3')
  const overrides = request.guards.map((guard) => ({
    guard,
    by: request.by ?? context.environment.account,
    reason: request.reason ?? '',
  }))
  const runId = createRunId(context.now())
  const store = context.openStore()
  const extractor = context.openExtractor()
  await using scratch = await openScratchFolder()

  const line = createProgressLine(recordTypes.length, progress)
  const outcomes = new Map<string, Outcome>()
  const takeOne = async (source: SourceSnapshot, recordType: RecordType) => {
    const run = {
      id: runId,
      signal,
      scratch,
      overrides,
      versions: context.versions,
      now: context.now,
      onProgress: line.report,
      onWait: progress.log,
    }
    try {
      const done = await takeSnapshot({ source, store }, recordType, run)
      outcomes.set(recordType.name, { done })
      committed = source.consistency
      context.print(describeSnapshot(done))
    } catch (failed) {
      signal.throwIfAborted()
      outcomes.set(recordType.name, { failed })
      if (isWorthAnotherAttempt(failed)) return line.drop(recordType.name)
      context.print(describeFailure(recordType.name, failed))
    }
    line.finish(recordType.name)
  }

  /** The moment of what is committed: only then does it matter that another attempt reads the same. */
  let committed: Consistency | undefined
  const attempt = async () => {
    const pending = recordTypes.filter(({ name }) => isPending(outcomes.get(name)))
    await using source = await extractor.openSnapshot({
      signal,
      recordTypes: pending,
      ...(committed && { resumed: committed }),
    })
    for (const line of momentLines(source.consistency)) progress.log(line)
    const worker = async () => {
      for (let next = pending.shift(); next; next = pending.shift()) await takeOne(source, next)
    }
    // Settled, not all: when one stops early the others must still close what they hold before the connection goes.
    for (const result of await Promise.allSettled(Array.from({ length: SIDE_BY_SIDE }, worker))) {
      if (result.status === 'rejected') throw result.reason
    }
    for (const outcome of outcomes.values()) {
      if ('failed' in outcome && isWorthAnotherAttempt(outcome.failed)) throw outcome.failed
    }
  }
  await retryTransient(attempt, {
    attempts: request.attempts,
    firstDelayMs: request.firstPauseMs ?? 1_000,
    maxDelayMs: 30_000,
    signal,
    onRetry: ({ error, delayMs }) =>
      progress.log(`${linesOf(error)[0]} Trying again in ${Math.ceil(delayMs / 1000)} s.`),
  }).catch((error: unknown) => {
    // What failed for good has been told; this is the attempt itself: a refused login, a lost connection, a stop.
    const undone = new Map<unknown, string[]>()
    for (const { name } of recordTypes) {
      const outcome = outcomes.get(name)
      if (!isPending(outcome)) continue
      const failed = outcome && 'failed' in outcome && !signal.aborted ? outcome.failed : error
      outcomes.set(name, { failed })
      undone.set(failed, [...(undone.get(failed) ?? []), name])
    }
    for (const [failed, names] of undone) {
      const isAll = names.length === recordTypes.length && names.length > 1
      context.print(describeFailure(isAll ? `all ${names.length} record types` : names.join(', '), failed))
    }
  })

  const results = recordTypes.map(({ name }) => {
    const outcome = outcomes.get(name) as Outcome
    return 'done' in outcome ? snapshotResult(outcome.done) : failureResult(name, outcome.failed)
  })
  const exitCode = worstExitCode(
    [...outcomes.values()].map((outcome) =>
      'done' in outcome ? EXIT_CODES.done : exitCodeFor(outcome.failed),
    ),
  )
  const isUnchanged = results.every((result) => 'isChanged' in result && !result.isChanged)
  if (isUnchanged && request.skipExitCode !== undefined) {
    const skipped = request.skipExitCode as ExitCode
    return { exitCode: skipped, result: { status: 'done', runId, recordTypes: results } }
  }
  return { exitCode, result: { runId, recordTypes: results } }
}

/** Said once for all record types, and only where more could be proven. */
function momentLines(consistency: Consistency): string[] {
  const [first, ...others] = consistency.because ?? []
  if (first === undefined) return []
  const more = others.length === 0 ? '' : ` (and ${others.length} more: see because in the result)`
  return [...wrapText(`One moment: ${describeConsistency(consistency)}.`), ...wrapText(`${first}${more}`, 2)]
}

/** Only Oracle's own troubles: the store's have been retried call by call. */
function isWorthAnotherAttempt(error: unknown): boolean {
  return error instanceof TransientError && exitCodeOf(error) === EXIT_CODES.sourceUnavailable
}

function isPending(outcome: Outcome | undefined): boolean {
  return outcome === undefined || ('failed' in outcome && isWorthAnotherAttempt(outcome.failed))
}

const PHASES: Readonly<Record<SnapshotProgress['phase'], string>> = {
  prepare: 'preparing',
  'source-totals': 'counting in Oracle',
  read: 'reading',
  'read-back': 'reading back',
  commit: 'committing',
}

/** One live line for all record types under way: the one that is furthest in its work comes first. */
function createProgressLine(total: number, progress: Progress) {
  const active = new Map<string, string>()
  const since = new Map<string, number>()
  let finished = 0
  const show = () => progress.update([`${finished}/${total}`, ...active.values()].join('  '))
  return {
    report({ recordType, phase, rows, expectedRows, bytes }: SnapshotProgress) {
      if (!since.has(`${recordType} ${phase}`)) {
        since.set(`${recordType} ${phase}`, performance.now())
        if (phase === 'source-totals' || phase === 'read')
          progress.step(
            `${recordType}: ${PHASES[phase]}${expectedRows === undefined ? '' : ` ${formatCount(expectedRows)} rows`}`,
          )
      }
      const seconds = (performance.now() - (since.get(`${recordType} ${phase}`) ?? 0)) / 1000
      active.set(
        recordType,
        `${recordType} ${PHASES[phase]}${describeRows(rows, expectedRows, bytes, seconds)}`,
      )
      show()
    },
    /** It comes again in the next attempt. */
    drop(recordType: string) {
      active.delete(recordType)
      show()
    },
    finish(recordType: string) {
      active.delete(recordType)
      finished++
      show()
    },
  }
}

/** ` 12,000 of 500,000 rows, 51,000/s, 8 MB, 9 s left`: what is known so far. */
function describeRows(
  rows: number,
  expectedRows: number | undefined,
  bytes: number,
  seconds: number,
): string {
  if (rows === 0) return ''
  const rate = seconds > 0 ? rows / seconds : 0
  const left = expectedRows !== undefined && rate > 0 ? Math.ceil((expectedRows - rows) / rate) : undefined
  return [
    expectedRows === undefined
      ? ` ${formatCount(rows)} rows`
      : ` ${formatCount(rows)} of ${formatCount(expectedRows)} rows`,
    ...(seconds >= 1 ? [`${formatCount(Math.round(rate))}/s`] : []),
    ...(bytes > 0 ? [`${Math.round(bytes / 1_000_000)} MB`] : []),
    ...(left !== undefined && left > 0 && seconds >= 1 ? [`${left} s left`] : []),
  ].join(', ')
}
