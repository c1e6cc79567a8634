import { Argument, Command, InvalidArgumentError } from 'commander'
import type { Bench } from './bench.ts'

export interface BenchRequest {
  readonly benches: readonly Bench[]
  readonly json?: string
  /** Instead of the rows that each bench names. */
  readonly rows?: readonly number[]
  readonly rounds?: number
  readonly profile?: string
}

/** Reads the arguments after the script's name; for help and mistakes it prints and ends the process (0 and 2). */
export function parseBenchArguments(args: readonly string[], benches: readonly Bench[]): BenchRequest {
  const command = new Command('npm run bench --')
    .description('Measures findata against a named limit in the same run.')
    .addArgument(new Argument('[name...]', 'benches (default: all)').argParser(toBenches(benches)))
    .option('--json <file>', 'write the results there too')
    .option('--rows <list>', 'sizes instead of the usual ones, such as 100k,1M', toRowCounts)
    .option('--rounds <n>', 'measured rounds instead of the usual number', toCount)
    .option('--profile <folder>', 'write a CPU profile of each measured process')
    .helpOption('-h, --help', 'this text')
    .showHelpAfterError('(add --help for usage and examples)')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .addHelpText(
      'after',
      `
Benches:
${benches.map(({ name, description }) => `  ${name.padEnd(14)}${description}`).join('\n')}

Examples:
  npm run bench
  npm run bench -- json-encode --json results.json
  npm run bench -- extract-s3 --rows 100k --rounds 1 --profile profiles`,
    )
  command.parse(args, { from: 'user' })
  const [chosen] = command.processedArgs as [readonly Bench[]]
  return { benches: chosen.length > 0 ? chosen : benches, ...command.opts<Omit<BenchRequest, 'benches'>>() }
}

function toBenches(benches: readonly Bench[]) {
  return (name: string, chosen: readonly Bench[] | undefined): readonly Bench[] => {
    const bench = benches.find((each) => each.name === name)
    if (bench) return [...(chosen ?? []), bench]
    throw new InvalidArgumentError(`Benches are ${benches.map((each) => each.name).join(', ')}.`)
  }
}

const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1_000, m: 1_000_000 }

function toRowCounts(list: string): readonly number[] {
  return list.split(',').map((size) => {
    const [, digits, unit = ''] = /^([1-9]\d*)([km]?)$/i.exec(size.trim()) ?? []
    if (digits === undefined)
      throw new InvalidArgumentError('Sizes are like 5000, 100k or 1M, with commas between.')
    return Number(digits) * (FACTORS[unit.toLowerCase()] ?? 1)
  })
}

function toCount(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 on.')
  return Number(text)
}
