import type { Bridge, BridgeLine, Hop } from './certificate.ts'
import { addDecimals, compareDecimals } from './decimal.ts'

const PARTS = ['rejected', 'filtered', 'exactDuplicates', 'folded', 'entities'] as const

/** Where a bridge does not hold: its own arithmetic, and its ends against the hops that it joins. Empty when all agrees. */
export function bridgeDifferences(bridge: Bridge, hops: readonly Hop[]): string[] {
  return [
    ...arithmeticDifferences(bridge),
    ...endDifferences(bridge.read, hops, 'read'),
    ...endDifferences(bridge.entities, hops, 'entities'),
  ]
}

function arithmeticDifferences(bridge: Bridge): string[] {
  const differences: string[] = []
  const rows = PARTS.reduce((sum, part) => sum + bridge[part].rows, 0)
  if (rows !== bridge.read.rows) differences.push(`bridge: ${bridge.read.rows} rows read, ${rows} explained`)

  const columns = new Set(
    [bridge.read, ...PARTS.map((part) => bridge[part])].flatMap(({ sums }) => Object.keys(sums)),
  )
  for (const column of columns) {
    const missing = (['read', ...PARTS] as const).filter((part) => bridge[part].sums[column] === undefined)
    if (missing.length > 0) {
      differences.push(`bridge: no sum of ${column} for ${missing.join(', ')}`)
      continue
    }
    const read = bridge.read.sums[column] as string
    const explained = PARTS.reduce((sum, part) => addDecimals(sum, bridge[part].sums[column] as string), '0')
    if (compareDecimals(read, explained) !== 0) {
      differences.push(`bridge: ${column} sums to ${read} as read, ${explained} is explained`)
    }
  }
  return differences
}

function endDifferences(line: BridgeLine, hops: readonly Hop[], name: 'read' | 'entities'): string[] {
  const totals = hops.find((hop) => hop.name === name)?.totals
  if (!totals) return []
  const differences: string[] = []
  if (totals.rows !== line.rows) {
    differences.push(`bridge: ${line.rows} ${name} rows, the hop has ${totals.rows}`)
  }
  for (const [column, { sum }] of Object.entries(totals.money)) {
    const ours = line.sums[column]
    if (ours === undefined || compareDecimals(ours, sum) !== 0) {
      differences.push(`bridge: ${column} of ${name} sums to ${ours ?? 'nothing'}, the hop has ${sum}`)
    }
  }
  return differences
}
