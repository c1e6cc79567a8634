import {
  add,
  divide,
  type Fraction,
  floor,
  fraction,
  fractionOf,
  multiply,
  negate,
  round,
  truncate,
} from './naive-values.ts'
import { column, lift, map, type NumberTerm, numberLiteral, type Reach } from './term.ts'
import { testTerm } from './test-terms.ts'
import { textTerm } from './text-terms.ts'

/** A number, made of columns, literals and functions of them. */
export function numberTerm(reach: Reach, depth: number): NumberTerm {
  const { random } = reach
  const alias = random.pick(reach.aliases)
  if (depth <= 0 || random.chance(0.25)) {
    if (random.chance(0.25))
      return numberLiteral(random.pick(['0', '1', '-1', '2', '7', '0.5', '-0.25', '100', '12.345']))
    return column<Fraction>(alias, random.pick(['ID', 'QTY', 'AMT', 'AMT']))
  }
  const a = numberTerm(reach, depth - 1)
  switch (random.int(15)) {
    case 0:
    case 1: {
      const b = numberTerm(reach, depth - 1)
      return { sql: `(${a.sql} + ${b.sql})`, of: lift(a, b, add) }
    }
    case 2: {
      const b = numberTerm(reach, depth - 1)
      return { sql: `(${a.sql} - ${b.sql})`, of: lift(a, b, (x, y) => add(x, negate(y))) }
    }
    case 3: {
      const b = numberTerm(reach, 0)
      return { sql: `(${a.sql} * ${b.sql})`, of: lift(a, b, multiply) }
    }
    case 4: {
      // Rounded, because the last of 40 digits is nobody's concern here.
      const b = numberTerm(reach, 0)
      return {
        sql: `ROUND(${a.sql} / NULLIF(${b.sql}, 0), 10)`,
        of: lift(a, b, (x, y) => (y.numerator === 0n ? null : round(divide(x, y), 10))),
      }
    }
    case 5: {
      const b = numberTerm(reach, 0)
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
      const b = numberTerm(reach, depth - 1)
      return {
        sql: `CASE WHEN ${test.sql} THEN ${a.sql} ELSE ${b.sql} END`,
        of: (row) => (test.of(row) === true ? a.of(row) : b.of(row)),
      }
    }
    default: {
      const key = column<string>(alias, 'GRP')
      const b = numberTerm(reach, 0)
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
