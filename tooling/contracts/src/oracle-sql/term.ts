import { type Day, type Fraction, fractionOf, type NaiveValue } from './naive-values.ts'
import type { Random } from './random.ts'

/** The values of one row by column, as `alias.COLUMN`. */
export type NaiveRow = ReadonlyMap<string, NaiveValue>

/** A piece of SQL beside what it means. */
export interface Term<T> {
  readonly sql: string
  of(row: NaiveRow): T
}

export type NumberTerm = Term<Fraction | null>
export type TextTerm = Term<string | null>
export type DayTerm = Term<Day | null>
export type TestTerm = Term<boolean | null>
export type AnyTerm =
  | { readonly kind: 'number'; readonly term: NumberTerm }
  | { readonly kind: 'text'; readonly term: TextTerm }

/** What expressions can be made of: the aliases of the tables in reach. */
export interface Reach {
  readonly random: Random
  readonly aliases: readonly string[]
}

/** A bind value travels inside the SQL until all pieces are together. */
export const bindMark = (value: string | number | null): string => `⟦${JSON.stringify(value)}⟧`

/** Null as soon as one side is. */
export function lift<A, B, R>(
  left: Term<A | null>,
  right: Term<B | null>,
  compute: (left: A, right: B) => R,
): (row: NaiveRow) => R | null {
  return (row) => {
    const a = left.of(row)
    const b = right.of(row)
    return a === null || b === null ? null : compute(a, b)
  }
}

/** Null for null, like `lift`. */
export function map<A, R>(operand: Term<A | null>, compute: (value: A) => R): (row: NaiveRow) => R | null {
  return (row) => {
    const value = operand.of(row)
    return value === null ? null : compute(value)
  }
}

/** The empty string is NULL. */
export const orNull = (text: string | null): string | null => (text === '' ? null : text)

export function column<T extends NaiveValue>(alias: string, name: string): Term<T | null> {
  // The kind of a column is fixed by the table that this suite makes.
  return { sql: `${alias}.${name}`, of: (row) => (row.get(`${alias}.${name}`) ?? null) as T | null }
}

export const numberLiteral = (text: string): NumberTerm => ({
  sql: text.startsWith('-') ? `(${text})` : text,
  of: () => fractionOf(text),
})
export const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`

const QUOTES = ['[]', '{}', '()', '<>', '!!', '||', '""'] as const

/** A literal in one of the ways in which it can be written: `'it''s'`, `q'[it's]'`, `Q'!it's!'`. */
export function literal({ random }: Reach, text: string): TextTerm {
  const [opening = '', closing = ''] = random.pick(QUOTES)
  const isQuoted = random.chance(0.4) && !text.includes(`${closing}'`) && !text.endsWith(closing)
  const prefix = random.pick(['q', 'Q'])
  return {
    sql: isQuoted ? `${prefix}'${opening}${text}${closing}'` : quote(text),
    of: () => orNull(text),
  }
}

export const and = (a: boolean | null, b: boolean | null): boolean | null =>
  a === false || b === false ? false : a === null || b === null ? null : true
export const or = (a: boolean | null, b: boolean | null): boolean | null =>
  a === true || b === true ? true : a === null || b === null ? null : false
export const not = (a: boolean | null): boolean | null => (a === null ? null : !a)
