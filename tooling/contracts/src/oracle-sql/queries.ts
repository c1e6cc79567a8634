import {
  add,
  compare,
  decimalText,
  divide,
  type Fraction,
  fraction,
  identity,
  type NaiveValue,
  round,
} from './naive-values.ts'
import { createRandom, type Random } from './random.ts'
import type { SampleTables } from './sample-tables.ts'
import {
  type AnyTerm,
  and,
  bindMark,
  column,
  type NaiveRow,
  numberTerm,
  or,
  type Reach,
  type Term,
  testTerm,
  textTerm,
} from './terms.ts'

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

interface Plan {
  readonly sql: string
  readonly kinds: readonly AnyTerm['kind'][]
  readonly rows: readonly (readonly NaiveValue[])[]
  readonly isOrdered?: boolean
}

type Tables = SampleTables

const KINDS = {
  'one table': oneTable,
  join: joined,
  'GROUP BY': grouped,
  DISTINCT: distinct,
  'set operator': setOperation,
  'ORDER BY': ordered,
  subquery: withSubquery,
  'GROUP BY over a join': groupedJoin,
} as const satisfies Record<string, (random: Random, tables: Tables) => Plan>

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

/** The rows of a table under an alias. */
const rowsAs = (rows: readonly Readonly<Record<string, NaiveValue>>[], alias: string): NaiveRow[] =>
  rows.map((row) => new Map(Object.entries(row).map(([name, value]) => [`${alias}.${name}`, value])))

function anyTerm(reach: Reach, depth: number): AnyTerm {
  return reach.random.chance(0.5)
    ? { kind: 'number', term: numberTerm(reach, depth) }
    : { kind: 'text', term: textTerm(reach, depth) }
}

const terms = (reach: Reach, most: number): AnyTerm[] =>
  Array.from({ length: reach.random.int(most) + 1 }, () => anyTerm(reach, 2))
const selectList = (items: readonly AnyTerm[]) =>
  items.map(({ term }, index) => `${term.sql} AS C${index + 1}`).join(', ')
const valuesOf = (items: readonly AnyTerm[]) => (row: NaiveRow) => items.map(({ term }) => term.of(row))
const kindsOf = (items: readonly AnyTerm[]) => items.map(({ kind }) => kind)

function oneTable(random: Random, tables: Tables): Plan {
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
function join(random: Random, tables: Tables): { from: string; rows: NaiveRow[] } {
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

function joined(random: Random, tables: Tables): Plan {
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

interface Aggregate {
  readonly kind: AnyTerm['kind']
  readonly sql: string
  over(rows: readonly NaiveRow[]): NaiveValue
}

const present = <T>(values: readonly (T | null)[]): T[] => values.filter((value) => value !== null)
const sum = (values: readonly Fraction[]): Fraction => values.reduce(add, fraction(0n))

function extreme(values: readonly NaiveValue[], sign: 1 | -1): NaiveValue {
  return present(values).reduce<NaiveValue>(
    (best, value) => (best === null || compare(value, best) * sign > 0 ? value : best),
    null,
  )
}

function aggregate(reach: Reach): Aggregate {
  const { random } = reach
  const { kind, term } = anyTerm(reach, 1)
  const amount = numberTerm(reach, 1)
  switch (random.int(7)) {
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
  const groups = groupBy(
    source.filter((row) => where.of(row) === true),
    used,
  )
  const kept = having === undefined ? groups : groups.filter((group) => group.length > having)
  const list = [...used.map(({ term }) => term.sql), ...aggregates.map(({ sql }) => sql)].map(
    (sql, index) => `${sql} AS C${index + 1}`,
  )
  const clauses = [
    `SELECT ${list.join(', ')} FROM ${from} WHERE ${where.sql}`,
    ...(used.length > 0 ? [`GROUP BY ${used.map(({ term }) => term.sql).join(', ')}`] : []),
    ...(having === undefined ? [] : [`HAVING COUNT(*) > ${having}`]),
  ]
  return {
    sql: clauses.join(' '),
    kinds: [...kindsOf(used), ...aggregates.map(({ kind }) => kind)],
    rows: kept.map((group) => [
      ...used.map(({ term }) => (group[0] ? term.of(group[0]) : null)),
      ...aggregates.map(({ over }) => over(group)),
    ]),
  }
}

function grouped(random: Random, tables: Tables): Plan {
  return grouping(random, { random, aliases: ['a'] }, `${tables.left.name} a`, rowsAs(tables.left.rows, 'a'))
}

function groupedJoin(random: Random, tables: Tables): Plan {
  const { from, rows } = join(random, tables)
  return grouping(random, { random, aliases: ['a', 'b'] }, from, rows)
}

function unique(rows: readonly (readonly NaiveValue[])[]): (readonly NaiveValue[])[] {
  return [...new Map(rows.map((row) => [row.map(identity).join('|'), row])).values()]
}

function distinct(random: Random, tables: Tables): Plan {
  const reach = { random, aliases: ['a'] }
  const items = [...terms(reach, 2), { kind: 'text', term: column<string>('a', 'GRP') } as const]
  const rows = rowsAs(tables.left.rows, 'a').map(valuesOf(items))
  return {
    sql: `SELECT DISTINCT ${selectList(items)} FROM ${tables.left.name} a`,
    kinds: kindsOf(items),
    rows: unique(rows),
  }
}

function setOperation(random: Random, tables: Tables): Plan {
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

function ordered(random: Random, tables: Tables): Plan {
  const reach = { random, aliases: ['a'] }
  const items = terms(reach, 3)
  const keys = Array.from({ length: random.int(2) + 1 }, () => {
    const ordinal = random.chance(0.4) ? random.int(items.length) : undefined
    const chosen = ordinal === undefined ? undefined : items[ordinal]
    const term = chosen?.term ?? anyTerm(reach, 1).term
    const isDescending = random.chance(0.5)
    const nulls = random.pick(['', ' NULLS FIRST', ' NULLS LAST'])
    // ORDER BY takes a bare number for a position, and Oracle refuses a literal that is none.
    const isPosition = ordinal !== undefined && chosen !== undefined
    const sql = isPosition
      ? random.chance(0.5)
        ? String(ordinal + 1)
        : `C${ordinal + 1}`
      : `NVL(${term.sql}, NULL)`
    return {
      sql: `${sql}${isDescending ? ' DESC' : ''}${nulls}`,
      of: (row: NaiveRow): NaiveValue => term.of(row),
      sign: isDescending ? -1 : 1,
      nullsFirst: nulls === '' ? isDescending : nulls === ' NULLS FIRST',
    }
  })
  const where = testTerm(reach, 1)
  const id = column<Fraction>('a', 'ID')
  const rows = rowsAs(tables.left.rows, 'a').filter((row) => where.of(row) === true)
  rows.sort((x, y) => {
    for (const { of, sign, nullsFirst } of keys) {
      const [a, b] = [of(x), of(y)]
      if (a === null || b === null) {
        if (a === b) continue
        return (a === null) === nullsFirst ? -1 : 1
      }
      const order = compare(a, b) * sign
      if (order !== 0) return order
    }
    return compare(id.of(x) ?? fraction(0n), id.of(y) ?? fraction(0n))
  })
  const limit = random.chance(0.4) ? random.int(6) : undefined
  const offset = limit !== undefined && random.chance(0.3) ? random.int(3) : undefined
  const tail = `${offset === undefined ? '' : ` OFFSET ${offset} ROWS`}${limit === undefined ? '' : ` FETCH ${offset === undefined ? 'FIRST' : 'NEXT'} ${limit} ROWS ONLY`}`
  const query = `SELECT ${selectList(items)} FROM ${tables.left.name} a WHERE ${where.sql} ORDER BY ${keys.map(({ sql }) => sql).join(', ')}, a.ID`
  const isRownum = limit !== undefined && offset === undefined && random.chance(0.5)
  const start = offset ?? 0
  return {
    sql: isRownum ? `SELECT * FROM (${query}) WHERE ROWNUM <= ${limit}` : query + tail,
    kinds: kindsOf(items),
    rows: rows.slice(start, limit === undefined ? undefined : start + limit).map(valuesOf(items)),
    isOrdered: true,
  }
}

function withSubquery(random: Random, tables: Tables): Plan {
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
