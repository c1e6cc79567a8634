import { aggregate } from './aggregate-terms.ts'
import { join } from './join-queries.ts'
import { type Fraction, fraction, identity } from './naive-values.ts'
import { kindsOf, type Plan, rowsAs } from './plan.ts'
import type { Random } from './random.ts'
import type { SampleTables } from './sample-tables.ts'
import { type AnyTerm, column, type NaiveRow, type Reach } from './term.ts'
import { testTerm } from './test-terms.ts'
import { textTerm } from './text-terms.ts'

function groupBy(rows: readonly NaiveRow[], keys: readonly AnyTerm[]): NaiveRow[][] {
  const groups = new Map<string, NaiveRow[]>()
  for (const row of rows) {
    const key = keys.map(({ term }) => identity(term.of(row))).join('|')
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return keys.length === 0 && rows.length === 0 ? [[]] : [...groups.values()]
}

function grouping(random: Random, reach: Reach, from: string, source: readonly NaiveRow[]): Plan {
  const alias = reach.aliases[0] ?? 'a'
  const where = testTerm(reach, 1)
  const keys: AnyTerm[] = random.some(
    [
      { kind: 'text', term: column<string>(alias, 'GRP') },
      { kind: 'number', term: column<Fraction>(alias, 'QTY') },
      { kind: 'text', term: textTerm({ random, aliases: [alias] }, 1) },
    ] as const,
    2,
  )
  // A constant is no key, and a placeholder is another one at each place; without any key all rows are one group.
  const used = random.chance(0.2)
    ? []
    : keys.filter(({ term }) => term.sql.includes('.') && !term.sql.includes('⟦'))
  const aggregates = Array.from({ length: random.int(3) + 1 }, () => aggregate(reach))
  const having = random.chance(0.3) ? random.int(3) : undefined
  const withTotal = random.chance(0.25)
  const groups = groupBy(
    source.filter((row) => where.of(row) === true),
    used,
  )
  const kept = having === undefined ? groups : groups.filter((group) => group.length > having)
  const total = fraction(BigInt(kept.reduce((count, group) => count + group.length, 0)))
  const list = [
    ...used.map(({ term }) => term.sql),
    ...aggregates.map(({ sql }) => sql),
    ...(withTotal ? ['SUM(COUNT(*)) OVER ()'] : []),
  ].map((sql, index) => `${sql} AS C${index + 1}`)
  const clauses = [
    `SELECT ${list.join(', ')} FROM ${from} WHERE ${where.sql}`,
    ...(used.length > 0 ? [`GROUP BY ${used.map(({ term }) => term.sql).join(', ')}`] : []),
    ...(having === undefined ? [] : [`HAVING COUNT(*) > ${having}`]),
  ]
  return {
    sql: clauses.join(' '),
    kinds: [
      ...kindsOf(used),
      ...aggregates.map(({ kind }) => kind),
      ...(withTotal ? (['number'] as const) : []),
    ],
    rows: kept.map((group) => [
      ...used.map(({ term }) => (group[0] ? term.of(group[0]) : null)),
      ...aggregates.map(({ over }) => over(group)),
      ...(withTotal ? [total] : []),
    ]),
  }
}

export function grouped(random: Random, tables: SampleTables): Plan {
  return grouping(random, { random, aliases: ['a'] }, `${tables.left.name} a`, rowsAs(tables.left.rows, 'a'))
}

export function groupedJoin(random: Random, tables: SampleTables): Plan {
  const { from, rows } = join(random, tables)
  return grouping(random, { random, aliases: ['a', 'b'] }, from, rows)
}
