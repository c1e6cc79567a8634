import { Command, InvalidArgumentError, Option } from 'commander'

/** What `npm run sandbox` was asked for. */
export interface SandboxOptions {
  /** A file that gets the environment too. */
  readonly env?: string
  readonly oraclePort: number
  readonly s3Port: number
  readonly knackPort: number
  readonly socrataPort: number
  readonly controlPort: number
  readonly day: '1' | '2'
  /** Where S3 keeps its objects; a temporary folder by default. */
  readonly data?: string
}

/** Reads the arguments after the script's name; for help and mistakes it prints and ends the process (0 and 2). */
export function parseSandboxArguments(args: readonly string[]): SandboxOptions {
  const command = new Command('npm run sandbox --')
    .description(
      'Oracle with sample finance data, an empty bucket in S3, and empty Knack apps and\nSocrata datasets, on this machine.',
    )
    .option('--env <file>', 'write the environment to this file too')
    .option('--oracle-port <n>', 'port of Oracle (default: a free one)', toPort, 0)
    .option('--s3-port <n>', 'port of S3 (default: a free one)', toPort, 0)
    .option('--knack-port <n>', 'port of Knack (default: a free one)', toPort, 0)
    .option('--socrata-port <n>', 'port of Socrata (default: a free one)', toPort, 0)
    .option('--control-port <n>', 'port of the scenes (default: a free one)', toPort, 0)
    .addOption(new Option('--day <n>', 'day of the sample to start with').choices(['1', '2']).default('1'))
    .option('--data <folder>', 'keep the objects of S3 there (default: forget them)')
    .helpOption('-h, --help', 'this text')
    .showHelpAfterError('(add --help for usage and examples)')
    .configureHelp({
      optionDescription: ({ description, defaultValue }) =>
        defaultValue === undefined || defaultValue === 0
          ? description
          : `${description} (default: ${defaultValue})`,
    })
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .addHelpText(
      'after',
      `
Examples:
  npm run sandbox
  npm run -s sandbox -- --env sandbox.env        then, elsewhere: . ./sandbox.env
  npm run sandbox -- --data ./objects            the bucket is there again next time
  npm run sandbox -- --oracle-port 15210 --s3-port 19000

The environment is printed on stdout, everything else on stderr.`,
    )
  return command.parse(args, { from: 'user' }).opts<SandboxOptions>()
}

function toPort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number up to 65535.')
  return port
}
