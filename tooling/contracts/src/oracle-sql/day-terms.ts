import { type Day, inUtc } from './naive-values.ts'
import { column, type DayTerm, map, type Reach } from './term.ts'

export function dayTerm(reach: Reach): DayTerm {
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
