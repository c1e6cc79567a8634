import type { RecordType } from '@findata/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createOracleExtractor, openOraclePool } from '../src/index.ts'
import { type LedgerSource, ledger, openLedgerSource } from './support/open-ledger-source.ts'
import { IMPATIENT } from './support/open-oracle.ts'

const { signal } = new AbortController()

let source: LedgerSource
let database: LedgerSource['database']
let server: LedgerSource['server']
let pool: LedgerSource['pool']
let inspect: LedgerSource['inspect']
beforeAll(async () => {
  source = await openLedgerSource()
  database = source.database
  server = source.server
  pool = source.pool
  inspect = source.inspect
})
afterAll(async () => {
  expect(server.defects()).toEqual([])
  await source[Symbol.asyncDispose]()
})

const executionsOf = (view: string) =>
  server.statements().filter(({ sql }) => new RegExp(`FROM \\(?.*${view}`, 's').test(sql)).length

test('one call tells all that is known of a view, and executes it not once', async () => {
  const before = executionsOf('LEDGER')
  expect(await inspect(ledger)).toMatchObject({
    recordType: 'ledger',
    columns: [
      {
        name: 'ID',
        sourceType: 'NUMBER(10)',
        type: { kind: 'number', precision: 10, scale: 0 },
        isNullable: false,
      },
      { name: 'DEPT', sourceType: 'VARCHAR2(16)', isNullable: true, comment: 'Department' },
      { name: 'AMOUNT', sourceType: 'NUMBER(18,2)', comment: 'Charged, in dollars' },
      { name: 'SCOPE', sourceType: 'CLOB', type: { kind: 'clob' } },
    ],
    undeclared: ['BYR_FDU', 'RATE', 'CHANGED'],
    fetch: { rows: 31, largeObjects: ['SCOPE'], largeObjectPercent: 100 },
    seesTransactions: false,
    hashObstacle: 'SQL does not hash column SCOPE (CLOB)',
    objects: [{ name: 'FINDW.LEDGER', kind: 'VIEW', privileges: ['SELECT'] }],
    executions: 0,
  })
  expect(executionsOf('LEDGER')).toBe(before)
  expect(server.sessions()).toEqual([])
})

describe('a source that is not as declared is told, not thrown', () => {
  const told = async (recordType: RecordType) =>
    (await inspect(recordType)).findings
      .filter(({ level }) => level === 'problem')
      .map(({ about, detail, code }) => [about, detail, code])

  test('columns that the query does not give, with what they may be called now', async () => {
    const columns = ['ID', 'DEPARTMENT', 'AMOUNTS']
    const recordType = { ...ledger, query: 'SELECT * FROM FINDW.LEDGER', columns, money: [] }
    expect(await told(recordType)).toEqual([
      ['DEPARTMENT', 'the source lacks it', 'COLUMNS_MISSING'],
      ['AMOUNTS', 'the source lacks it; renamed to AMOUNT?', 'COLUMNS_MISSING'],
    ])
  })

  test('columns that the view of an explicit query lacks, and the others as they are', async () => {
    const recordType = {
      ...ledger,
      query: 'SELECT ID, AMOUNTS, VENDOR, DEPT FROM FINDW.LEDGER',
      columns: ['ID', 'AMOUNTS', 'VENDOR', 'DEPT'],
      money: [],
    }
    expect(await told(recordType)).toEqual([
      ['AMOUNTS', 'the source lacks it; renamed to AMOUNT?', 'COLUMNS_MISSING'],
      ['VENDOR', 'the source lacks it', 'COLUMNS_MISSING'],
    ])
    const { columns, objects, consistency } = await inspect(recordType)
    expect(columns.map(({ name, sourceType }) => [name, sourceType])).toEqual([
      ['ID', 'NUMBER(10)'],
      ['DEPT', 'VARCHAR2(16)'],
    ])
    expect(objects.map(({ name }) => name)).toEqual(['FINDW.LEDGER'])
    expect(consistency).toBeUndefined()
  })

  test('every view that is not there or may not be seen', async () => {
    const query =
      'SELECT a.ID FROM NOWHERE a JOIN FINDW.LEDGER b ON b.ID = a.ID JOIN FINDW.ENTRIES c ON c.ID = a.ID'
    expect(await told({ ...ledger, query })).toEqual([
      [
        'NOWHERE',
        expect.stringContaining('neither an object nor a synonym of that name is visible to READER'),
        'ORACLE_VIEW_MISSING',
      ],
      ['FINDW.ENTRIES', 'the table or view is not there, or the user may not see it', 'ORACLE_VIEW_MISSING'],
    ])
  })

  test('a column name that the query gives twice, as far as the record type uses it', async () => {
    const query = 'SELECT a.ID, a.DEPT, b.ID, b.AMOUNT, b.AMOUNT FROM FINDW.LEDGER a, FINDW.LEDGER b'
    const recordType = { ...ledger, query, columns: ['ID', 'DEPT'], money: [] }
    expect(await told(recordType)).toEqual([
      ['ID', 'the query has several columns of this name', 'ORACLE_QUERY_INVALID'],
    ])
    const numbered = 'SELECT ID, DEPT, AMOUNT AS ID_1 FROM FINDW.LEDGER'
    expect(await told({ ...recordType, query: numbered })).toEqual([])
    await using snapshot = await createOracleExtractor(pool).openSnapshot({
      signal,
      recordTypes: [recordType],
    })
    await expect(
      Array.fromAsync(snapshot.extract(recordType, { batchSize: 9, signal })),
    ).rejects.toMatchObject({
      code: 'ORACLE_QUERY_INVALID',
      message: expect.stringContaining('several columns with the name of column ID.'),
    })
  })

  test('money that is no NUMBER, a query that Oracle does not understand, a placeholder without a value', async () => {
    expect(await told({ ...ledger, money: [{ column: 'DEPT', scale: 2 }] })).toEqual([
      [
        'DEPT',
        'cannot be used as declared: money, but VARCHAR2(16) and not NUMBER',
        'ORACLE_VALUE_UNSUPPORTED',
      ],
    ])
    expect(await told({ ...ledger, query: 'SELECT ID FROM FINDW.LEDGER WHERE' })).toEqual([
      ['ledger', expect.stringContaining('Oracle does not understand the query'), 'ORACLE_QUERY_INVALID'],
    ])
    expect(await told({ ...ledger, query: 'SELECT * FROM FINDW.LEDGER WHERE DEPT = :dept' })).toEqual([
      ['ledger', expect.stringContaining('placeholder :dept has no value'), 'ORACLE_QUERY_INVALID'],
    ])
  })
})

test('a refused login and a database that is away are thrown', async () => {
  const { connectString } = server
  const away = { connectString: '127.0.0.1:1/NOWHERE', user: 'READER', password: () => 'correct horse' }
  for (const [settings, code] of [
    [{ ...away, connectString, password: () => 'wrong' }, 'ORACLE_LOGIN_REFUSED'],
    [away, 'ORACLE_UNREACHABLE'],
  ] as const) {
    await using other = openOraclePool(settings, { ...IMPATIENT, retry: { attempts: 1 } })
    await expect(createOracleExtractor(other).inspect(ledger, { signal })).rejects.toMatchObject({ code })
  }
})

test('a database that breaks off is thrown; a dictionary that may not be read is told', async () => {
  server.faults.arm({ kind: 'cut-before', statement: 'FINDW.LEDGER' })
  await expect(inspect(ledger)).rejects.toMatchObject({ code: 'ORACLE_CONNECTION_LOST' })
  server.faults.arm({ kind: 'error-on-call', code: 4031, text: 'out of memory', statement: 'COUNT' })
  await expect(inspect(ledger, { countsKeys: true })).rejects.toMatchObject({ code: 'ORACLE_BUSY' })

  const text = 'table or view does not exist'
  server.faults.arm({ kind: 'error-on-call', code: 942, text, statement: 'ALL_COL_COMMENTS' })
  const { columns, findings } = await inspect(ledger)
  server.faults.clear()
  expect(columns).toHaveLength(4)
  expect(findings).toEqual([
    {
      level: 'warning',
      about: 'ALL_COL_COMMENTS',
      detail: 'not readable, so what it would tell is left out',
    },
  ])
})

describe('the moment', () => {
  test('what is missing for a better label is told with the grant', async () => {
    const { consistency, findings, seesTransactions } = await inspect({
      ...ledger,
      cursor: { columns: ['CHANGED'], nulls: 'include' },
      columns: [...ledger.columns, 'CHANGED'],
    })
    expect(consistency?.label).toBe('read-only transaction')
    expect(seesTransactions).toBe(false)
    expect(consistency?.because).toEqual([
      expect.stringContaining('GRANT FLASHBACK ON FINDW.LEDGER TO READER'),
    ])
    expect(findings).toEqual([
      {
        level: 'warning',
        about: 'open transactions',
        detail: expect.any(String),
        nextStep: expect.stringContaining('GRANT SELECT ON SYS.GV_$TRANSACTION TO READER'),
      },
    ])
  })

  test('no grant is asked for that is there', async () => {
    database.run('SYS', 'GRANT SELECT ON GV_$TRANSACTION TO READER')
    const extractor = createOracleExtractor(pool)
    const byTime = {
      ...ledger,
      query: 'SELECT ID, CHANGED FROM OWN_LEDGER',
      columns: ['ID', 'CHANGED'],
      cursor: { columns: ['CHANGED'], nulls: 'include' },
      money: [],
    } as const
    database.run('READER', 'CREATE TABLE OWN_LEDGER (ID NUMBER(10) NOT NULL, CHANGED DATE)')
    const { findings } = await extractor.inspect(byTime, { signal })
    database.run('SYS', 'REVOKE SELECT ON GV_$TRANSACTION FROM READER')
    const [told] = findings.filter(({ about }) => about === 'open transactions')
    expect(told?.nextStep).toContain('GRANT SELECT ON SYS.V_$DATABASE TO READER')
    expect(told?.nextStep).not.toContain('GV_$TRANSACTION')
  })

  test('with every grant it is one SCN and there is nothing to tell', async () => {
    const owner = openOraclePool(
      { connectString: server.connectString, user: 'FINDW', password: () => 'battery staple' },
      IMPATIENT,
    )
    await using _closed = owner
    database.run(
      'SYS',
      'GRANT EXECUTE ON DBMS_FLASHBACK TO FINDW',
      'GRANT SELECT ON GV_$TRANSACTION TO FINDW',
    )
    const inspection = await createOracleExtractor(owner).inspect(ledger, { signal })
    expect(inspection).toMatchObject({
      consistency: { label: 'scn', scn: expect.stringMatching(/^\d+$/) },
      seesTransactions: true,
      objects: [{ privileges: ['SELECT', 'FLASHBACK'] }],
      findings: [],
    })
  })
})

describe('keys', () => {
  const key = (...columns: string[]) => columns.map((column) => ({ column, isNullable: true }))
  const counted = async (given: Partial<RecordType>) => {
    const columns = ['ID', 'DEPT', 'BYR_FDU']
    const recordType = { ...ledger, columns, money: [], ...given }
    const extractor = createOracleExtractor(pool)
    const before = executionsOf('LEDGER')
    const inspection = await extractor.inspect(recordType, { signal, countsKeys: true })
    return { ...inspection, statements: executionsOf('LEDGER') - before }
  }

  test('are counted by one execution, NULL equal to NULL', async () => {
    expect(await counted({ rowKey: key('DEPT', 'BYR_FDU'), entityKey: key('DEPT') })).toMatchObject({
      keys: { rows: 3, rowKeys: 3, entityKeys: 2, nullKeys: 0 },
      executions: 1,
      statements: 1,
    })
    expect(await counted({ rowKey: key('BYR_FDU'), entityKey: key('DEPT') })).toMatchObject({
      keys: { rows: 3, rowKeys: 2, entityKeys: 2, nullKeys: 0 },
    })
  })

  test('that do not identify a row, or are NULL, are told', async () => {
    const required = [{ column: 'DEPT', isNullable: false }]
    expect((await counted({ rowKey: required, entityKey: required })).findings).toEqual([
      expect.objectContaining({
        about: 'DEPT',
        detail: expect.stringContaining('3 rows have 2 row keys, more than the 5 %'),
      }),
    ])
    const byFdu = [{ column: 'BYR_FDU', isNullable: false }]
    const { keys, findings } = await counted({ rowKey: byFdu, entityKey: byFdu })
    expect(keys).toEqual({ rows: 3, rowKeys: 2, entityKeys: 2, nullKeys: 2 })
    expect(findings.slice(-2)).toEqual([
      {
        level: 'problem',
        about: 'BYR_FDU',
        detail: 'NULL in 2 rows, and not declared nullable',
        nextStep: expect.any(String),
        code: 'GUARD_REFUSED',
      },
      {
        level: 'warning',
        about: 'BYR_FDU',
        detail: expect.stringContaining('3 rows have 2 row keys, more than the 5 %'),
        nextStep: expect.any(String),
      },
    ])
  })

  test('of a plain table with a constraint need not be counted', async () => {
    database.run('FINDW', 'GRANT SELECT ON ENTRIES TO READER')
    const spared = await counted({
      query: 'SELECT ID, DEPT, BYR_FDU FROM FINDW.ENTRIES',
      rowKey: key('ID'),
      entityKey: key('ID', 'DEPT'),
    })
    expect(spared.uniqueBy).toMatch(/^\S+$/)
    expect(spared.keys).toBeUndefined()
    expect(spared.executions).toBe(0)
    for (const given of [
      { query: 'SELECT ID, DEPT, BYR_FDU FROM FINDW.LEDGER' },
      { query: 'SELECT ID, DEPT, BYR_FDU FROM FINDW.ENTRIES', entityKey: key('DEPT') },
      { query: 'SELECT a.ID, a.DEPT, a.BYR_FDU FROM FINDW.ENTRIES a, FINDW.ENTRIES b' },
    ]) {
      const { uniqueBy, executions } = await counted({ rowKey: key('ID'), entityKey: key('ID'), ...given })
      expect([uniqueBy, executions]).toEqual([undefined, 1])
    }
    database.run('FINDW', 'REVOKE SELECT ON ENTRIES FROM READER')
  })

  test('of a constraint that has more columns, or columns that may be NULL, are counted', async () => {
    database.run(
      'FINDW',
      'CREATE TABLE PARTS (ID NUMBER NOT NULL, DEPT VARCHAR2(4) NOT NULL, BYR_FDU NUMBER UNIQUE, UNIQUE (ID, DEPT))',
      'GRANT SELECT ON PARTS TO READER',
    )
    const query = 'SELECT ID, DEPT, BYR_FDU FROM FINDW.PARTS'
    for (const rowKey of [key('ID'), key('BYR_FDU'), key('ID', 'BYR_FDU')]) {
      expect((await counted({ query, rowKey, entityKey: rowKey })).executions).toBe(1)
    }
    const both = key('DEPT', 'ID')
    expect((await counted({ query, rowKey: both, entityKey: both })).executions).toBe(0)
  })

  test('count as executions of the extractor', async () => {
    const extractor = createOracleExtractor(pool)
    await extractor.inspect(ledger, { signal, countsKeys: true })
    await using snapshot = await extractor.openSnapshot({ signal, recordTypes: [ledger] })
    expect(snapshot.executions(ledger)).toBe(1)
  })
})

test('what changed since the last run is told by column', async () => {
  const { columns } = await inspect(ledger)
  const previous = columns.map((column, index) => ({ ...column, ordinal: index + 1 }))
  const changesOf = async (before: typeof previous) =>
    (await inspect(ledger, { previous: before })).findings.filter(({ level }) => level === 'change')
  expect(await changesOf(previous)).toEqual([])
  const [id, , ...others] = previous
  expect(await changesOf([{ ...(id as (typeof previous)[0]), type: { kind: 'date' } }, ...others])).toEqual([
    { level: 'change', about: 'ID', detail: 'was DATE and is NUMBER(10)' },
    { level: 'change', about: 'DEPT', detail: 'is new: VARCHAR2(16)' },
  ])
})

test('a set hash that cannot be had is a warning only where it is asked for', async () => {
  const { hashObstacle, findings } = await inspect({ ...ledger, sourceTotals: 'full' })
  expect(findings.map(({ about, detail }) => `${about} ${detail}`)).toContain(
    `sourceTotals full, but there is no set hash: ${hashObstacle}`,
  )
  expect((await inspect({ ...ledger, columns: ['ID', 'AMOUNT'] })).hashObstacle).toBeUndefined()
})
