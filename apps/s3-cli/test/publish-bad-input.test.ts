import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LEDGER_CONFIG } from './ledger.ts'
import { attempt, callsOf, expectNoSecrets, expectNoSecretsStored, writesOf } from './publish-attempts.ts'
import { openPublishFixture, type PublishFixture, type SceneOptions } from './publish-fixture.ts'

let fixture: PublishFixture
beforeAll(async () => {
  fixture = await openPublishFixture()
}, 60_000)
afterAll(() => fixture[Symbol.asyncDispose]())

test.concurrent.each([
  ['publish ledger bookz', 'DESTINATION_UNKNOWN', 'There is no destination "bookz"; did you mean books?'],
  ['plan ledger bookz', 'DESTINATION_UNKNOWN', 'did you mean books?'],
  ['publish ledgr books', 'RECORD_TYPE_UNKNOWN', 'did you mean ledger?'],
  ['publish units books', 'DESTINATION_UNKNOWN', 'books does not take units: it takes ledger. units goes to'],
  ['publish ledger socrata', 'DESTINATION_UNKNOWN', 'ledger goes to books, portal.'],
  ['publish --dataset ledgers', 'USAGE', 'Choose one of task_orders, dept_units, fdus, subprojects, or all.'],
] as const)('A20: %s is refused before any call, with what there is', async (line, code, says) => {
  await using scene = await fixture.openScene()
  const stored = callsToStore(scene.bucket)

  const told = await attempt(fixture, scene, line.split(' '))

  expect(told).toMatchObject({ exitCode: 2, code })
  expect(told.message).toContain(says)
  expect(callsOf(scene)).toEqual([])
  expect(callsToStore(scene.bucket)).toBe(stored)
})

test.concurrent.each([
  [
    'books',
    { BUCKET: undefined, KNACK_APP_ID: undefined, KNACK_API_KEY: ' ', KNACK_API_URL: 'ftp://u:hunter2@x' },
    ['BUCKET', 'KNACK_APP_ID', 'KNACK_API_KEY', 'KNACK_API_URL'],
  ],
  [
    'portal',
    {
      BUCKET: undefined,
      SO_WEB: 'https://u:hunter2@x',
      SO_TOKEN: undefined,
      SO_USER: '',
      SO_PASS: undefined,
    },
    ['BUCKET', 'SO_WEB', 'SO_TOKEN', 'SO_USER', 'SO_PASS'],
  ],
] as const)(
  'A51: all variables of %s that are missing or unusable are named at once, and no value',
  async (destination, env, names) => {
    await using scene = await fixture.openScene()

    const told = await attempt(fixture, scene, ['publish', 'ledger', destination], { env })

    expect(told).toMatchObject({ exitCode: 2, code: 'ENVIRONMENT_INVALID' })
    for (const name of names) expect(told.message).toContain(name)
    expect(told.printed).not.toContain('hunter2')
    expect(callsOf(scene)).toEqual([])
  },
)

const REFUSED_BEFORE_WRITING: readonly (readonly [
  string,
  'books' | 'portal',
  SceneOptions,
  object,
  Refused,
])[] = [
  [
    'A21: an app id that leads to another app',
    'books',
    { knack: { connection: { app: { slug: 'other-books' } } } },
    {},
    {
      code: 'DESTINATION_MISMATCH',
      says: ['slug "other-books"', 'slug "books"', 'Set the app id and the key of the app that is meant'],
      calls: ['metadata'],
    },
  ],
  [
    'A21: a key of another app',
    'books',
    {},
    { KNACK_API_KEY: 'key-of-another-app-77' },
    { code: 'DESTINATION_CREDENTIALS_REFUSED', says: ['app id and API key'], calls: ['metadata', 'list'] },
  ],
  [
    'an app id that does not exist',
    'books',
    {},
    { KNACK_APP_ID: '000000000000000000000000' },
    { code: 'DESTINATION_CREDENTIALS_REFUSED', says: ['app id'], calls: ['metadata'] },
  ],
  [
    'an object that the app does not have',
    'books',
    { knack: { mapping: { target: 'object_77' } } },
    {},
    { code: 'DESTINATION_MISSING', says: ['object_77', 'object_1 (Entries)'], calls: ['metadata'] },
  ],
  [
    'A36: fields that the object does not have',
    'books',
    {
      knack: {
        mapping: {
          fields: [
            { field: 'field_1', from: 'ENTRY_ID', convert: { numberText: { scale: 0 } }, isKey: true },
            { field: 'field_98', from: 'UNIT' },
            { field: 'field_99', from: 'MEMO' },
          ],
        },
      },
    },
    {},
    { code: 'DESTINATION_MISMATCH', says: ['field_98', 'field_99'], calls: ['metadata'] },
  ],
  [
    'A55: a dataset without a row identifier',
    'portal',
    { socrata: { dataset: ({ rowIdentifier: _, ...definition }) => definition } },
    {},
    { code: 'DESTINATION_MISMATCH', says: ['row identifier', 'ledg-er01'], calls: ['GetMetadata'] },
  ],
  [
    'A60: a column that the dataset does not have',
    'portal',
    {
      socrata: {
        dataset: (definition) => ({
          ...definition,
          rows: [],
          columns: definition.columns.filter(({ fieldName }) => fieldName !== 'memo'),
        }),
      },
    },
    {},
    { code: 'DESTINATION_MISMATCH', says: ['memo'], calls: ['GetMetadata'] },
  ],
  [
    'a dataset that is not there',
    'portal',
    { socrata: { mapping: { target: 'none-0000' } } },
    {},
    { code: 'DESTINATION_MISSING', says: ['none-0000'], calls: ['GetMetadata'] },
  ],
  [
    'a wrong password',
    'portal',
    {},
    { SO_PASS: 'letmein-2026' },
    { code: 'DESTINATION_CREDENTIALS_REFUSED', says: ['SO_PASS'], calls: ['GetMetadata'] },
  ],
]

interface Refused {
  readonly code: string
  readonly says: readonly string[]
  readonly calls: readonly string[]
}

test.concurrent.each(REFUSED_BEFORE_WRITING)(
  '%s is refused before anything is sent to %s',
  async (_, destination, options, env, { code, says, calls }) => {
    await using scene = await fixture.openScene(options)
    const before = scene.held()

    const told = await attempt(fixture, scene, ['publish', 'ledger', destination], { env: { ...env } })

    expect(told).toMatchObject({ exitCode: 2, code })
    for (const text of says) expect(told.message).toContain(text)
    expect(told.printed).not.toMatch(/key-of-another-app-77|letmein-2026/)
    expect(callsOf(scene)).toEqual(calls)
    expect(scene.held()).toEqual(before)
    await expectNoSecretsStored(fixture, scene)
  },
)

test.concurrent('A52: a record type without a snapshot is refused before any call, with how to take one', async () => {
  await using scene = await fixture.openScene()
  const { client } = fixture.cli
  await client.send(new DeleteObjectCommand({ Bucket: scene.bucket, Key: 'ledger.manifest.json' }))

  for (const destination of ['books', 'portal']) {
    const told = await attempt(fixture, scene, ['publish', 'ledger', destination])
    expect(told).toMatchObject({ exitCode: 2, code: 'SNAPSHOT_MISSING' })
    expect(told.message).toContain(
      'There is no snapshot of ledger to publish. Take one first: s3-cli extract ledger',
    )
  }
  expect(callsOf(scene)).toEqual([])
})

test.concurrent('A52: a snapshot is found in a bucket with more objects than one page of a listing', async () => {
  await using scene = await fixture.openScene()
  const put = (i: number) =>
    fixture.cli.client.send(new PutObjectCommand({ Bucket: scene.bucket, Key: `a/${i}`, Body: 'x' }))
  for (let first = 0; first < 1_100; first += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, i) => put(first + i)))
  }

  const told = await attempt(fixture, scene, ['publish', 'ledger', 'books'])

  expect(told).toMatchObject({ exitCode: 0, one: { created: 3, updated: 3, deleted: 1 } })
})

test.concurrent('a plan that cannot be saved says so, leaves no file, and keeps the destination as it is', async () => {
  await using scene = await fixture.openScene()
  const { folder } = fixture.cli
  await mkdir(join(folder, 'taken.plan'))

  for (const [name, code] of [
    ['nowhere/x.plan', 'ENOENT'],
    ['taken.plan', 'EISDIR'],
  ] as const) {
    const file = join(folder, name)
    const told = await attempt(fixture, scene, ['plan', 'ledger', 'books', '--out', file])
    expect(told).toMatchObject({ exitCode: 2, code: 'USAGE' })
    expect(told.message).toContain(`could not be written to ${file} (${code})`)
  }
  expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([])
  expect(writesOf(scene)).toEqual([])
})

test.concurrent('plan exits 8 on differences where that is asked for, and no saved plan or stored object holds a secret', async () => {
  await using scene = await fixture.openScene()
  const file = join(fixture.cli.folder, 'without-secrets.plan')

  const before = await attempt(fixture, scene, ['plan', 'ledger', 'books', '--exit-code', '--out', file])
  const sentByPlan = writesOf(scene)
  await attempt(fixture, scene, ['publish', 'ledger', 'books', '--plan', file])
  await attempt(fixture, scene, ['publish', 'ledger', 'portal'])
  const after = await attempt(fixture, scene, ['plan', 'ledger', 'books', '--exit-code'])

  expect(before).toMatchObject({ exitCode: 8, one: { isChange: true } })
  expect(sentByPlan).toEqual([])
  expect(after).toMatchObject({ exitCode: 0, one: { isChange: false, creates: 0, updates: 0, deletes: 0 } })
  expectNoSecrets(scene, await readFile(file, 'utf8'))
  await expectNoSecretsStored(fixture, scene)
})

test.concurrent('a snapshot from before a money column was declared is refused, with how to take another', async () => {
  const { query, columns } = LEDGER_CONFIG.recordTypes.ledger
  await using scene = await fixture.openScene({
    recordType: { query, columns: [...columns, 'RETAINED'], money: ['AMOUNT', 'RETAINED'] },
  })

  const told = await attempt(fixture, scene, ['publish', 'ledger', 'books'])

  expect(told).toMatchObject({ exitCode: 5, code: 'COLUMNS_MISSING' })
  expect(told.message).toMatch(/lacks RETAINED.*s3-cli extract ledger/)
  expect(callsOf(scene)).toEqual([])
})

test.concurrent('a snapshot whose file was changed is not published', async () => {
  await using scene = await fixture.openScene()
  const { client } = fixture.cli
  const { cli } = fixture
  const [key = ''] = cli.s3
    .requests()
    .flatMap(({ key, bucket }) => (bucket === scene.bucket && /data\.json\.gz$/.test(key) ? [key] : []))
  await client.send(new PutObjectCommand({ Bucket: scene.bucket, Key: key, Body: 'not the rows' }))

  const told = await attempt(fixture, scene, ['publish', 'ledger', 'books'])

  expect(told).toMatchObject({ exitCode: 8, code: 'FILE_INVALID' })
  expect(told.message).toContain(key)
  expect(writesOf(scene)).toEqual([])
})

function callsToStore(bucket: string): number {
  return fixture.cli.s3.requests().filter((request) => request.bucket === bucket).length
}
