import oracledb from 'oracledb'
import { expect, test } from 'vitest'
import { createOracleDatabase } from '../src/oracle/sql/oracle-database.ts'
import { addFinanceSchema } from '../src/sample/finance-schema.ts'
import { startOracle } from '../src/start-oracle.ts'

test('SQL is run as the owner of a schema: FLASHBACK is revoked and granted again', async () => {
  const database = createOracleDatabase()
  addFinanceSchema(database)
  await using oracle = await startOracle({ database, users: { FINDATA: 'secret' } })
  const { connectString, user, password } = oracle
  await using connection = await oracledb.getConnection({ connectString, user, password })
  const asOf = async () => {
    const sql = 'SELECT COUNT(*) FROM LU_DEPT_UNITS AS OF SCN DBMS_FLASHBACK.GET_SYSTEM_CHANGE_NUMBER()'
    return connection.execute(sql).then(
      () => 'read',
      (error: { errorNum: number }) => error.errorNum,
    )
  }
  const run = async (statement: string) => {
    const body = JSON.stringify({ schema: 'FINDW', statements: [statement] })
    return (await fetch(`${oracle.controlUrl}/run`, { method: 'POST', body })).status
  }
  expect(await asOf()).toBe('read')
  expect(await run('REVOKE FLASHBACK ON LU_DEPT_UNITS FROM FINDATA')).toBe(200)
  expect(await asOf()).toBe(1031)
  expect(await run('GRANT FLASHBACK ON LU_DEPT_UNITS TO FINDATA')).toBe(200)
  expect(await asOf()).toBe('read')
})

test.each([
  undefined,
  null,
  [],
  'GRANT',
  {},
  { schema: 'SYS' },
  { statements: ['COMMIT'] },
  { schema: '', statements: ['COMMIT'] },
  { schema: 'SYS', statements: 'COMMIT' },
  { schema: 'SYS', statements: [] },
  { schema: 'SYS', statements: [1] },
])('a run without a schema and statements is refused: %j', async (body) => {
  await using oracle = await startOracle({ database: createOracleDatabase() })
  const answer = await fetch(`${oracle.controlUrl}/run`, {
    method: 'POST',
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  expect(answer.status).toBe(400)
  expect(await answer.json()).toEqual({
    error: 'POST /run takes {"schema": "OWNER", "statements": ["SQL", …]}: SQL that runs as that owner',
  })
})

test('what Oracle says of a statement is the answer', async () => {
  await using oracle = await startOracle({ database: createOracleDatabase() })
  const body = JSON.stringify({ schema: 'FIN', statements: ['DROP VIEW NOWHERE'] })
  const answer = await fetch(`${oracle.controlUrl}/run`, { method: 'POST', body })
  expect(answer.status).toBe(400)
  expect(await answer.text()).toContain('ORA-00942')
})
