import { freezeOrdinals, type RecordType, type SourceSnapshot, type Value } from '@findata/core'
import {
  createOracleDatabase,
  type OracleServer,
  type OracleSqlDatabase,
  startOracle,
} from '@findata/sandbox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createOracleExtractor, type OraclePool, openOraclePool } from '../src/index.ts'
import { IMPATIENT } from './support/open-oracle.ts'
import { testRecordType } from './support/record-type.ts'

const { signal } = new AbortController()

let database: OracleSqlDatabase
let server: OracleServer
let pool: OraclePool
beforeAll(async () => {
  database = createOracleDatabase()
  database.run(
    'FIN',
    'CREATE TABLE SECRETS (PIN NUMBER)',
    'INSERT INTO SECRETS VALUES (1234)',
    'CREATE TABLE THINGS (ID NUMBER(4), AMOUNT NUMBER(9,2), CHANGED DATE)',
    `INSERT INTO THINGS VALUES (1, 0.10, DATE '2026-01-01')`,
  )
  server = await startOracle({ database, users: { FIN: 'correct horse' } })
  const settings = { user: 'FIN', password: () => 'correct horse', connectString: server.connectString }
  pool = openOraclePool(settings, IMPATIENT)
})
afterAll(async () => {
  await pool[Symbol.asyncDispose]()
  expect(server.defects()).toEqual([])
  await server[Symbol.asyncDispose]()
})

/** All that reads a record type, each by itself. */
const PLACES = {
  describe: (snapshot: SourceSnapshot, recordType: RecordType) => snapshot.describe(recordType, { signal }),
  extract: (snapshot: SourceSnapshot, recordType: RecordType) =>
    Array.fromAsync(snapshot.extract(recordType, { batchSize: 10, signal })),
  keys: (snapshot: SourceSnapshot, recordType: RecordType) =>
    Array.fromAsync(snapshot.keys(recordType, { batchSize: 10, signal })),
  totals: (snapshot: SourceSnapshot, recordType: RecordType) => snapshot.totals(recordType, { signal }),
  setHash: async (snapshot: SourceSnapshot, recordType: RecordType) => {
    const { schema } = freezeOrdinals(await snapshot.describe(recordType, { signal }))
    return await snapshot.totals(recordType, { signal, schema })
  },
  window: (snapshot: SourceSnapshot, recordType: RecordType) =>
    snapshot.window(recordType, { signal, watermark: null, overlap: 0, marginMs: 0 }),
  extractWindow: (snapshot: SourceSnapshot, recordType: RecordType) => {
    const window = { from: null, to: '2027-01-01T00:00:00' }
    return Array.fromAsync(snapshot.extract(recordType, { batchSize: 10, signal, window }))
  },
}

const LONGEST = 'Ω'.repeat(64)
const NAMES: readonly (readonly [id: string, amount: string, changed: string])[] = [
  ['Mixed Case', 'mixed_case', 'MIXED-CASE'],
  ['select', 'FROM', 'Where'],
  ['ID; DROP TABLE SECRETS --', '/* ', ' */'],
  [`it's`, `''`, `' || (SELECT PIN FROM SECRETS) || '`],
  ['a.b', 'a)b(', ':bind'],
  ['ถนน', '金額', 'Дата🚗'],
  [LONGEST, `${LONGEST.slice(1)}A`, `${LONGEST.slice(1)}B`],
  // What the statements themselves call their columns.
  ['R', 'N', 'K0'],
  ['N0', 'S0', 'PASS'],
]

describe.each(NAMES)('the columns %j, %j and %j', (id, amount, changed) => {
  const view = `View of ${id.slice(0, 20)}`
  const key = [{ column: id, isNullable: false }]
  const recordType = testRecordType({
    query: `SELECT * FROM "${view}"`,
    columns: [id, amount, changed],
    rowKey: key,
    entityKey: key,
    money: [{ column: amount, scale: 2 }],
    cursor: { columns: [changed], nulls: 'include' },
    sourceTotals: 'full',
    maxExecutions: 9,
  })
  const row: readonly Value[] = ['1', '0.1', '2026-01-01T00:00:00']
  beforeAll(() => {
    database.run(
      'FIN',
      `CREATE VIEW "${view}" ("${id}", "${amount}", "${changed}") AS SELECT ID, AMOUNT, CHANGED FROM THINGS`,
    )
  })

  test('are described, read, counted and inspected', async () => {
    const extractor = createOracleExtractor(pool)
    await using snapshot = await extractor.openSnapshot({ signal, recordTypes: [recordType] })
    expect((await PLACES.describe(snapshot, recordType)).map(({ name }) => name)).toEqual(recordType.columns)
    expect((await PLACES.extract(snapshot, recordType)).flat()).toEqual([row])
    expect((await PLACES.keys(snapshot, recordType)).flat()).toEqual([['1']])
    const totals = { rows: 1, money: { [amount]: { nonNull: 1, sum: '0.1', min: '0.1', max: '0.1' } } }
    expect((await PLACES.totals(snapshot, recordType)).totals).toMatchObject(totals)
    expect((await PLACES.setHash(snapshot, recordType)).totals).toMatchObject({
      ...totals,
      setHash: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    expect(await PLACES.window(snapshot, recordType)).toMatchObject({ from: null })
    expect((await PLACES.extractWindow(snapshot, recordType)).flat()).toEqual([row])

    const inspection = await extractor.inspect(recordType, { signal, countsKeys: true })
    expect(inspection).toMatchObject({
      columns: recordType.columns.map((name) => ({ name })),
      keys: { rows: 1, rowKeys: 1, entityKeys: 1, nullKeys: 0 },
      objects: [{ name: `FIN.${view}` }],
    })
    expect(inspection.findings.filter(({ level }) => level === 'problem')).toEqual([])
  })
})

const HOSTILE = [
  'X" FROM SECRETS; DROP TABLE SECRETS --',
  '1) FROM DUAL UNION SELECT PIN, PIN, PIN FROM SECRETS --',
  'ID, (SELECT MAX(PIN) FROM SECRETS)',
  'id',
  '',
  'X\0Y',
]

describe.each(HOSTILE)('the name %j, which no column has', (name) => {
  const named = {
    'a column': { columns: ['ID', 'AMOUNT', name] },
    'the row key': { rowKey: [{ column: name, isNullable: false }] },
    'the entity key': { entityKey: [{ column: name, isNullable: false }] },
    money: { money: [{ column: name, scale: 2 }] },
    'the cursor': { cursor: { columns: [name], nulls: 'include' as const } },
  }

  test.each(Object.entries(named))('is refused as %s before anything is executed', async (_, given) => {
    const recordType = testRecordType({
      query: 'SELECT ID, AMOUNT, CHANGED FROM THINGS',
      columns: ['ID', 'AMOUNT', 'CHANGED'],
      cursor: { columns: ['CHANGED'], nulls: 'include' },
      ...given,
    })
    const before = executions()
    const extractor = createOracleExtractor(pool)
    await using snapshot = await extractor.openSnapshot({ signal, recordTypes: [recordType] })
    for (const [place, read] of Object.entries(PLACES)) {
      const attempt = (async () => await read(snapshot, recordType))()
      await expect(attempt, place).rejects.toMatchObject({ code: 'COLUMNS_MISSING' })
    }
    const { findings, keys } = await extractor.inspect(recordType, { signal, countsKeys: true })
    expect(findings).toContainEqual(
      expect.objectContaining({ level: 'problem', about: name, code: 'COLUMNS_MISSING' }),
    )
    expect(keys).toBeUndefined()
    expect(executions()).toEqual(before)
  })
})

/** Of statements that read what users own. */
const executions = () => server.statements().filter(({ sql }) => /THINGS|SECRETS/.test(sql)).length
