import { divide, type Fraction, fraction, identity, type NaiveValue, round } from './naive-values.ts'
import { numberTerm } from './number-terms.ts'
import { anyTerm, extreme, present, sum } from './plan.ts'
import { ascending, compareRows, sortSql, sortTerm } from './sort-terms.ts'
import { type AnyTerm, column, type NaiveRow, quote, type Reach } from './term.ts'

/** A function of the rows of a group. */
export interface Aggregate {
  readonly kind: AnyTerm['kind']
  readonly sql: string
  over(rows: readonly NaiveRow[]): NaiveValue
}

export function aggregate(reach: Reach): Aggregate {
  const { random } = reach
  const { kind, term } = anyTerm(reach, 1)
  const amount = numberTerm(reach, 1)
  switch (random.int(10)) {
    case 0:
      return { kind: 'number', sql: 'COUNT(*)', over: (rows) => fraction(BigInt(rows.length)) }
    case 1:
      return {
        kind: 'number',
        sql: `COUNT(${term.sql})`,
        over: (rows) => fraction(BigInt(present(rows.map((row): NaiveValue => term.of(row))).length)),
      }
    case 2:
      return {
        kind: 'number',
        sql: `COUNT(DISTINCT ${term.sql})`,
        over: (rows) =>
          fraction(BigInt(new Set(present(rows.map((row): NaiveValue => term.of(row))).map(identity)).size)),
      }
    case 3:
      return {
        kind: 'number',
        sql: `SUM(${amount.sql})`,
        over: (rows) => {
          const values = present(rows.map((row) => amount.of(row)))
          return values.length === 0 ? null : sum(values)
        },
      }
    case 4:
      return {
        kind: 'number',
        sql: `ROUND(AVG(${amount.sql}), 10)`,
        over: (rows) => {
          const values = present(rows.map((row) => amount.of(row)))
          return values.length === 0 ? null : round(divide(sum(values), fraction(BigInt(values.length))), 10)
        },
      }
    case 5:
      return {
        kind,
        sql: `MIN(${term.sql})`,
        over: (rows) =>
          extreme(
            rows.map((row) => term.of(row)),
            -1,
          ),
      }
    case 7:
      return listing(reach)
    case 8:
      return kept(reach)
    default:
      return {
        kind,
        sql: `MAX(${term.sql})`,
        over: (rows) =>
          extreme(
            rows.map((row) => term.of(row)),
            1,
          ),
      }
  }
}

/** LISTAGG of a short column, in an order that tells all rows apart. */
function listing(reach: Reach): Aggregate {
  const { random, aliases } = reach
  const alias = random.pick(aliases)
  const name = random.pick(['GRP', 'CODE'])
  const value = column<string>(alias, name)
  const separator = random.pick(['', '+', ', '])
  const isDistinct = random.chance(0.3)
  const keys = isDistinct
    ? [sortTerm(reach, value.sql, value)]
    : [
        sortTerm(reach, `${alias}.QTY`, column(alias, 'QTY')),
        ...aliases.map((each) => ascending(column(each, 'ID'))),
      ]
  return {
    kind: 'text',
    sql: `LISTAGG(${isDistinct ? 'DISTINCT ' : ''}${value.sql}, ${quote(separator)}) WITHIN GROUP (ORDER BY ${sortSql(keys)})`,
    over(rows) {
      const sorted = [...rows].sort((left, right) => compareRows(keys, left, right))
      const texts = present(sorted.map((row) => value.of(row)))
      const listed = isDistinct ? texts.filter((text, index) => texts.indexOf(text) === index) : texts
      return listed.length === 0 ? null : listed.join(separator)
    },
  }
}

/** An aggregate of the rows alone that come first, or last, in an order. */
function kept(reach: Reach): Aggregate {
  const { random, aliases } = reach
  const alias = random.pick(aliases)
  const amount = column<Fraction>(alias, 'AMT')
  const name = random.pick(['QTY', 'DAY', 'GRP'])
  const key = sortTerm(reach, `${alias}.${name}`, column(alias, name))
  const isLast = random.chance(0.5)
  return {
    kind: 'number',
    sql: `SUM(${amount.sql}) KEEP (DENSE_RANK ${isLast ? 'LAST' : 'FIRST'} ORDER BY ${key.sql})`,
    over(rows) {
      const sorted = [...rows].sort((left, right) => compareRows([key], left, right))
      const end = sorted.at(isLast ? -1 : 0)
      const values = present(
        sorted
          .filter((row) => end !== undefined && compareRows([key], row, end) === 0)
          .map((row) => amount.of(row)),
      )
      return values.length === 0 ? null : sum(values)
    },
  }
}
