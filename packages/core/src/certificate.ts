import type { ControlTotals } from './control-totals.ts'
import type { Consistency } from './extractor.ts'
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
  readonly name: 'source' | 'read' | 'file' | 'entities' | 'staged' | 'destination'
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

export interface GuardResult {
  readonly guard: 'rows' | 'shrink' | 'duplicates' | 'conflicts' | 'null-keys' | 'jump' | 'columns'
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
