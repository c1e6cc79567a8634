import { add, compare, type Fraction, fraction, identity, type NaiveValue } from './naive-values.ts'
import { numberTerm } from './number-terms.ts'
import type { AnyTerm, NaiveRow, Reach } from './term.ts'
import { textTerm } from './text-terms.ts'

/** A query as SQL beside the rows that it must give. */
export interface Plan {
  readonly sql: string
  readonly kinds: readonly AnyTerm['kind'][]
  readonly rows: readonly (readonly NaiveValue[])[]
  readonly isOrdered?: boolean
}

/** The rows of a table under an alias. */
export const rowsAs = (rows: readonly Readonly<Record<string, NaiveValue>>[], alias: string): NaiveRow[] =>
  rows.map((row) => new Map(Object.entries(row).map(([name, value]) => [`${alias}.${name}`, value])))

export function anyTerm(reach: Reach, depth: number): AnyTerm {
  return reach.random.chance(0.5)
    ? { kind: 'number', term: numberTerm(reach, depth) }
    : { kind: 'text', term: textTerm(reach, depth) }
}

export const terms = (reach: Reach, most: number): AnyTerm[] =>
  Array.from({ length: reach.random.int(most) + 1 }, () => anyTerm(reach, 2))
export const selectList = (items: readonly AnyTerm[]) =>
  items.map(({ term }, index) => `${term.sql} AS C${index + 1}`).join(', ')
export const valuesOf = (items: readonly AnyTerm[]) => (row: NaiveRow) =>
  items.map(({ term }) => term.of(row))
export const kindsOf = (items: readonly AnyTerm[]) => items.map(({ kind }) => kind)

export const present = <T>(values: readonly (T | null)[]): T[] => values.filter((value) => value !== null)
export const sum = (values: readonly Fraction[]): Fraction => values.reduce(add, fraction(0n))

export function extreme(values: readonly NaiveValue[], sign: 1 | -1): NaiveValue {
  return present(values).reduce<NaiveValue>(
    (best, value) => (best === null || compare(value, best) * sign > 0 ? value : best),
    null,
  )
}

export function unique(rows: readonly (readonly NaiveValue[])[]): (readonly NaiveValue[])[] {
  return [...new Map(rows.map((row) => [row.map(identity).join('|'), row])).values()]
}
