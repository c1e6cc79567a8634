import { expect, test } from 'vitest'
import { generateQueries } from './queries.ts'
import { makeSampleTables } from './sample-tables.ts'

const tables = makeSampleTables('T', 1)

test('one seed gives the same queries and rows every time, another seed others', () => {
  const sqlOf = (seed: number) => generateQueries(tables, 24, seed).map(({ sql, rows }) => [sql, rows])

  expect(sqlOf(1)).toEqual(sqlOf(1))
  expect(sqlOf(1)).not.toEqual(sqlOf(2))
})

test('most queries have rows to compare, of as many columns as they say', () => {
  const queries = generateQueries(tables, 80, 3)

  expect(queries.filter(({ rows }) => rows.length > 0).length).toBeGreaterThan(40)
  expect(queries.filter(({ rows, kinds }) => rows.some((row) => row.length !== kinds.length))).toEqual([])
})
