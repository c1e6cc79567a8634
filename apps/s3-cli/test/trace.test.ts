import { PutObjectCommand } from '@aws-sdk/client-s3'
import { createS3PublishStore } from '@findata/s3-store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CliOutcome } from './cli-fixture.ts'
import { STACK, said } from './finance-cli.ts'
import {
  BOOKS,
  ENTRIES,
  openPublishFixture,
  type PublishFixture,
  type PublishScene,
} from './publish-fixture.ts'

let fixture: PublishFixture
beforeAll(async () => {
  fixture = await openPublishFixture()
}, 60_000)
afterAll(() => fixture[Symbol.asyncDispose]())

/** What a person sees: all but the result, in lines that fit a terminal. */
function linesOf({ stdout }: CliOutcome): readonly string[] {
  const lines = stdout.trimEnd().split('\n').slice(0, -1)
  expect(lines.filter((line) => line.length > 80)).toEqual([])
  return lines
}

/** The lines below a title, up to the next one. */
function section(outcome: CliOutcome, title: string): readonly string[] {
  const lines = linesOf(outcome)
  const start = lines.findIndex((line) => line.startsWith(title)) + 1
  expect(start, `${title} in\n${lines.join('\n')}`).toBeGreaterThan(0)
  const end = lines.findIndex((line, place) => place >= start && !line.startsWith(' '))
  return lines.slice(start, end === -1 ? undefined : end).map((line) => line.trim())
}

async function trace(scene: PublishScene, ...args: readonly string[]): Promise<CliOutcome> {
  const outcome = await scene.run(['trace', 'ledger', ...args, '--quiet'])
  expect(said(outcome)).not.toMatch(STACK)
  return outcome
}

const DATE = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`

test('A46: a record is followed from Oracle through its snapshots to each destination, with what was sent and answered', async () => {
  await using scene = await fixture.openScene()
  const before = await trace(scene, '1')
  expect(before.exitCode).toBe(0)
  expect(linesOf(before)[0]).toBe('ledger  ENTRY_ID=1')
  expect(section(before, 'Oracle now')).toEqual(['1 row, the same as in the current snapshot'])
  expect(section(before, 'Snapshots, 1 looked into')).toEqual([
    expect.stringMatching(/^\d{8}T\d{6}Z-\w{8} {2}there with 1 row \(the oldest one looked into\)$/),
    'in the current one with 1 row',
  ])
  const [, memo, amount, ...rest] = section(before, `${BOOKS}: object_1 (Entries) in Books`)
  expect(section(before, BOOKS)[0]).toMatch(/^there as \w{24}, differs in 2 fields; publish updates it$/)
  expect(memo).toBe('Memo: "< 50 acres" -> corrected')
  expect(amount).toMatch(/^Amount: \S+ -> \S+$/)
  expect(rest).toEqual(['nothing was ever sent for it'])
  expect(section(before, 'portal: dataset')[0]).toBe('there as 1, differs in 2 fields; publish updates it')

  expect((await scene.run(['publish', 'ledger', BOOKS, '--quiet'])).exitCode).toBe(0)
  const after = await trace(scene, 'ENTRY_ID=1')
  const sent = section(after, BOOKS)
  expect(sent[0]).toMatch(/^as it should be \(\w{24}\); publish sends nothing for it$/)
  expect(sent[1]).toBe('sent 1 time, newest first')
  expect(sent[2]).toMatch(new RegExp(`^${DATE}  update  run \\S+$`))
  expect(sent[3]).toMatch(/^answer: done/)
  expect(sent).toContain('Memo: "< 50 acres" -> corrected')
  expect(section(after, 'portal')[0]).toContain('publish updates it')
  expect(after.result).toMatchObject({
    isKnown: true,
    entities: [{ key: 'ENTRY_ID=1', destinations: [{ sentCount: 1 }, { sentCount: 0 }] }],
  })
})

test('A46: a trace sends nothing, and asks a Knack app for the records of the key alone', async () => {
  await using scene = await fixture.openScene()
  const before = scene.held()
  const calls = scene.knack.requests().length
  await trace(scene, '1', '--destination', BOOKS)
  expect(scene.held()).toEqual(before)
  expect(
    scene.knack
      .requests()
      .slice(calls)
      .map(({ operation }) => operation),
  ).toEqual(['metadata', 'list'])
})

test('A46: each kept snapshot says what became of a record, and a record that left is looked for where it was', async () => {
  await using own = await openPublishFixture()
  await using scene = await own.openScene()
  const extract = async (...statements: string[]) => {
    own.cli.change(...statements)
    expect((await scene.run(['extract', 'ledger', '--quiet'])).exitCode).toBe(0)
  }
  await extract(`INSERT INTO LEDGER (ENTRY_ID, UNIT, AMOUNT) VALUES (77, '6207', 10.5)`)
  await extract(
    'UPDATE LEDGER SET AMOUNT = 11.25 WHERE ENTRY_ID = 77',
    'DELETE FROM LEDGER WHERE ENTRY_ID = 5',
  )

  const changed = section(await trace(scene, '77'), 'Snapshots, 3 looked into')
  expect(changed).toEqual([
    expect.stringMatching(/ {2}new, with 1 row$/),
    expect.stringMatching(/ {2}changed$/),
    'row ENTRY_ID=77',
    'AMOUNT: 10.50 -> 11.25',
    'in the current one with 1 row',
  ])
  const gone = await trace(scene, '5')
  expect(gone.exitCode).toBe(0)
  expect(section(gone, 'Oracle')).toEqual(['no row with this key'])
  expect(section(gone, 'Snapshots').slice(-2)).toEqual([
    expect.stringMatching(/ {2}gone$/),
    'not in the current one',
  ])
  expect(section(gone, BOOKS)).toEqual([
    'not wanted there any more: it is not in the current snapshot',
    expect.stringMatching(/^there as \w{24}; publish deletes it$/),
    'nothing was ever sent for it',
  ])
  expect((await scene.run(['publish', 'ledger', BOOKS, '--quiet'])).exitCode).toBe(0)
  const deleted = section(await trace(scene, '5', '--no-oracle'), BOOKS)
  expect(deleted[1]).toBe('not there')
  expect(deleted[3]).toMatch(new RegExp(`^${DATE}  delete  run`))

  own.cli.change('UPDATE LEDGER SET AMOUNT = 12 WHERE ENTRY_ID = 77')
  const newest = await trace(scene, '77', '--snapshots', '1')
  expect(section(newest, 'Oracle')).toEqual([
    '1 row, changed since the current snapshot was taken',
    'row ENTRY_ID=77',
    'AMOUNT: 11.25 -> 12.00',
  ])
  expect(section(newest, 'Snapshots, 1 looked into; 2 older not looked into')).toHaveLength(2)
})

test('A46: a key that nobody has heard of exits 2, with those that are like it', async () => {
  await using scene = await fixture.openScene()
  const outcome = await trace(scene, '90001')
  expect(outcome.exitCode).toBe(2)
  expect(linesOf(outcome).slice(0, 3)).toEqual([
    'No record of ledger with the key 90001 is known anywhere.',
    'Similar keys in the current snapshot:',
    '  ENTRY_ID=900001',
  ])
  expect(section(outcome, BOOKS)).toContain('not there')
})

test('A46: a record that somebody made in the destination alone is found by its whole key', async () => {
  await using scene = await fixture.openScene()
  const { id } = scene.knack.insert(BOOKS, ENTRIES, { field_1: '4711', field_2: '6207' })
  const outcome = await trace(scene, '4711')
  expect(outcome.exitCode).toBe(0)
  expect(section(outcome, BOOKS)).toEqual([
    'not wanted there: no source has it',
    `there as ${id}; publish deletes it`,
    'nothing was ever sent for it',
  ])
})

test('A46: of several records with one key the one that is kept up to date is said', async () => {
  await using scene = await fixture.openScene()
  const { id } = scene.knack.insert(BOOKS, ENTRIES, { field_1: '7', field_2: '6207' })
  const shown = section(await trace(scene, '7'), BOOKS).join(' ')
  expect(shown).toMatch(/^2 records have this key; \w{24} is kept up to date, \w{24} should be removed there/)
  expect(shown).toContain(`${id} should be removed there`)
})

test('A46: a filter of the destination is the reason why a record is not there', async () => {
  await using scene = await fixture.openScene({
    isFilled: false,
    knack: { mapping: { filter: { column: 'UNIT', in: ['6001', '6002'] } } },
  })
  expect(section(await trace(scene, '1'), BOOKS)).toEqual([
    'not wanted there: books takes only rows where UNIT is 6001 or 6002',
    'not there',
    'nothing was ever sent for it',
  ])
})

test('A46: a record that the destination refused is in the list of rejects with the answer', async () => {
  await using own = await openPublishFixture()
  await using scene = await own.openScene({ isFilled: false })
  own.cli.change('UPDATE LEDGER SET UNIT = NULL WHERE ENTRY_ID = 2')
  expect((await scene.run(['extract', 'ledger', '--quiet'])).exitCode).toBe(0)
  expect((await scene.run(['publish', 'ledger', BOOKS, '--quiet'])).exitCode).toBe(6)

  const shown = section(await trace(scene, '2'), BOOKS).join(' ')
  expect(shown).toMatch(/^not there; publish creates it/)
  expect(shown).toMatch(/in the list of rejects since \S+ \S+ UTC, refused: .*Unit/)
  expect(shown).toMatch(/answer: refused, /)
})

test('without Oracle the rest is told all the same, and the exit code says so', async () => {
  await using scene = await fixture.openScene()
  const env = { ORACLE_CONNECT_STRING: `127.0.0.1:${fixture.cli.oracle.port}/NOWHERE` }
  const outcome = await scene.run(['trace', 'ledger', '1', '--quiet'], { env })
  expect(outcome.exitCode).toBe(3)
  expect(section(outcome, 'Oracle now').join(' ')).toMatch(/Connecting to Oracle .* failed/)
  expect(section(outcome, BOOKS)[0]).toContain('publish updates it')

  const unset = { ORACLE_USER: undefined, ORACLE_PASSWORD: undefined, ORACLE_CONNECT_STRING: undefined }
  const without = await scene.run(['trace', 'ledger', '1', '--quiet'], { env: unset })
  expect(without.exitCode).toBe(0)
  expect(section(without, 'Oracle now').join(' ')).toMatch(/^not asked: ORACLE_USER /)
})

test('a destination that refuses the credentials does not hide the others', async () => {
  await using scene = await fixture.openScene()
  const outcome = await scene.run(['trace', 'ledger', '1', '--quiet'], { env: { KNACK_API_KEY: 'wrong' } })
  expect(outcome.exitCode).toBe(2)
  expect(section(outcome, BOOKS).join(' ')).toContain('does not accept the app id and API key')
  expect(section(outcome, 'portal')[0]).toContain('publish updates it')

  const unset = await scene.run(['trace', 'ledger', '1', '--quiet'], { env: { KNACK_API_KEY: undefined } })
  expect(unset.exitCode).toBe(0)
  expect(section(unset, BOOKS).join(' ')).toContain('not asked: KNACK_API_KEY is not set')
  const asked = await scene.run(['trace', 'ledger', '1', '--destination', BOOKS, '--quiet'], {
    env: { KNACK_API_KEY: undefined },
  })
  expect(asked.exitCode).toBe(2)
})

test('while a publish holds the account, Knack is not called', async () => {
  await using scene = await fixture.openScene()
  const store = createS3PublishStore(fixture.cli.client, { bucket: scene.bucket })
  const signal = new AbortController().signal
  await using _ = await store.lockDestination('knack-ledgers', '20261122T100000Z-00000001', { signal })
  const outcome = await trace(scene, '1')
  expect(outcome.exitCode).toBe(7)
  expect(section(outcome, BOOKS).join(' ')).toContain('20261122T100000Z-00000001')
  expect(scene.knack.requests().filter(({ operation }) => operation === 'list')).toEqual([])
  expect(section(outcome, 'portal')[0]).toContain('publish updates it')
})

test('a snapshot whose file is spoiled does not end the trace', async () => {
  await using own = await openPublishFixture()
  await using scene = await own.openScene()
  expect((await scene.run(['extract', 'ledger', '--quiet'])).exitCode).toBe(0)
  const { result } = await scene.run(['list', 'ledger'])
  const [, older] = result.snapshots as { runId: string; snapshot: string }[]
  const object = { Bucket: scene.bucket, Key: older?.snapshot }
  await own.cli.client.send(new PutObjectCommand({ ...object, Body: 'spoiled' }))
  const outcome = await trace(scene, '1')
  expect(outcome.exitCode).toBe(8)
  expect(section(outcome, 'Snapshots, 1 looked into')[0]).toBe(`${older?.runId}  cannot be read`)
  expect(section(outcome, BOOKS)[0]).toContain('publish updates it')
})

test('A46: a create without an answer is said to be unclear, and what publish does about it', async () => {
  await using scene = await fixture.openScene({
    isFilled: false,
    knack: { connection: { settleMs: 600_000 } },
  })
  scene.knack.faults.arm({ operations: ['create'], effect: { kind: 'reset-before' }, times: 1 })
  const published = await scene.run(['publish', 'ledger', BOOKS, '--no-wait', '--quiet'])
  expect(published.exitCode).toBe(4)
  const [{ key }] = (await readRejects(scene)).records as [{ key: string }]
  const shown = section(await trace(scene, key), BOOKS).join(' ')
  expect(shown).toContain(
    'a create without an answer may still arrive, so publish looks again before it creates it',
  )
  expect(shown).toMatch(/in the list of rejects since \S+ \S+ UTC, held: /)
  expect(shown).toContain('answer: unclear')
})

async function readRejects(scene: PublishScene): Promise<{ readonly records: unknown }> {
  const store = createS3PublishStore(fixture.cli.client, { bucket: scene.bucket })
  return (await store.readRejects({ recordType: 'ledger', destination: BOOKS })) ?? { records: [] }
}
