/** Repeatable choices: the same seed makes the same queries. */
export interface Random {
  /** From 0 up to but not including the limit. */
  int(limit: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  /** At least one and at most so many of the items, in their order. */
  some<T>(items: readonly T[], most: number): T[]
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 0x1_0000_0000
  }
  const int = (limit: number) => Math.floor(next() * limit)
  const pick = <T>(items: readonly T[]): T => {
    const item = items[int(items.length)]
    if (item === undefined) throw new Error('There is nothing to pick from.')
    return item
  }
  return {
    int,
    chance: (probability) => next() < probability,
    pick,
    some(items, most) {
      const wanted = int(Math.min(most, items.length)) + 1
      const places = new Set<number>()
      while (places.size < wanted) places.add(int(items.length))
      return items.filter((_, index) => places.has(index))
    },
  }
}
