import { open } from 'node:fs/promises'
import {
  createRunId,
  EXIT_CODES,
  type ExitCode,
  type Override,
  openScratchFolder,
  PipelineError,
  type PublishResult,
  type PublishRun,
  type PublishSettings,
  publishSnapshot,
  type ScratchFolder,
  TerminalError,
  worstExitCode,
} from '@findata/core'
import { openPlanFile, type SavedPlan } from '@findata/publishers'
import type { CommandContext, CommandResult } from '../command.ts'
import { mappingSha256, type Pair, type PairRequest, pairsOf } from '../publish-pairs.ts'
import { createPublishLine } from '../publish-progress.ts'
import { describePublication, publicationResult } from '../publish-report.ts'
import { describeFailure, errorResult } from '../report.ts'

export interface PublishRequest {
  readonly target: PairRequest
  /** A file that `plan --out` wrote. */
  readonly plan?: string
  readonly limit?: number
  /** Whether to wait until creates without an answer can be looked up for good. */
  readonly waits: boolean
  readonly guards: readonly Override['guard'][]
  /** The exit code when every destination had all entities before. */
  readonly skipExitCode?: number
  readonly reason?: string
  readonly by?: string
}

type Outcome = { readonly done: PublishResult } | { readonly failed: unknown }

/** Publishes the current snapshots to their destinations. One that fails does not stop the others. */
export async function runPublish(context: CommandContext, request: PublishRequest): Promise<CommandResult> {
  const pairs = pairsOf(context, request.target)
  checkEnvironment(context, pairs)
  const runId = createRunId(context.now())
  const outcomes: { readonly pair: Pair; readonly outcome: Outcome }[] = []
  for (const pair of pairs) {
    const { recordType, destination } = pair
    try {
      const done = await publishOne(context, request, pair, runId)
      outcomes.push({ pair, outcome: { done } })
      context.print(describePublication(recordType, destination, done))
    } catch (error) {
      // What was published before a stop is told all the same.
      const failed: unknown = context.signal.aborted ? context.signal.reason : error
      outcomes.push({ pair, outcome: { failed } })
      context.print(describeFailure(`${recordType} -> ${destination}`, failed))
      if (context.signal.aborted) break
    }
  }
  const { exitCode, result } = resultOf(outcomes, runId, request.skipExitCode)
  const { signal } = context
  return { exitCode, result: signal.aborted ? { ...errorResult(signal.reason), ...result } : result }
}

async function publishOne(
  context: CommandContext,
  request: PublishRequest,
  pair: Pair,
  runId: string,
): Promise<PublishResult> {
  await using scratch = await openScratchFolder()
  const run = publishRun(context, pair, runId, { scratch, ...request })
  await using saved = request.plan === undefined ? undefined : await openSaved(request.plan, scratch)
  if (saved) checkSaved(context, saved, request.plan ?? '', pair)
  const settings: PublishSettings = {
    waitsForUnclear: request.waits,
    ...(request.limit !== undefined && { limit: request.limit }),
    ...(saved && { saved: { ...saved.header, plan: saved.plan } }),
  }
  return await publishSnapshot(portsOf(context, pair), context.catalogue.get(pair.recordType), run, settings)
}

/** All variables of the store and of these destinations, before anything is opened. */
export function checkEnvironment({ environment, destinations }: CommandContext, pairs: readonly Pair[]) {
  const names = [...new Set(pairs.map(({ destination }) => destination))]
  environment.check(
    's3',
    ...names.map((name) => ({
      destination: destinations.get(name),
      recordTypes: pairs.filter((pair) => pair.destination === name).map(({ recordType }) => recordType),
    })),
  )
}

export function portsOf(context: CommandContext, { recordType, destination }: Pair) {
  return {
    store: context.openStore(),
    publishStore: context.openPublishStore(),
    publisher: context.openPublisher(destination, recordType),
  }
}

export function publishRun(
  context: CommandContext,
  { recordType, destination }: Pair,
  id: string,
  {
    scratch,
    guards,
    reason,
    by,
  }: Pick<PublishRequest, 'guards' | 'reason' | 'by'> & { readonly scratch: ScratchFolder },
): PublishRun {
  const { signal, clock, versions, progress, environment } = context
  return {
    id,
    signal,
    scratch,
    clock,
    versions,
    overrides: guards.map((guard) => ({ guard, by: by ?? environment.account, reason: reason ?? '' })),
    onProgress: createPublishLine(`${recordType} -> ${destination}`, progress),
    onWait: progress.log,
  }
}

async function openSaved(file: string, scratch: ScratchFolder): Promise<SavedPlan> {
  try {
    await using opened = await open(file)
    return await openPlanFile(opened.createReadStream(), file, scratch)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (cause instanceof PipelineError || code === undefined) throw cause
    throw new TerminalError('USAGE', `The plan ${file} cannot be read (${code}). Nothing was sent.`, {
      cause,
    })
  }
}

function checkSaved({ destinations }: CommandContext, { header }: SavedPlan, file: string, pair: Pair): void {
  const { recordType, destination } = pair
  if (header.recordType !== recordType || header.destination !== destination) {
    throw new TerminalError(
      'USAGE',
      `${file} is a plan for ${header.recordType} in ${header.destination}, not for ${recordType} in ${destination}. Nothing was sent.`,
    )
  }
  if (header.mappingSha256 !== mappingSha256(destinations, pair)) {
    throw new TerminalError(
      'PLAN_STALE',
      `The fields of ${recordType} in ${destination} are configured otherwise than when ${file} was made. Nothing was sent. Plan again.`,
    )
  }
}

function resultOf(
  outcomes: readonly { readonly pair: Pair; readonly outcome: Outcome }[],
  runId: string,
  skipExitCode: number | undefined,
): CommandResult {
  const publications = outcomes.map(({ pair: { recordType, destination }, outcome }) =>
    'done' in outcome
      ? publicationResult(recordType, destination, outcome.done)
      : { recordType, destination, status: 'failed' as const, ...errorResult(outcome.failed) },
  )
  const exitCode = worstExitCode(publications.map((publication) => publication.exitCode))
  const isUnchanged = outcomes.every(({ outcome }) => 'done' in outcome && sentNothing(outcome.done))
  if (exitCode === EXIT_CODES.done && isUnchanged && skipExitCode !== undefined) {
    return { exitCode: skipExitCode as ExitCode, result: { status: 'done', runId, publications } }
  }
  return { exitCode, result: { runId, publications } }
}

function sentNothing({ outcome: { created, updated, deleted } }: PublishResult): boolean {
  return created + updated + deleted === 0
}
