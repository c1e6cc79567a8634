import oracledb from 'oracledb'
import { expect, test } from 'vitest'
import { createOracleDatabase } from '../src/oracle/sql/oracle-database.ts'
import { startOracle } from '../src/start-oracle.ts'

async function startFinance() {
  const database = createOracleDatabase()
  database.run(
    'FINDATA',
    'CREATE TABLE task_orders (task_order_id VARCHAR2(20) NOT NULL, dept NUMBER(4), amount NUMBER(18,2), start_date DATE, scope CLOB)',
    'CREATE TABLE buyers (task_order_id VARCHAR2(20), fdu VARCHAR2(30))',
    `INSERT INTO task_orders VALUES ('24ROW51000', 2400, -0.25, DATE '2026-01-02', 'a long scope')`,
    `INSERT INTO task_orders VALUES ('13240.010', 6200, 99999999999999.99, TO_DATE('2026-03-08 02:30', 'YYYY-MM-DD HH24:MI'), NULL)`,
    `INSERT INTO task_orders VALUES ('ไทย', 2400, NULL, NULL, 'third')`,
    `INSERT INTO buyers VALUES ('24ROW51000', '8400 2507 9042')`,
    `INSERT INTO buyers VALUES ('24ROW51000', '5610 2400 4100')`,
  )
  const oracle = await startOracle({ database })
  const { connectString, user, password } = oracle
  return Object.assign(oracle, { connect: () => oracledb.getConnection({ connectString, user, password }) })
}

const exact = {
  outFormat: oracledb.OUT_FORMAT_ARRAY,
  fetchTypeHandler: ({ dbType }: oracledb.Metadata<unknown>) =>
    dbType === oracledb.DB_TYPE_NUMBER || dbType === oracledb.DB_TYPE_CLOB
      ? { type: oracledb.STRING }
      : undefined,
}

test('a join runs from the driver to the engine and back, with exact values', async () => {
  await using oracle = await startFinance()
  await using connection = await oracle.connect()
  const { rows, metaData } = await connection.execute(
    `SELECT t.task_order_id, t.amount, b.fdu, TO_CHAR(t.start_date, 'YYYY-MM-DD"T"HH24:MI:SS') AS starts, t.scope
     FROM task_orders t LEFT JOIN buyers b ON b.task_order_id = t.task_order_id
     WHERE t.dept IN (:first, :second) ORDER BY t.task_order_id, b.fdu`,
    { first: 2400, second: 6200 },
    exact,
  )
  expect(rows).toEqual([
    ['13240.010', '99999999999999.99', null, '2026-03-08T02:30:00', null],
    ['24ROW51000', '-.25', '5610 2400 4100', '2026-01-02T00:00:00', 'a long scope'],
    ['24ROW51000', '-.25', '8400 2507 9042', '2026-01-02T00:00:00', 'a long scope'],
    ['ไทย', null, null, null, 'third'],
  ])
  expect(metaData?.map(({ name, dbTypeName }) => `${name} ${dbTypeName}`)).toEqual([
    'TASK_ORDER_ID VARCHAR2',
    'AMOUNT NUMBER',
    'FDU VARCHAR2',
    'STARTS VARCHAR2',
    'SCOPE CLOB',
  ])
  expect(oracle.defects()).toEqual([])
})

test('what one session changes, another sees after the commit', async () => {
  await using oracle = await startFinance()
  await using writer = await oracle.connect()
  await using reader = await oracle.connect()
  const count = async () =>
    (await reader.execute<[number]>('SELECT COUNT(*) FROM task_orders')).rows?.[0]?.[0]
  const insert = 'INSERT INTO task_orders (task_order_id, amount, start_date) VALUES (:1, :2, :3)'
  expect((await writer.execute(insert, ['new', 1.5, new Date(2026, 0, 2)])).rowsAffected).toBe(1)
  expect([await count(), writer.transactionInProgress]).toEqual([3, true])
  await writer.commit()
  expect([await count(), writer.transactionInProgress]).toEqual([4, false])
  await writer.execute('DELETE FROM task_orders')
  await writer.rollback()
  expect(await count()).toBe(4)
})

test('a read-only transaction keeps its moment, over fetches of any size', async () => {
  await using oracle = await startFinance()
  await using connection = await oracle.connect()
  await connection.execute('SET TRANSACTION READ ONLY')
  expect(connection.transactionInProgress).toBe(true)
  oracle.database.run('FINDATA', 'DELETE FROM task_orders')
  expect(
    (await connection.execute('SELECT * FROM buyers, task_orders', [], { fetchArraySize: 1 })).rows,
  ).toHaveLength(6)
  await connection.rollback()
  expect((await connection.execute('SELECT * FROM buyers, task_orders')).rows).toHaveLength(0)
})

test('a date that is bound finds the row with that date in the time of the client', async () => {
  await using oracle = await startFinance()
  await using connection = await oracle.connect()
  const sql = 'SELECT task_order_id FROM task_orders WHERE start_date = :moment'
  const moment = new Date(2026, 0, 2)
  for (const type of [oracledb.DB_TYPE_DATE, oracledb.DB_TYPE_TIMESTAMP, oracledb.DB_TYPE_TIMESTAMP_LTZ]) {
    expect((await connection.execute(sql, { moment: { type, val: moment } })).rows).toEqual([['24ROW51000']])
  }
})

test('SQL sees what the client says of itself', async () => {
  await using oracle = await startFinance()
  await using connection = await oracle.connect()
  connection.module = 'findata'
  connection.clientId = 'run 42'
  const sql = `SELECT SYS_CONTEXT('USERENV', 'MODULE'), SYS_CONTEXT('USERENV', 'CLIENT_IDENTIFIER'), USER FROM dual`
  expect((await connection.execute(sql)).rows).toEqual([['findata', 'run 42', 'FINDATA']])
  await connection.execute('BEGIN DBMS_APPLICATION_INFO.SET_MODULE(:m, :a); END;', {
    m: 'other',
    a: 'reading',
  })
  expect((await connection.execute(sql)).rows).toEqual([['other', 'run 42', 'FINDATA']])
})

test('errors of the engine arrive with their number and the place in the statement', async () => {
  await using oracle = await startFinance()
  await using connection = await oracle.connect()
  const sql = 'SELECT task_order_id FROM task_orders WHERE no_such_column = 1'
  await expect(connection.execute(sql)).rejects.toMatchObject({
    errorNum: 904,
    offset: sql.indexOf('no_such'),
  })
  await expect(connection.execute('SELECT 1 FROM nowhere')).rejects.toMatchObject({ errorNum: 942 })
  await expect(connection.execute('SELECT 1 / (dept - 2400) FROM task_orders')).rejects.toMatchObject({
    errorNum: 1476,
  })
  await expect(connection.execute('SELEC 1')).rejects.toMatchObject({ errorNum: 900 })
  await connection.ping()
  expect(oracle.defects()).toEqual([])
})
