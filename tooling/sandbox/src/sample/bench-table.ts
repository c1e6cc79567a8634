import type { OracleDatabase, TableDefinition } from '../oracle/database.ts'
import type { OracleType, OracleValue } from '../oracle/values.ts'
import { FINANCE_READER } from './finance-schema.ts'

/** A table of any number of rows, each made from its number when it is read, so that none is kept. */
export interface BenchTable {
  readonly benchRows: number
  readonly columns: BenchColumns
}

/** The small shape has 12 columns; the wide one repeats most of them. */
export type BenchColumns = 12 | 25

export const BENCH_TABLE = 'BENCH_ROWS'

interface BenchColumn {
  readonly name: string
  readonly type: OracleType
  value(row: number): OracleValue
}

const PLAIN_WORDS = [
  'street',
  'lighting',
  'maintenance',
  'fund',
  'corridor',
  '<50 acres>',
  'permit',
  'estimate',
]
const FOREIGN_WORDS = ['Señal', 'ถนน', 'peatón', 'review', 'สะพาน', 'capital', '"South"', 'año']

/** A number from 0 up to 2^32 that looks random and depends on nothing but its arguments. */
function scatter(row: number, column: number): number {
  let bits = Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(column + 1, 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad)
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97)
  return (bits ^ (bits >>> 15)) >>> 0
}

/** Between 10 and 60 characters; a quarter of the texts has others than ASCII ones. */
function phrase(row: number, column: number): string {
  const bits = scatter(row, column)
  const length = 10 + (bits % 51)
  const words = (bits >>> 8) % 4 === 0 ? FOREIGN_WORDS : PLAIN_WORDS
  let text = ''
  for (let word = bits >>> 10; text.length < length; word = Math.imul(word, 5) + 3)
    text += `${words[word & 7]} `
  return text.slice(0, length).trimEnd()
}

/** Up to eight digits before the point and two after it, the last of them no zero; one in eight is negative. */
function money(row: number, column: number): string {
  const bits = scatter(row, column)
  const whole = bits % 10 ** (2 + (bits % 7))
  const cents = (bits >>> 5) % 100
  const sign = bits % 8 === 0 && whole > 0 ? '-' : ''
  if (cents === 0) return sign + whole
  const digits = cents % 10 === 0 ? String(cents / 10) : String(cents).padStart(2, '0')
  return `${sign}${whole}.${digits}`
}

const FIRST_DAY = Date.UTC(2015, 0, 1)
const SECONDS_OF_TEN_YEARS = 10 * 365 * 86_400

function second(row: number, column: number): string {
  return new Date(FIRST_DAY + (scatter(row, column) % SECONDS_OF_TEN_YEARS) * 1000).toISOString().slice(0, 19)
}

const id = (name: string): BenchColumn => ({
  name,
  type: { name: 'NUMBER', precision: 12, scale: 0 },
  value: (row) => String(100_000_000 + row),
})
const foreignId = (name: string, column: number): BenchColumn => ({
  name,
  type: { name: 'NUMBER', precision: 12, scale: 0 },
  value: (row) => String(scatter(row, column) % 1_000_000),
})
const text = (name: string, column: number): BenchColumn => ({
  name,
  type: { name: 'VARCHAR2', size: 250 },
  value: (row) => phrase(row, column),
})
const amount = (name: string, column: number): BenchColumn => ({
  name,
  type: { name: 'NUMBER', precision: 18, scale: 2 },
  value: (row) => money(row, column),
})
const date = (name: string, column: number): BenchColumn => ({
  name,
  type: { name: 'DATE' },
  value: (row) => second(row, column),
})
const timestamp = (name: string, column: number): BenchColumn => ({
  name,
  type: { name: 'TIMESTAMP', fractionalDigits: 6 },
  value: (row) =>
    `${second(row, column)}.${String(scatter(row, column + 100) % 1_000_000).padStart(6, '0')}000`,
})
/** NULL in so many of a hundred rows. */
const sparse = (column: BenchColumn, nulls: number, place: number): BenchColumn => ({
  ...column,
  value: (row) => (scatter(row, place + 200) % 100 < nulls ? null : column.value(row)),
})

const TWELVE: readonly BenchColumn[] = [
  id('ROW_ID'),
  foreignId('VENDOR_ID', 1),
  foreignId('PROJECT_ID', 2),
  text('TITLE', 3),
  sparse(text('DESCRIPTION', 4), 15, 4),
  text('VENDOR_NAME', 5),
  text('UNIT_NAME', 6),
  amount('AMOUNT', 7),
  sparse(amount('CHARGED', 8), 12, 8),
  amount('BALANCE', 9),
  date('POSTED_ON', 10),
  timestamp('UPDATED_AT', 11),
]

const MORE: readonly BenchColumn[] = [
  foreignId('LEDGER_ID', 12),
  foreignId('ACCOUNT_ID', 13),
  foreignId('PERIOD_ID', 14),
  text('ACCOUNT_NAME', 15),
  text('STATUS', 16),
  sparse(text('REMARK', 17), 18, 17),
  text('LOCATION', 18),
  amount('DEBIT', 19),
  amount('CREDIT', 20),
  amount('OPENING', 21),
  amount('CLOSING', 22),
  date('DUE_ON', 23),
  timestamp('CREATED_AT', 24),
]

const SHAPES: Readonly<Record<BenchColumns, readonly BenchColumn[]>> = {
  12: TWELVE,
  25: [...TWELVE, ...MORE],
}

/** The name of every column of a shape, in order; `ROW_ID` is the key, AMOUNT, CHARGED and BALANCE are money. */
export function benchColumnNames(columns: BenchColumns): readonly string[] {
  return SHAPES[columns].map(({ name }) => name)
}

/** The definition of the table, also for benchmarks that want its rows without a database. */
export function benchTable({ benchRows, columns }: BenchTable): TableDefinition & {
  readonly generated: { readonly rowCount: number; row(index: number): readonly OracleValue[] }
} {
  const shape = SHAPES[columns]
  return {
    name: BENCH_TABLE,
    columns: shape.map(({ name, type }, index) => ({ name, type, isNullable: index > 0 })),
    generated: { rowCount: benchRows, row: (index) => shape.map(({ value }) => value(index)) },
  }
}

/** Adds the table `BENCH_ROWS` to the reader's own schema. */
export function addBenchTable(database: OracleDatabase, table: BenchTable): void {
  database.addTable(FINANCE_READER, benchTable(table))
}
