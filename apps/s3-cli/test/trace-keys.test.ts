import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FinanceCli, openFinanceCli, STACK, said } from './finance-cli.ts'

let cli: FinanceCli
beforeAll(async () => {
  cli = await openFinanceCli()
  expect((await cli.runCli(['extract', 'task_orders', 'units', '--quiet'])).exitCode).toBe(0)
}, 60_000)
afterAll(() => cli[Symbol.asyncDispose]())

const trace = async (...args: readonly string[]) => {
  const outcome = await cli.runCli(['trace', ...args, '--quiet'])
  expect(said(outcome)).not.toMatch(STACK)
  return outcome
}

test('A46: one value finds every entity with it in its key, and all columns only one', async () => {
  const both = await trace('task_orders', '2400002000')
  expect(both.exitCode).toBe(0)
  expect(both.stdout).toMatch(/^2 entities of task_orders have 2400002000 in their key\.$/m)
  expect((both.result.entities as { key: string }[]).map(({ key }) => key)).toEqual([
    'TASK_ORDER_DEPT=2400, TASK_ORDER_ID=2400002000',
    'TASK_ORDER_DEPT=6200, TASK_ORDER_ID=2400002000',
  ])
  const one = await trace('task_orders', '6200', '2400002000')
  expect(one.result.entities).toMatchObject([
    {
      key: 'TASK_ORDER_DEPT=6200, TASK_ORDER_ID=2400002000',
      place: 'current',
      rowsInOracle: 5,
      rowsInSnapshot: 5,
    },
  ])
})

test('A46: with more entities than are shown, a person is told how to narrow them', async () => {
  const { stdout, result } = await trace('task_orders', '2400', '--no-oracle')
  expect(result).toMatchObject({ isCut: true, entities: { length: 10 } })
  expect(stdout.replaceAll(/\n +/g, ' ')).toContain('Say more of the key: TASK_ORDER_DEPT=… TASK_ORDER_ID=…')
})

test('A46: a text that a NUMBER column cannot hold is an answer and no error of Oracle', async () => {
  const outcome = await trace('units', '24ROW51000')
  expect(outcome.exitCode).toBe(2)
  expect(outcome.result).toMatchObject({ isKnown: false, oracle: { is: 'read', rows: 0, executions: 0 } })
})

test('A46: a NUMBER key is found in Oracle however it is written', async () => {
  const [[id] = []] = cli.query('SELECT MIN(DEPT_UNIT_ID) FROM LU_DEPT_UNITS')
  const { result } = await trace('units', `${id}.0`)
  expect(result.entities).toMatchObject([{ key: `DEPT_UNIT_ID=${id}`, rowsInOracle: 1, rowsInSnapshot: 1 }])
  expect(result.oracle).toMatchObject({ executions: 1 })
})

test('A46: destinations that are not set up are named with their variables, and are no failure', async () => {
  const { exitCode, stdout } = await trace('task_orders', '24ROW51000')
  expect(exitCode).toBe(0)
  for (const name of ['KNACK_APP_ID_DATA_TRACKER', 'KNACK_APP_ID_FINANCE_PURCHASING', 'SO_WEB']) {
    expect(stdout).toContain(`not asked: ${name} is not set`)
  }
})
