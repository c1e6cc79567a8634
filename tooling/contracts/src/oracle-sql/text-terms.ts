import { dayTerm } from './day-terms.ts'
import {
  compare,
  decimalText,
  type Fraction,
  fractionOf,
  isoDate,
  isoTime,
  negate,
  oracleText,
  round,
  truncate,
} from './naive-values.ts'
import { numberTerm } from './number-terms.ts'
import { column, literal, map, orNull, type Reach, type TextTerm } from './term.ts'
import { testTerm } from './test-terms.ts'

export function textTerm(reach: Reach, depth: number): TextTerm {
  const { random } = reach
  const alias = random.pick(reach.aliases)
  if (depth <= 0 || random.chance(0.25)) {
    if (random.chance(0.3)) {
      return literal(reach, random.pick(['', 'x', 'north', "O'Hara", ' ', 'ñ', '42', "it''s]", '}!']))
    }
    return column<string>(alias, random.pick(['NAME', 'NAME', 'GRP', 'CODE']))
  }
  const a = textTerm(reach, depth - 1)
  switch (random.int(14)) {
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
    case 12: {
      const key = column<Fraction>(alias, 'QTY')
      const b = textTerm(reach, 0)
      const wanted = random.pick(['1', '2.5', '0'])
      return {
        sql: `DECODE(${key.sql}, ${wanted}, ${a.sql}, NULL, ${b.sql})`,
        of: (row) => {
          const value = key.of(row)
          if (value === null) return b.of(row)
          return compare(value, fractionOf(wanted)) === 0 ? a.of(row) : null
        },
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
