import {
  addDecimals,
  type ControlTotals,
  type MoneyTotals,
  type RecordType,
  type RowSchema,
  type SourceColumn,
  type SourceTotals,
  TerminalError,
} from '@findata/core'
import { toNumberText } from './column-values.ts'
import { failed } from './errors.ts'
import { type OracleStatement, quoted, type Reading, rowsOf } from './extract-query.ts'
import { hashedRows, ROW_HASH, UNWRITTEN } from './hashed-rows.ts'

/** One execution of a record type's query for all its totals. */
export interface TotalsQuery extends OracleStatement {
  /** Of the one row that it answers. Throws ORACLE_VALUE_UNSUPPORTED for amounts whose sum Oracle cannot tell to the last digit. */
  toTotals(row: readonly (string | null)[]): SourceTotals
}

/** With `hashed`, every column of which SQL can hash, the set hash too. */
export function totalsQuery(
  recordType: RecordType,
  columns: readonly SourceColumn[],
  reading: Reading = {},
  hashed?: RowSchema,
): TotalsQuery {
  const { entityKey, money } = recordType
  const { sql, binds } = rowsOf(recordType, reading)
  const ofEntity: string[] = []
  const ofAll: string[] = []
  const answers = (expression: string): Answer => {
    const place = ofAll.push(expression) - 1
    return (row) => row[place] ?? null
  }
  const aggregate = (name: 'COUNT' | 'SUM' | 'MIN' | 'MAX', expression: string): Answer => {
    const alias = `F${ofEntity.length}`
    ofEntity.push(`${name}(${expression}) AS ${alias}`)
    return answers(`${name === 'COUNT' ? 'SUM' : name}(${alias})`)
  }
  const count = (expression: string) => countOf(aggregate('COUNT', expression))

  const rows = count('*')
  const entities = countOf(answers('COUNT(*)'))
  const amounts = money.map(({ column }) => ({ column, ...moneyAggregates(column, columns, aggregate) }))
  const setHash = hashed && setHashAggregates(aggregate)

  const keys = entityKey.map(({ column }) => column)
  const used = [...new Set([...keys, ...money.map(({ column }) => column)])]
  return {
    sql:
      `SELECT ${ofAll.join(', ')} FROM (SELECT ${ofEntity.join(', ')} ` +
      `FROM ${hashed ? hashedRows(sql, hashed, used) : sql} GROUP BY ${keys.map(quoted).join(', ')})`,
    binds,
    toTotals(row) {
      const totals: ControlTotals = {
        rows: rows(row),
        money: Object.fromEntries(amounts.map(({ column, toTotals }) => [column, toTotals(recordType, row)])),
        distinctEntityKeys: entities(row),
      }
      return setHash ? withSetHash(totals, setHash(row)) : { totals, leftOut: [] }
    },
  }
}

/** What the answer has for one expression. */
type Answer = (row: readonly (string | null)[]) => string | null
type Aggregate = (name: 'COUNT' | 'SUM' | 'MIN' | 'MAX', expression: string) => Answer

const countOf =
  (answer: Answer): ((row: readonly (string | null)[]) => number) =>
  (row) =>
    Number(answer(row) ?? 0)

/** The digits of a NUMBER that Oracle warrants, less those that a sum over 10^12 rows may add to its amounts. */
const DIGITS_PER_SUM = 38 - 12
/** Parts amounts by their digits, in positions after the point, so that each part has no more than `DIGITS_PER_SUM`. */
const CUTS = [-12, 14, 40, 66]
const MOST_PLACES = CUTS[0] as number
const FINEST_PLACE = CUTS.at(-1) as number

/** Oracle rounds a sum to about 40 digits on its way: amounts that may need more are added up in parts. */
function moneyAggregates(name: string, columns: readonly SourceColumn[], aggregate: Aggregate) {
  const column = quoted(name)
  const type = columns.find((described) => described.name === name)?.type
  const isShort = type?.kind === 'number' && (type.precision ?? Number.POSITIVE_INFINITY) <= DIGITS_PER_SUM
  const nonNull = countOf(aggregate('COUNT', column))
  const sums = (isShort ? [column] : partsOf(column)).map((part) => aggregate('SUM', part))
  const unlike = isShort
    ? () => 0
    : countOf(
        aggregate(
          'COUNT',
          `CASE WHEN ABS(${column}) >= 1E${DIGITS_PER_SUM - MOST_PLACES} OR ${column} <> TRUNC(${column}, ${FINEST_PLACE}) THEN 1 END`,
        ),
      )
  const [min, max] = [aggregate('MIN', column), aggregate('MAX', column)]

  return {
    toTotals(recordType: RecordType, row: readonly (string | null)[]): MoneyTotals {
      if (unlike(row) > 0) throw notAddable(recordType, name, unlike(row))
      return {
        nonNull: nonNull(row),
        sum: sums.map((sum) => numberOf(sum(row)) ?? '0').reduce(addDecimals),
        min: numberOf(min(row)),
        max: numberOf(max(row)),
      }
    },
  }
}

function partsOf(column: string): string[] {
  const cut = CUTS.map((places) => `TRUNC(${column}, ${places})`)
  return cut.map((part, index) => (index === 0 ? part : `${part} - ${cut[index - 1]}`))
}

const numberOf = (text: string | null) => (text === null ? null : toNumberText(text))

function notAddable({ name }: RecordType, column: string, count: number) {
  return failed(TerminalError, 'ORACLE_VALUE_UNSUPPORTED', {
    doing: `Counting ${name} in Oracle`,
    why:
      `column ${column} holds ${count === 1 ? 'an amount' : `${count} amounts`} of 10^${DIGITS_PER_SUM - MOST_PLACES} or more, ` +
      `or with more than ${FINEST_PLACE} digits after the point, which Oracle does not add up to the last digit`,
    nextStep: `Correct or round it in the query, take ${column} out of money, or set sourceTotals of ${name} to off.`,
    details: { recordType: name, column, count },
  })
}

const LIMBS = [0, 1, 2, 3]
const DIGITS_PER_LIMB = 8

interface SetHashAnswer {
  /** 32 hex digits, of the rows that have a hash. */
  readonly setHash: string
  readonly hashedRows: number
  readonly unwrittenRows: number
}

function setHashAggregates(aggregate: Aggregate): (row: readonly (string | null)[]) => SetHashAnswer {
  const hashedRows = countOf(aggregate('COUNT', ROW_HASH))
  const unwrittenRows = countOf(aggregate('COUNT', UNWRITTEN))
  const limbs = LIMBS.map((limb) => {
    const digits = `SUBSTR(${ROW_HASH}, ${1 + limb * DIGITS_PER_LIMB}, ${DIGITS_PER_LIMB})`
    return aggregate('SUM', `TO_NUMBER(${digits}, '${'X'.repeat(DIGITS_PER_LIMB)}')`)
  })
  return (row) => {
    const sum = limbs.reduce((higher, limb) => (higher << 32n) + BigInt(limb(row) ?? 0), 0n)
    return {
      setHash: BigInt.asUintN(128, sum).toString(16).padStart(32, '0'),
      hashedRows: hashedRows(row),
      unwrittenRows: unwrittenRows(row),
    }
  }
}

/** A hash of some of the rows would be a false difference. */
function withSetHash(totals: ControlTotals, answer: SetHashAnswer): SourceTotals {
  const { setHash, hashedRows, unwrittenRows } = answer
  const leftOut: string[] = []
  const leaveOut = (rows: number, why: string) => {
    if (rows > 0) leftOut.push(noSetHash(`${rows} of ${totals.rows} rows ${why}`))
  }
  leaveOut(totals.rows - hashedRows, 'take more than 4,000 bytes as one text')
  leaveOut(unwrittenRows, 'hold a number of more than 64 characters')
  return leftOut.length > 0 ? { totals, leftOut } : { totals: { ...totals, setHash }, leftOut }
}

/** A line of `leftOut`. */
export function noSetHash(why: string): string {
  return `source: no set hash: ${why}`
}
