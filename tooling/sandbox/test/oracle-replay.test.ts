import oracledb from 'oracledb'
import { expect, test } from 'vitest'
import { createOracleDatabase } from '../src/oracle/sql/oracle-database.ts'
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

const AS_OF = 'SELECT ID, AMOUNT FROM (SELECT * FROM T) AS OF SCN TO_NUMBER(:FINDATA_SCN)'

/** A table of 1,200 rows that are all 1, how often each of its rows was made, and a connection of its reader. */
async function openTable() {
  const database = createOracleDatabase()
  let made = 0
  database.addTable('FINDATA', {
    name: 'MADE',
    columns: [{ name: 'ID', type: { name: 'NUMBER' } }],
    generated: { rowCount: 1_200, row: (index) => [String(++made && index)] },
  })
  database.run('FINDATA', 'CREATE TABLE T (ID NUMBER, AMOUNT NUMBER)')
  database.run('FINDATA', 'INSERT INTO T SELECT ID, 1 FROM MADE')
  const oracle = await startOracle({ database, replaysResults: true })
  const { user, password, connectString } = oracle
  const connection = await oracledb.getConnection({ user, password, connectString })
  const options = { fetchArraySize: 500 }
  return {
    database,
    connection,
    madeSince: () => made - 1_200,
    sumOf: async (sql: string, binds: oracledb.BindParameters = {}) => {
      const { rows = [] } = await connection.execute<[number, number]>(sql, binds, options)
      expect(rows).toHaveLength(1_200)
      return rows.reduce((sum, [, amount]) => sum + amount, 0)
    },
    currentScn: async () => {
      database.run('SYS', 'GRANT SELECT ON V_$DATABASE TO FINDATA')
      const { rows } = await connection.execute<[number]>('SELECT CURRENT_SCN FROM V$DATABASE')
      return rows?.[0]?.[0] ?? 0
    },
    async [Symbol.asyncDispose]() {
      await connection.close()
      expect(oracle.defects()).toEqual([])
      await oracle[Symbol.asyncDispose]()
    },
  }
}

test('a result of one moment is not sent for another one', async () => {
  await using table = await openTable()
  const before = String(await table.currentScn())
  table.database.run('FINDATA', 'UPDATE T SET AMOUNT = 2 WHERE ID < 600')
  const after = String(await table.currentScn())
  for (const [scn, sum] of [
    [before, 1_200],
    [after, 1_800],
    [before, 1_200],
    [after, 1_800],
  ] as const) {
    expect(await table.sumOf(AS_OF, { FINDATA_SCN: scn })).toBe(sum)
  }
})

test('rows are computed anew once the data, or a view over them, has changed', async () => {
  await using table = await openTable()
  table.database.run('FINDATA', 'CREATE VIEW V AS SELECT ID, AMOUNT FROM T')
  for (const [statement, sum] of [
    ['UPDATE T SET AMOUNT = 3 WHERE ID = 1', 1_202],
    ['UPDATE T SET AMOUNT = 5 WHERE ID = 2', 1_206],
    ['CREATE OR REPLACE VIEW V AS SELECT ID, 0 AS AMOUNT FROM T', 0],
  ] as const) {
    await table.sumOf('SELECT ID, AMOUNT FROM V')
    table.database.run('FINDATA', statement)
    expect(await table.sumOf('SELECT ID, AMOUNT FROM V')).toBe(sum)
    expect(await table.sumOf('SELECT ID, AMOUNT FROM V')).toBe(sum)
  }
})

test('a transaction sees the rows of its own time and its own changes, and nobody else sees those', async () => {
  await using table = await openTable()
  const sql = 'SELECT ID, AMOUNT FROM T'
  await table.connection.execute('SET TRANSACTION READ ONLY')
  expect(await table.sumOf(sql)).toBe(1_200)
  table.database.run('FINDATA', 'UPDATE T SET AMOUNT = 2 WHERE ID = 1')
  expect(await table.sumOf(sql)).toBe(1_200)
  await table.connection.commit()
  expect(await table.sumOf(sql)).toBe(1_201)
  await table.connection.execute('UPDATE T SET AMOUNT = 11 WHERE ID = 1')
  expect(await table.sumOf(sql)).toBe(1_210)
  await table.connection.rollback()
  expect(await table.sumOf(sql)).toBe(1_201)
})

test('moments since the last change share a result, other binds do not', async () => {
  await using table = await openTable()
  const sql = 'SELECT ID, 1 + :MORE AS N FROM (SELECT * FROM MADE) AS OF SCN TO_NUMBER(:FINDATA_SCN)'
  const read = async (MORE: number) =>
    await table.sumOf(sql, { MORE, FINDATA_SCN: String(await table.currentScn()) })
  await table.currentScn()
  expect(await read(1)).toBe(2_400)
  const once = table.madeSince()
  expect(once).toBe(1_200)
  expect(await read(2)).toBe(3_600)
  expect(table.madeSince()).toBe(2 * once)
})
