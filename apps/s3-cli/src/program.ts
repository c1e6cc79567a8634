import { Command } from '@commander-js/extra-typings'
import { OVERRIDE_FLAGS } from '@findata/core'
import type { RunCommand } from './command.ts'
import { runDiff } from './commands/diff.ts'
import { runDoctor } from './commands/doctor.ts'
import { runExtract } from './commands/extract.ts'
import { runList } from './commands/list.ts'
import { runPlan } from './commands/plan.ts'
import { runPublish } from './commands/publish.ts'
import { runRollback } from './commands/rollback.ts'
import { runShow } from './commands/show.ts'
import { runTrace } from './commands/trace.ts'
import { runVerify } from './commands/verify.ts'
import { toCamelCase, toCount, toExitCode, toNames, toReason, toTries } from './option-values.ts'
import { addOverrides, toOverrides, toPairRequest } from './publish-options.ts'

/** The options that every command takes. */
export interface GlobalOptions {
  readonly config?: string
  readonly json: boolean
  readonly resultFile?: string
  readonly quiet: boolean
  readonly color: boolean
}

/** A command line that was understood: what to run, and how to say what came of it. */
export interface Request {
  readonly name: string
  readonly options: GlobalOptions
  readonly run: RunCommand
}

/** Guards that a flag can override, in the order of the help. */
const OVERRIDABLE = {
  rows: 'fewer rows than the least, down to none',
  shrink: 'many rows fewer than the current snapshot',
  duplicates: 'many rows that appear twice with equal values',
  conflicts: 'rows that share a key but not their values',
  'null-keys': 'NULL in a key column',
  jump: 'a money total that moved far',
} as const satisfies Record<keyof typeof OVERRIDE_FLAGS, string>

const OVERRIDABLE_GUARDS = Object.keys(OVERRIDABLE) as (keyof typeof OVERRIDABLE)[]

/** Understands a command line. Throws commander's errors; `onRequest` is called at most once. */
export function createProgram(onRequest: (request: Request) => void, version: string) {
  const program = new Command('s3-cli')
    .exitOverride()
    .description(
      'Finance records from Oracle into S3, and from there to Knack and Socrata,\nbalanced to the cent at every hop.',
    )
    .version(version)
    .option('--config <file>', 'findata.config.ts, .js or .json (default: the one in the working folder)')
    .option('--json', 'print nothing but the result, one line of JSON', false)
    .option('--result-file <path>', 'write the result there too')
    .option('--quiet', 'no progress on stderr', false)
    .option('--no-color', 'plain text')
    .configureHelp({ showGlobalOptions: true, helpWidth: 80, subcommandTerm: (command) => command.name() })
    .showHelpAfterError('(add --help for usage and examples)')
    .addHelpText(
      'after',
      `
Examples:
  s3-cli doctor                        what is missing before a first run
  s3-cli extract task_orders units     read two record types at one moment
  s3-cli extract --all
  s3-cli task_orders                   the same as extract task_orders
  s3-cli diff task_orders              what the newest snapshot changed
  s3-cli verify task_orders            recompute it from the stored files
  s3-cli plan task_orders data-tracker     what publishing would change, and why
  s3-cli publish task_orders data-tracker
  s3-cli publish --dataset all         every Socrata dataset
  s3-cli trace task_orders 24ROW51000  where a record is, and why

Exit codes: 0 done, 1 unexpected, 2 usage, configuration or credentials,
3 Oracle unavailable, 4 store or destination unavailable, 5 guard refused or
plan stale, 6 some records rejected, 7 locked, 8 differences found, 99 nothing
changed (only with --skip-exit-code 99), 130/143 stopped.`,
    )

  const submit = (command: { name(): string; optsWithGlobals(): unknown }, run: RunCommand) =>
    onRequest({ name: command.name(), options: command.optsWithGlobals() as GlobalOptions, run })

  const extract = program
    .command('extract')
    .description('Read record types from Oracle and make them the current snapshots.')
    .argument('[record-types...]', 'names, such as task_orders')
    .option('--all', 'every record type of the catalogue', false)
    .option('--attempts <n>', 'tries when Oracle does not answer or the connection breaks', toTries, 3)
    .option(
      '--skip-exit-code <code>',
      'exit with this, such as 99, when no record type has changed',
      toExitCode,
    )
    .option('--reason <text>', 'why a guard is overridden; recorded in the certificate', toReason)
    .option('--by <name>', 'who overrides it (default: the account that runs the command)')
  for (const guard of OVERRIDABLE_GUARDS) {
    extract.option(OVERRIDE_FLAGS[guard], `go on with ${OVERRIDABLE[guard]}`)
  }
  extract
    .addHelpText(
      'after',
      `
Examples:
  s3-cli extract --all
  s3-cli extract task_orders units --json --result-file result.json

A guard stops a run before it replaces anything (exit 5). If the figures are
right, run it again with the flag that the message names:
  s3-cli extract units --allow-shrink --reason "6207 closed, ticket 4711"`,
    )
    .action((recordTypes, options, command) => {
      const flags = options as Record<string, unknown>
      const guards = OVERRIDABLE_GUARDS.filter((guard) => flags[toCamelCase(OVERRIDE_FLAGS[guard])] === true)
      if (guards.length > 0 && !options.reason) {
        command.error('error: an --allow-… flag needs --reason "…", which the certificate keeps')
      }
      if (options.all === recordTypes.length > 0) command.error('error: name record types, or give --all')
      submit(command, (context) =>
        runExtract(context, {
          recordTypes: options.all ? 'all' : recordTypes,
          attempts: options.attempts,
          guards,
          ...(options.skipExitCode !== undefined && { skipExitCode: options.skipExitCode }),
          ...(options.reason !== undefined && { reason: options.reason }),
          ...(options.by !== undefined && { by: options.by }),
        }),
      )
    })

  const plan = program
    .command('plan')
    .description('Show what publishing would change, and why; nothing is sent.')
    .argument('[record-type]', 'such as task_orders')
    .argument('[destination]', 'such as data-tracker, finance-purchasing or socrata')
    .option('--dataset <name>', 'a Socrata dataset by its old name, or all')
    .option('--out <file>', 'save the plan, for publish --plan')
    .option('--show <n>', 'how many records to show; all are counted', toCount, 20)
    .option('--exit-code', 'exit 8 if publishing would send something', false)
  addOverrides(plan)
  plan
    .addHelpText(
      'after',
      `
Examples:
  s3-cli plan task_orders data-tracker
  s3-cli plan task_orders data-tracker --out monday.plan
  s3-cli plan --dataset all --json`,
    )
    .action((recordType, destination, options, command) => {
      const target = toPairRequest(command, recordType, destination, options.dataset)
      const { out, show, exitCode } = options
      const overrides = toOverrides(command, options)
      submit(command, (context) =>
        runPlan(context, { target, show, exitCode, ...overrides, ...(out !== undefined && { out }) }),
      )
    })

  const publish = program
    .command('publish')
    .description('Make a destination hold the entities of the current snapshot.')
    .argument('[record-type]', 'such as task_orders')
    .argument('[destination]', 'such as data-tracker, finance-purchasing or socrata')
    .option('--dataset <name>', 'a Socrata dataset by its old name, or all')
    .option('--plan <file>', 'apply a plan that plan --out saved; a record that changed since is left alone')
    .option('--dry-run', 'the same as plan', false)
    .option('--limit <n>', 'send at most so many records; exits 6 if some are left', toCount)
    .option('--no-wait', 'do not wait for creates whose answer was lost; exits 4')
    .option('--skip-exit-code <code>', 'exit with this, such as 99, when nothing had to be sent', toExitCode)
  addOverrides(publish)
  publish
    .addHelpText(
      'after',
      `
Examples:
  s3-cli publish task_orders finance-purchasing
  s3-cli publish task_orders data-tracker --plan monday.plan
  s3-cli publish --dataset dept_units
  s3-cli task_orders data-tracker      the old form

Nothing is sent for a record that is as it should be. Killed or out of calls
for the day, the same command goes on where it ended.`,
    )
    .action((recordType, destination, options, command) => {
      const target = toPairRequest(command, recordType, destination, options.dataset)
      const overrides = toOverrides(command, options)
      const { plan: file, limit, skipExitCode } = options
      if (file !== undefined && options.dataset === 'all') {
        command.error('error: --plan is of one record type and destination')
      }
      if (options.dryRun) {
        return submit(command, (context) =>
          runPlan(context, { target, show: 20, exitCode: false, ...overrides }),
        )
      }
      submit(command, (context) =>
        runPublish(context, {
          target,
          waits: options.wait,
          ...overrides,
          ...(file !== undefined && { plan: file }),
          ...(limit !== undefined && { limit }),
          ...(skipExitCode !== undefined && { skipExitCode }),
        }),
      )
    })

  program
    .command('trace')
    .description('Where a record is, from Oracle through every snapshot to each destination, and why.')
    .argument('<record-type>', 'such as task_orders')
    .argument('<key...>', 'one value of the key, all of them in order, or COLUMN=value')
    .option('--destination <names>', 'only these, with commas between (default: all that take it)', toNames)
    .option('--no-oracle', 'do not ask Oracle, which costs an execution of the view')
    .option('--snapshots <n>', 'look only into the newest so many (default: all that are kept)', toCount)
    .option('--all', 'everything that was ever sent, not only the newest 20', false)
    .addHelpText(
      'after',
      `
Examples:
  s3-cli trace task_orders 24ROW51000
  s3-cli trace task_orders 2400 24ROW51000
  s3-cli trace units 359318059 --destination data-tracker --no-oracle

That a record is missing somewhere is an answer: exit 0. Exit 2: nobody has ever
heard of the key. Exit 3, 4 or 7: Oracle or a destination could not be asked, or
a publish is under way; the rest is told all the same.`,
    )
    .action((recordType, key, { destination, oracle, snapshots, all }, command) =>
      submit(command, (context) =>
        runTrace(context, {
          recordType,
          key,
          destinations: destination ?? [],
          oracle,
          all,
          ...(snapshots !== undefined && { snapshots }),
        }),
      ),
    )

  program
    .command('list')
    .description('What is current, the snapshots of one record type, or its publications.')
    .argument('[record-type]')
    .argument('[destination]', 'what was published there, newest first')
    .addHelpText(
      'after',
      '\nExamples:\n  s3-cli list\n  s3-cli list task_orders\n  s3-cli list task_orders data-tracker',
    )
    .action((recordType, destination, _, command) =>
      submit(command, (context) => runList(context, recordType, destination)),
    )

  program
    .command('show')
    .description('The certificate of a snapshot or of a publication.')
    .argument(
      '<snapshot>',
      'task_orders, task_orders~1, task_orders@<run id>, or the key of a certificate of a publication',
    )
    .argument('[destination]', 'the newest publication of a record type there')
    .option('--html <file>', 'write the certificate as a page that prints on one sheet')
    .option('--rows <n>', 'print the first rows too', toCount, 0)
    .addHelpText(
      'after',
      `
Examples:
  s3-cli show task_orders
  s3-cli show units~1 --html units.html
  s3-cli show task_orders data-tracker
  s3-cli show certificates/task_orders/data-tracker/<run id>.json`,
    )
    .action((snapshot, destination, options, command) =>
      submit(command, (context) => runShow(context, snapshot, destination, options)),
    )

  program
    .command('diff')
    .description('Rows added, removed and changed between two snapshots of a record type.')
    .argument('<a>', 'the older snapshot; alone: the one before the newest')
    .argument('[b]', 'the newer snapshot')
    .option('--limit <n>', 'how many rows to show of each kind; all are counted', toCount, 10)
    .option('--exit-code', 'exit 8 if there is a difference', false)
    .addHelpText('after', '\nExamples:\n  s3-cli diff task_orders\n  s3-cli diff units~3 units')
    .action((a, b, options, command) => submit(command, (context) => runDiff(context, a, b, options)))

  program
    .command('rollback')
    .description('Make an older snapshot current again. The newer ones are kept.')
    .argument('<record-type>')
    .argument('<snapshot>', 'task_orders~1, or a run id')
    .requiredOption('--reason <text>', 'why; kept in the index', toReason)
    .addHelpText('after', '\nExample:\n  s3-cli rollback units units~1 --reason "the view was half loaded"')
    .action((recordType, snapshot, options, command) =>
      submit(command, (context) => runRollback(context, recordType, snapshot, options.reason)),
    )

  program
    .command('verify')
    .description(
      'Recompute a snapshot or publication from the stored files alone, and every sum of its certificate.',
    )
    .argument('[target]', 'a snapshot, a certificate or manifest in the bucket, or such a file on disk')
    .option('--all', 'the current snapshot of every record type', false)
    .addHelpText(
      'after',
      `
Examples:
  s3-cli verify task_orders
  s3-cli verify ./manifest.json        with data.json.gz beside it
  s3-cli verify certificates/task_orders/data-tracker/<run id>.json
  s3-cli verify --all`,
    )
    .action((target, options, command) => {
      if (options.all === (target !== undefined))
        command.error('error: name one snapshot or file, or give --all')
      submit(command, (context) => runVerify(context, target))
    })

  program
    .command('doctor')
    .description('Check the environment, Oracle, the bucket and destinations, and say what to mend.')
    .argument('[record-types...]', 'check only these (default: the whole catalogue)')
    .option(
      '--destination <names>',
      'these, with commas between (default: those whose variables are set)',
      toNames,
    )
    .option('--count-keys', 'count rows and distinct keys, which executes each view once', false)
    .addHelpText(
      'after',
      `
Examples:
  s3-cli doctor
  s3-cli doctor task_orders --quiet --json
  s3-cli doctor task_orders --count-keys
  s3-cli doctor --destination data-tracker,socrata`,
    )
    .action((names, { destination, countKeys }, command) =>
      submit(command, (context) =>
        runDoctor(context, { names, destinationNames: destination ?? [], countsKeys: countKeys }),
      ),
    )

  return program
}
