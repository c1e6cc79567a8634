/** Repeatable random choices: the same seed gives the same sample on every machine. */
export interface SeededRandom {
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  pick<T>(choices: readonly [T, ...T[]]): T
  /** True `percent` times in a hundred. */
  chance(percent: number): boolean
  /** An amount in cents as exact decimal text, canonical: no trailing zeros. */
  amount(lowCents: number, highCents: number): string
}

export function createSeededRandom(seed: number): SeededRandom {
  let state = seed >>> 0
  // mulberry32: small, fast, and good enough to shape sample data.
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return {
    between,
    pick: (choices) => choices[between(0, choices.length - 1)] ?? choices[0],
    chance: (percent) => next() * 100 < percent,
    amount: (low, high) => centsToText(between(low, high)),
  }
}

/** Cents as decimal text without trailing zeros: `-25` is `-0.25`, `1000` is `10`. */
export function centsToText(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, '0')
  const fraction = digits.slice(-2).replace(/0+$/, '')
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}${fraction && `.${fraction}`}`
}
