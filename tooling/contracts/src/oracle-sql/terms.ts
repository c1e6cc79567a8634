import {
  add,
  compare,
  type Day,
  dayOf,
  decimalText,
  divide,
  type Fraction,
  floor,
  fraction,
  fractionOf,
  inUtc,
  isoDate,
  isoTime,
  multiply,
  type NaiveValue,
  negate,
  oracleText,
  round,
  truncate,
} from './naive-values.ts'
import type { Random } from './random.ts'

/** The values of one row by column, as `alias.COLUMN`. */
export type NaiveRow = ReadonlyMap<string, NaiveValue>

/** A piece of SQL beside what it means. */
export interface Term<T> {
  readonly sql: string
  of(row: NaiveRow): T
}

export type NumberTerm = Term<Fraction | null>
export type TextTerm = Term<string | null>
export type DayTerm = Term<Day | null>
export type TestTerm = Term<boolean | null>
export type AnyTerm =
  | { readonly kind: 'number'; readonly term: NumberTerm }
  | { readonly kind: 'text'; readonly term: TextTerm }

/** What expressions can be made of: the aliases of the tables in reach. */
export interface Reach {
  readonly random: Random
  readonly aliases: readonly string[]
}

/** A bind value travels inside the SQL until all pieces are together. */
export const bindMark = (value: string | number | null): string => `⟦${JSON.stringify(value)}⟧`

function lift<A, B, R>(
  left: Term<A | null>,
  right: Term<B | null>,
  compute: (left: A, right: B) => R,
): (row: NaiveRow) => R | null {
  return (row) => {
    const a = left.of(row)
    const b = right.of(row)
    return a === null || b === null ? null : compute(a, b)
  }
}

function map<A, R>(operand: Term<A | null>, compute: (value: A) => R): (row: NaiveRow) => R | null {
  return (row) => {
    const value = operand.of(row)
    return value === null ? null : compute(value)
  }
}

/** The empty string is NULL. */
const orNull = (text: string | null): string | null => (text === '' ? null : text)

export function column<T extends NaiveValue>(alias: string, name: string): Term<T | null> {
  // The kind of a column is fixed by the table that this suite makes.
  return { sql: `${alias}.${name}`, of: (row) => (row.get(`${alias}.${name}`) ?? null) as T | null }
}

export const numberLiteral = (text: string): NumberTerm => ({
  sql: text.startsWith('-') ? `(${text})` : text,
  of: () => fractionOf(text),
})
export const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`

function number(reach: Reach, depth: number): NumberTerm {
  const { random } = reach
  const alias = random.pick(reach.aliases)
  if (depth <= 0 || random.chance(0.25)) {
    if (random.chance(0.25))
      return numberLiteral(random.pick(['0', '1', '-1', '2', '7', '0.5', '-0.25', '100', '12.345']))
    return column<Fraction>(alias, random.pick(['ID', 'QTY', 'AMT', 'AMT']))
  }
  const a = number(reach, depth - 1)
  switch (random.int(15)) {
    case 0:
    case 1: {
      const b = number(reach, depth - 1)
      return { sql: `(${a.sql} + ${b.sql})`, of: lift(a, b, add) }
    }
    case 2: {
      const b = number(reach, depth - 1)
      return { sql: `(${a.sql} - ${b.sql})`, of: lift(a, b, (x, y) => add(x, negate(y))) }
    }
    case 3: {
      const b = number(reach, 0)
      return { sql: `(${a.sql} * ${b.sql})`, of: lift(a, b, multiply) }
    }
    case 4: {
      // Rounded, because the last of 40 digits is nobody's concern here.
      const b = number(reach, 0)
      return {
        sql: `ROUND(${a.sql} / NULLIF(${b.sql}, 0), 10)`,
        of: lift(a, b, (x, y) => (y.numerator === 0n ? null : round(divide(x, y), 10))),
      }
    }
    case 5: {
      const b = number(reach, 0)
      return { sql: `NVL(${a.sql}, ${b.sql})`, of: (row) => a.of(row) ?? b.of(row) }
    }
    case 6: {
      const places = random.int(3)
      return { sql: `ROUND(${a.sql}, ${places})`, of: map(a, (x) => round(x, places)) }
    }
    case 7: {
      const places = random.int(3)
      return { sql: `TRUNC(${a.sql}, ${places})`, of: map(a, (x) => truncate(x, places)) }
    }
    case 8:
      return { sql: `ABS(${a.sql})`, of: map(a, (x) => (x.numerator < 0n ? negate(x) : x)) }
    case 9:
      return { sql: `FLOOR(${a.sql})`, of: map(a, (x) => fraction(floor(x))) }
    case 10:
      return { sql: `CEIL(${a.sql})`, of: map(a, (x) => fraction(-floor(negate(x)))) }
    case 11: {
      const modulus = random.pick(['3', '7', '2.5'])
      const divisor = fractionOf(modulus)
      return {
        sql: `MOD(${a.sql}, ${modulus})`,
        of: map(a, (x) => add(x, negate(multiply(divisor, truncate(divide(x, divisor), 0))))),
      }
    }
    case 12: {
      const text = textTerm(reach, depth - 1)
      return { sql: `LENGTH(${text.sql})`, of: map(text, (x) => fraction(BigInt([...x].length))) }
    }
    case 13: {
      const test = testTerm(reach, depth - 1)
      const b = number(reach, depth - 1)
      return {
        sql: `CASE WHEN ${test.sql} THEN ${a.sql} ELSE ${b.sql} END`,
        of: (row) => (test.of(row) === true ? a.of(row) : b.of(row)),
      }
    }
    default: {
      const key = column<string>(alias, 'GRP')
      const b = number(reach, 0)
      return {
        sql: `DECODE(${key.sql}, NULL, ${a.sql}, 'north', ${b.sql}, -1)`,
        of: (row) => {
          const value = key.of(row)
          return value === null ? a.of(row) : value === 'north' ? b.of(row) : fraction(-1n)
        },
      }
    }
  }
}

export const numberTerm: (reach: Reach, depth: number) => NumberTerm = number

function dayTerm(reach: Reach): DayTerm {
  const { random } = reach
  const day = column<Day>(random.pick(reach.aliases), 'DAY')
  switch (random.int(4)) {
    case 0: {
      const days = random.int(60) - 20
      return {
        sql: `(${day.sql} + (${days}))`,
        of: map(day, ({ seconds }) => ({ seconds: seconds + days * 86_400 })),
      }
    }
    case 1:
      return {
        sql: `TRUNC(${day.sql}, 'MM')`,
        of: map(day, (x) => ({
          seconds: Date.UTC(inUtc(x).getUTCFullYear(), inUtc(x).getUTCMonth(), 1) / 1000,
        })),
      }
    default:
      return day
  }
}

export function textTerm(reach: Reach, depth: number): TextTerm {
  const { random } = reach
  const alias = random.pick(reach.aliases)
  if (depth <= 0 || random.chance(0.25)) {
    if (random.chance(0.3)) {
      const literal = random.pick(['', 'x', 'north', "O'Hara", ' ', 'ñ', '42'])
      return { sql: quote(literal), of: () => orNull(literal) }
    }
    return column<string>(alias, random.pick(['NAME', 'NAME', 'GRP', 'CODE']))
  }
  const a = textTerm(reach, depth - 1)
  switch (random.int(13)) {
    case 0:
    case 1:
    case 2: {
      const b = textTerm(reach, depth - 1)
      return { sql: `(${a.sql} || ${b.sql})`, of: (row) => orNull((a.of(row) ?? '') + (b.of(row) ?? '')) }
    }
    case 3: {
      const b = numberTerm(reach, 0)
      return {
        sql: `(${a.sql} || ${b.sql})`,
        of: (row) => orNull((a.of(row) ?? '') + (map(b, oracleText)(row) ?? '')),
      }
    }
    case 4:
      return { sql: `UPPER(${a.sql})`, of: map(a, (x) => x.toUpperCase()) }
    case 5: {
      const start = random.int(4) + 1
      const length = random.int(4)
      return {
        sql: `SUBSTR(${a.sql}, ${start}, ${length})`,
        of: (row) => orNull([...(a.of(row) ?? '')].slice(start - 1, start - 1 + length).join('')),
      }
    }
    case 6: {
      const b = textTerm(reach, 0)
      return { sql: `NVL(${a.sql}, ${b.sql})`, of: (row) => a.of(row) ?? b.of(row) }
    }
    case 7:
      return { sql: `TRIM(${a.sql})`, of: (row) => orNull((a.of(row) ?? '').replace(/^ +| +$/g, '')) }
    case 8:
      return {
        sql: `REPLACE(${a.sql}, 'o', '0')`,
        of: (row) => orNull((a.of(row) ?? '').split('o').join('0')),
      }
    case 9: {
      const length = random.int(9) + 1
      return {
        sql: `LPAD(${a.sql}, ${length}, '*')`,
        of: map(a, (x) => [...x].slice(0, length).join('').padStart(length, '*')),
      }
    }
    case 10:
      return numberAsText(reach)
    case 11: {
      const day = dayTerm(reach)
      return random.chance(0.5)
        ? { sql: `TO_CHAR(${day.sql}, 'YYYY-MM-DD"T"HH24:MI:SS')`, of: map(day, isoTime) }
        : {
            sql: `TO_CHAR(${day.sql}, 'FMDD.MM.YYYY')`,
            of: map(day, (x) =>
              isoDate(x)
                .split('-')
                .reverse()
                .map((part) => part.replace(/^0/, ''))
                .join('.'),
            ),
          }
    }
    default: {
      const test = testTerm(reach, depth - 1)
      return {
        sql: `CASE WHEN ${test.sql} THEN ${a.sql} END`,
        of: (row) => (test.of(row) === true ? a.of(row) : null),
      }
    }
  }
}

function numberAsText({ random, aliases }: Reach): TextTerm {
  const amount = column<Fraction>(random.pick(aliases), 'AMT')
  switch (random.int(4)) {
    case 0:
      return { sql: `TO_CHAR(${amount.sql})`, of: map(amount, oracleText) }
    case 1:
      return {
        sql: `TO_CHAR(${amount.sql}, 'FM999,990.00')`,
        of: map(amount, (x) => {
          const [integer = '', decimals = ''] = decimalText(round(x, 2)).split('.')
          return `${integer.replace(/\B(?=(\d{3})+$)/g, ',')}.${decimals.padEnd(2, '0')}`
        }),
      }
    case 2:
      return {
        sql: `TO_CHAR(${amount.sql}, '9990.0')`,
        of: map(amount, (x) => {
          const [integer = '', decimals = '0'] = decimalText(round(x, 1)).split('.')
          return integer.replace('-', '').length > 4 ? '#######' : `${integer}.${decimals}`.padStart(7)
        }),
      }
    default:
      return {
        sql: `TO_CHAR(TRUNC(ABS(${amount.sql})), '0000000')`,
        of: map(
          amount,
          (x) => ` ${decimalText(truncate(x.numerator < 0n ? negate(x) : x, 0)).padStart(7, '0')}`,
        ),
      }
  }
}

const OPERATORS: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

export const and = (a: boolean | null, b: boolean | null): boolean | null =>
  a === false || b === false ? false : a === null || b === null ? null : true
export const or = (a: boolean | null, b: boolean | null): boolean | null =>
  a === true || b === true ? true : a === null || b === null ? null : false
export const not = (a: boolean | null): boolean | null => (a === null ? null : !a)

/** A condition in three-valued logic. */
export function testTerm(reach: Reach, depth: number): TestTerm {
  const { random } = reach
  if (depth > 0 && random.chance(0.4)) {
    const a = testTerm(reach, depth - 1)
    const b = testTerm(reach, depth - 1)
    switch (random.int(3)) {
      case 0:
        return { sql: `(${a.sql} AND ${b.sql})`, of: (row) => and(a.of(row), b.of(row)) }
      case 1:
        return { sql: `(${a.sql} OR ${b.sql})`, of: (row) => or(a.of(row), b.of(row)) }
      default:
        return { sql: `NOT (${a.sql})`, of: (row) => not(a.of(row)) }
    }
  }
  const operator = random.pick(Object.keys(OPERATORS))
  const accepts = OPERATORS[operator] ?? (() => false)
  const compared = <T extends Exclude<NaiveValue, null>>(a: Term<T | null>, b: Term<T | null>): TestTerm => ({
    sql: `${a.sql} ${operator} ${b.sql}`,
    of: lift(a, b, (x, y) => accepts(compare(x, y))),
  })
  switch (random.int(11)) {
    case 0:
    case 1:
      return compared(numberTerm(reach, depth), numberTerm(reach, 0))
    case 2:
      return compared(textTerm(reach, depth), column<string>(random.pick(reach.aliases), 'NAME'))
    case 3:
      return compared(dayTerm(reach), { sql: "DATE '2026-03-15'", of: () => dayOf('2026-03-15T00:00:00') })
    case 4: {
      const operand = random.chance(0.5) ? textTerm(reach, depth) : numberTerm(reach, depth)
      const isNegated = random.chance(0.5)
      return {
        sql: `${operand.sql} IS ${isNegated ? 'NOT ' : ''}NULL`,
        of: (row) => (operand.of(row) === null) !== isNegated,
      }
    }
    case 5: {
      const [a, low, high] = [numberTerm(reach, depth), numberTerm(reach, 0), numberTerm(reach, 0)]
      const isNegated = random.chance(0.3)
      const inside = (row: NaiveRow) =>
        and(lift(a, low, (x, y) => compare(x, y) >= 0)(row), lift(a, high, (x, y) => compare(x, y) <= 0)(row))
      return {
        sql: `${a.sql} ${isNegated ? 'NOT ' : ''}BETWEEN ${low.sql} AND ${high.sql}`,
        of: (row) => (isNegated ? not(inside(row)) : inside(row)),
      }
    }
    case 6: {
      const pattern = random.pick(['%o%', 'n%', '%h', '_o%', '%', '', 'A\\_%', '%\\%%'])
      const regexp = new RegExp(
        `^${[...pattern.replaceAll('\\_', '⎵').replaceAll('\\%', '⁒')].map(likePart).join('')}$`,
        'su',
      )
      const operand = textTerm(reach, 0)
      return {
        sql: `${operand.sql} LIKE ${quote(pattern)} ESCAPE '\\'`,
        of: (row) => {
          const value = operand.of(row)
          return value === null || pattern === '' ? null : regexp.test(value)
        },
      }
    }
    case 7: {
      const operand = column<string>(random.pick(reach.aliases), random.pick(['GRP', 'NAME']))
      const list = random.some(['north', 'south', 'x', 'Alpha', ''], 3)
      const isNegated = random.chance(0.3)
      return {
        sql: `${operand.sql} ${isNegated ? 'NOT ' : ''}IN (${list.map(quote).join(', ')})`,
        of: listTest(operand, list.map(orNull), isNegated),
      }
    }
    case 8: {
      const operand = column<Fraction>(random.pick(reach.aliases), 'QTY')
      const list = random.some(['1', '2', '3', '5', '8', '13'], 6)
      return {
        sql: `${operand.sql} IN (${list.map((item) => bindMark(Number(item))).join(', ')})`,
        of: listTest(operand, list.map(fractionOf), false),
      }
    }
    case 9: {
      // CODE holds digits only, so that comparing it with a number converts it.
      const code = column<string>(random.pick(reach.aliases), 'CODE')
      const limit = random.pick(['7', '42', '2400', '0.5'])
      return {
        sql: `${code.sql} ${operator} ${limit}`,
        of: map(code, (x) => accepts(compare(fractionOf(x), fractionOf(limit)))),
      }
    }
    default: {
      const operand = column<string>(random.pick(reach.aliases), 'GRP')
      const value = random.pick(['north', 'south', '', null])
      return {
        sql: `${operand.sql} ${operator} ${bindMark(value)}`,
        of: map(operand, (x) => (value === null || value === '' ? null : accepts(compare(x, value)))),
      }
    }
  }
}

function likePart(character: string): string {
  if (character === '%') return '.*'
  if (character === '_') return '.'
  if (character === '⎵') return '_'
  if (character === '⁒') return '%'
  return character.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

function listTest<T extends Exclude<NaiveValue, null>>(
  operand: Term<T | null>,
  list: readonly (T | null)[],
  isNegated: boolean,
): (row: NaiveRow) => boolean | null {
  return (row) => {
    const value = operand.of(row)
    const found = list
      .map((item) => (value === null || item === null ? null : compare(value, item) === 0))
      .reduce(or, false)
    return isNegated ? not(found) : found
  }
}
