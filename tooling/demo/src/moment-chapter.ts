import type { Certificate } from '@findata/core'
import {
  addTransferOrders,
  grantFlashback,
  removeTransferOrders,
  revokeFlashback,
  transferCent,
} from '@findata/sandbox'
import { type CliOutcome, startCli } from './cli-process.ts'
import type { Scene } from './scene.ts'

interface Read {
  readonly verdict?: string
  readonly consistency?: string
  readonly scn?: string
}

/** Money keeps moving between two task orders while they are read, with the grants that a moment needs and without. */
export async function readWhileMoneyMoves(scene: Scene): Promise<CliOutcome> {
  const { narrator, standIns } = scene
  const { database } = standIns.oracle
  addTransferOrders(database)

  narrator.chapter('Somebody moves money while it is read')
  const busy = await extractDuringTransfers(scene)
  narrator.say(`${busy.transfers} transfers of a cent were committed while the command ran.`)
  narrator.claim(
    'count, rows and file agree: all were read at one SCN',
    busy.transfers > 1 && busy.read?.verdict === 'balanced' && isOneScn(busy.read),
    busy.outcome.result,
  )

  narrator.say('The DBA takes the grants away that reading at an SCN needs.')
  revokeFlashback(database)
  const careful = await extractDuringTransfers(scene)
  grantFlashback(database)
  narrator.claim(
    'the label says less, and that holds: one read-only transaction',
    careful.read?.verdict === 'balanced' && careful.read.consistency === 'read-only transaction',
    careful.outcome.result,
  )
  narrator.claim(
    'the sum over all orders is the same to the cent in both',
    busy.sum !== undefined && busy.sum === careful.sum,
    { sums: [busy.sum, careful.sum] },
  )
  removeTransferOrders(database)
  return careful.outcome
}

interface ReadDuringTransfers {
  readonly outcome: CliOutcome
  readonly read: Read | undefined
  readonly transfers: number
  readonly sum: string | undefined
}

async function extractDuringTransfers(scene: Scene): Promise<ReadDuringTransfers> {
  const { run, standIns } = scene
  const { database, faults } = standIns.oracle
  let transfers = 0
  const writer = setInterval(() => {
    transferCent(database)
    transfers++
  }, 5)
  // Every answer comes late, so that transfers fall between all of them.
  faults.arm({ kind: 'slow-answer', delayMs: 20, statement: 'TK_VW', times: 1_000 })
  try {
    const outcome = await run('extract', 'task_orders')
    const [read] = (outcome.result.recordTypes ?? []) as readonly Read[]
    return { outcome, read, transfers, sum: await currentSum(scene) }
  } finally {
    clearInterval(writer)
    faults.clear()
  }
}

export function isOneScn({ consistency, scn }: Read): boolean {
  return scn !== undefined && consistency === `scn ${scn}`
}

/** Of the amounts in the snapshot that is current now. */
async function currentSum({ place }: Scene): Promise<string | undefined> {
  const { result } = await startCli(['show', 'task_orders', '--json'], place).outcome
  const { hops } = result.certificate as Certificate
  return hops[0]?.totals.money.TK_CURR_AMOUNT?.sum
}
