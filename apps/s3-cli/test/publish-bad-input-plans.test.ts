import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Attempt, attempt, entriesOf, writesOf } from './publish-attempts.ts'
import {
  BOOKS,
  ENTRIES,
  openPublishFixture,
  type PublishFixture,
  type PublishScene,
  type SceneOptions,
} from './publish-fixture.ts'

let fixture: PublishFixture
beforeAll(async () => {
  fixture = await openPublishFixture()
}, 60_000)
afterAll(() => fixture[Symbol.asyncDispose]())

let files = 0

/** Saves the plan of a scene, and gives its file. */
async function savePlan(scene: PublishScene, destination = 'books'): Promise<string> {
  const file = join(fixture.cli.folder, `saved-${++files}.plan`)
  const told = await attempt(fixture, scene, ['plan', 'ledger', destination, '--out', file])
  expect(told).toMatchObject({ exitCode: 0, one: { creates: 3, updates: 3, deletes: 1, file } })
  return file
}

function apply(scene: PublishScene, file: string, destination = 'books'): Promise<Attempt> {
  return attempt(fixture, scene, ['publish', 'ledger', destination, '--plan', file])
}

test.concurrent.each(['books', 'portal'] as const)(
  'A44: a saved plan for %s is shown, changes nothing, and is applied as it is; applied again it finds all done',
  async (destination) => {
    await using scene = await fixture.openScene()
    const before = scene.held()
    const file = await savePlan(scene, destination)
    expect(scene.held()).toEqual(before)

    const first = await apply(scene, file, destination)
    const second = await apply(scene, file, destination)

    expect(first).toMatchObject({
      exitCode: 0,
      one: { created: 3, updated: 3, deleted: 1, verdict: 'balanced' },
    })
    expect(second).toMatchObject({ exitCode: 0, one: { created: 0, updated: 0, deleted: 0, alreadyDone: 7 } })
    expect(entriesOf(scene).length).toBe(destination === 'books' ? 10 : 8)
  },
)

test.concurrent.each(['books', 'portal'] as const)(
  'A44: --dry-run to %s shows what a publish would send, and sends nothing',
  async (destination) => {
    await using scene = await fixture.openScene()
    const before = scene.held()
    const told = await attempt(fixture, scene, ['publish', 'ledger', destination, '--dry-run'])

    expect(told).toMatchObject({ exitCode: 0, one: { creates: 3, updates: 3, deletes: 1, isChange: true } })
    expect(told.printed).toContain('Plan: 3 to create, 3 to update, 1 to delete')
    expect(scene.held()).toEqual(before)
    expect(writesOf(scene)).toEqual([])
  },
)

const SPOILED: readonly (readonly [string, (text: string) => string | Uint8Array, number, string])[] = [
  ['is empty', () => '', 8, 'is not a plan that can be applied'],
  ['was cut at its end', (text) => text.slice(0, -40), 8, 'was cut or changed'],
  [
    'was cut between two lines',
    (text) => text.split('\n').slice(0, 4).join('\n'),
    8,
    'is not a plan that can be applied',
  ],
  [
    'lost a record',
    (text) =>
      text
        .split('\n')
        .filter((_, i) => i !== 2)
        .join('\n'),
    8,
    'by its SHA-256',
  ],
  ['was changed by hand', (text) => text.replace('"corrected"', '"corrupted"'), 8, 'by its SHA-256'],
  ['is another file', () => '{"kind":"findata-certificate"}\n', 8, 'it does not begin as one'],
  ['is no text', () => Buffer.from([0x1f, 0x8b, 0xff, 0xfe, 0x00]), 8, 'is not a plan that can be applied'],
]

test.concurrent.each(SPOILED)(
  'a plan that %s is refused, and nothing is sent',
  async (_, spoil, exitCode, says) => {
    await using scene = await fixture.openScene()
    const file = await savePlan(scene)
    await writeFile(file, spoil(await readFile(file, 'utf8')))

    const told = await apply(scene, file)

    expect(told).toMatchObject({ exitCode, code: 'FILE_INVALID' })
    expect(told.message).toContain(says)
    expect(told.message).toContain(file)
    expect(told.message).toContain('Make the plan anew with `plan --out FILE`')
    expect(writesOf(scene)).toEqual([])
  },
)

test.concurrent('a plan that is not there, or a folder, is named, and nothing is sent', async () => {
  await using scene = await fixture.openScene()

  for (const [file, code] of [
    [join(fixture.cli.folder, 'nowhere.plan'), 'ENOENT'],
    [fixture.cli.folder, 'EISDIR'],
  ] as const) {
    const told = await apply(scene, file)
    expect(told).toMatchObject({ exitCode: 2, code: 'USAGE' })
    expect(told.message).toContain(`${file} cannot be read (${code}). Nothing was sent.`)
  }
  expect(writesOf(scene)).toEqual([])
})

test.concurrent('a plan of another destination is refused with both names', async () => {
  await using scene = await fixture.openScene()
  const file = await savePlan(scene, 'portal')

  const told = await apply(scene, file)

  expect(told).toMatchObject({ exitCode: 2, code: 'USAGE' })
  expect(told.message).toContain('is a plan for ledger in portal, not for ledger in books. Nothing was sent.')
  expect(writesOf(scene)).toEqual([])
})

test.concurrent('a plan of a dataset elsewhere is stale, and nothing is sent', async () => {
  await using scene = await fixture.openScene()
  await using elsewhere = await fixture.openScene()
  const file = await savePlan(scene, 'portal')

  const told = await attempt(fixture, scene, ['publish', 'ledger', 'portal', '--plan', file], {
    env: { SO_WEB: elsewhere.socrata.url },
  })

  expect(told).toMatchObject({ exitCode: 5, code: 'PLAN_STALE' })
  expect(told.message).toContain(`at ${new URL(scene.socrata.url).host}`)
  expect(told.message).toContain(`at ${new URL(elsewhere.socrata.url).host}`)
  expect(writesOf(elsewhere)).toEqual([])
})

test.concurrent('a plan of an older snapshot is stale, and nothing is sent', async () => {
  await using scene = await fixture.openScene()
  const file = await savePlan(scene)
  expect(await attempt(fixture, scene, ['extract', 'ledger'])).toMatchObject({ exitCode: 0 })

  const told = await apply(scene, file)

  expect(told).toMatchObject({ exitCode: 5, code: 'PLAN_STALE' })
  expect(told.message).toMatch(
    /is of snapshot 2\S+, and 2\S+ is current by now\. Nothing was sent\. Plan again\./,
  )
  expect(writesOf(scene)).toEqual([])
})

test.concurrent('a plan from before the mapping changed is stale, and nothing is sent', async () => {
  const report: SceneOptions = { knack: { mapping: { departed: { action: 'report' } } } }
  await using scene = await fixture.openScene()
  const file = await savePlan(scene)
  await scene.configure(report)

  const told = await apply(scene, file)

  expect(told).toMatchObject({ exitCode: 5, code: 'PLAN_STALE' })
  expect(told.message).toContain('are configured otherwise than when')
  expect(writesOf(scene)).toEqual([])
})

test.concurrent('a record that was changed by hand since the plan is left alone, and all others are done', async () => {
  await using scene = await fixture.openScene()
  const file = await savePlan(scene)
  const [first] = scene.knack.records(BOOKS, ENTRIES)
  scene.knack.edit(BOOKS, ENTRIES, first?.id ?? '', { field_3: 'by hand' })

  const told = await apply(scene, file)

  expect(told).toMatchObject({
    exitCode: 5,
    code: 'PLAN_STALE',
    one: { updated: 2, created: 3, deleted: 1, stale: 1 },
  })
  expect(told.message).toContain('ENTRY_ID=1')
  expect(scene.knack.records(BOOKS, ENTRIES)[0]).toMatchObject({ field_3: 'by hand' })
})

test.concurrent('a plan never sends what it does not say', async () => {
  await using scene = await fixture.openScene()
  const file = await savePlan(scene)
  const unchanged = scene.knack.records(BOOKS, ENTRIES).find((record) => record.field_1 === '5')
  scene.knack.edit(BOOKS, ENTRIES, unchanged?.id ?? '', { field_3: 'by hand' })

  const told = await apply(scene, file)

  expect(told).toMatchObject({
    exitCode: 6,
    code: 'RECORDS_REJECTED',
    one: { updated: 3, created: 3, deleted: 1, waiting: 1 },
  })
  expect(told.message).toMatch(/1 record differs that the saved plan does not name.*Plan again/)
  expect(scene.held().find((line) => line.startsWith('books ["5"'))).toContain('by hand')
})
