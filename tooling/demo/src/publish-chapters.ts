import type { Certificate } from '@findata/core'
import { type CliOutcome, startCli } from './cli-process.ts'
import type { Scene } from './scene.ts'

interface Publication {
  readonly recordType: string
  readonly destination: string
  readonly exitCode: number
  readonly verdict?: string
  readonly created?: number
  readonly updated?: number
  readonly unchanged?: number
  readonly rejected?: number
  readonly certificate?: string
}

const APP = 'finance-purchasing'
const TASK_ORDERS = 'object_43'
/** Fields of a task order there: its balance, and one that only people fill. */
const BALANCE = 'field_997'

export function publicationsOf({ result }: CliOutcome): readonly Publication[] {
  return (result.publications ?? []) as readonly Publication[]
}

/** Day one reaches both Knack apps and the Socrata datasets: seen first, then sent, then read back. */
export async function publishDayOne({ narrator, standIns, run }: Scene): Promise<readonly CliOutcome[]> {
  narrator.chapter('To Knack and Socrata: first seen, then sent')
  narrator.say(
    'One call for each record in Knack. The real one takes ten a second; the stand-in takes more here, or this would be long.',
  )
  const plan = await run('plan', 'task_orders', APP, '--show', '2', '--out', 'orders.plan')
  narrator.claim(
    'the plan names every record, and nothing was sent',
    plan.exitCode === 0 && recordsOf(standIns).length === 0,
    plan.result,
  )
  const orders = await run('publish', 'task_orders', APP, '--plan', 'orders.plan', '--quiet')
  narrator.claim(
    'what was read back from Knack equals the entities, to the cent',
    orders.exitCode === 0 && publicationsOf(orders)[0]?.created === recordsOf(standIns).length,
    orders.result,
  )
  const units = await run('publish', 'units', 'data-tracker', '--quiet')
  narrator.claim('the other app has its units', units.exitCode === 0, units.result)
  const datasets = await run('publish', '--dataset', 'all', '--quiet')
  const open = publicationsOf(datasets).filter(({ exitCode }) => exitCode !== 0)
  narrator.claim(
    'all balance; two orders with one id there are named, none is overwritten',
    datasets.exitCode === 6 &&
      open.length === 1 &&
      open[0]?.rejected === 2 &&
      publicationsOf(datasets).every(({ verdict }) => verdict === 'balanced'),
    datasets.result,
  )

  narrator.chapter('The same again')
  const before = writesOf(standIns)
  const again = await run('publish', 'task_orders', APP, '--quiet', '--skip-exit-code', '99')
  narrator.claim(
    'nothing differs, so nothing is sent (exit 99 for schedulers that ask)',
    again.exitCode === 99 && writesOf(standIns) === before,
    again.result,
  )
  return [orders, units, datasets]
}

/** Day two sends only its changes, although the run is killed in the middle of them. */
export async function publishDayTwo(scene: Scene): Promise<readonly CliOutcome[]> {
  const { narrator, standIns, place, run } = scene
  narrator.chapter('Only the changes, and killed in the middle of them')
  const plan = await run('plan', 'task_orders', APP, '--show', '1')
  const planned = planOf(plan)
  const fault = standIns.knack.faults.arm({
    operations: ['update'],
    afterMatches: Math.floor(planned.updates / 2),
    effect: { kind: 'hold', at: 'after' },
  })
  const before = writesOf(standIns)
  narrator.command(`s3-cli publish task_orders ${APP}        # and kill -9 half way`)
  const killed = startCli(['publish', 'task_orders', APP], place)
  await fault.arrived()
  killed.process.kill('SIGKILL')
  await killed.outcome
  fault.release()
  const sentBefore = writesOf(standIns) - before
  const finished = await run('publish', 'task_orders', APP, '--quiet')
  const records = recordsOf(standIns)
  const keys = new Set(records.map((record) => `${record.field_988_raw} ${record.field_989_raw}`))
  narrator.claim(
    `${sentBefore} writes before the kill, the rest after it, and it balances`,
    finished.exitCode === 0 && sentBefore > 0 && publicationsOf(finished)[0]?.verdict === 'balanced',
    finished.result,
  )
  narrator.claim('no record is there twice', keys.size === records.length)
  const dataset = await run('publish', '--dataset', 'task_orders', '--quiet')
  narrator.claim(
    'the dataset gets its changes too',
    publicationsOf(dataset).every(({ verdict, updated }) => verdict === 'balanced' && Number(updated) > 0),
    dataset.result,
  )
  return [finished, dataset]
}

/** Somebody overwrites an amount in Knack: the plan shows it, publishing puts it right. */
export async function findHandEdit({ narrator, standIns, run }: Scene): Promise<CliOutcome> {
  narrator.chapter('Somebody edits an amount in Knack')
  const [record] = recordsOf(standIns)
  if (!record) throw new Error('There is no task order in Knack')
  const amount = String(record[`${BALANCE}_raw`])
  standIns.knack.edit(APP, TASK_ORDERS, record.id, { [BALANCE]: '1.00' })
  narrator.say(`the balance of ${record.field_989_raw} says 1.00 in Knack now, not ${amount}`)
  const plan = await run('plan', 'task_orders', APP, '--show', '2')
  narrator.claim('the plan finds just that', planOf(plan).updates === 1, plan.result)
  const mended = await run('publish', 'task_orders', APP, '--quiet')
  narrator.claim(
    'one call puts it right',
    mended.exitCode === 0 && recordsOf(standIns)[0]?.[`${BALANCE}_raw`] === amount,
    mended.result,
  )
  return mended
}

/** The certificates of publications, from the bucket. */
export async function certificatesOf(
  outcomes: readonly CliOutcome[],
  read: (key: string) => Promise<string>,
): Promise<readonly Certificate[]> {
  const latest = new Map<string, string>()
  for (const { recordType, destination, certificate } of outcomes.flatMap(publicationsOf)) {
    if (certificate !== undefined) latest.set(`${recordType} ${destination}`, certificate)
  }
  return await Promise.all(
    [...latest.values()].map(async (key) => JSON.parse(await read(key)) as Certificate),
  )
}

function planOf({ result }: CliOutcome): { readonly updates: number } {
  const [plan] = (result.plans ?? []) as readonly { readonly updates: number }[]
  return plan ?? { updates: 0 }
}

function recordsOf({ knack }: Scene['standIns']) {
  return knack.records(APP, TASK_ORDERS)
}

/** How many calls that change something were made. */
function writesOf({ knack }: Scene['standIns']): number {
  return knack.requests().filter(({ method }) => method !== 'GET').length
}
