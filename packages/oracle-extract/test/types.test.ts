import {
  createOracleDatabase,
  type OracleServer,
  type OracleSqlDatabase,
  startOracle,
} from '@findata/sandbox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createOracleExtractor, type OraclePool, openOraclePool } from '../src/index.ts'
import { IMPATIENT, readAll } from './support/open-oracle.ts'
import { testRecordType } from './support/record-type.ts'

const { signal } = new AbortController()

let database: OracleSqlDatabase
let server: OracleServer
let pool: OraclePool
beforeAll(async () => {
  database = createOracleDatabase()
  server = await startOracle({ database, users: { FIN: 'correct horse' } })
  const settings = { user: 'FIN', password: () => 'correct horse', connectString: server.connectString }
  pool = openOraclePool(settings, IMPATIENT)
})
afterAll(async () => {
  await pool[Symbol.asyncDispose]()
  expect(server.defects()).toEqual([])
  await server[Symbol.asyncDispose]()
})

const LOCAL = (digits: number) => ({ kind: 'timestamp-with-time-zone', fractionalDigits: digits }) as const

test.each([
  [
    'TIMESTAMP(9) WITH LOCAL TIME ZONE',
    `TIMESTAMP '2026-03-08 02:30:00.123456789 -06:00'`,
    LOCAL(9),
    '2026-03-08T08:30:00.123456789Z',
  ],
  [
    'TIMESTAMP(0) WITH LOCAL TIME ZONE',
    `TIMESTAMP '0044-03-15 23:59:59 +07:00'`,
    LOCAL(0),
    '0044-03-15T16:59:59Z',
  ],
  [
    'TIMESTAMP(3) WITH TIME ZONE',
    `TIMESTAMP '2026-11-01 01:30:00.100 America/Chicago'`,
    LOCAL(3),
    '2026-11-01T06:30:00.1Z',
  ],
  ['FLOAT(126)', '0.1', { kind: 'number' }, '0.1'],
  ['FLOAT(10)', '-1234567', { kind: 'number' }, '-1235000'],
  ['FLOAT', '1e-130', { kind: 'number' }, `0.${'0'.repeat(129)}1`],
  ['NVARCHAR2(10)', `N'ถนน 🚗 é'`, { kind: 'text', size: 20 }, 'ถนน 🚗 é'],
  ['NCHAR(6)', `N'ญ€'`, { kind: 'text', size: 12 }, 'ญ€    '],
  ['NCLOB', `TO_NCLOB(N'สุขุมวิท 🚗')`, { kind: 'clob' }, 'สุขุมวิท 🚗'],
] as const)('%s %s is carried exactly', async (sourceType, value, type, expected) => {
  database.run('FIN', `CREATE TABLE T (ID NUMBER, V ${sourceType})`, `INSERT INTO T VALUES (1, ${value})`)
  database.run('FIN', 'INSERT INTO T VALUES (2, NULL)')
  try {
    const recordType = testRecordType({ query: 'SELECT ID, V FROM T', columns: ['ID', 'V'] })
    const [, column] = (await createOracleExtractor(pool).inspect(recordType, { signal })).columns
    expect(column).toMatchObject({ type, sourceType: sourceType === 'FLOAT' ? 'FLOAT(126)' : sourceType })
    expect(await readAll(pool, recordType)).toEqual([
      ['1', expected],
      ['2', null],
    ])
  } finally {
    database.run('FIN', 'DROP TABLE T')
  }
})

test.each(['CLOB', 'BLOB', 'BINARY_DOUBLE', 'BINARY_FLOAT'])(
  'a key of %s is refused before a row is read',
  async (type) => {
    const name = `KEY_OF_${type}`
    database.run('FIN', `CREATE TABLE ${name} (ID ${type})`)
    const recordType = testRecordType({ query: `SELECT ID FROM ${name}`, columns: ['ID'] })
    await expect(readAll(pool, recordType)).rejects.toMatchObject({
      code: 'ORACLE_VALUE_UNSUPPORTED',
      message: expect.stringContaining(`column ID (part of a key, but ${type}) cannot be used as declared`),
    })
  },
)

test('a ROWID is its 18 characters', async () => {
  database.run('FIN', 'CREATE TABLE R (ID NUMBER)', 'INSERT INTO R VALUES (1)')
  const recordType = testRecordType({ query: 'SELECT ID, ROWID AS PLACE FROM R', columns: ['ID', 'PLACE'] })
  const [[, place] = []] = await readAll(pool, recordType)
  expect(place).toMatch(/^[A-Za-z0-9+/]{18}$/)
  const session = database.openSession('FIN')
  try {
    expect([...session.parse('SELECT ROWIDTOCHAR(ROWID) FROM R').execute([]).rows]).toEqual([[place]])
  } finally {
    session.close()
  }
})
