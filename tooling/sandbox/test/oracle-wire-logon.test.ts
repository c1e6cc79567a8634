import { randomBytes } from 'node:crypto'
import oracledb from 'oracledb'
import { expect, test } from 'vitest'
import { Accounts, Authentication } from '../src/oracle/authentication.ts'
import { startOracle } from '../src/start-oracle.ts'
import { CannedDatabase } from './canned-database.ts'

const users = { FINDATA: 'right Pass_wörd', '"mixed Case"': 'other' }
const start = (options = {}) =>
  startOracle({ database: new CannedDatabase({}), users, service: 'FINANCE.EXAMPLE', ...options })

test('the right password opens a session, whatever the case of the name', async () => {
  await using oracle = await start()
  const { connectString } = oracle
  for (const user of ['FINDATA', 'findata', 'Findata', '"FINDATA"']) {
    await using connection = await oracledb.getConnection({ connectString, user, password: users.FINDATA })
    await connection.ping()
    expect(oracle.sessions()[0]?.user).toBe('FINDATA')
    expect(connection.oracleServerVersionString).toBe('19.22.0.0.0')
  }
  await using quoted = await oracledb.getConnection({
    connectString,
    user: '"mixed Case"',
    password: 'other',
  })
  await quoted.ping()
  expect(oracle.failedLogons()).toEqual({})
})

test('a wrong password and an unknown user fail alike and are counted', async () => {
  await using oracle = await start()
  const { connectString } = oracle
  const attempt = (user: string, password: string) =>
    oracledb.getConnection({ connectString, user, password })
  const refusal = {
    errorNum: 1017,
    message: expect.stringContaining('ORA-01017: invalid username/password; logon denied'),
  }
  await expect(attempt('FINDATA', 'wrong')).rejects.toMatchObject(refusal)
  await expect(attempt('findata', 'right Pass_word')).rejects.toMatchObject(refusal)
  await expect(attempt('FINDATA', `${users.FINDATA} `)).rejects.toMatchObject(refusal)
  await expect(attempt('NOBODY', 'wrong')).rejects.toMatchObject(refusal)
  await expect(attempt('mixed Case', 'other')).rejects.toMatchObject(refusal)
  expect(oracle.failedLogons()).toEqual({ FINDATA: 3, NOBODY: 1, 'MIXED CASE': 1 })
  expect(oracle.sessions()).toEqual([])
})

test('random bytes never pass for a password, even when their padding looks right', async () => {
  const accounts = new Accounts({ users: { A: 'secret' } })
  const logon = { user: 'A', mode: 0x101, pairs: new Map<string, string>() }
  for (let attempt = 0; attempt < 1_500; attempt++) {
    const pairs = new Map([
      ['AUTH_SESSKEY', randomBytes(32).toString('hex')],
      ['AUTH_PASSWORD', randomBytes(32).toString('hex')],
    ])
    await expect(new Authentication(accounts, logon).verify({ ...logon, pairs })).rejects.toMatchObject({
      code: 1017,
    })
  }
  expect(accounts.failedLogons()).toEqual({ A: 1_500 })
})

test('too many wrong passwords lock the account, also for the right one', async () => {
  await using oracle = await start({ lockAfterFailures: 2 })
  const { connectString } = oracle
  const attempt = (password: string) => oracledb.getConnection({ connectString, user: 'FINDATA', password })
  await expect(attempt('wrong')).rejects.toMatchObject({ errorNum: 1017 })
  await expect(attempt('wrong')).rejects.toMatchObject({ errorNum: 1017 })
  await expect(attempt(users.FINDATA)).rejects.toMatchObject({
    errorNum: 28000,
    message: expect.stringContaining('locked'),
  })
  oracle.accounts.unlock('FINDATA')
  await using connection = await attempt(users.FINDATA)
  await connection.ping()
})

test('a success between two failures keeps the account open', async () => {
  await using oracle = await start({ lockAfterFailures: 2 })
  const { connectString } = oracle
  const attempt = (password: string) => oracledb.getConnection({ connectString, user: 'FINDATA', password })
  for (let round = 0; round < 3; round++) {
    await expect(attempt('wrong')).rejects.toMatchObject({ errorNum: 1017 })
    await (await attempt(users.FINDATA)).close()
  }
})

test('a service or SID that the listener does not know is refused', async () => {
  await using oracle = await start()
  const { host, port } = oracle
  const attempt = (connectString: string) =>
    oracledb.getConnection({ connectString, user: 'FINDATA', password: users.FINDATA })
  await expect(attempt(`${host}:${port}/ELSEWHERE`)).rejects.toMatchObject({ code: 'NJS-518' })
  const address = `(ADDRESS=(PROTOCOL=TCP)(HOST=${host})(PORT=${port}))`
  await expect(attempt(`(DESCRIPTION=${address}(CONNECT_DATA=(SID=FINANCE)))`)).rejects.toMatchObject({
    code: 'NJS-519',
  })
  await using connection = await attempt(
    `(DESCRIPTION=${address}(CONNECT_DATA=(SERVICE_NAME=finance.example)))`,
  )
  await connection.ping()
})

test('logons that are not imitated are refused', async () => {
  await using oracle = await start()
  const { connectString } = oracle
  const plain = { connectString, user: 'FINDATA', password: users.FINDATA }
  await expect(oracledb.getConnection({ ...plain, privilege: oracledb.SYSDBA })).rejects.toThrow('ORA-03115')
  await expect(oracledb.getConnection({ ...plain, user: 'FINDATA[OTHER]' })).rejects.toThrow('ORA-03115')
  await expect(oracledb.getConnection({ ...plain, newPassword: 'next' })).rejects.toThrow('ORA-03115')
})

test('after the server is gone its port refuses connections', async () => {
  const oracle = await start()
  const { connectString } = oracle
  await oracle[Symbol.asyncDispose]()
  await expect(
    oracledb.getConnection({ connectString, user: 'FINDATA', password: users.FINDATA }),
  ).rejects.toThrow('ECONNREFUSED')
})

test('something that is not Oracle Net is cut off and noted', async () => {
  await using oracle = await start()
  await expect(fetch(`http://${oracle.host}:${oracle.port}/`)).rejects.toThrow()
  expect(oracle.defects()).toHaveLength(1)
})
