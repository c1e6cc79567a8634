import { compareKeys, openScratchFolder, type RecordType, type RowBatch, type SweptKeys } from '@findata/core'
import { expect, test } from 'vitest'
import { createOracleExtractor } from '../src/index.ts'
import { openTestOracle, type TestOracle, USER } from './support/open-oracle.ts'

const { signal } = new AbortController()
const reading = { batchSize: 4, signal }

async function* keptKeys(batches: readonly RowBatch[]) {
  yield* batches
}

const textsOf = async (keys: SweptKeys) =>
  (await Array.fromAsync(keys.batches())).flat().map(({ text }) => text)

/** The things in a schema of their own, which says how far FINANCE may look back at them. */
function moveToLedger({ server, things }: TestOracle, grants: readonly string[]): RecordType {
  const { database } = server
  database.run(USER, 'GRANT SELECT ON THINGS TO LEDGER')
  database.run(
    'LEDGER',
    'CREATE TABLE THINGS (ID NUMBER(10) NOT NULL, NAME VARCHAR2(40), AMOUNT NUMBER(18,2), CHANGED DATE)',
    `INSERT INTO THINGS SELECT * FROM ${USER}.THINGS`,
    `GRANT SELECT ON THINGS TO ${USER}`,
  )
  database.run('SYS', `GRANT EXECUTE ON SYS.DBMS_FLASHBACK TO ${USER}`)
  database.run('LEDGER', ...grants)
  return { ...things, query: 'SELECT ID, NAME, AMOUNT, CHANGED FROM LEDGER.THINGS', maxExecutions: 3 }
}

test('rows that were deleted between two snapshots are found by their keys, and so are new ones', async () => {
  await using oracle = await openTestOracle(20)
  await using pool = oracle.openPool()
  const extractor = createOracleExtractor(pool)
  const options = { signal, recordTypes: [oracle.things] }
  let before: RowBatch[]
  {
    await using snapshot = await extractor.openSnapshot(options)
    before = await Array.fromAsync(snapshot.keys(oracle.things, reading))
  }
  oracle.server.database.run(
    USER,
    'DELETE FROM THINGS WHERE ID IN (3, 17)',
    "INSERT INTO THINGS VALUES (21, 'new', 1, NULL)",
    "UPDATE THINGS SET NAME = 'changed' WHERE ID = 5",
  )

  await using snapshot = await extractor.openSnapshot(options)
  await using scratch = await openScratchFolder()
  await using sweep = await compareKeys({
    source: snapshot.keys(oracle.things, reading),
    known: keptKeys(before),
    key: oracle.things.entityKey,
    scratch,
    signal,
  })
  expect(sweep).toMatchObject({ source: { rows: 19 }, known: { rows: 20 }, inBoth: 18 })
  expect(await textsOf(sweep.onlyKnown)).toEqual(['ID=3', 'ID=17'])
  expect(await textsOf(sweep.onlyInSource)).toEqual(['ID=21'])
  expect(snapshot.executions(oracle.things)).toBe(2)
})

test.each([
  { label: 'read-only transaction', grants: [] },
  { label: 'scn', grants: [`GRANT FLASHBACK ON THINGS TO ${USER}`] },
])('keys are of the moment of rows and totals while a writer commits: $label', async ({ label, grants }) => {
  await using oracle = await openTestOracle(20)
  const things = moveToLedger(oracle, grants)
  await using pool = oracle.openPool()
  await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [things] })
  expect(snapshot.consistency.label).toMatch(new RegExp(`^${label}`))
  const write = (id: number) =>
    oracle.server.database.run(
      'LEDGER',
      `DELETE FROM THINGS WHERE ID = ${id}`,
      `INSERT INTO THINGS VALUES (${id + 100}, 'new', 1000, NULL)`,
    )

  write(1)
  const { totals } = await snapshot.totals(things, { signal })
  write(2)
  const keys: RowBatch[] = []
  for await (const batch of snapshot.keys(things, reading)) {
    keys.push(batch)
    write(2 + keys.length)
  }
  const rows: RowBatch[] = []
  for await (const batch of snapshot.extract(things, reading)) {
    rows.push(batch)
    write(10 + rows.length)
  }

  expect(rows.flat()).toEqual(oracle.expected)
  expect(keys.flat()).toEqual(oracle.expected.map(([id]) => [id]))
  expect(totals).toMatchObject({ rows: 20, distinctEntityKeys: 20 })
})

test('a key of several columns comes in its own order, NULL where it may be, each row of the view once', async () => {
  await using oracle = await openTestOracle(0)
  oracle.server.database.run(
    USER,
    ...[`1, 'A', 1`, `2, NULL, 2`, `2, NULL, 3`, `1, 'B', 4`].map(
      (values) => `INSERT INTO THINGS VALUES (${values}, NULL)`,
    ),
  )
  await using pool = oracle.openPool()
  const entityKey = [
    { column: 'NAME', isNullable: true },
    { column: 'ID', isNullable: false },
  ]
  const things = { ...oracle.things, rowKey: entityKey, entityKey }
  await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [things] })
  await using scratch = await openScratchFolder()
  await using sweep = await compareKeys({
    source: snapshot.keys(things, reading),
    known: keptKeys([[[null, '2']], [['A', '1']], [['A', '2']]]),
    key: entityKey,
    scratch,
    signal,
  })
  expect(sweep).toMatchObject({ source: { rows: 4, keys: 3, nullKeyRows: 0 }, inBoth: 2 })
  expect(await textsOf(sweep.onlyInSource)).toEqual(['NAME=B, ID=1'])
  expect(await textsOf(sweep.onlyKnown)).toEqual(['NAME=A, ID=2'])
})
