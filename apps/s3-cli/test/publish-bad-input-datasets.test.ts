import {
  financeKnackApps,
  financeSocrataDatasets,
  type KnackServer,
  type SocrataServer,
  startKnack,
  startSocrata,
} from '@findata/sandbox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProgram } from '../src/program.ts'
import type { CliOutcome } from './cli-fixture.ts'
import { type FinanceCli, openFinanceCli, STACK, said } from './finance-cli.ts'

/** The finance sample with snapshots of what the datasets show; the dataset of the FDUs has no row identifier. */
let cli: FinanceCli
let knack: KnackServer
let socrata: SocrataServer
let env: Readonly<Record<string, string>>
const resources = new AsyncDisposableStack()
beforeAll(async () => {
  cli = resources.use(await openFinanceCli())
  const apps = financeKnackApps()
  knack = resources.use(await startKnack({ apps, callsPerSecond: 100_000 }))
  const [tasks, units, fdus, subprojects] = financeSocrataDatasets()
  const { rowIdentifier: _, ...fdusWithout } = fdus as NonNullable<typeof fdus>
  const datasets = [tasks, units, fdusWithout, subprojects].flatMap((dataset) => dataset ?? [])
  socrata = resources.use(await startSocrata({ datasets }))
  const [dataTracker] = apps
  env = {
    KNACK_API_URL: knack.url,
    KNACK_APP_ID: dataTracker.id,
    KNACK_API_KEY: dataTracker.apiKey,
    SO_WEB: socrata.url,
    SO_TOKEN: socrata.credentials.appToken,
    SO_USER: socrata.credentials.user,
    SO_PASS: socrata.credentials.password,
    TASK_DATASET: tasks?.id ?? '',
    DEPT_UNITS_DATASET: units?.id ?? '',
    FDU_DATASET: fdus?.id ?? '',
    SUBPROJECTS_DATASET: subprojects?.id ?? '',
  }
  await cli.writeConfig({ destinations: { 'data-tracker': { connection: { callsPerSecond: 1_000 } } } })
  const taken = await cli.runCli(['extract', 'task_orders', 'units', 'fdus', 'subprojects', '--quiet'])
  expect(taken.exitCode).toBe(0)
}, 60_000)
afterAll(() => resources.disposeAsync())

async function run(args: readonly string[]): Promise<CliOutcome> {
  const outcome = await cli.runCli(args, { env })
  expect(said(outcome)).not.toMatch(STACK)
  for (const secret of [env.KNACK_API_KEY, env.SO_TOKEN, env.SO_PASS]) {
    expect(said(outcome)).not.toContain(secret)
  }
  return outcome
}

test('A50, A53: --dataset all publishes every dataset but the one that fails, and ends with the exit code of the failure', async () => {
  const outcome = await run(['--dataset', 'all'])

  expect(outcome.exitCode).toBe(2)
  expect(outcome.result).toMatchObject({
    command: 'publish',
    status: 'failed',
    exitCode: 2,
    publications: [
      // Ids that two departments share have no row of their own there.
      { recordType: 'task_orders', verdict: 'balanced', exitCode: 6 },
      { recordType: 'units', status: 'done', verdict: 'balanced', exitCode: 0 },
      { recordType: 'fdus', status: 'failed', exitCode: 2, error: { code: 'DESTINATION_MISMATCH' } },
      { recordType: 'subprojects', status: 'done', verdict: 'balanced', exitCode: 0 },
    ],
  })
  expect(said(outcome)).toContain('row identifier')
  for (const dataset of [env.TASK_DATASET, env.DEPT_UNITS_DATASET, env.SUBPROJECTS_DATASET]) {
    expect(socrata.rows(dataset ?? '').length).toBeGreaterThan(0)
  }
  const sent = socrata.requests().filter(({ method }) => method !== 'GET')
  expect(sent.some(({ dataset }) => dataset === env.FDU_DATASET)).toBe(false)
  expect(knack.requests()).toEqual([])
})

test('A50: the old names of one dataset and of one pair mean publish', async () => {
  const [dataset, pair] = await Promise.all([
    run(['--dataset=dept_units', '--json']),
    run(['units', 'data-tracker', '--json']),
  ])

  expect(dataset.result).toMatchObject({
    command: 'publish',
    exitCode: 0,
    publications: [{ recordType: 'units', destination: 'socrata' }],
  })
  expect(pair.result).toMatchObject({
    command: 'publish',
    exitCode: 0,
    publications: [{ recordType: 'units', destination: 'data-tracker', verdict: 'balanced' }],
  })
  expect(knack.records('data-tracker', 'object_189').length).toBeGreaterThan(0)
})

test.each([
  [['publish'], 'name a record type and a destination'],
  [['publish', 'task_orders'], 'name a record type and a destination'],
  [['publish', '--dataset', 'all', '--plan', 'x.plan'], '--plan is of one record type and destination'],
  [['publish', 'units', 'data-tracker', '--allow-empty'], '--allow-… flag needs --reason'],
  [['publish', 'units', 'data-tracker', '--limit', 'many'], 'It must be a whole number'],
] as const)('%j is answered with what is wrong about it', (args, says) => {
  const program = createProgram(() => {}, '0.0.0')
  for (const command of [program, ...program.commands]) command.configureOutput({ writeErr: () => {} })
  expect(() => program.parse([...args], { from: 'user' })).toThrow(says)
})
