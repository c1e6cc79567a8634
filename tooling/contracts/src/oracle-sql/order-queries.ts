import type { Fraction } from './naive-values.ts'
import { anyTerm, kindsOf, type Plan, rowsAs, selectList, terms, valuesOf } from './plan.ts'
import type { Random } from './random.ts'
import type { SampleTables } from './sample-tables.ts'
import { ascending, compareRows, type SortTerm, sortSql, sortTerm } from './sort-terms.ts'
import { type AnyTerm, column, type Reach } from './term.ts'
import { testTerm } from './test-terms.ts'

const id = column<Fraction>('a', 'ID')

/** Columns of the select list by number or by name, and expressions that are not selected. */
function sortTerms(reach: Reach, items: readonly AnyTerm[]): SortTerm[] {
  const { random } = reach
  return Array.from({ length: random.int(2) + 1 }, () => {
    const ordinal = random.chance(0.4) ? random.int(items.length) : undefined
    const chosen = ordinal === undefined ? undefined : items[ordinal]
    if (ordinal !== undefined && chosen !== undefined)
      return sortTerm(reach, random.chance(0.5) ? String(ordinal + 1) : `C${ordinal + 1}`, chosen.term)
    // ORDER BY takes a bare number for a position, and Oracle refuses a literal that is none.
    const { term } = anyTerm(reach, 1)
    return sortTerm(reach, `NVL(${term.sql}, NULL)`, term)
  })
}

/** ORDER BY up to a unique key, sometimes with ROWNUM, OFFSET and FETCH. */
export function ordered(random: Random, tables: SampleTables): Plan {
  const reach = { random, aliases: ['a'] }
  const items = terms(reach, 3)
  const keys = [...sortTerms(reach, items), ascending(id)]
  const where = testTerm(reach, 1)
  const rows = rowsAs(tables.left.rows, 'a').filter((row) => where.of(row) === true)
  rows.sort((x, y) => compareRows(keys, x, y))
  const limit = random.chance(0.4) ? random.int(6) : undefined
  const offset = limit !== undefined && random.chance(0.3) ? random.int(3) : undefined
  const tail = `${offset === undefined ? '' : ` OFFSET ${offset} ROWS`}${limit === undefined ? '' : ` FETCH ${offset === undefined ? 'FIRST' : 'NEXT'} ${limit} ROWS ONLY`}`
  const query = `SELECT ${selectList(items)} FROM ${tables.left.name} a WHERE ${where.sql} ORDER BY ${sortSql(keys)}`
  const isRownum = limit !== undefined && offset === undefined && random.chance(0.5)
  const start = offset ?? 0
  return {
    sql: isRownum ? `SELECT * FROM (${query}) WHERE ROWNUM <= ${limit}` : query + tail,
    kinds: kindsOf(items),
    rows: rows.slice(start, limit === undefined ? undefined : start + limit).map(valuesOf(items)),
    isOrdered: true,
  }
}

/** FETCH FIRST by number or percent, and with ties: then the order has no unique key, and the rows come in any order. */
export function limited(random: Random, tables: SampleTables): Plan {
  const reach = { random, aliases: ['a'] }
  const items = terms(reach, 3)
  const withTies = random.chance(0.6)
  const group = random.pick(['GRP', 'QTY', 'CODE', 'DAY'])
  const keys = [sortTerm(reach, `a.${group}`, column('a', group)), ...(withTies ? [] : [ascending(id)])]
  const where = testTerm(reach, 1)
  const rows = rowsAs(tables.left.rows, 'a').filter((row) => where.of(row) === true)
  rows.sort((x, y) => compareRows(keys, x, y))
  const isPercent = random.chance(0.4)
  const amount = isPercent ? random.pick([0, 10, 25, 33.4, 50, 100]) : random.int(7)
  const offset = !withTies && random.chance(0.4) ? random.int(4) : 0
  const wanted = isPercent ? Math.ceil((rows.length * amount) / 100) : amount
  const last = wanted === 0 ? undefined : rows[offset + wanted - 1]
  const isTaken = (row: (typeof rows)[number], place: number) =>
    place >= offset &&
    (place < offset + wanted || (withTies && last !== undefined && compareRows(keys, last, row) === 0))
  const query = `SELECT ${selectList(items)} FROM ${tables.left.name} a WHERE ${where.sql} ORDER BY ${sortSql(keys)}`
  const fetch = `FETCH FIRST ${amount} ${isPercent ? 'PERCENT ' : ''}ROWS ${withTies ? 'WITH TIES' : 'ONLY'}`
  return {
    sql: `${query}${offset === 0 ? '' : ` OFFSET ${offset} ROWS`} ${fetch}`,
    kinds: kindsOf(items),
    rows: rows.filter(isTaken).map(valuesOf(items)),
    isOrdered: !withTies,
  }
}
