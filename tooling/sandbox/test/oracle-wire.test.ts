import oracledb from 'oracledb'
import { expect, test } from 'vitest'
import { startOracle } from '../src/start-oracle.ts'
import { CannedDatabase, numbered } from './canned-database.ts'

const database = () =>
  new CannedDatabase({
    'SELECT n FROM t': { columns: { N: { name: 'NUMBER' } }, rows: () => [['1'], ['-1.5'], [null]] },
    'SELECT n FROM numbers': {
      columns: { N: { name: 'NUMBER' }, S: { name: 'VARCHAR2', size: 20 } },
      rows: () => numbered(1234, (i) => [String(i), 'same']),
    },
  })

test('answers a query', async () => {
  await using oracle = await startOracle({ database: database() })
  await using connection = await oracledb.getConnection(oracle)
  const { rows } = await connection.execute('SELECT n FROM t')
  expect(rows).toEqual([[1], [-1.5], [null]])
  expect(
    (await connection.execute('SELECT n FROM numbers', [], { fetchArraySize: 100, prefetchRows: 100 })).rows,
  ).toHaveLength(1234)
  expect(oracle.defects()).toEqual([])
})
