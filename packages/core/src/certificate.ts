import { bridgeDifferences } from './bridge.ts'
import type { ControlTotals } from './control-totals.ts'
import { addDecimals, compareDecimals, subtractDecimals } from './decimal.ts'
import type { Consistency } from './extractor.ts'
import { publicationDifferences } from './publication.ts'
import type { NotPublished } from './publisher.ts'
import type { KeyColumn, MoneyColumn } from './record-type.ts'
import type { Column } from './row-schema.ts'

/** The record of one run's control totals, how they compare, and what was decided. */
export interface Certificate {
  readonly version: 1
  readonly kind: 'findata-certificate'
  readonly runId: string
  readonly recordType: string
  readonly startedAt: string
  readonly finishedAt: string
  readonly consistency: Consistency
  /** Absent for a whole set. */
  readonly window?: { readonly from: string | null; readonly to: string }
  readonly columns: readonly Column[]
  readonly rowKey: readonly KeyColumn[]
  readonly entityKey: readonly KeyColumn[]
  readonly money: readonly MoneyColumn[]
  readonly hops: readonly Hop[]
  /** Hops that were not measured, each with the reason. */
  readonly leftOut: readonly string[]
  readonly bridge?: Bridge
  /** Set for a run that published. */
  readonly publication?: Publication
  readonly comparisons: readonly HopComparison[]
  readonly guards: readonly GuardResult[]
  readonly overrides: readonly Override[]
  /** Every stored object with its hash. */
  readonly objects: readonly { readonly key: string; readonly bytes: number; readonly sha256: string }[]
  readonly executions: number
  readonly versions: Readonly<Record<string, string>>
  /** `balanced`: all comparisons agree and no guard stopped the run. */
  readonly verdict: 'balanced' | 'refused' | 'differs'
}

export interface Hop {
  /** `mapped`: the entities that count as published, in the destination's own form. */
  readonly name: 'source' | 'read' | 'file' | 'entities' | 'mapped' | 'staged' | 'destination'
  readonly of: 'rows' | 'entities'
  readonly totals: ControlTotals
}

export interface HopComparison {
  readonly left: Hop['name']
  readonly right: Hop['name']
  readonly agrees: boolean
  /** One line for each difference, with both figures. */
  readonly differences: readonly string[]
  /** What one side cannot know, such as the set hash of the source. */
  readonly notCompared: readonly string[]
}

/** `rows read = rejected + filtered + exact duplicates + folded + entities`, and the same for every money column's sum. */
export interface Bridge {
  readonly read: BridgeLine
  readonly rejected: BridgeLine
  readonly filtered: BridgeLine
  readonly exactDuplicates: BridgeLine
  readonly folded: BridgeLine
  readonly entities: BridgeLine
}

export interface BridgeLine {
  readonly rows: number
  readonly sums: Readonly<Record<string, string>>
}

/** Records of a destination, with the sums of what they hold there. */
export interface PresentLine extends BridgeLine {
  /** Amounts that are no number: the sums lack them. */
  readonly unreadable: number
}

/**
 * What became of the entities: `entities = published + rejected + refused + stale + held + waiting`, and the same for every sum. Of
 * the destination: `present = hop destination + departed + duplicates + outdated`, so that the sums of these are those of all of it.
 */
export interface Publication {
  readonly destination: string
  /** The object or dataset, for people. */
  readonly target: string
  /** The run that took the snapshot. */
  readonly snapshotRunId: string
  readonly sent: { readonly creates: number; readonly updates: number; readonly deletes: number }
  readonly unchanged: number
  /** Records of the destination that are not among the entities. */
  readonly departed: PresentLine
  /** Records of the destination that share their key with another one, which is the one that counts. */
  readonly duplicates: PresentLine
  /** Records of the destination that belong to entities that are not published. */
  readonly outdated: PresentLine
  /** All records of the destination. */
  readonly present: number
  /** Sums of the money columns that the destination holds. */
  readonly entities: BridgeLine
  readonly published: BridgeLine
  readonly notPublished: Readonly<Record<NotPublished, BridgeLine>>
  /** Calls to the destination. */
  readonly calls: number
}

export interface GuardResult {
  readonly guard:
    | 'rows'
    | 'shrink'
    | 'duplicates'
    | 'conflicts'
    | 'null-keys'
    | 'jump'
    | 'columns'
    | 'scale'
    | 'departed'
  readonly passed: boolean
  /** One line with the figures and the limit. */
  readonly evidence: string
  /** Examples that a person can look up: row keys, columns. At most ten. */
  readonly examples: readonly string[]
  /** Present when the guard did not pass and was overridden. */
  readonly overridden?: Override
}

export interface Override {
  readonly guard: GuardResult['guard']
  readonly by: string
  readonly reason: string
}

/** What a run knows at its end; the verdict follows from it. */
export type CertificateFacts = Omit<Certificate, 'version' | 'kind' | 'verdict'>

/** States the facts with the verdict that they lead to. */
export function createCertificate(facts: CertificateFacts): Certificate {
  return { version: 1, kind: 'findata-certificate', ...facts, verdict: verdictOf(facts) }
}

/** `differs` before `refused`: figures that do not agree say more than a guard. */
export function verdictOf(facts: CertificateFacts): Certificate['verdict'] {
  const { comparisons, guards, bridge, publication, hops } = facts
  const differs = [
    comparisons.some(({ agrees }) => !agrees),
    bridge && bridgeDifferences(bridge, hops).length > 0,
    publication && publicationDifferences(publication, hops).length > 0,
  ]
  if (differs.includes(true)) return 'differs'
  return guards.some(({ passed, overridden }) => !passed && !overridden) ? 'refused' : 'balanced'
}

/** Compares two hops of the same thing to the last digit. Throws RangeError for rows against entities: a bridge explains those. */
export function compareHops(left: Hop, right: Hop): HopComparison {
  if (left.of !== right.of) {
    throw new RangeError(`${left.name} counts ${left.of} and ${right.name} counts ${right.of}`)
  }
  const { differences, notCompared } = compareTotals(left, right)
  return { left: left.name, right: right.name, agrees: differences.length === 0, differences, notCompared }
}

/**
 * Compares the entities with those that count as published: rows and the sums that the destination holds, less what is not
 * published, to the last digit. All else is in the destination's own form there.
 */
export function compareMapped(
  entities: Hop,
  mapped: Hop,
  { notPublished }: Pick<Publication, 'notPublished'>,
): HopComparison {
  const differences: string[] = []
  const notCompared: string[] = []
  const missing = Object.entries(notPublished)
  const compare = (what: string, whole: string, less: string, found: string) => {
    const expected = subtractDecimals(whole, less)
    if (compareDecimals(expected, found) === 0) return
    differences.push(`${what}: entities ${whole} less ${less} not published is ${expected}, mapped ${found}`)
  }

  const missingRows = missing.reduce((sum, [, { rows }]) => sum + rows, 0)
  compare('rows', String(entities.totals.rows), String(missingRows), String(mapped.totals.rows))
  for (const column of new Set([entities, mapped].flatMap(({ totals }) => Object.keys(totals.money)))) {
    const whole = entities.totals.money[column]
    const found = mapped.totals.money[column]
    if (!whole) differences.push(`${column}: no totals at entities`)
    else if (!found) notCompared.push(`${column} (the destination does not hold it)`)
    else {
      const unknown = missing.find(([, { sums }]) => sums[column] === undefined)
      if (unknown) differences.push(`${column}: no sum of what is not published, ${unknown[0]}`)
      const less = missing.reduce((sum, [, { sums }]) => addDecimals(sum, sums[column] ?? '0'), '0')
      compare(`${column} sum`, whole.sum, less, found.sum)
    }
  }
  notCompared.push(
    "counts of amounts, minima, maxima, distinct keys and set hash (mapped is in the destination's own form)",
  )
  return {
    left: entities.name,
    right: mapped.name,
    agrees: differences.length === 0,
    differences,
    notCompared,
  }
}

interface NamedTotals {
  readonly name: string
  readonly totals: ControlTotals
}

/** The differences of two totals, each with both figures and the names of where they are from. */
export function compareTotals(
  left: NamedTotals,
  right: NamedTotals,
): Pick<HopComparison, 'differences' | 'notCompared'> {
  const differences: string[] = []
  const notCompared: string[] = []

  const compare = (what: string, ours: Figure, theirs: Figure, isEqual = ours === theirs) => {
    if (ours === undefined && theirs === undefined) return
    if (ours === undefined || theirs === undefined) {
      notCompared.push(`${what} (not known at ${ours === undefined ? left.name : right.name})`)
    } else if (!isEqual) {
      differences.push(`${what}: ${left.name} ${ours ?? 'NULL'}, ${right.name} ${theirs ?? 'NULL'}`)
    }
  }
  const compareAmounts = (what: string, ours: string | null, theirs: string | null) =>
    compare(
      what,
      ours,
      theirs,
      ours === null || theirs === null ? ours === theirs : compareDecimals(ours, theirs) === 0,
    )

  compare('rows', left.totals.rows, right.totals.rows)
  for (const name of new Set([...Object.keys(left.totals.money), ...Object.keys(right.totals.money)])) {
    const ours = left.totals.money[name]
    const theirs = right.totals.money[name]
    if (!ours || !theirs) {
      differences.push(`${name}: no totals at ${ours ? right.name : left.name}`)
      continue
    }
    compare(`${name} non-null`, ours.nonNull, theirs.nonNull)
    compareAmounts(`${name} sum`, ours.sum, theirs.sum)
    compareAmounts(`${name} minimum`, ours.min, theirs.min)
    compareAmounts(`${name} maximum`, ours.max, theirs.max)
  }
  compare('distinct entity keys', left.totals.distinctEntityKeys, right.totals.distinctEntityKeys)
  compare('set hash', left.totals.setHash, right.totals.setHash)

  return { differences, notCompared }
}

type Figure = number | string | null | undefined
