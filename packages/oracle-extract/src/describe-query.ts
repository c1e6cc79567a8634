import {
  type ColumnType,
  type PipelineError,
  type RecordType,
  type SourceColumn,
  similarName,
  TerminalError,
} from '@findata/core'
import type { Connection } from 'oracledb'
import { type ColumnMetadata, sourceTypeOf, toColumnType } from './column-type.ts'
import { failed, oracleCodeOf } from './errors.ts'
import { boundQuery, quoted, rowsOf } from './extract-query.ts'
import { searchColumns } from './missing-columns.ts'

/** What parsing the query of a record type alone tells of its columns. */
export interface QueryDescription {
  /** Of the names that the record type uses, those that the query gives, in its order. */
  readonly columns: readonly DescribedColumn[]
  readonly missing: readonly MissingColumn[]
  /** Names that the record type uses and the query gives to several columns, so that none can be read by it. */
  readonly repeated: readonly string[]
  /** What the query gives beside them. */
  readonly undeclared: readonly string[]
  readonly cause?: unknown
}

export interface DescribedColumn extends Omit<SourceColumn, 'type'> {
  /** In the words of CREATE TABLE. */
  readonly sourceType: string
  /** Absent for a type that cannot be carried exactly. */
  readonly type?: SourceColumn['type']
}

export interface MissingColumn {
  readonly name: string
  /** What it may be called now. */
  readonly similar?: string
}

/** Reads nothing: the view is not executed. */
export async function readDescription(
  connection: Connection,
  recordType: RecordType,
): Promise<QueryDescription> {
  const { sql } = boundQuery(recordType)
  const used = usedColumns(recordType)
  try {
    const { metaData = [] } = await connection.getStatementInfo(sql)
    const given = metaData.map(({ name }) => name)
    return describe(recordType, metaData, {
      missing: used.filter((name) => !given.includes(name)),
      present: given,
      repeated: await repeatedNames(connection, recordType, given),
    })
  } catch (cause) {
    if (oracleCodeOf(cause) !== 'ORA-00904') throw cause
    const { missing, present, rest } = await searchColumns(connection, sql, cause)
    const inOrder = [...used.filter((name) => missing.includes(name)), ...missing]
    return { ...describe(recordType, rest, { missing: [...new Set(inOrder)], present }), cause }
  }
}

/** What a record type names must be there, wherever it names it. */
function usedColumns({ columns, rowKey, entityKey, money, cursor }: RecordType): string[] {
  const others = [...rowKey, ...entityKey, ...money].map(({ column }) => column)
  return [...new Set([...columns, ...others, ...(cursor?.columns ?? [])])]
}

function describe(
  recordType: RecordType,
  metaData: readonly ColumnMetadata[],
  {
    missing,
    present,
    repeated = [],
  }: {
    readonly missing: readonly string[]
    readonly present: readonly string[]
    readonly repeated?: readonly string[]
  },
): QueryDescription {
  const byName = new Map(metaData.map((column) => [column.name, column]))
  const undeclared = present.filter((name) => !recordType.columns.includes(name))
  return {
    columns: recordType.columns.flatMap((name): DescribedColumn[] => {
      const column = byName.get(name)
      if (column === undefined) return []
      const type = toColumnType(column)
      return [
        {
          name,
          sourceType: sourceTypeOf(column),
          ...(type && { type }),
          isNullable: column.nullable ?? true,
        },
      ]
    }),
    missing: missing.map((name) => {
      const similar = similarName(name, undeclared)
      return { name, ...(similar !== undefined && { similar }) }
    }),
    repeated,
    undeclared,
  }
}

/** The driver calls the second column of a name `NAME_1`, which may as well be its own name: Oracle tells. */
async function repeatedNames(
  connection: Connection,
  recordType: RecordType,
  given: readonly string[],
): Promise<readonly string[]> {
  const repeated: string[] = []
  for (const name of usedColumns(recordType).filter((used) => given.includes(used))) {
    const numbered = given.filter((other) => other.startsWith(`${name}_`))
    if (!numbered.some((other) => /^_\d+$/.test(other.slice(name.length)))) continue
    try {
      await connection.getStatementInfo(`SELECT ${quoted(name)} FROM ${rowsOf(recordType, {}).sql}`)
    } catch (cause) {
      if (oracleCodeOf(cause) !== 'ORA-00918') throw cause
      repeated.push(name)
    }
  }
  return repeated
}

/** The declared columns of a record type, in its order. Throws what makes a run impossible: see `SourceSnapshot.describe`. */
export async function describeQuery(
  connection: Connection,
  recordType: RecordType,
): Promise<readonly SourceColumn[]> {
  const { columns, missing, repeated, cause } = await readDescription(connection, recordType)
  if (missing.length > 0) throw columnsMissing(recordType, missing, cause)
  if (repeated.length > 0) {
    throw failed(TerminalError, 'ORACLE_QUERY_INVALID', {
      doing: `Describing ${recordType.name}`,
      why: `its query has several columns with the name of ${list(repeated)}`,
      nextStep: NAME_ONCE,
      details: { recordType: recordType.name, columns: repeated },
    })
  }
  const unusable = unusableColumns(recordType, columns)
  if (unusable.length > 0) {
    const named = unusable.map(({ name, why }) => `${name} (${why})`)
    throw failed(TerminalError, 'ORACLE_VALUE_UNSUPPORTED', {
      doing: `Describing ${recordType.name}`,
      why: `${list(named)} cannot be used as declared`,
      nextStep: CONVERT,
      details: { recordType: recordType.name, columns: named },
    })
  }
  return columns.flatMap(({ name, type, isNullable }) => (type ? [{ name, type, isNullable }] : []))
}

/** What helps with a name that a query gives twice. */
export const NAME_ONCE = 'Give each column of the query a name of its own (AS), and select none twice.'

/** What helps with a column that cannot be used as declared. */
export const CONVERT = 'Convert in the query (TO_CHAR, CAST … AS NUMBER), or leave the column out.'

/** Large objects that Oracle does not group by, and floats that are equal or not by how they are compared. */
const NO_KEYS: readonly ColumnType['kind'][] = ['clob', 'blob', 'binary-float', 'binary-double']

/** Columns whose type cannot be carried exactly, be money, or identify a row, each with the reason. */
export function unusableColumns(
  { money, rowKey, entityKey }: RecordType,
  columns: readonly DescribedColumn[],
): readonly { readonly name: string; readonly why: string }[] {
  const isIn = (list: readonly { readonly column: string }[], name: string) =>
    list.some(({ column }) => column === name)
  return columns.flatMap(({ name, type, sourceType }) => {
    if (type === undefined) return [{ name, why: sourceType }]
    if (isIn(money, name) && type.kind !== 'number')
      return [{ name, why: `money, but ${sourceType} and not NUMBER` }]
    const cannotBeKey = isIn([...rowKey, ...entityKey], name) && NO_KEYS.includes(type.kind)
    return cannotBeKey ? [{ name, why: `part of a key, but ${sourceType}` }] : []
  })
}

function columnsMissing(
  { name }: RecordType,
  missing: readonly MissingColumn[],
  cause: unknown,
): PipelineError {
  const named = missing.map((column) =>
    column.similar === undefined ? column.name : `${column.name} (renamed to ${column.similar}?)`,
  )
  return failed(TerminalError, 'COLUMNS_MISSING', {
    doing: `Describing ${name}`,
    why: `the source lacks ${list(named)}`,
    nextStep: `Correct query and columns of ${name}, or ask the owner of the view what became of them. Nothing was read.`,
    details: { recordType: name, missing: missing.map((column) => column.name) },
    cause,
  })
}

function list(names: readonly string[]): string {
  return names.length === 1 ? `column ${names[0]}` : `columns ${names.join(', ')}`
}
