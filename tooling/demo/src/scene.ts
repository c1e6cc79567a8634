import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type StandIns, startStandIns, toEnvironment } from '@findata/sandbox'
import { type CliOutcome, type CliPlace, startCli } from './cli-process.ts'
import type { Narrator } from './narrator.ts'

export const BUCKET = 'findata-demo'

/** Knack allows ten calls a second; at that pace the story would take ten minutes. */
const CALLS_PER_SECOND = 900
const HASTE = { callsPerSecond: CALLS_PER_SECOND, concurrency: 8, settleMs: 2_000 }

/** Where the story takes place. Dispose it to end all servers. */
export interface Scene extends AsyncDisposable {
  readonly narrator: Narrator
  readonly standIns: StandIns
  readonly place: CliPlace
  /** Shows a command and what it prints, and waits for its end. */
  run(...args: string[]): Promise<CliOutcome>
}

/** Starts the stand-ins and configures the commands for them. */
export async function openScene(narrator: Narrator): Promise<Scene> {
  await using opening = new AsyncDisposableStack()
  const standIns = opening.use(
    await startStandIns({
      s3: { buckets: [{ name: BUCKET }] },
      knack: { callsPerSecond: CALLS_PER_SECOND * 2, dailyCalls: 100_000 },
    }),
  )
  const { path: folder } = opening.use(await mkdtempDisposable(join(tmpdir(), 'findata-demo-')))
  const destinations = {
    'data-tracker': { connection: HASTE },
    'finance-purchasing': { connection: HASTE },
  }
  await writeFile(join(folder, 'findata.config.json'), JSON.stringify({ destinations }))
  const place = { env: toEnvironment(standIns.endpoints), folder }
  const opened = opening.move()
  return {
    narrator,
    standIns,
    place,
    async run(...args) {
      narrator.command(`s3-cli ${args.map((arg) => (arg.includes(' ') ? `"${arg}"` : arg)).join(' ')}`)
      const outcome = await startCli(args, place).outcome
      if (args[0] === 'show' || args[0] === 'plan') narrator.page(outcome.told)
      else narrator.output(outcome.told)
      return outcome
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
