import { compare, type Fraction, fraction } from './naive-values.ts'
import { extreme, kindsOf, type Plan, present, rowsAs, selectList, sum, terms, valuesOf } from './plan.ts'
import type { Random } from './random.ts'
import type { SampleTables } from './sample-tables.ts'
import { type AnyTerm, bindMark, column, type NaiveRow, or } from './term.ts'
import { testTerm } from './test-terms.ts'

export function withSubquery(random: Random, tables: SampleTables): Plan {
  const reach = { random, aliases: ['a'] }
  const items = terms(reach, 2)
  const inner = testTerm({ random, aliases: ['b'] }, 1)
  const id = column<Fraction>('a', 'ID')
  const ref = column<Fraction>('b', 'REF')
  const right = rowsAs(tables.right.rows, 'b')
  const left = rowsAs(tables.left.rows, 'a')
  const refers = (a: NaiveRow) => (b: NaiveRow) => {
    const [x, y] = [id.of(a), ref.of(b)]
    return x !== null && y !== null && compare(x, y) === 0
  }
  const holding = right.filter((b) => inner.of(b) === true)
  const select = `SELECT ${selectList(items)} FROM ${tables.left.name} a WHERE`
  const where = (sql: string, holds: (row: NaiveRow) => boolean | null): Plan => ({
    sql: `${select} ${sql}`,
    kinds: kindsOf(items),
    rows: left.filter((row) => holds(row) === true).map(valuesOf(items)),
  })
  switch (random.int(5)) {
    case 0:
    case 1: {
      const isNegated = random.chance(0.4)
      const list = holding.map((b) => ref.of(b))
      return where(
        `a.ID ${isNegated ? 'NOT ' : ''}IN (SELECT b.REF FROM ${tables.right.name} b WHERE ${inner.sql})`,
        (row) => {
          const value = id.of(row)
          const found = list
            .map((item) => (value === null || item === null ? null : compare(value, item) === 0))
            .reduce<boolean | null>(or, false)
          return isNegated ? (found === null ? null : !found) : found
        },
      )
    }
    case 2: {
      const isNegated = random.chance(0.4)
      return where(
        `${isNegated ? 'NOT ' : ''}EXISTS (SELECT NULL FROM ${tables.right.name} b WHERE b.REF = a.ID AND ${inner.sql})`,
        (row) => holding.some(refers(row)) !== isNegated,
      )
    }
    case 3: {
      const quantity = column<Fraction>('b', 'QTY')
      const bound = bindMark(random.int(4))
      const limit = fraction(BigInt(JSON.parse(bound.slice(1, -1))))
      return where(
        `(SELECT MAX(b.QTY) FROM ${tables.right.name} b WHERE b.REF = a.ID) >= ${bound}`,
        (row) => {
          const highest = extreme(
            right.filter(refers(row)).map((b) => quantity.of(b)),
            1,
          )
          return highest === null ? null : compare(highest, limit) >= 0
        },
      )
    }
    default: {
      const amount = column<Fraction>('b', 'AMT')
      const totals: AnyTerm = {
        kind: 'number',
        term: {
          sql: `(SELECT SUM(b.AMT) FROM ${tables.right.name} b WHERE b.REF = a.ID)`,
          of: (row) => {
            const values = present(right.filter(refers(row)).map((b) => amount.of(b)))
            return values.length === 0 ? null : sum(values)
          },
        },
      }
      const all = [...items, totals]
      return {
        sql: `WITH few AS (SELECT * FROM ${tables.left.name}) SELECT ${selectList(all)} FROM few a`,
        kinds: kindsOf(all),
        rows: left.map(valuesOf(all)),
      }
    }
  }
}
