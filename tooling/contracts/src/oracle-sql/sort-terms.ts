import { compare, type NaiveValue } from './naive-values.ts'
import type { NaiveRow, Reach, Term } from './term.ts'

/** One item of ORDER BY. */
export interface SortTerm {
  readonly sql: string
  of(row: NaiveRow): NaiveValue
  readonly sign: 1 | -1
  readonly nullsFirst: boolean
}

/** A term in a random direction, its nulls where the direction or a random clause puts them. */
export function sortTerm({ random }: Reach, sql: string, term: Term<NaiveValue>): SortTerm {
  const isDescending = random.chance(0.5)
  const nulls = random.pick(['', ' NULLS FIRST', ' NULLS LAST'])
  return {
    sql: `${sql}${isDescending ? ' DESC' : ''}${nulls}`,
    of: (row) => term.of(row),
    sign: isDescending ? -1 : 1,
    nullsFirst: nulls === '' ? isDescending : nulls === ' NULLS FIRST',
  }
}

export const ascending = (term: Term<NaiveValue>): SortTerm => ({
  sql: term.sql,
  of: (row) => term.of(row),
  sign: 1,
  nullsFirst: false,
})

export const sortSql = (keys: readonly SortTerm[]): string => keys.map(({ sql }) => sql).join(', ')

/** Compares rows as ORDER BY does. */
export function compareRows(keys: readonly SortTerm[], left: NaiveRow, right: NaiveRow): number {
  for (const { of, sign, nullsFirst } of keys) {
    const [a, b] = [of(left), of(right)]
    if (a === null || b === null) {
      if (a === b) continue
      return (a === null) === nullsFirst ? -1 : 1
    }
    const order = compare(a, b) * sign
    if (order !== 0) return order
  }
  return 0
}
