#!/usr/bin/env node
import './heap-limits.ts'
import { readFileSync } from 'node:fs'
import { CommanderError } from '@commander-js/extra-typings'
import {
  EXIT_CODES,
  type ExitCode,
  loadConfig,
  similarName,
  systemClock,
  TerminalError,
  toCatalogue,
} from '@findata/core'
import { createOracleExtractor, driverVersion, openOraclePool, probeOracle } from '@findata/oracle-extract'
import {
  builtInDestinations,
  createKnackPublisher,
  createSocrataPublisher,
  probeDestination,
  toDestinations,
} from '@findata/publishers'
import { createS3PublishStore, createS3SnapshotStore, openS3Client, probeStore } from '@findata/s3-store'
import type { CommandResult } from './command.ts'
import { type Environment, readEnvironment } from './env.ts'
import { createProgram, type Request } from './program.ts'
import { createProgress, progressMode } from './progress.ts'
import { errorResult, wrapLines } from './report.ts'
import { openResultFile, type ResultFile } from './result-file.ts'
import { openStopSignal } from './stop-signal.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** Understands the command line, runs the command, and says what came of it: the last line of stdout is the result. */
async function main(args: readonly string[]): Promise<ExitCode> {
  using stop = openStopSignal()
  let request: Request | undefined
  let resultFile: ResultFile | undefined
  let outcome: CommandResult
  try {
    // Before all else, so that also a command line with a mistake leaves no result of an earlier run.
    const path = resultPathOf(args)
    if (path !== undefined) resultFile = await openResultFile(path)
    request = await understand(args)
    outcome = await run(request, readEnvironment(), stop.signal)
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_CODES.done
    outcome = failureOf(error, stop.signal)
    const isTold = error instanceof CommanderError
    if (!isTold) process.stderr.write(`${wrapLines(error).join('\n')}\n`)
  }
  return await tell(request, outcome, resultFile)
}

function resultPathOf(args: readonly string[]): string | undefined {
  const place = args.findIndex((arg) => arg === '--result-file' || arg.startsWith('--result-file='))
  if (place < 0 || args.includes('--help') || args.includes('-h')) return undefined
  const [, inline] = (args[place] ?? '').split(/=(.*)/s)
  return inline ?? args[place + 1]
}

async function understand(args: readonly string[]): Promise<Request> {
  let request: Request | undefined
  const program = createProgram((understood) => {
    request = understood
  }, version)
  const commands = program.commands.map((command) => command.name())
  await program.parseAsync(expandOldForm(args, commands), { from: 'user' })
  if (!request) throw new TerminalError('USAGE', 'Name a command; see s3-cli --help.')
  return request
}

/**
 * `s3-cli task_orders data-tracker` and `s3-cli --dataset all`, as the schedulers of the old scripts call them, mean publish.
 * `s3-cli task_orders`, as the schedulers of the old scripts call it, means `s3-cli extract task_orders`. So does a name that
 * is neither a command nor like one, which `extract` then answers with the record types there are.
 */
function expandOldForm(args: readonly string[], commands: readonly string[]): readonly string[] {
  const operands = args.filter((arg, i) => !arg.startsWith('-') && !TAKES_A_VALUE.has(args[i - 1] ?? ''))
  const [operand, second] = operands
  const isDataset = operand === undefined && args.some((arg) => /^--dataset(=|$)/.test(arg))
  const names = builtInDestinations().map(({ name }) => name)
  const isPair = second !== undefined && (names.includes(second) || similarName(second, names) !== undefined)
  if (isDataset || (isPair && operands.length === 2 && !commands.includes(operand ?? ''))) {
    return ['publish', ...args]
  }
  if (operand === undefined || operand === 'help' || commands.includes(operand)) return args
  return similarName(operand, commands) === undefined ? ['extract', ...args] : args
}

const TAKES_A_VALUE = new Set([
  '--config',
  '--result-file',
  '--dataset',
  '--limit',
  '--plan',
  '--reason',
  '--by',
])

/** Opens what the command asks for, top to bottom, and closes it bottom to top. */
async function run(request: Request, environment: Environment, signal: AbortSignal): Promise<CommandResult> {
  const { options } = request
  const config = await loadConfig({
    folder: process.cwd(),
    ...(options.config !== undefined && { path: options.config }),
  })
  const catalogue = toCatalogue(config.recordTypes)
  const destinations = toDestinations(config.destinations, config.recordTypes, config.file)
  await using opened = new AsyncDisposableStack()
  const mode = progressMode(process.stderr, {
    quiet: options.quiet,
    term: environment.term,
    ci: environment.ci,
  })
  const progress = opened.use(createProgress(process.stderr, mode))
  const now = () => new Date()

  const openBucket = memoize(() => {
    const { bucket, prefix, ...where } = environment.s3()
    return { client: opened.use(openS3Client({ bucket, prefix, ...where })), bucket, prefix }
  })
  const openPool = memoize(() => {
    // extract counts its attempts and tells of each.
    const options = { module: `s3-cli ${version}`, clientId: environment.account, retry: { attempts: 1 } }
    return opened.use(openOraclePool(environment.oracle(), options))
  })
  const openStore = memoize(() => {
    const { client, ...place } = openBucket()
    return createS3SnapshotStore(client, { ...place, now, retention: config.retention, signal })
  })
  return await request.run({
    catalogue,
    destinations,
    config,
    environment,
    signal,
    progress,
    clock: systemClock,
    now,
    isColored: options.color && !environment.isColorUnwanted && process.stdout.isTTY === true,
    versions: { findata: version, node: process.versions.node, oracledb: driverVersion },
    print: (text) => options.json || progress.beside(() => process.stdout.write(`${text}\n`)),
    openStore,
    openPublishStore: memoize(() => {
      const { client, ...place } = openBucket()
      return createS3PublishStore(client, { ...place, now, signal })
    }),
    openPublisher(name, recordType) {
      const destination = destinations.get(name)
      return destination.kind === 'knack'
        ? createKnackPublisher(destination, environment.knack(destination))
        : createSocrataPublisher(destination, environment.socrata(destination, [recordType]))
    },
    openExtractor: memoize(() => createOracleExtractor(openPool())),
    probeOracle: (recordTypes) => probeOracle(openPool(), recordTypes, { signal }),
    probeStore: () => {
      const { client, ...place } = openBucket()
      return probeStore(client, { ...place, signal })
    },
    probeDestination(name, recordTypes) {
      const destination = destinations.get(name)
      const names = recordTypes.map(({ recordType }) => recordType.name)
      const options = { recordTypes, clock: systemClock, signal }
      return destination.kind === 'knack'
        ? probeDestination({ destination, settings: environment.knack(destination) }, options)
        : probeDestination({ destination, settings: environment.socrata(destination, names) }, options)
    },
  })
}

function memoize<T>(open: () => T): () => T {
  let opened: { readonly value: T } | undefined
  return () => {
    opened ??= { value: open() }
    return opened.value
  }
}

function failureOf(error: unknown, signal: AbortSignal): CommandResult {
  const failure = signal.aborted ? signal.reason : error instanceof CommanderError ? usageOf(error) : error
  const result = errorResult(failure)
  return { exitCode: result.exitCode, result }
}

/** What commander has already written to stderr, as one sentence. */
function usageOf({ code, message }: CommanderError): TerminalError {
  const isHelp = code === 'commander.help'
  return new TerminalError(
    'USAGE',
    isHelp
      ? 'No command was named; see s3-cli --help.'
      : message.replace(/^error: /, '').replaceAll('\n', ' '),
  )
}

/** The last line of stdout, and the same in the result file. */
async function tell(
  request: Request | undefined,
  { exitCode, result }: CommandResult,
  resultFile: ResultFile | undefined,
): Promise<ExitCode> {
  const status = exitCode === EXIT_CODES.done ? 'done' : 'failed'
  const line = JSON.stringify({ command: request?.name ?? null, status, exitCode, ...result })
  process.stdout.write(`${line}\n`)
  try {
    await resultFile?.write(line)
  } catch (error) {
    process.stderr.write(`The result file could not be written: ${(error as Error).message}\n`)
    return exitCode === EXIT_CODES.done ? EXIT_CODES.unexpected : exitCode
  }
  return exitCode
}

// A reader that has seen enough, such as `head`, must not break off a run.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

process.exitCode = await main(process.argv.slice(2))
