import { dayOf, fraction, fractionOf, type NaiveValue } from './naive-values.ts'
import { createRandom } from './random.ts'
import { quote } from './term.ts'

export interface SampleTable {
  readonly name: string
  readonly rows: readonly Readonly<Record<string, NaiveValue>>[]
}

/** Two tables that refer to each other, full of nulls, repetitions and awkward text. */
export interface SampleTables {
  readonly left: SampleTable
  readonly right: SampleTable
  /** The statements that make and fill them. */
  readonly creation: readonly string[]
}

const COLUMNS =
  'ID NUMBER(9) NOT NULL, REF NUMBER, GRP VARCHAR2(10), NAME VARCHAR2(40), CODE VARCHAR2(8), QTY NUMBER, AMT NUMBER(18,2), DAY DATE'
const NAMES = [
  'Alpha',
  'alpha',
  'north',
  'A_b%c',
  "O'Hara",
  ' trailing ',
  'ñandú',
  'ถนน',
  'cartoon',
  'no',
  '',
  null,
]
const AMOUNTS = ['0', '0.01', '-0.5', '1234.56', '-987654.32', '99.95', '0.1', '12', '50000', null]
const DAYS = [
  '2026-01-31T00:00:00',
  '2026-02-28T23:59:59',
  '2026-03-15T00:00:00',
  '2026-03-15T12:30:00',
  '2024-02-29T06:00:00',
  null,
]

export function makeSampleTables(prefix: string, seed: number): SampleTables {
  const random = createRandom(seed)
  const creation: string[] = []
  const make = (name: string, count: number): SampleTable => {
    creation.push(`CREATE TABLE ${name} (${COLUMNS})`)
    const rows = Array.from({ length: count }, (_, index) => {
      const ref = random.chance(0.2) ? null : String(random.int(14) + 1)
      const group = random.pick(['north', 'south', 'x', '', null])
      const title = random.pick(NAMES)
      const code = random.pick(['7', '42', '2400', '0042', null])
      const quantity = random.pick(['1', '2', '3', '5', '0', '2.5', null])
      const amount = random.pick(AMOUNTS)
      const day = random.pick(DAYS)
      const values = [
        String(index + 1),
        ref ?? 'NULL',
        group === null ? 'NULL' : quote(group),
        title === null ? 'NULL' : quote(title),
        code === null ? 'NULL' : quote(code),
        quantity ?? 'NULL',
        amount ?? 'NULL',
        day === null ? 'NULL' : `TO_DATE('${day.replace('T', ' ')}', 'YYYY-MM-DD HH24:MI:SS')`,
      ]
      creation.push(`INSERT INTO ${name} VALUES (${values.join(', ')})`)
      return {
        ID: fraction(BigInt(index + 1)),
        REF: ref === null ? null : fractionOf(ref),
        GRP: group === '' ? null : group,
        NAME: title === '' ? null : title,
        CODE: code,
        QTY: quantity === null ? null : fractionOf(quantity),
        AMT: amount === null ? null : fractionOf(amount),
        DAY: day === null ? null : dayOf(day),
      }
    })
    return { name, rows }
  }
  return { left: make(`${prefix}_A`, 14), right: make(`${prefix}_B`, 11), creation }
}
