import type { OracleValue } from '../values.ts'

/** The rows that share the PARTITION BY of an analytic function, in its order. */
export interface Partition {
  readonly size: number
  /** Lets the expressions of the query read the row at this place. */
  moveTo(index: number): void
  /** The rows that its ORDER BY does not tell apart from the one at this place. */
  peersOf(index: number): { readonly start: number; readonly end: number }
  /** The first place whose sort keys fulfil what all keys behind fulfil too. */
  search(isReached: (keys: readonly OracleValue[]) => boolean): number
}

interface KeyedRow {
  readonly keys: readonly OracleValue[]
}

export function createPartition<R extends KeyedRow>(
  rows: readonly R[],
  order: (left: readonly OracleValue[], right: readonly OracleValue[]) => number,
  moveTo: (row: R) => void,
): Partition {
  let peers = { start: 0, end: 0 }
  const areEqual = (left: R | undefined, right: R | undefined) =>
    left !== undefined && right !== undefined && order(left.keys, right.keys) === 0
  return {
    size: rows.length,
    moveTo(index) {
      const row = rows[index]
      if (row !== undefined) moveTo(row)
    },
    peersOf(index) {
      if (index >= peers.start && index < peers.end) return peers
      let start = index
      let end = index + 1
      while (areEqual(rows[start - 1], rows[index])) start--
      while (areEqual(rows[end], rows[index])) end++
      peers = { start, end }
      return peers
    },
    search(isReached) {
      let low = 0
      let high = rows.length
      while (low < high) {
        const middle = (low + high) >> 1
        if (isReached(rows[middle]?.keys ?? [])) high = middle
        else low = middle + 1
      }
      return low
    },
  }
}
