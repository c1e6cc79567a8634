import { catalogue, createDecimalSum, type RecordType, type SourceSnapshot } from '@findata/core'
import {
  addFinanceSchema,
  createOracleDatabase,
  FINANCE_READER,
  type OracleServer,
  startOracle,
} from '@findata/sandbox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createOracleExtractor, type OraclePool, openOraclePool } from '../src/index.ts'

const { signal } = new AbortController()
let server: OracleServer
let pool: OraclePool
let snapshot: SourceSnapshot
beforeAll(async () => {
  const database = createOracleDatabase()
  addFinanceSchema(database)
  server = await startOracle({ database, users: { [FINANCE_READER]: 'sandbox-only' } })
  const { user, password, connectString } = server
  pool = openOraclePool({ user, password: () => password, connectString })
  snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
})
afterAll(async () => {
  await pool[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

test.each(catalogue.names)(
  'A1: %s is read with the rows, sums and entities that Oracle counts in the same snapshot',
  async (name) => {
    const recordType = catalogue.get(name)
    const [{ totals: counted }, rows] = await Promise.all([
      snapshot.totals(recordType, { signal }),
      readAll(recordType),
    ])
    const keys = recordType.entityKey.map(({ column }) => recordType.columns.indexOf(column))
    expect(rows.length).toBeGreaterThan(100)
    expect(counted).toMatchObject({
      rows: rows.length,
      distinctEntityKeys: new Set(rows.map((row) => JSON.stringify(keys.map((key) => row[key])))).size,
    })
    for (const { column } of recordType.money) {
      const sum = createDecimalSum()
      const amounts = rows.flatMap((row) => row[recordType.columns.indexOf(column)] ?? [])
      for (const amount of amounts) sum.add(amount)
      expect(counted.money[column]).toMatchObject({ nonNull: amounts.length, sum: sum.toString() })
    }
  },
)

test('A13: a task order with several buyer FDUs is several rows of one entity', async () => {
  const taskOrders = { ...catalogue.get('task_orders'), maxExecutions: 9 }
  const {
    totals: { rows, distinctEntityKeys },
  } = await snapshot.totals(taskOrders, { signal })
  expect(rows).toBeGreaterThan(distinctEntityKeys ?? rows)
})

test('A14: the departments of units are bound as text, so that a department that is no number harms nothing', async () => {
  const units = { ...catalogue.get('units'), maxExecutions: 9 }
  const departments = new Set((await readAll(units)).map((row) => row[units.columns.indexOf('DEPT')]))
  expect([...departments].sort()).toEqual(['2400', '2507', '6200', '6207'])
  const odd = await readAll({ ...units, binds: { departments: ['no number', '6207'] } })
  expect(new Set(odd.map((row) => row[units.columns.indexOf('DEPT')]))).toEqual(new Set(['6207']))
  expect(server.statements().at(-1)?.binds).toEqual(['no number', '6207'])
})

async function readAll(recordType: RecordType) {
  return (await Array.fromAsync(snapshot.extract(recordType, { batchSize: 1_000, signal }))).flat()
}
