import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import {
  createRunId,
  EXIT_CODES,
  exitCodeOf,
  openScratchFolder,
  preparePublication,
  TerminalError,
  worstExitCode,
} from '@findata/core'
import { renderPlan, writePlanFile } from '@findata/publishers'
import type { CommandContext, CommandResult } from '../command.ts'
import { mappingSha256, type Pair, type PairRequest, pairsOf } from '../publish-pairs.ts'
import { isChange, planResult } from '../publish-report.ts'
import { describeFailure, errorResult, wrapLines } from '../report.ts'
import { wrapText } from '../wrap-text.ts'
import { checkEnvironment, type PublishRequest, portsOf, publishRun } from './publish.ts'

export interface PlanRequest extends Pick<PublishRequest, 'guards' | 'reason' | 'by'> {
  readonly target: PairRequest
  readonly out?: string
  /** How many records are shown; all are counted. */
  readonly show: number
  /** Whether to exit 8 when publishing would send something. */
  readonly exitCode: boolean
}

/** Shows what publishing would change, and why; sends nothing. */
export async function runPlan(context: CommandContext, request: PlanRequest): Promise<CommandResult> {
  const pairs = pairsOf(context, request.target)
  if (request.out !== undefined && pairs.length > 1) {
    throw new TerminalError('USAGE', '--out takes the plan of one record type and destination.')
  }
  checkEnvironment(context, pairs)
  const runId = createRunId(context.now())
  const plans = []
  for (const pair of pairs) {
    try {
      plans.push(await planOne(context, request, pair, runId))
    } catch (error) {
      context.signal.throwIfAborted()
      const { recordType, destination } = pair
      context.print(describeFailure(`${recordType} -> ${destination}`, error))
      plans.push({ recordType, destination, status: 'failed' as const, ...errorResult(error) })
    }
  }
  return { exitCode: worstExitCode(plans.map(({ exitCode }) => exitCode)), result: { runId, plans } }
}

async function planOne(context: CommandContext, request: PlanRequest, pair: Pair, runId: string) {
  const { recordType, destination } = pair
  await using scratch = await openScratchFolder()
  const run = publishRun(context, pair, runId, { scratch, ...request })
  await using prepared = await preparePublication(
    portsOf(context, pair),
    context.catalogue.get(recordType),
    run,
  )
  const { plan, target, manifest, rejections, refusal } = prepared
  const header = {
    runId,
    recordType,
    destination,
    target: target.description,
    snapshotRunId: manifest.runId,
    mappingSha256: mappingSha256(context.destinations, pair),
    createdAt: context.now().toISOString(),
  }
  const { isColored } = context
  context.print(await renderPlan(plan, header, { width: 80, isColored, maxRecords: request.show }))
  for (const { key, rows, reason } of rejections.listed.slice(0, request.show)) {
    context.print(wrapText(`! rejected ${key} (${rows} rows): ${reason}`).join('\n'))
  }
  if (refusal) context.print(['publish would refuse:', ...wrapLines(refusal, 2)].join('\n'))
  if (request.out !== undefined) {
    await writeWhole(request.out, writePlanFile(plan, header))
    context.print(`Saved: s3-cli publish ${recordType} ${destination} --plan ${request.out}`)
  }
  const isDifferent = request.exitCode && isChange(plan.summary)
  return {
    status: 'done' as const,
    exitCode: refusal ? exitCodeOf(refusal) : isDifferent ? EXIT_CODES.differences : EXIT_CODES.done,
    ...(refusal && { refusal: errorResult(refusal).error }),
    ...planResult(recordType, destination, {
      snapshotRunId: manifest.runId,
      target: target.description,
      summary: plan.summary,
      rejections,
      ...(request.out !== undefined && { file: request.out }),
    }),
  }
}

/** A file that is there is whole: it gets its name when everything is written. */
async function writeWhole(file: string, chunks: AsyncIterable<string | Uint8Array>): Promise<void> {
  const unfinished = `${file}.part`
  try {
    await pipeline(chunks, createWriteStream(unfinished))
    await rename(unfinished, file)
  } catch (cause) {
    await rm(unfinished, { force: true })
    const { code = 'unknown' } = cause as NodeJS.ErrnoException
    throw new TerminalError(
      'USAGE',
      `The plan could not be written to ${file} (${code}). Choose another file.`,
      {
        cause,
      },
    )
  }
}
