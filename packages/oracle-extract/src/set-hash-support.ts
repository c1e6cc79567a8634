import type { ColumnType, RowSchema } from '@findata/core'
import oracledb, { type Connection } from 'oracledb'
import { oracleCodeOf } from './errors.ts'

const CHARACTER_SET =
  `SELECT VALUE, STANDARD_HASH(VALUE, 'SHA256') FROM NLS_DATABASE_PARAMETERS ` +
  `WHERE PARAMETER = 'NLS_CHARACTERSET'`

/** Why no row can be hashed in this database as `hashedRows` does; undefined when it can. Touches no view of anybody. */
export async function readHashObstacle(connection: Connection): Promise<string | undefined> {
  try {
    const { rows } = await connection.execute<[string]>(
      CHARACTER_SET,
      {},
      { outFormat: oracledb.OUT_FORMAT_ARRAY },
    )
    const name = rows?.[0]?.[0]
    return name === 'AL32UTF8'
      ? undefined
      : `the database keeps text in ${name ?? 'an unknown character set'}, and only that in AL32UTF8 is hashed as it is read`
  } catch (cause) {
    if (oracleCodeOf(cause) !== 'ORA-00904') throw cause
    return 'the database has no STANDARD_HASH, which came with 12.1'
  }
}

const NOT_HASHED: ReadonlySet<ColumnType['kind']> = new Set(['clob', 'blob', 'binary-float', 'binary-double'])

/** The columns that SQL cannot hash, as a reason; undefined when there are none. */
export function unhashableColumns({ columns }: RowSchema): string | undefined {
  const named = columns.filter(({ type }) => NOT_HASHED.has(type.kind))
  if (named.length === 0) return undefined
  const list = named.map(({ name, type }) => `${name} (${type.kind.toUpperCase().replace('-', '_')})`)
  return `SQL does not hash ${list.length === 1 ? 'column' : 'columns'} ${list.join(', ')}`
}
