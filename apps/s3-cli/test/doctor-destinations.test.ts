import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CliOptions } from './cli-fixture.ts'
import { STACK, said, unwrapped } from './finance-cli.ts'
import {
  BOOKS,
  DATASET,
  openPublishFixture,
  type PublishFixture,
  type PublishScene,
} from './publish-fixture.ts'

let fixture: PublishFixture
let scene: PublishScene
beforeAll(async () => {
  fixture = await openPublishFixture()
  scene = await fixture.openScene()
}, 60_000)
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await fixture[Symbol.asyncDispose]()
})

interface Check {
  readonly service: string
  readonly name: string
  readonly ok: boolean
  readonly code?: string
}

async function doctor(args: readonly string[], env: CliOptions['env'] = {}) {
  const outcome = await scene.run(['doctor', ...args, '--quiet'], { env })
  expect(said(outcome)).not.toMatch(STACK)
  const checks = outcome.result.checks as readonly Check[]
  return { ...outcome, checks, failed: checks.filter(({ ok }) => !ok) }
}

const NOTHING_SET = {
  KNACK_APP_ID: undefined,
  KNACK_API_KEY: undefined,
  SO_WEB: undefined,
  SO_TOKEN: undefined,
  SO_USER: undefined,
  SO_PASS: undefined,
}

test('all is well: app, objects, datasets, credentials and allowance, and nothing is written', async () => {
  const before = scene.held()
  const requests = scene.knack.requests().length
  const { exitCode, stdout, failed } = await doctor(['ledger'])
  expect(failed).toEqual([])
  expect(exitCode).toBe(0)
  const lines = stdout.replaceAll('\n       ', ' ').split('\n')
  expect(lines.slice(lines.indexOf(BOOKS))).toEqual([
    BOOKS,
    '  ok   app: Books (books)',
    '  ok   ledger: object_1 (Entries), 5 fields',
    '  ok   time zone: America/Chicago',
    '  ok   credentials: accepted',
    expect.stringMatching(/^ {2}ok {3}allowance: \d+ of \d+ calls left today, anew at \S+Z$/),
    'portal',
    `  ok   ledger: dataset ${DATASET} (Ledger entries), 4 columns, rows matched by entry_id`,
    expect.stringMatching(/^ {2}ok {3}credentials: accepted, as /),
    'Ready.',
    expect.stringContaining('"status":"done"'),
    '',
  ])
  expect(scene.held()).toEqual(before)
  expect(
    scene.knack
      .requests()
      .slice(requests)
      .map(({ operation }) => operation),
  ).toEqual(['metadata', 'list'])
})

test('a team that only extracts sees which variables publishing would take, and no failure', async () => {
  const { exitCode, stdout, checks, result } = await doctor(['ledger'], NOTHING_SET)
  expect(exitCode).toBe(0)
  expect(new Set(checks.map(({ service }) => service))).toEqual(new Set(['oracle', 's3']))
  expect(stdout).toMatch(/^books: not checked, no publishing there without KNACK_APP_ID, KNACK_API_KEY$/m)
  expect(result.notChecked).toMatchObject([
    { destination: BOOKS, variables: ['KNACK_APP_ID', 'KNACK_API_KEY'] },
    { destination: 'portal', variables: ['SO_WEB', 'SO_TOKEN', 'SO_USER', 'SO_PASS'] },
  ])
})

test('A51: a destination that is asked for fails without its variables, each in a line, and is not contacted', async () => {
  const requests = scene.knack.requests().length
  const { exitCode, failed, stdout } = await doctor(['ledger', '--destination', BOOKS], NOTHING_SET)
  expect(exitCode).toBe(2)
  expect(failed).toMatchObject([
    { service: BOOKS, name: 'environment', code: 'ENVIRONMENT_INVALID' },
    { service: BOOKS, name: 'environment' },
  ])
  expect(stdout).toContain('FAIL environment: KNACK_APP_ID is not set (the app id of books)')
  expect(stdout).toContain('FAIL environment: KNACK_API_KEY is not set (the API key of books)')
  expect(scene.knack.requests()).toHaveLength(requests)
})

test('a wrong key and a wrong password each fail one check, with the code of a publish', async () => {
  const { exitCode, failed } = await doctor(['ledger', '--destination', `${BOOKS},portal`], {
    KNACK_API_KEY: 'wrong',
    SO_PASS: 'wrong',
  })
  expect(exitCode).toBe(2)
  expect(failed).toMatchObject([
    { service: BOOKS, name: 'credentials', code: 'DESTINATION_CREDENTIALS_REFUSED' },
    { service: 'portal', name: 'ledger', code: 'DESTINATION_CREDENTIALS_REFUSED' },
  ])
})

test('a spent allowance fails as the allowance, with when it begins anew, in lines of 80 columns', async () => {
  await using other = await fixture.openScene()
  other.knack.spendCalls('ledgers')
  const outcome = await other.run(['doctor', 'ledger', '--destination', BOOKS, '--quiet'])
  const checks = outcome.result.checks as readonly Check[]
  const names = checks.filter(({ service }) => service === BOOKS).map(({ name, ok }) => [name, ok])
  expect(names).toEqual([
    ['app', true],
    ['ledger', true],
    ['time zone', true],
    ['allowance', false],
  ])
  expect(checks.at(-1)).toMatchObject({ code: 'DESTINATION_ALLOWANCE_SPENT' })
  expect(outcome.exitCode).toBe(4)
  const lines = outcome.stdout.trimEnd().split('\n').slice(0, -1)
  expect(unwrapped(lines.join('\n'))).toMatch(
    /FAIL allowance: .*begin anew at 20\S+Z; start the same command again then\./,
  )
  expect(lines.filter((line) => line.length > 80)).toEqual([])
})

test('the last call of the day, taken by doctor, leaves none to publish with', async () => {
  await using other = await fixture.openScene({ knack: { dailyCalls: 1 } })
  const { result } = await other.run(['doctor', 'ledger', '--destination', BOOKS, '--quiet'])
  const ofBooks = (result.checks as readonly Check[]).filter(({ service }) => service === BOOKS)
  expect(ofBooks.slice(-2)).toMatchObject([
    { name: 'credentials', ok: true },
    { name: 'allowance', ok: false, detail: expect.stringMatching(/used up\. They begin anew at 20\S+Z\.$/) },
  ])
})

test('A36, A60: what does not fit is said by doctor and by publish in the same words', async () => {
  const options = {
    knack: {
      mapping: {
        fields: [
          { field: 'field_1', from: 'ENTRY_ID', convert: { numberText: { scale: 0 } }, isKey: true },
          { field: 'field_77', from: 'MEMO' },
        ],
      },
    },
    socrata: { dataset: ({ rowIdentifier: _, ...definition }) => definition },
  } satisfies Parameters<PublishFixture['openScene']>[0]
  await using other = await fixture.openScene(options)
  const { stdout, exitCode } = await other.run(['doctor', 'ledger', '--quiet'])
  expect(exitCode).toBe(2)
  for (const destination of [BOOKS, 'portal']) {
    const { result } = await other.run(['publish', 'ledger', destination, '--quiet'])
    const [{ error }] = result.publications as [{ error: { code: string; message: string } }]
    expect(error.code).toBe('DESTINATION_MISMATCH')
    const shown = error.message.split('\n').map((line) => line.trim())
    for (const line of shown) expect(unwrapped(stdout)).toContain(line)
  }
})

test('a record type that the destination does not take is named with those that it takes', async () => {
  const { exitCode, stderr } = await scene.run(['doctor', 'units', '--destination', BOOKS, '--quiet'])
  expect(exitCode).toBe(2)
  expect(stderr).toContain('books does not take units: it takes ledger.')
})

test('A21: an app id that leads to another app fails before the key is used', async () => {
  await using other = await fixture.openScene({ knack: { connection: { app: { slug: 'ledgers' } } } })
  const { exitCode, stdout, result } = await other.run([
    'doctor',
    'ledger',
    '--destination',
    BOOKS,
    '--quiet',
  ])
  expect(exitCode).toBe(2)
  expect(unwrapped(stdout)).toContain(
    'FAIL app: books is configured as the app with slug "ledgers", but the app id leads to Books',
  )
  expect((result.checks as Check[]).filter(({ service }) => service === BOOKS)).toHaveLength(1)
  expect(other.knack.requests().map(({ operation }) => operation)).toEqual(['metadata'])
})
