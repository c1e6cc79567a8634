/** Counts and exact sums of a stream at one hop. What a hop cannot know is absent. */
export interface ControlTotals {
  readonly rows: number
  /** By money column. */
  readonly money: Readonly<Record<string, MoneyTotals>>
  readonly distinctEntityKeys?: number
  /** The sum of all row hashes mod 2^128, 32 hex digits. */
  readonly setHash?: string
}

/** Amounts are exact decimal text. */
export interface MoneyTotals {
  readonly nonNull: number
  readonly sum: string
  readonly min: string | null
  readonly max: string | null
}
