import {
  type ColumnType,
  type PipelineError,
  type RecordType,
  type SourceColumn,
  similarName,
  TerminalError,
} from '@findata/core'
import oracledb, { type Connection, type StatementInfo } from 'oracledb'
import { failed, oracleCodeOf } from './errors.ts'
import { boundQuery } from './extract-query.ts'

type ColumnMetadata = NonNullable<StatementInfo['metaData']>[number]

/** The declared columns of a record type, in its order, by parsing its query alone: the view is not executed. */
export async function describeQuery(
  connection: Connection,
  recordType: RecordType,
): Promise<readonly SourceColumn[]> {
  const { sql } = boundQuery(recordType)
  const described = new Map<string, ColumnMetadata>()
  try {
    const { metaData = [] } = await connection.getStatementInfo(sql)
    for (const column of metaData) described.set(column.name, column)
  } catch (cause) {
    if (oracleCodeOf(cause) !== 'ORA-00904') throw cause
    const { missing, present } = await searchColumns(connection, sql, cause)
    throw columnsMissing(recordType, missing, present, cause)
  }

  const missing = recordType.columns.filter((name) => !described.has(name))
  if (missing.length > 0) throw columnsMissing(recordType, missing, [...described.keys()])

  const columns: SourceColumn[] = []
  const unsupported: string[] = []
  for (const name of recordType.columns) {
    const column = described.get(name) as ColumnMetadata
    const type = toColumnType(column)
    if (type === undefined) unsupported.push(`${name} (${column.dbTypeName ?? 'an unknown type'})`)
    else columns.push({ name, type, isNullable: column.nullable ?? true })
  }
  for (const { name, type } of columns) {
    if (type.kind !== 'number' && recordType.money.some(({ column }) => column === name)) {
      unsupported.push(`${name} (money, but ${described.get(name)?.dbTypeName} and not NUMBER)`)
    }
  }
  if (unsupported.length > 0) {
    throw failed(TerminalError, 'ORACLE_VALUE_UNSUPPORTED', {
      doing: `Describing ${recordType.name}`,
      why: `${list(unsupported)} cannot be carried exactly`,
      nextStep: 'Convert in the query (TO_CHAR, CAST … AS NUMBER), or leave the column out.',
      details: { recordType: recordType.name, columns: unsupported },
    })
  }
  return columns
}

function columnsMissing(
  { name, columns }: RecordType,
  missing: readonly string[],
  present: readonly string[],
  cause?: unknown,
): PipelineError {
  const undeclared = present.filter((column) => !columns.includes(column))
  const ordered = [
    ...columns.filter((column) => missing.includes(column)),
    ...missing.filter((column) => !columns.includes(column)),
  ]
  const named = ordered.map((column) => {
    const similar = similarName(column, undeclared)
    return similar === undefined ? column : `${column} (renamed to ${similar}?)`
  })
  return failed(TerminalError, 'COLUMNS_MISSING', {
    doing: `Describing ${name}`,
    why: `the source lacks ${list(named)}`,
    nextStep: `Correct query and columns of ${name}, or ask the owner of the view what became of them. Nothing was read.`,
    details: { recordType: name, missing: ordered },
    cause,
  })
}

function list(names: readonly string[]): string {
  return names.length === 1 ? `column ${names[0]}` : `columns ${names.join(', ')}`
}

/**
 * Oracle names only the first column that it does not know. Each one found is replaced by NULL and the rest parsed again,
 * until it knows them all; what the tables of the query have is found in the same way.
 */
async function searchColumns(
  connection: Connection,
  sql: string,
  firstCause: unknown,
): Promise<{ readonly missing: readonly string[]; readonly present: readonly string[] }> {
  const missing: string[] = []
  let cause = firstCause
  let rest = sql
  for (;;) {
    const name = unknownColumn(cause)
    if (name === undefined || missing.includes(name)) break
    missing.push(name)
    rest = rest.replaceAll(occurrences(name), 'NULL')
    cause = await failureOf(connection, rest)
  }

  const present = new Set<string>()
  for (const [, table] of sql.matchAll(
    /\b(?:FROM|JOIN)\s+((?:"[^"]+"|[\w$#]+)(?:\s*\.\s*(?:"[^"]+"|[\w$#]+))?)/gi,
  )) {
    try {
      const { metaData = [] } = await connection.getStatementInfo(`SELECT * FROM ${table}`)
      for (const { name } of metaData) present.add(name)
    } catch (notATable) {
      if (oracleCodeOf(notATable) === undefined || oracleCodeOf(notATable)?.startsWith('NJS-'))
        throw notATable
    }
  }
  return { missing, present: [...present] }
}

/** The last part of `"SCHEMA"."VIEW"."COLUMN": invalid identifier`. */
function unknownColumn(cause: unknown): string | undefined {
  if (oracleCodeOf(cause) !== 'ORA-00904') return undefined
  return /"([^"]+)":/.exec((cause as Error).message)?.[1]
}

function occurrences(column: string): RegExp {
  const name = column.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
  const qualifier = String.raw`(?:(?:"[^"]+"|[\w$#]+)\s*\.\s*)*`
  return new RegExp(String.raw`(?<!\bAS\s+)${qualifier}(?:"${name}"|(?<![\w$#:"])${name}(?![\w$#"]))`, 'gi')
}

async function failureOf(connection: Connection, sql: string): Promise<unknown> {
  try {
    await connection.getStatementInfo(sql)
    return undefined
  } catch (cause) {
    if (oracleCodeOf(cause)?.startsWith('ORA-')) return cause
    throw cause
  }
}

/** Absent for a type that cannot be carried exactly, or has no agreed text. */
function toColumnType({ dbType, precision, scale, byteSize }: ColumnMetadata): ColumnType | undefined {
  switch (dbType) {
    case oracledb.DB_TYPE_NUMBER:
      return { kind: 'number', ...numberFormat(precision, scale) }
    case oracledb.DB_TYPE_VARCHAR:
    case oracledb.DB_TYPE_CHAR:
    case oracledb.DB_TYPE_NVARCHAR:
    case oracledb.DB_TYPE_NCHAR:
      return { kind: 'text', ...(byteSize && { size: byteSize }) }
    case oracledb.DB_TYPE_CLOB:
    case oracledb.DB_TYPE_NCLOB:
      return { kind: 'clob' }
    case oracledb.DB_TYPE_BLOB:
      return { kind: 'blob' }
    case oracledb.DB_TYPE_RAW:
      return { kind: 'raw' }
    case oracledb.DB_TYPE_DATE:
      return { kind: 'date' }
    case oracledb.DB_TYPE_TIMESTAMP:
      return { kind: 'timestamp', fractionalDigits: precision ?? 9 }
    case oracledb.DB_TYPE_TIMESTAMP_TZ:
      return { kind: 'timestamp-with-time-zone', fractionalDigits: precision ?? 9 }
    case oracledb.DB_TYPE_BINARY_FLOAT:
      return { kind: 'binary-float' }
    case oracledb.DB_TYPE_BINARY_DOUBLE:
      return { kind: 'binary-double' }
    default:
      return undefined
  }
}

/** Precision 0 is plain NUMBER; scale -127 with a precision is FLOAT, whose precision counts binary digits. */
function numberFormat(
  precision: number | undefined,
  scale: number | undefined,
): { readonly precision?: number; readonly scale?: number } {
  if (!precision || scale === undefined || scale === -127) return {}
  return { precision, scale }
}
