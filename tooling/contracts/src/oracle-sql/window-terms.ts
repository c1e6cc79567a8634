import {
  add,
  compare,
  divide,
  type Fraction,
  fraction,
  type NaiveValue,
  negate,
  round,
} from './naive-values.ts'
import { numberTerm } from './number-terms.ts'
import { anyTerm, extreme, present, sum } from './plan.ts'
import type { Random } from './random.ts'
import { compareRows, type SortTerm, sortTerm } from './sort-terms.ts'
import { type AnyTerm, column, type NaiveRow, type Reach } from './term.ts'

/** The ORDER BY of an OVER clause with the rows that a window around each row takes in. */
export interface Window {
  readonly orderBy: readonly SortTerm[]
  /** ROWS or RANGE; empty where the window is the one that ORDER BY implies. */
  readonly sql: string
  /** The order tells all rows apart. */
  readonly isStrict: boolean
  /** True when the row at `other` is in the window of the one at `place`. */
  isInside(rows: readonly NaiveRow[], place: number, other: number): boolean
}

/** How far a bound lies behind the row at hand; undefined is without end. */
interface Bound {
  readonly sql: string
  readonly offset: number | undefined
  readonly side: -1 | 0 | 1
}

function bounds(random: Random): readonly [Bound, Bound] {
  const any = (unbounded: -1 | 1): Bound => {
    switch (random.int(4)) {
      case 0:
        return {
          sql: `UNBOUNDED ${unbounded < 0 ? 'PRECEDING' : 'FOLLOWING'}`,
          offset: undefined,
          side: unbounded,
        }
      case 1:
        return { sql: 'CURRENT ROW', offset: 0, side: 0 }
      default: {
        const offset = random.int(4)
        const side = random.chance(0.7) ? unbounded : (-unbounded as -1 | 1)
        return { sql: `${offset} ${side < 0 ? 'PRECEDING' : 'FOLLOWING'}`, offset: side * offset, side }
      }
    }
  }
  const [start, end] = [any(-1), any(1)]
  return start.side > end.side ? bounds(random) : [start, end]
}

/** One of all kinds of windows: `loose` leaves peers, `strict` does not. */
export function anyWindow(reach: Reach, loose: readonly SortTerm[], strict: readonly SortTerm[]): Window {
  const { random } = reach
  const [start, end] = bounds(random)
  const between = `BETWEEN ${start.sql} AND ${end.sql}`
  switch (random.int(5)) {
    case 0:
      return { orderBy: [], sql: '', isStrict: false, isInside: () => true }
    case 1:
      return {
        orderBy: loose,
        sql: '',
        isStrict: false,
        isInside: (rows, place, other) => order(loose, rows, other, place) <= 0,
      }
    case 2:
    case 3:
      return {
        orderBy: strict,
        sql: `ROWS ${between}`,
        isStrict: true,
        isInside: (_, place, other) =>
          (start.offset === undefined || other >= place + start.offset) &&
          (end.offset === undefined || other <= place + end.offset),
      }
    default: {
      const quantity = column<Fraction>('a', 'QTY')
      const key = sortTerm(reach, quantity.sql, quantity)
      return {
        orderBy: [key],
        sql: `RANGE ${between}`,
        isStrict: false,
        isInside(rows, place, other) {
          const around = quantity.of(rowAt(rows, place))
          const there = quantity.of(rowAt(rows, other))
          // From nowhere a distance leads nowhere: a null has the other nulls around it.
          const isBehind = (offset: number) =>
            around === null || there === null
              ? order([key], rows, other, place)
              : compare(add(there, negate(around)), fraction(BigInt(key.sign * offset))) * key.sign
          return (
            (start.offset === undefined || isBehind(start.offset) >= 0) &&
            (end.offset === undefined || isBehind(end.offset) <= 0)
          )
        },
      }
    }
  }
}

const order = (keys: readonly SortTerm[], rows: readonly NaiveRow[], left: number, right: number): number =>
  compareRows(keys, rowAt(rows, left), rowAt(rows, right))

function rowAt(rows: readonly NaiveRow[], place: number): NaiveRow {
  const row = rows[place]
  if (row === undefined) throw new Error('A generated query looks outside its partition.')
  return row
}

/** What stands before and behind OVER, and the value over the rows of a window. */
interface WindowCall {
  readonly kind: AnyTerm['kind']
  readonly prefix: string
  readonly suffix: string
  over(rows: readonly NaiveRow[]): NaiveValue
}

/** An aggregate, or FIRST_VALUE and LAST_VALUE where the order is strict. */
export function windowCall(reach: Reach, isStrict: boolean): WindowCall {
  const { random } = reach
  const { kind, term } = anyTerm(reach, 1)
  const amount = numberTerm(reach, 1)
  const amounts = (rows: readonly NaiveRow[]) => present(rows.map((row) => amount.of(row)))
  const values = (rows: readonly NaiveRow[]) => rows.map((row): NaiveValue => term.of(row))
  const plain = (prefix: string, over: WindowCall['over'], of: AnyTerm['kind'] = 'number'): WindowCall => ({
    kind: of,
    prefix: `${prefix} `,
    suffix: '',
    over,
  })
  switch (random.int(isStrict ? 8 : 6)) {
    case 0:
      return plain('COUNT(*)', (rows) => fraction(BigInt(rows.length)))
    case 1:
      return plain(`COUNT(${term.sql})`, (rows) => fraction(BigInt(present(values(rows)).length)))
    case 2:
      return plain(`SUM(${amount.sql})`, (rows) => {
        const found = amounts(rows)
        return found.length === 0 ? null : sum(found)
      })
    case 3:
      return {
        kind: 'number',
        prefix: `ROUND(AVG(${amount.sql}) `,
        suffix: ', 10)',
        over(rows) {
          const found = amounts(rows)
          return found.length === 0 ? null : round(divide(sum(found), fraction(BigInt(found.length))), 10)
        },
      }
    case 4:
      return plain(`MIN(${term.sql})`, (rows) => extreme(values(rows), -1), kind)
    case 5:
      return plain(`MAX(${term.sql})`, (rows) => extreme(values(rows), 1), kind)
    default: {
      const isFirst = random.chance(0.5)
      const ignores = random.chance(0.3)
      const name = isFirst ? 'FIRST_VALUE' : 'LAST_VALUE'
      return plain(
        `${name}(${term.sql})${ignores ? ' IGNORE NULLS' : ''}`,
        (rows) => {
          const found = ignores ? present(values(rows)) : values(rows)
          return found.at(isFirst ? 0 : -1) ?? null
        },
        kind,
      )
    }
  }
}
