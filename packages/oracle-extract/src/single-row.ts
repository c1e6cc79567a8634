import oracledb, { type Connection, type ExecuteOptions } from 'oracledb'
import { fetchTypeHandler } from './column-values.ts'

/** Rows as arrays, nothing in them as a JavaScript number that could lose digits. */
export const ROW_ARRAYS: ExecuteOptions = { outFormat: oracledb.OUT_FORMAT_ARRAY, fetchTypeHandler }

/** The one row of a query, its numbers as text. */
export async function singleRow(
  connection: Connection,
  sql: string,
  binds: oracledb.BindParameters = {},
): Promise<readonly (string | null)[]> {
  const { rows } = await connection.execute<(string | null)[]>(sql, binds, ROW_ARRAYS)
  return rows?.[0] ?? []
}
