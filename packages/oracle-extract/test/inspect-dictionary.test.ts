import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createOracleExtractor, openOraclePool } from '../src/index.ts'
import { type LedgerSource, ledger, openLedgerSource } from './support/open-ledger-source.ts'
import { IMPATIENT } from './support/open-oracle.ts'
import { testRecordType } from './support/record-type.ts'

const { signal } = new AbortController()

let source: LedgerSource
let server: LedgerSource['server']
let database: LedgerSource['database']
let inspect: LedgerSource['inspect']
beforeAll(async () => {
  source = await openLedgerSource()
  server = source.server
  database = source.database
  inspect = source.inspect
})
afterAll(async () => {
  expect(server.defects()).toEqual([])
  await source[Symbol.asyncDispose]()
})

describe('privileges', () => {
  test('are those of the user, of everybody, and of what a synonym stands for', async () => {
    database.run(
      'FINDW',
      'CREATE VIEW OPEN_BOOK AS SELECT ID FROM ENTRIES',
      'GRANT READ ON OPEN_BOOK TO PUBLIC',
      'GRANT FLASHBACK ON OPEN_BOOK TO READER',
      'GRANT INSERT ON OPEN_BOOK TO READER',
    )
    database.run('READER', 'CREATE SYNONYM BOOK FOR FINDW.OPEN_BOOK', 'CREATE TABLE OWN (ID NUMBER)')
    const recordType = { ...ledger, query: 'SELECT ID FROM BOOK, OWN', columns: ['ID'], money: [] }
    expect((await inspect(recordType)).objects).toEqual([
      { name: 'FINDW.OPEN_BOOK', kind: 'VIEW', privileges: ['READ', 'FLASHBACK'] },
      { name: 'READER.OWN', kind: 'TABLE', privileges: ['SELECT', 'FLASHBACK'] },
    ])
  })
})

test('a privilege on every table of users counts, but not on those of SYS', async () => {
  database.run('SYS', 'GRANT SELECT ANY TABLE TO AUDITOR', 'GRANT FLASHBACK ANY TABLE TO AUDITOR')
  server.accounts.setPassword('AUDITOR', 'open sesame')
  const settings = {
    connectString: server.connectString,
    user: 'AUDITOR',
    password: () => 'open sesame',
  }
  await using auditor = openOraclePool(settings, IMPATIENT)
  const query = 'SELECT p.ID, t.TABLE_NAME FROM FINDW.PAIRS p, SYS.ALL_TABLES t'
  const recordType = testRecordType({ query, columns: ['ID'] })
  const { objects } = await createOracleExtractor(auditor).inspect(recordType, { signal })
  expect(objects.map(({ name, privileges }) => [name, privileges])).toEqual([
    ['FINDW.PAIRS', ['SELECT', 'FLASHBACK']],
    ['SYS.ALL_TABLES', []],
  ])
})

test('a dictionary that does not answer in time leaves out what it would tell', async () => {
  await using hasty = source.openPool({ connectTimeoutMs: 300 })
  server.faults.arm({ kind: 'never-answer', statement: 'FROM ALL_TAB_PRIVS' })
  const { findings, columns } = await createOracleExtractor(hasty).inspect(ledger, { signal })
  expect(columns).toHaveLength(4)
  expect(findings).toContainEqual({
    level: 'warning',
    about: 'ALL_TAB_PRIVS',
    detail: 'not readable, so what it would tell is left out',
  })
})

describe('the row estimate', () => {
  const estimate = async (query: string) =>
    (await inspect(testRecordType({ query, columns: ['ID'] }))).estimate

  test('is that of the one table behind views, with the age of the statistics', async () => {
    database.run(
      'READER',
      'CREATE TABLE CHILDREN (ID NUMBER)',
      'INSERT INTO CHILDREN VALUES (1)',
      'CREATE VIEW FAMILY AS SELECT ID FROM CHILDREN',
      'CREATE VIEW RELATIVES AS SELECT ID FROM FAMILY',
      'CREATE SYNONYM KIN FOR RELATIVES',
    )
    const expected = {
      rows: 1,
      table: 'READER.CHILDREN',
      gatheredAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
    }
    for (const object of ['CHILDREN', 'RELATIVES', 'KIN']) {
      expect(await estimate(`SELECT ID FROM ${object}`)).toEqual(expected)
    }
  })

  test('looks for what a view names where its owner would', async () => {
    database.run(
      'FINDW',
      'CREATE VIEW UNQUALIFIED AS SELECT ID FROM ENTRIES',
      'GRANT SELECT ON UNQUALIFIED TO READER',
      'GRANT SELECT ON ENTRIES TO READER',
    )
    expect(await estimate('SELECT ID FROM FINDW.UNQUALIFIED')).toMatchObject({
      rows: 3,
      table: 'FINDW.ENTRIES',
    })
    database.run('FINDW', 'REVOKE SELECT ON ENTRIES FROM READER')
  })

  test('is absent for joins and for what the user may not see', async () => {
    expect(await estimate('SELECT ID FROM FINDW.LEDGER')).toBeUndefined()
    expect(await estimate('SELECT ID FROM FINDW.PAIRS')).toBeUndefined()
    expect(await estimate('SELECT a.ID FROM CHILDREN a, CHILDREN b')).toBeUndefined()
    database.run('READER', 'CREATE VIEW TWICE AS SELECT ID FROM CHILDREN UNION ALL SELECT ID FROM CHILDREN')
    expect(await estimate('SELECT ID FROM TWICE')).toBeUndefined()
    expect(await estimate('SELECT a.ID FROM CHILDREN a, FINDW.LEDGER b')).toBeUndefined()
    expect(await estimate('SELECT ID FROM CHILDREN UNION ALL SELECT 7 FROM DUAL')).toBeUndefined()
  })
})

test('a comment that two tables disagree about belongs to neither', async () => {
  database.run(
    'FINDW',
    'CREATE VIEW OTHER AS SELECT ID, DEPT, AMOUNT FROM ENTRIES',
    `COMMENT ON COLUMN OTHER.AMOUNT IS 'Something else'`,
    `COMMENT ON COLUMN OTHER.DEPT IS 'Department'`,
    'GRANT SELECT ON OTHER TO READER',
  )
  const { columns } = await inspect({
    ...ledger,
    query: 'SELECT l.ID, o.DEPT, l.AMOUNT, l.SCOPE FROM FINDW.LEDGER l JOIN FINDW.OTHER o ON o.ID = l.ID',
  })
  expect(columns.map(({ name, comment }) => [name, comment])).toEqual([
    ['ID', undefined],
    ['DEPT', 'Department'],
    ['AMOUNT', undefined],
    ['SCOPE', undefined],
  ])
})

describe('what the user may not see', () => {
  const told = async (query: string) => (await inspect(testRecordType({ query, columns: ['ID'] }))).findings
  const missing = 'the table or view is not there, or the user may not see it'

  test.each(['', 'PUBLIC '])('is asked for from the owner that a %ssynonym tells', async (kind) => {
    database.run('FINDW', 'CREATE OR REPLACE VIEW "Hidden_Vw" AS SELECT ID FROM ENTRIES')
    database.run('SYS', 'GRANT CREATE PUBLIC SYNONYM TO READER')
    database.run('READER', `CREATE ${kind}SYNONYM HIDDEN FOR FINDW."Hidden_Vw"`)
    const grant = 'GRANT SELECT ON FINDW."Hidden_Vw" TO READER'
    expect(await told('SELECT ID FROM HIDDEN')).toEqual([
      {
        level: 'problem',
        about: 'HIDDEN',
        detail: `${missing}: it is a synonym for FINDW.Hidden_Vw`,
        nextStep: `Ask the owner for ${grant}, or correct the synonym.`,
        code: 'ORACLE_VIEW_MISSING',
      },
    ])
    database.run('FINDW', grant)
    expect(await told('SELECT ID FROM HIDDEN')).toEqual([])
    database.run('READER', `DROP ${kind}SYNONYM HIDDEN`)
    database.run('FINDW', 'REVOKE SELECT ON "Hidden_Vw" FROM READER')
  })

  test('is asked for where a privilege other than SELECT shows it', async () => {
    database.run(
      'FINDW',
      'CREATE VIEW PAST_ONLY AS SELECT ID FROM ENTRIES',
      'GRANT FLASHBACK ON PAST_ONLY TO READER',
    )
    expect(await told('SELECT ID FROM FINDW.PAST_ONLY')).toMatchObject([
      {
        about: 'FINDW.PAST_ONLY',
        nextStep: expect.stringContaining('GRANT SELECT ON FINDW.PAST_ONLY TO READER'),
      },
    ])
  })

  test('may lack its synonym alone, where nothing has the name', async () => {
    expect(await told('SELECT ID FROM LU_UNITS')).toEqual([
      {
        level: 'problem',
        about: 'LU_UNITS',
        detail: `${missing}: neither an object nor a synonym of that name is visible to READER, so the synonym may be missing although the grant is there`,
        nextStep:
          'Ask the owner for CREATE SYNONYM READER.LU_UNITS FOR <owner>.LU_UNITS and GRANT SELECT ON <owner>.LU_UNITS TO READER, write the owner before the name in the query, or correct the name.',
        code: 'ORACLE_VIEW_MISSING',
      },
    ])
  })

  test('is named each by its name, though one is a part of another', async () => {
    const findings = await told('SELECT a.ID FROM LU_UNITS a, LU b, FINDW.UNITS c')
    expect(findings.map(({ about }) => about)).toEqual(['LU_UNITS', 'LU', 'FINDW.UNITS'])
    expect(findings.at(-1)?.nextStep).toBe(
      'Ask the owner for GRANT SELECT ON FINDW.UNITS TO READER, or correct the name.',
    )
  })
})
