#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { CommanderError } from '@commander-js/extra-typings'
import { EXIT_CODES, type ExitCode, loadConfig, similarName, TerminalError, toCatalogue } from '@findata/core'
import { createOracleExtractor, driverVersion, openOraclePool, probeOracle } from '@findata/oracle-extract'
import { createS3SnapshotStore, openS3Client, probeStore } from '@findata/s3-store'
import type { CommandResult } from './command.ts'
import { type Environment, readEnvironment } from './env.ts'
import { createProgram, type Request } from './program.ts'
import { createProgress, progressMode } from './progress.ts'
import { errorResult } from './report.ts'
import { openStopSignal, Stopped } from './stop-signal.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** Understands the command line, runs the command, and says what came of it: the last line of stdout is the result. */
async function main(args: readonly string[]): Promise<ExitCode> {
  using stop = openStopSignal()
  let request: Request | undefined
  let outcome: CommandResult
  try {
    request = await understand(args)
    outcome = await run(request, readEnvironment(), stop.signal)
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_CODES.done
    outcome = failureOf(error, stop.signal)
    const isTold = error instanceof CommanderError
    if (!isTold) process.stderr.write(`${(outcome.result.error as { message: string }).message}\n`)
  }
  await tell(request, outcome)
  return outcome.exitCode
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
 * `s3-cli task_orders`, as the schedulers of the old scripts call it, means `s3-cli extract task_orders`. So does a name that
 * is neither a command nor like one, which `extract` then answers with the record types there are.
 */
function expandOldForm(args: readonly string[], commands: readonly string[]): readonly string[] {
  const operand = args.find((arg, i) => !arg.startsWith('-') && !TAKES_A_VALUE.has(args[i - 1] ?? ''))
  if (operand === undefined || operand === 'help' || commands.includes(operand)) return args
  return similarName(operand, commands) === undefined ? ['extract', ...args] : args
}

const TAKES_A_VALUE = new Set(['--config', '--result-file'])

/** Opens what the command asks for, top to bottom, and closes it bottom to top. */
async function run(request: Request, environment: Environment, signal: AbortSignal): Promise<CommandResult> {
  const { options } = request
  const config = await loadConfig({
    folder: process.cwd(),
    ...(options.config !== undefined && { path: options.config }),
  })
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
  const openPool = memoize(() =>
    opened.use(openOraclePool(environment.oracle(), { module: `s3-cli ${version}` })),
  )
  const openStore = memoize(() => {
    const { client, ...place } = openBucket()
    return createS3SnapshotStore(client, { ...place, now, retention: config.retention })
  })
  return await request.run({
    catalogue: toCatalogue(config.recordTypes),
    config,
    environment,
    signal,
    progress,
    now,
    isColored: options.color && !environment.isColorUnwanted && process.stdout.isTTY === true,
    versions: { findata: version, node: process.versions.node, oracledb: driverVersion },
    print: (text) => options.json || process.stdout.write(`${text}\n`),
    openStore,
    openExtractor: memoize(() => createOracleExtractor(openPool())),
    probeOracle: (recordTypes) => probeOracle(openPool(), recordTypes, { signal }),
    probeStore: () => {
      const { client, ...place } = openBucket()
      return probeStore(client, { ...place, signal })
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
  if (signal.reason instanceof Stopped) {
    const { exitCode, message } = signal.reason
    return {
      exitCode,
      result: { error: { code: 'CANCELLED', message: `${message}; nothing was replaced.` } },
    }
  }
  const usage = error instanceof CommanderError ? new TerminalError('USAGE', error.message) : error
  return { ...errorResult(usage), result: errorResult(usage) }
}

async function tell(request: Request | undefined, { exitCode, result }: CommandResult): Promise<void> {
  const status = exitCode === EXIT_CODES.done ? 'done' : 'failed'
  const line = JSON.stringify({ command: request?.name ?? null, status, exitCode, ...result })
  process.stdout.write(`${line}\n`)
  const path = request?.options.resultFile
  if (path === undefined) return
  // Whoever watches the file never sees half of it.
  await writeFile(`${path}.part`, `${line}\n`)
  await rename(`${path}.part`, path)
}

process.exitCode = await main(process.argv.slice(2))
