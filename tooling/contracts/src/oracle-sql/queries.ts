import { analytic } from './analytic-queries.ts'
import { grouped, groupedJoin } from './group-queries.ts'
import { joined, oneTable } from './join-queries.ts'
import { decimalText, type NaiveValue } from './naive-values.ts'
import { limited, ordered } from './order-queries.ts'
import type { Plan } from './plan.ts'
import { createRandom, type Random } from './random.ts'
import type { SampleTables } from './sample-tables.ts'
import { distinct, setOperation } from './set-queries.ts'
import { withSubquery } from './subquery-queries.ts'
import type { AnyTerm } from './term.ts'

/** A query with the rows it must give. */
export interface GeneratedQuery {
  readonly title: string
  readonly sql: string
  /** By position: `:b1` is the first. */
  readonly binds: readonly (string | number | null)[]
  readonly kinds: readonly AnyTerm['kind'][]
  readonly rows: readonly (readonly (string | null)[])[]
  /** The rows must come in this order. */
  readonly isOrdered: boolean
}

const KINDS = {
  'one table': oneTable,
  join: joined,
  'GROUP BY': grouped,
  DISTINCT: distinct,
  'set operator': setOperation,
  'ORDER BY': ordered,
  subquery: withSubquery,
  'GROUP BY over a join': groupedJoin,
  'analytic functions': analytic,
  'FETCH FIRST': limited,
} as const satisfies Record<string, (random: Random, tables: SampleTables) => Plan>

/** So many queries over the sample tables, every kind in turn. */
export function generateQueries(tables: SampleTables, count: number, seed: number): GeneratedQuery[] {
  const kinds = Object.entries(KINDS)
  return Array.from({ length: count }, (_, index) => {
    const [kind, make] = kinds[index % kinds.length] ?? ['one table', oneTable]
    const plan = make(createRandom(seed * 100_003 + index), tables)
    const { sql, binds } = withBinds(plan.sql)
    const rows = plan.rows.map((row) => row.map(cellText))
    return {
      title: `${index + 1}: ${kind}`,
      sql,
      binds,
      kinds: plan.kinds,
      rows,
      isOrdered: plan.isOrdered ?? false,
    }
  })
}

function withBinds(marked: string): { sql: string; binds: (string | number | null)[] } {
  const binds: (string | number | null)[] = []
  const sql = marked.replace(/⟦(.*?)⟧/g, (_, json: string) => {
    binds.push(JSON.parse(json))
    return `:b${binds.length}`
  })
  return { sql, binds }
}

function cellText(value: NaiveValue): string | null {
  if (value === null || typeof value === 'string') return value
  if ('seconds' in value) throw new Error('A generated query selects a date that is not text.')
  return decimalText(value)
}
