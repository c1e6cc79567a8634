import { compare, fraction } from './naive-values.ts'
import { kindsOf, type Plan, rowsAs, selectList, terms, valuesOf } from './plan.ts'
import type { Random } from './random.ts'
import type { SampleTables } from './sample-tables.ts'
import { and, column, type NaiveRow, or, type Term } from './term.ts'
import { testTerm } from './test-terms.ts'

export function oneTable(random: Random, tables: SampleTables): Plan {
  const reach = { random, aliases: ['a'] }
  const items = terms(reach, 4)
  const where = testTerm(reach, 2)
  const limit = random.chance(0.2) ? random.int(3) : undefined
  const found = rowsAs(tables.left.rows, 'a').filter((row) => where.of(row) === true)
  if (limit !== undefined) {
    // Which rows come is open, so only their number is asked for.
    const sql = `SELECT COUNT(*) FROM (SELECT a.* FROM ${tables.left.name} a WHERE ${where.sql} AND ROWNUM <= ${limit})`
    return { sql, kinds: ['number'], rows: [[fraction(BigInt(Math.min(limit, found.length)))]] }
  }
  return {
    sql: `SELECT ${selectList(items)} FROM ${tables.left.name} a WHERE ${where.sql}`,
    kinds: kindsOf(items),
    rows: found.map(valuesOf(items)),
  }
}

type JoinKind = 'JOIN' | 'LEFT JOIN' | 'RIGHT OUTER JOIN' | 'FULL JOIN' | 'CROSS JOIN' | ','

/** The joined rows of both tables, by nested loops. */
export function join(random: Random, tables: SampleTables): { from: string; rows: NaiveRow[] } {
  const kind: JoinKind = random.pick([
    'JOIN',
    'LEFT JOIN',
    'RIGHT OUTER JOIN',
    'FULL JOIN',
    'CROSS JOIN',
    ',',
  ])
  const reach = { random, aliases: ['a', 'b'] }
  const key = random.pick([
    ['ID', 'REF'],
    ['GRP', 'GRP'],
    ['QTY', 'QTY'],
  ])
  const [leftKey, rightKey] = [column(`a`, key[0] ?? 'ID'), column('b', key[1] ?? 'REF')]
  const equal: Term<boolean | null> = {
    sql: random.chance(0.5) ? `${leftKey.sql} = ${rightKey.sql}` : `${rightKey.sql} = ${leftKey.sql}`,
    of: (row) => {
      const [x, y] = [leftKey.of(row), rightKey.of(row)]
      return x === null || y === null ? null : compare(x, y) === 0
    },
  }
  const extra = random.chance(0.4) ? testTerm(reach, 1) : undefined
  const on: Term<boolean | null> =
    random.chance(0.15) && extra
      ? extra
      : {
          sql: extra ? `${equal.sql} AND ${extra.sql}` : equal.sql,
          of: (row) => (extra ? and(equal.of(row), extra.of(row)) : equal.of(row)),
        }
  const left = rowsAs(tables.left.rows, 'a')
  const right = rowsAs(tables.right.rows, 'b')
  const isCross = kind === 'CROSS JOIN' || kind === ','
  const rows: NaiveRow[] = []
  const matchedRight = new Set<NaiveRow>()
  for (const a of left) {
    let isMatched = false
    for (const b of right) {
      const row = new Map([...a, ...b])
      if (!isCross && on.of(row) !== true) continue
      isMatched = true
      matchedRight.add(b)
      rows.push(row)
    }
    if (!isMatched && (kind === 'LEFT JOIN' || kind === 'FULL JOIN')) rows.push(a)
  }
  if (kind === 'RIGHT OUTER JOIN' || kind === 'FULL JOIN')
    rows.push(...right.filter((b) => !matchedRight.has(b)))
  const names = [`${tables.left.name} a`, `${tables.right.name} b`]
  return {
    from:
      kind === ',' ? names.join(', ') : `${names[0]} ${kind} ${names[1]}${isCross ? '' : ` ON ${on.sql}`}`,
    rows,
  }
}

export function joined(random: Random, tables: SampleTables): Plan {
  const { from, rows } = join(random, tables)
  const reach = { random, aliases: ['a', 'b'] }
  const items = terms(reach, 3)
  const equal = column('a', 'ID')
  const other = column('b', 'REF')
  const isCross = from.includes(',') || from.includes('CROSS')
  // Without a condition a cross join is long; an equality in WHERE also lets an engine join by it.
  const where: Term<boolean | null> = isCross
    ? {
        sql: `${equal.sql} = ${other.sql}`,
        of: (row) => {
          const [x, y] = [equal.of(row), other.of(row)]
          return x === null || y === null ? null : compare(x, y) === 0
        },
      }
    : testTerm(reach, 1)
  const extra = testTerm(reach, 1)
  const isOr = !isCross && random.chance(0.3)
  const holds = (row: NaiveRow) =>
    isOr ? or(where.of(row), extra.of(row)) : and(where.of(row), extra.of(row))
  return {
    sql: `SELECT ${selectList(items)} FROM ${from} WHERE ${where.sql} ${isOr ? 'OR' : 'AND'} ${extra.sql}`,
    kinds: kindsOf(items),
    rows: rows.filter((row) => holds(row) === true).map(valuesOf(items)),
  }
}
