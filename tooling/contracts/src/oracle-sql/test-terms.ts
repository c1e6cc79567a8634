import { dayTerm } from './day-terms.ts'
import { compare, dayOf, type Fraction, fractionOf, type NaiveValue } from './naive-values.ts'
import { numberTerm } from './number-terms.ts'
import {
  and,
  bindMark,
  column,
  lift,
  map,
  type NaiveRow,
  not,
  or,
  orNull,
  quote,
  type Reach,
  type Term,
  type TestTerm,
} from './term.ts'
import { textTerm } from './text-terms.ts'

const OPERATORS: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

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
