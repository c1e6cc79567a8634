import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GeneratedQuery, generateQueries } from './oracle-sql/queries.ts'
import { makeSampleTables } from './oracle-sql/sample-tables.ts'

/** Something that executes Oracle's SQL for a user who may create tables. */
export interface SqlUnderTest extends AsyncDisposable {
  /** NUMBER as decimal text, with or without a zero before the point; binds by position as `:b1, :b2, …`; changes are committed. */
  execute(
    sql: string,
    binds: readonly (string | number | null)[],
  ): Promise<readonly (readonly (string | null)[])[]>
}

const QUERIES = 320
const SEED = 20_261_122

/**
 * Generated queries over two small tables, their rows worked out beside by nested loops over fractions: joins, null logic, '' as NULL,
 * conversions, formats, grouping, set operators, order, analytic functions, FETCH FIRST. It makes its own tables and drops them.
 */
export function describeOracleSql(name: string, open: () => Promise<SqlUnderTest>): void {
  describe(name, () => {
    const tables = makeSampleTables(`FINDATA_TEST_${randomBytes(5).toString('hex').toUpperCase()}`, SEED)
    let database: SqlUnderTest
    beforeAll(async () => {
      database = await open()
      for (const statement of tables.creation) await database.execute(statement, [])
    })
    afterAll(async () => {
      for (const { name: table } of [tables.left, tables.right])
        await database.execute(`DROP TABLE ${table}`, [])
      await database[Symbol.asyncDispose]()
    })

    test.each(generateQueries(tables, QUERIES, SEED))('$title', async (query) => {
      const rows = await database.execute(query.sql, query.binds)
      expect(comparable(query, rows), query.sql).toEqual(comparable(query, query.rows))
    })
  })
}

/** Rows as lines, sorted where the query leaves their order open. */
function comparable(
  { kinds, isOrdered }: GeneratedQuery,
  rows: readonly (readonly (string | null)[])[],
): string[] {
  const lines = rows.map((row) =>
    JSON.stringify(row.map((cell, index) => (kinds[index] === 'number' ? plainNumber(cell) : cell))),
  )
  return isOrdered ? lines : lines.sort()
}

const plainNumber = (cell: string | null) => cell?.replace(/^(-?)\./, '$10.') ?? null
