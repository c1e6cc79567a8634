import { writeFile } from 'node:fs/promises'
import { toEnvironment, toExportLines } from './environment.ts'
import { parseSandboxArguments } from './sandbox-command.ts'
import { KEYS_HELP, listenToKeys } from './sandbox-keys.ts'
import { type StandInEndpoints, type StandInsOptions, startStandIns } from './stand-ins.ts'

const say = (text: string) => console.error(text)

const NEXT_STEPS = `# Paste the lines above into another terminal, then:
#   npm run -s s3-cli -- doctor
#   npm run -s s3-cli -- extract --all
#   npm run -s s3-cli -- plan task_orders finance-purchasing
#   npm run -s s3-cli -- publish --dataset all
`

const options = parseSandboxArguments(process.argv.slice(2))
try {
  await runSandbox()
} catch (error) {
  say(`The sandbox failed: ${(error as Error).message}`)
  process.exitCode = 1
}

async function runSandbox(): Promise<void> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop())

  const { oraclePort, s3Port, knackPort, socrataPort, controlPort, data } = options
  await using standIns = await startStandIns({
    oracle: { port: oraclePort },
    s3: { port: s3Port, ...(data !== undefined && { folder: data }) },
    knack: { port: knackPort },
    socrata: { port: socrataPort },
    controlPort,
  } satisfies StandInsOptions)
  if (options.day === '2') standIns.play('day-two')

  const lines = toExportLines(toEnvironment(standIns.endpoints))
  if (options.env !== undefined) await writeFile(options.env, lines)
  process.stdout.write(`${lines}\n${NEXT_STEPS}`)
  say(explain(standIns.endpoints))

  const { stdin } = process
  using keys = stdin.isTTY ? listenToKeys({ stdin, say }, { play: standIns.play, stop }) : undefined
  if (keys) say(`Keys:\n${KEYS_HELP}`)
  await stopped
  say('Stopping.')
}

function explain({ oracle, s3, knack, socrata, controlUrl }: StandInEndpoints): string {
  const kept = options.data === undefined ? 'forgotten at the end' : `kept in ${options.data}`
  const lines = [
    '',
    `Oracle   ${oracle.connectString} as ${oracle.user}, day ${options.day} of the sample`,
    `S3       ${s3.url}, bucket ${s3.bucket}, ${kept}`,
    `Knack    ${new URL('/', knack.url)}           shows the records of its two apps`,
    `Socrata  ${new URL('/', socrata.url)}           shows the rows of its datasets`,
    `Scenes   curl ${controlUrl}                    lists them`,
    `         curl -X POST ${controlUrl}/day-two    plays one`,
    'Control  of each stand-in; a POST to /faults arms a fault',
    `         Oracle   ${oracle.controlUrl}     and /run runs SQL as a DBA would`,
    `         S3       ${s3.controlUrl}`,
    `         Knack    ${knack.controlUrl}`,
    `         Socrata  ${socrata.controlUrl}`,
  ]
  if (options.env !== undefined) lines.push(`Written  ${options.env}`)
  if (process.env.AWS_PROFILE)
    lines.push('Beware   AWS_PROFILE is set and wins over these keys: unset AWS_PROFILE')
  return lines.join('\n')
}
