import {
  type CursorKind,
  cursorKindOf,
  cursorOf,
  digitsAfterPoint,
  isCursorValue,
  type RecordType,
  type SourceColumn,
  TerminalError,
  type Window,
} from '@findata/core'
import { failed } from './errors.ts'
import {
  CALENDAR,
  type OracleStatement,
  quoted,
  type Reading,
  rowsOf,
  SECONDS,
  textBind,
} from './extract-query.ts'

/** The rows of a window: a closed stretch of the cursor, and the rows without a value unless they are left out. */
export function windowCondition(
  recordType: RecordType,
  columns: readonly SourceColumn[],
  { from, to }: Window,
): OracleStatement {
  const kind = cursorKindOf(recordType, columns)
  const cursor = cursorExpression(recordType)
  const binds: Record<string, ReturnType<typeof textBind>> = {}
  const bound = (name: string, value: string) => {
    if (!isCursorValue(kind, value)) throw notAValue(recordType, kind, value)
    const { sql, texts } = ORACLE_VALUES[kind](name, value)
    for (const [bind, text] of Object.entries(texts)) binds[bind] = textBind(text)
    return sql
  }

  const upper = `${cursor} <= ${bound('FINDATA_TO', to)}`
  const range = from === null ? upper : `${cursor} >= ${bound('FINDATA_FROM', from)} AND ${upper}`
  // `fail` reads them too, to name the first and to be counted alike by the totals.
  const isWithNulls = cursorOf(recordType).nulls !== 'exclude'
  return { sql: isWithNulls ? `(${range} OR ${cursor} IS NULL)` : range, binds }
}

/** The highest cursor value of all rows, as one row of one column. */
export function maximumQuery(recordType: RecordType, reading: Reading): OracleStatement {
  const { sql, binds } = rowsOf(recordType, reading)
  return { sql: `SELECT MAX(${cursorExpression(recordType)}) FROM ${sql}`, binds }
}

/** How often a run executes the query when its window ends at the maximum: for that, for the rows and for the totals. */
export function executionsByMaximum({ sourceTotals }: Pick<RecordType, 'sourceTotals'>): number {
  return sourceTotals === 'off' ? 2 : 3
}

function cursorExpression(recordType: RecordType): string {
  const columns = cursorOf(recordType).columns.map(quoted)
  return columns.length === 1 ? (columns[0] as string) : `COALESCE(${columns.join(', ')})`
}

interface OracleValue {
  readonly sql: string
  readonly texts: Readonly<Record<string, string>>
}

/** How canonical text becomes a value of the column's own type again, whatever the session's settings. */
const ORACLE_VALUES: Readonly<Record<CursorKind, (name: string, value: string) => OracleValue>> = {
  // Two whole numbers, since Oracle reads a point by the settings of the session and no format has room for every NUMBER.
  number: (name, value) => ({
    sql: `TO_NUMBER(:${name}) / TO_NUMBER(:${name}_UNIT)`,
    texts: { [name]: withoutPoint(value), [`${name}_UNIT`]: `1${'0'.repeat(digitsAfterPoint(value))}` },
  }),
  date: (name, value) => ({
    sql: `TO_DATE(:${name}, '${SECONDS}', ${CALENDAR})`,
    texts: { [name]: value },
  }),
  timestamp: (name, value) => ({
    sql: `TO_TIMESTAMP(:${name}, '${SECONDS}.FF9', ${CALENDAR})`,
    texts: { [name]: withNanoseconds(value) },
  }),
  'timestamp-with-time-zone': (name, value) => ({
    sql: `TO_TIMESTAMP_TZ(:${name}, '${SECONDS}.FF9TZH:TZM', ${CALENDAR})`,
    texts: { [name]: `${withNanoseconds(value.slice(0, -1))}+00:00` },
  }),
}

function withoutPoint(decimal: string): string {
  return decimal.replace('.', '').replace(/^(-?)0+(?=\d)/, '$1')
}

function withNanoseconds(time: string): string {
  const [seconds, fraction = ''] = time.split('.')
  return `${seconds}.${fraction.padEnd(9, '0')}`
}

function notAValue({ name }: RecordType, kind: CursorKind, value: string) {
  return failed(TerminalError, 'CONFIG_INVALID', {
    doing: `Reading a window of ${name}`,
    why: `${JSON.stringify(value)} is no ${kind} in canonical text, and the cursor is one`,
    nextStep: 'Write it as the file and the certificate do.',
    details: { recordType: name, value },
  })
}
