import oracledb from 'oracledb'
import { expect, test } from 'vitest'
import { startOracle } from '../src/start-oracle.ts'
import { CannedDatabase } from './canned-database.ts'

/** Answers how often a row was made while the query was read twice, and both results. */
async function readTwice({ rowCount, replaysResults }: { rowCount: number; replaysResults: boolean }) {
  let made = 0
  function* rows() {
    for (let row = 0; row < rowCount; row++) {
      made++
      yield [String(row), row % 3 === 0 ? null : `name ${row % 5} ก`]
    }
  }
  const columns = { ID: { name: 'NUMBER' }, NAME: { name: 'VARCHAR2', size: 30 } } as const
  const database = new CannedDatabase({ 'SELECT * FROM ROWS_OF_OURS': { columns, rows } })
  await using oracle = await startOracle({ database, replaysResults })
  const { user, password, connectString } = oracle
  const connection = await oracledb.getConnection({ user, password, connectString })
  try {
    const options = { fetchArraySize: 700, prefetchRows: 300 }
    const first = await connection.execute('SELECT * FROM ROWS_OF_OURS', [], options)
    const second = await connection.execute('SELECT * FROM ROWS_OF_OURS', [], { fetchArraySize: 1_100 })
    return { made, first: first.rows, second: second.rows }
  } finally {
    await connection.close()
  }
}

test('a long result is sent again without being computed, whatever the size of the fetches', async () => {
  const { made, first, second } = await readTwice({ rowCount: 5_000, replaysResults: true })
  expect(first?.[4_999]).toEqual([4_999, 'name 4 ก'])
  expect(second).toEqual(first)
  expect(made).toBe(5_000)
})

test('a short result is computed each time', async () => {
  expect((await readTwice({ rowCount: 100, replaysResults: true })).made).toBe(200)
})

test('no result is sent again unless the server was told so', async () => {
  expect((await readTwice({ rowCount: 5_000, replaysResults: false })).made).toBe(10_000)
})
