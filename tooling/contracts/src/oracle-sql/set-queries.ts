import { type Fraction, identity, type NaiveValue } from './naive-values.ts'
import { numberTerm } from './number-terms.ts'
import { kindsOf, type Plan, rowsAs, selectList, terms, unique, valuesOf } from './plan.ts'
import type { Random } from './random.ts'
import type { SampleTables } from './sample-tables.ts'
import { type AnyTerm, column } from './term.ts'
import { testTerm } from './test-terms.ts'

export function distinct(random: Random, tables: SampleTables): Plan {
  const reach = { random, aliases: ['a'] }
  const items = [...terms(reach, 2), { kind: 'text', term: column<string>('a', 'GRP') } as const]
  const rows = rowsAs(tables.left.rows, 'a').map(valuesOf(items))
  return {
    sql: `SELECT DISTINCT ${selectList(items)} FROM ${tables.left.name} a`,
    kinds: kindsOf(items),
    rows: unique(rows),
  }
}

export function setOperation(random: Random, tables: SampleTables): Plan {
  const side = (alias: string, table: SampleTables['left']) => {
    const reach = { random, aliases: [alias] }
    const where = testTerm(reach, 1)
    const items: AnyTerm[] = [
      { kind: 'text', term: column<string>(alias, 'GRP') },
      { kind: 'number', term: random.chance(0.5) ? column<Fraction>(alias, 'QTY') : numberTerm(reach, 1) },
    ]
    return {
      sql: `SELECT ${selectList(items)} FROM ${table.name} ${alias} WHERE ${where.sql}`,
      rows: rowsAs(table.rows, alias)
        .filter((row) => where.of(row) === true)
        .map(valuesOf(items)),
    }
  }
  const left = side('a', tables.left)
  const right = side('b', tables.right)
  const operator = random.pick(['UNION', 'UNION ALL', 'INTERSECT', 'MINUS'])
  const keys = new Set(right.rows.map((row) => row.map(identity).join('|')))
  const isRight = (row: readonly NaiveValue[]) => keys.has(row.map(identity).join('|'))
  const rows = {
    UNION: () => unique([...left.rows, ...right.rows]),
    'UNION ALL': () => [...left.rows, ...right.rows],
    INTERSECT: () => unique(left.rows).filter(isRight),
    MINUS: () => unique(left.rows).filter((row) => !isRight(row)),
  }[operator]
  return { sql: `${left.sql} ${operator} ${right.sql}`, kinds: ['text', 'number'], rows: rows?.() ?? [] }
}
