import type { Connection } from 'oracledb'
import type { ColumnMetadata } from './column-type.ts'
import { oracleCodeOf } from './errors.ts'
import { namedObjects, writtenName } from './named-objects.ts'

/**
 * Oracle names only the first column that it does not know. Each one found is replaced by NULL and the rest parsed again,
 * until it knows them all; what the tables of the query have is found in the same way.
 */
export async function searchColumns(
  connection: Connection,
  sql: string,
  firstCause: unknown,
): Promise<{
  readonly missing: readonly string[]
  readonly present: readonly string[]
  /** The columns of the query without the missing ones, as far as it can be parsed. */
  readonly rest: readonly ColumnMetadata[]
}> {
  const missing: string[] = []
  let cause = firstCause
  let text = sql
  let rest: readonly ColumnMetadata[] = []
  for (;;) {
    const name = unknownColumn(cause)
    if (name === undefined || missing.includes(name)) break
    missing.push(name)
    text = text.replaceAll(occurrences(name), 'NULL')
    const parsed = await tryParse(connection, text)
    cause = parsed.cause
    rest = parsed.columns
  }

  const present = new Set<string>()
  for (const object of namedObjects(sql)) {
    const { columns } = await tryParse(connection, `SELECT * FROM ${writtenName(object)}`)
    for (const { name } of columns) present.add(name)
  }
  return { missing, present: [...present], rest }
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

async function tryParse(
  connection: Connection,
  sql: string,
): Promise<{ readonly columns: readonly ColumnMetadata[]; readonly cause?: unknown }> {
  try {
    const { metaData = [] } = await connection.getStatementInfo(sql)
    return { columns: metaData }
  } catch (cause) {
    if (oracleCodeOf(cause)?.startsWith('ORA-')) return { columns: [], cause }
    throw cause
  }
}
