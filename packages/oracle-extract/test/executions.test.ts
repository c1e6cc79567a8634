import { compileMasks, type SourceSnapshot } from '@findata/core'
import { expect, test } from 'vitest'
import { createOracleExtractor } from '../src/index.ts'
import { openTestOracle, type TestOracle } from './support/open-oracle.ts'

const { signal } = new AbortController()
const reading = { batchSize: 4, signal }

/** What Oracle was asked to execute: a statement that is only parsed or described is not among them. */
const executedOf = ({ server }: TestOracle) => server.statements().filter(({ sql }) => sql.includes('THINGS'))

const readRows = (snapshot: SourceSnapshot, oracle: TestOracle) =>
  Array.fromAsync(snapshot.extract(oracle.things, reading))

test('one more execution than the record type allows is refused before Oracle sees it, whatever it would read', async () => {
  await using oracle = await openTestOracle(5)
  await using pool = oracle.openPool()
  await using snapshot = await createOracleExtractor(pool).openSnapshot({
    signal,
    recordTypes: [oracle.things],
  })
  await snapshot.totals(oracle.things, { signal })
  await readRows(snapshot, oracle)

  const refused = {
    name: 'TerminalError',
    code: 'EXECUTIONS_SPENT',
    message: expect.stringContaining(
      'it would be execution number 3 for one snapshot, and maxExecutions is 2. Raise maxExecutions of things if the owner of its view agrees',
    ),
  }
  await expect(Array.fromAsync(snapshot.keys(oracle.things, reading))).rejects.toMatchObject(refused)
  await expect(readRows(snapshot, oracle)).rejects.toMatchObject(refused)
  await expect(snapshot.totals(oracle.things, { signal })).rejects.toMatchObject(refused)
  expect(snapshot.executions(oracle.things)).toBe(2)
  expect(executedOf(oracle)).toHaveLength(2)
})

test('rows, totals and keys are one execution each, and describing is none', async () => {
  await using oracle = await openTestOracle(5)
  await using pool = oracle.openPool()
  const things = { ...oracle.things, maxExecutions: 3 }
  await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [things] })
  const counts: number[] = []
  const count = () => counts.push(snapshot.executions(things))
  await snapshot.describe(things, { signal })
  count()
  await snapshot.totals(things, { signal })
  count()
  await Array.fromAsync(snapshot.extract(things, reading))
  count()
  await Array.fromAsync(snapshot.keys(things, reading))
  count()
  expect(counts).toEqual([0, 1, 2, 3])
  expect(executedOf(oracle)).toHaveLength(3)
})

test('the limit is of each snapshot, and the count of all that were opened through one extractor', async () => {
  await using oracle = await openTestOracle(5)
  await using pool = oracle.openPool()
  const extractor = createOracleExtractor(pool)
  for (const earlier of [0, 2, 4]) {
    await using snapshot = await extractor.openSnapshot({ signal, recordTypes: [oracle.things] })
    expect(snapshot.executions(oracle.things)).toBe(earlier)
    await snapshot.totals(oracle.things, { signal })
    await readRows(snapshot, oracle)
    await expect(readRows(snapshot, oracle)).rejects.toMatchObject({ code: 'EXECUTIONS_SPENT' })
    expect(snapshot.executions(oracle.things)).toBe(earlier + 2)
  }
  expect(executedOf(oracle)).toHaveLength(6)
})

test('an execution that fails counts, since Oracle worked for it', async () => {
  await using oracle = await openTestOracle(5)
  await using pool = oracle.openPool()
  await using snapshot = await createOracleExtractor(pool).openSnapshot({
    signal,
    recordTypes: [oracle.things],
  })
  await snapshot.describe(oracle.things, { signal })
  oracle.server.faults.arm({
    kind: 'error-on-call',
    statement: 'THINGS',
    code: 4031,
    text: 'out of memory',
  })
  await expect(snapshot.totals(oracle.things, { signal })).rejects.toMatchObject({ code: 'ORACLE_BUSY' })
  expect(snapshot.executions(oracle.things)).toBe(1)
  await readRows(snapshot, oracle)
  await expect(readRows(snapshot, oracle)).rejects.toMatchObject({ code: 'EXECUTIONS_SPENT' })
  expect(snapshot.executions(oracle.things)).toBe(2)
})

test('a reader that leaves early has executed the query once', async () => {
  await using oracle = await openTestOracle(20)
  await using pool = oracle.openPool()
  await using snapshot = await createOracleExtractor(pool).openSnapshot({
    signal,
    recordTypes: [oracle.things],
  })
  for await (const _ of snapshot.extract(oracle.things, reading)) break
  expect(snapshot.executions(oracle.things)).toBe(1)
})

test('a record type without its masked columns counts as the one that it was made of, and what is dropped is never selected', async () => {
  await using oracle = await openTestOracle(5)
  await using pool = oracle.openPool()
  const { recordType } = compileMasks(oracle.things, { masks: { NAME: { kind: 'drop' } } })
  await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [recordType] })
  const rows = (await Array.fromAsync(snapshot.extract(recordType, reading))).flat()
  expect(rows).toEqual(oracle.expected.map(([id, , amount, changed]) => [id, amount, changed]))
  expect(executedOf(oracle).map(({ sql }) => sql.slice(0, sql.indexOf(' FROM ')))).toEqual([
    expect.not.stringContaining('NAME'),
  ])

  await snapshot.totals(oracle.things, { signal })
  expect(snapshot.executions(recordType)).toBe(2)
  await expect(readRows(snapshot, oracle)).rejects.toMatchObject({ code: 'EXECUTIONS_SPENT' })
})
