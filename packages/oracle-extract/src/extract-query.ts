import {
  type ColumnType,
  type PipelineError,
  type RecordType,
  replacePlaceholders,
  type SourceColumn,
  TerminalError,
} from '@findata/core'
import oracledb from 'oracledb'
import { failed } from './errors.ts'

/** One statement with the values of its placeholders. */
export interface OracleStatement {
  readonly sql: string
  readonly binds: Readonly<Record<string, oracledb.BindParameter>>
}

/** The record type's query with each list spread over one placeholder for each text; all values are bound as text. */
export function boundQuery({ name, query, binds }: RecordType): OracleStatement {
  const values = new Map(Object.entries(binds).map(([bind, value]) => [bind.toUpperCase(), value]))
  const unused = new Set(values.keys())
  const bound: Record<string, oracledb.BindParameter> = {}

  const sql = replacePlaceholders(query, (bind) => {
    const value = values.get(bind.toUpperCase())
    if (value === undefined) throw wrongBinds(name, `its placeholder :${bind} has no value`)
    if (/^FINDATA_/i.test(bind)) {
      throw wrongBinds(name, `its placeholder :${bind} begins like those that are added to every query`)
    }
    unused.delete(bind.toUpperCase())
    const texts = typeof value === 'string' ? new Map([[bind, value]]) : spread(bind, value)
    for (const [placeholder, val] of texts) {
      const key = placeholder.toUpperCase()
      if (typeof value !== 'string' && values.has(key)) {
        throw wrongBinds(
          name,
          `its placeholder :${placeholder} has the name that a text of the list :${bind} gets`,
        )
      }
      bound[key] = textBind(val)
    }
    return texts.size === 0 ? 'NULL' : [...texts.keys()].map((placeholder) => `:${placeholder}`).join(', ')
  })

  if (unused.size > 0) throw wrongBinds(name, `it has no placeholder :${[...unused].join(', :')}`)
  return { sql, binds: bound }
}

/** Bound as text, whatever it looks like. */
export function textBind(val: string): oracledb.BindParameter {
  return { dir: oracledb.BIND_IN, type: oracledb.DB_TYPE_VARCHAR, val }
}

function spread(bind: string, values: readonly string[]): Map<string, string> {
  return new Map(values.map((value, index) => [`${bind}_${index + 1}`, value]))
}

function wrongBinds(recordType: string, why: string): PipelineError {
  return failed(TerminalError, 'ORACLE_QUERY_INVALID', {
    doing: `Binding the query of ${recordType}`,
    why,
    nextStep: "Correct the record type's binds or its query.",
    details: { recordType },
  })
}

/** Which of a record type's rows a statement reads, and as of when. */
export interface Reading {
  /** As of the statement's own moment, or its transaction's, unless given. */
  readonly scn?: string | undefined
  /** A condition on the columns; without one, all rows. */
  readonly where?: OracleStatement | undefined
}

/** The rows of a record type as what follows FROM. */
export function rowsOf(recordType: RecordType, { scn, where }: Reading): OracleStatement {
  const { sql, binds } = boundQuery(recordType)
  const asOf = scn === undefined ? '' : ` AS OF SCN TO_NUMBER(:${SCN_BIND})`
  return {
    sql: `(${sql}\n)${asOf}${where ? ` WHERE ${where.sql}` : ''}`,
    binds: {
      ...binds,
      ...where?.binds,
      ...(scn !== undefined && { [SCN_BIND]: textBind(scn) }),
    },
  }
}

const SCN_BIND = 'FINDATA_SCN'

/** Selects the described columns in order, dates and timestamps as text, so that no time zone of any machine touches them. */
export function extractQuery(
  recordType: RecordType,
  columns: readonly SourceColumn[],
  reading: Reading = {},
): OracleStatement {
  const { sql, binds } = rowsOf(recordType, reading)
  const list = columns.map(({ name, type }) => {
    const column = quoted(name)
    const text = asText(column, type)
    return text === column ? column : `${text} AS ${column}`
  })
  return { sql: `SELECT ${list.join(', ')} FROM ${sql}`, binds }
}

/** The calendar is named because a session in Thailand may count Buddhist years. */
export const CALENDAR = `'NLS_CALENDAR=GREGORIAN'`
/** Of a date or time up to its whole second, with a blank or a minus before the year. */
export const SECONDS = `SYYYY-MM-DD"T"HH24:MI:SS`

/** The column as an expression, dates and timestamps as text: a blank before the year, all fractional digits, no `Z`. */
export function asText(column: string, type: ColumnType): string {
  switch (type.kind) {
    case 'date':
      return `TO_CHAR(${column}, '${SECONDS}', ${CALENDAR})`
    case 'timestamp':
      return `TO_CHAR(${column}, '${SECONDS}${fraction(type.fractionalDigits)}', ${CALENDAR})`
    case 'timestamp-with-time-zone':
      return `TO_CHAR(SYS_EXTRACT_UTC(${column}), '${SECONDS}${fraction(type.fractionalDigits)}', ${CALENDAR})`
    default:
      return column
  }
}

function fraction(digits: number): string {
  return digits === 0 ? '' : `.FF${digits}`
}

/** Throws for a name that cannot be quoted, as Oracle would. */
export function quoted(name: string): string {
  if (!/["\0]/.test(name)) return `"${name}"`
  throw failed(TerminalError, 'ORACLE_QUERY_INVALID', {
    doing: `Quoting the column name ${JSON.stringify(name)}`,
    why: 'no name in Oracle has a quote in it',
    nextStep: 'Correct the columns of the record type.',
  })
}
