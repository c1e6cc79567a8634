import { add, divide, type Fraction, fraction, identity, type NaiveValue, round } from './naive-values.ts'
import { anyTerm, type Plan, present, rowsAs, sum } from './plan.ts'
import type { Random } from './random.ts'
import type { SampleTables } from './sample-tables.ts'
import { ascending, compareRows, type SortTerm, sortSql, sortTerm } from './sort-terms.ts'
import { type AnyTerm, column, type NaiveRow, type Reach } from './term.ts'
import { testTerm } from './test-terms.ts'
import { anyWindow, windowCall } from './window-terms.ts'

/** One analytic function: its SQL, and its value for each row among the rows of its partition in their order. */
interface Analytic {
  readonly kind: AnyTerm['kind']
  readonly sql: string
  over(partition: readonly NaiveRow[], place: number): NaiveValue
  readonly partitionBy: readonly AnyTerm[]
  readonly orderBy: readonly SortTerm[]
}

const id = column<Fraction>('a', 'ID')
const count = (rows: readonly unknown[]) => fraction(BigInt(rows.length))

/** Two or three functions beside the key of each row. */
export function analytic(random: Random, tables: SampleTables): Plan {
  const reach = { random, aliases: ['a'] }
  const where = testTerm(reach, 1)
  const functions = Array.from({ length: random.int(2) + 2 }, () => anyFunction(reach))
  const rows = rowsAs(tables.left.rows, 'a').filter((row) => where.of(row) === true)
  const columns = functions.map((each) => valuesOver(rows, each))
  const list = [id.sql, ...functions.map(({ sql }, index) => `${sql} AS F${index + 1}`)]
  return {
    sql: `SELECT ${list.join(', ')} FROM ${tables.left.name} a WHERE ${where.sql}`,
    kinds: ['number', ...functions.map(({ kind }) => kind)],
    rows: rows.map((row) => [id.of(row), ...columns.map((values) => values.get(row) ?? null)]),
  }
}

function valuesOver(
  rows: readonly NaiveRow[],
  { partitionBy, orderBy, over }: Analytic,
): Map<NaiveRow, NaiveValue> {
  const partitionOf = (row: NaiveRow) => partitionBy.map(({ term }) => identity(term.of(row))).join('|')
  const values = new Map<NaiveRow, NaiveValue>()
  for (const row of rows) {
    const partition = rows
      .filter((other) => partitionOf(other) === partitionOf(row))
      .sort((left, right) => compareRows(orderBy, left, right))
    values.set(row, over(partition, partition.indexOf(row)))
  }
  return values
}

function anyFunction(reach: Reach): Analytic {
  const { random } = reach
  const partitionBy: AnyTerm[] = random.chance(0.7)
    ? [
        random.pick([
          { kind: 'text', term: column<string>('a', 'GRP') },
          { kind: 'number', term: column<Fraction>('a', 'QTY') },
        ] as const),
      ]
    : []
  const key = random.pick(['QTY', 'AMT', 'GRP', 'DAY', 'NAME'])
  const loose = [sortTerm(reach, `a.${key}`, column('a', key))]
  // An order that tells all rows apart, where the value depends on the places of peers.
  const strict = [...loose, ascending(id)]
  const partition =
    partitionBy.length === 0 ? '' : `PARTITION BY ${partitionBy.map(({ term }) => term.sql).join(', ')} `
  const over = (orderBy: readonly SortTerm[], frame = '') =>
    `OVER (${partition}${orderBy.length === 0 ? '' : `ORDER BY ${sortSql(orderBy)}`}${frame === '' ? '' : ` ${frame}`})`
  const inOrder = (
    orderBy: readonly SortTerm[],
    call: string,
    value: Analytic['over'],
    kind: AnyTerm['kind'] = 'number',
  ): Analytic => ({ kind, sql: `${call} ${over(orderBy)}`, over: value, partitionBy, orderBy })

  switch (random.int(11)) {
    case 0:
      return inOrder(strict, 'ROW_NUMBER()', (_, place) => fraction(BigInt(place + 1)))
    case 1:
      return inOrder(loose, 'RANK()', (rows, place) => {
        const before = rows.filter((row) => compareRows(loose, row, at(rows, place)) < 0)
        return add(count(before), fraction(1n))
      })
    case 2:
      return inOrder(loose, 'DENSE_RANK()', (rows, place) => {
        const before = rows.filter((row) => compareRows(loose, row, at(rows, place)) < 0)
        const heads = before.filter(
          (row, index) => index === 0 || compareRows(loose, at(before, index - 1), row) !== 0,
        )
        return add(count(heads), fraction(1n))
      })
    case 3: {
      const buckets = random.int(4) + 1
      return inOrder(strict, `NTILE(${buckets})`, (rows, place) => {
        // As many rows as the bucket's share of all, the first buckets rounded up.
        let [bucket, left] = [0, 0]
        for (let row = 0; row <= place; row++) {
          if (left === 0) {
            left = Math.floor(rows.length / buckets) + (bucket < rows.length % buckets ? 1 : 0)
            bucket++
          }
          left--
        }
        return fraction(BigInt(bucket))
      })
    }
    case 4: {
      const { kind, term } = anyTerm(reach, 1)
      const isLag = random.chance(0.5)
      const distance = random.int(3) + 1
      const ignores = random.chance(0.3)
      const call = `${isLag ? 'LAG' : 'LEAD'}(${term.sql}, ${distance}) ${ignores ? 'IGNORE NULLS' : ''}`
      return inOrder(
        strict,
        call,
        (rows, place) => {
          const others = (isLag ? rows.slice(0, place).reverse() : rows.slice(place + 1)).map(
            (row): NaiveValue => term.of(row),
          )
          return (ignores ? present(others) : others)[distance - 1] ?? null
        },
        kind,
      )
    }
    case 5:
      return {
        kind: 'number',
        sql: `ROUND(RATIO_TO_REPORT(${id.sql}) ${over([])}, 10)`,
        over: (rows, place) => {
          const [value, total] = [id.of(at(rows, place)), sum(present(rows.map((row) => id.of(row))))]
          return value === null ? null : round(divide(value, total), 10)
        },
        partitionBy,
        orderBy: [],
      }
    default: {
      const window = anyWindow(reach, loose, strict)
      const call = windowCall(reach, window.isStrict)
      return {
        kind: call.kind,
        sql: `${call.prefix}${over(window.orderBy, window.sql)}${call.suffix}`,
        over: (rows, place) => call.over(rows.filter((_, other) => window.isInside(rows, place, other))),
        partitionBy,
        orderBy: window.orderBy,
      }
    }
  }
}

function at<T>(items: readonly T[], place: number): T {
  const item = items[place]
  if (item === undefined) throw new Error('A generated query looks outside its partition.')
  return item
}
