import type { KeyCounts, RecordType } from '@findata/core'
import { type OracleStatement, quoted, type Reading, rowsOf } from './extract-query.ts'

/**
 * The order of its one row: rows, row keys, entity keys, rows with a NULL where the key has none. GROUP BY finds a NULL equal to
 * a NULL; each group is then counted once as its row key and once as its entity key, so the query itself runs once.
 */
export function countKeysQuery(recordType: RecordType, reading: Reading = {}): OracleStatement {
  const { sql, binds } = rowsOf(recordType, reading)
  const { rowKey, entityKey } = recordType
  const columns = [...new Set([...rowKey, ...entityKey].map(({ column }) => column))]
  const places = new Map(columns.map((column, index) => [column, `K${index}`]))
  const required = [...rowKey, ...entityKey].filter(({ isNullable }) => !isNullable)
  const hasNull = required.map(({ column }) => `${quoted(column)} IS NULL`).join(' OR ')

  const groups =
    `SELECT ${columns.map((column) => `${quoted(column)} AS ${places.get(column)}`).join(', ')}, COUNT(*) AS R, ` +
    `${hasNull ? `SUM(CASE WHEN ${hasNull} THEN 1 ELSE 0 END)` : '0'} AS N ` +
    `FROM ${sql} GROUP BY ${columns.map(quoted).join(', ')}`
  const keysOfPass = columns.map((column) => {
    const passes = [rowKey, entityKey].flatMap((key, pass) =>
      key.some((part) => part.column === column) ? [pass] : [],
    )
    return `CASE WHEN PASS IN (${passes.join(', ')}) THEN ${places.get(column)} END`
  })
  return {
    sql:
      'SELECT SUM(CASE WHEN PASS = 0 THEN R END), COUNT(CASE WHEN PASS = 0 THEN 1 END), ' +
      'COUNT(CASE WHEN PASS = 1 THEN 1 END), SUM(CASE WHEN PASS = 0 THEN N END) FROM (' +
      `SELECT PASS, SUM(R) AS R, SUM(N) AS N FROM (${groups}) ` +
      'CROSS JOIN (SELECT 0 AS PASS FROM DUAL UNION ALL SELECT 1 FROM DUAL) ' +
      `GROUP BY PASS, ${keysOfPass.join(', ')})`,
    binds,
  }
}

export function toKeyCounts(row: readonly (string | null)[]): KeyCounts {
  const [rows, rowKeys, entityKeys, nullKeys] = row.map((text) => Number(text ?? 0))
  return {
    rows: rows ?? 0,
    rowKeys: rowKeys ?? 0,
    entityKeys: entityKeys ?? 0,
    nullKeys: nullKeys ?? 0,
  }
}
