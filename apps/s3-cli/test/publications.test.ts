import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BOOKS, openPublishFixture, type PublishFixture, type PublishScene } from './publish-fixture.ts'

let fixture: PublishFixture
let scene: PublishScene
const keys: string[] = []
beforeAll(async () => {
  fixture = await openPublishFixture()
  scene = await fixture.openScene()
  for (const _ of [1, 2]) {
    const { result } = await scene.run(['publish', 'ledger', BOOKS, '--quiet'])
    const [{ certificate }] = result.publications as [{ certificate: string }]
    keys.unshift(certificate)
  }
}, 60_000)
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await fixture[Symbol.asyncDispose]()
})

async function read(Key: string): Promise<string> {
  const { Body } = await fixture.cli.client.send(new GetObjectCommand({ Bucket: scene.bucket, Key }))
  return (await Body?.transformToString()) ?? ''
}

test('publications are listed newest first, with what each did', async () => {
  const { exitCode, stdout, result } = await scene.run(['list', 'ledger', BOOKS])
  expect(exitCode).toBe(0)
  expect((result.publications as { certificate: string }[]).map(({ certificate }) => certificate)).toEqual(
    keys,
  )
  const [head, counts, published, , second] = stdout.split('\n')
  expect(head).toMatch(/^\d{8}T\d{6}Z-\w{8} {2}\d{4}-\d\d-\d\d \d\d:\d\d UTC {2}balanced$/)
  expect(counts).toMatch(/^ {4}0 created, 0 updated, 0 deleted, \d+ unchanged$/)
  expect(published).toMatch(/^ {4}(\d+) of \1 entities published$/)
  expect(second).toMatch(/^ {4}3 created, 3 updated, 1 deleted, \d+ unchanged$/)

  const none = await scene.run(['list', 'ledger', 'portal'])
  expect(none.stdout).toContain('ledger -> portal: nothing published yet')
  expect(none.exitCode).toBe(0)
  const unknown = await scene.run(['list', 'ledger', 'portall'])
  expect(unknown.exitCode).toBe(2)
  expect(unknown.stderr).toContain('did you mean portal?')
})

test('the newest publication is shown by its names, any by its key, and as a page', async () => {
  const newest = await scene.run(['show', 'ledger', BOOKS])
  expect(newest.result.key).toBe(keys[0])
  expect(newest.stdout).toMatch(/^BALANCED/)
  expect(
    newest.stdout
      .split('\n')
      .slice(0, -2)
      .filter((line) => line.length > 80),
  ).toEqual([])

  const page = join(fixture.cli.folder, 'publication.html')
  const older = await scene.run(['show', keys[1] as string, '--html', page])
  expect(older.result).toMatchObject({ key: keys[1], certificate: { publication: { sent: { creates: 3 } } } })
  expect(await readFile(page, 'utf8')).toContain('Published to books')

  const missing = await scene.run(['show', 'ledger', 'portal'])
  expect(missing.exitCode).toBe(2)
  expect(missing.stderr).toContain('was never published to portal')
})

test('a publication is verified against the snapshot that it published, in the bucket and in a copy', async () => {
  const [key = ''] = keys
  const { exitCode, result } = await scene.run(['verify', key])
  expect(exitCode).toBe(0)
  expect(result.verified).toMatchObject([{ rows: expect.any(Number), differences: [] }])

  const copy = async (name: string) => {
    const { Body } = await fixture.cli.client.send(new GetObjectCommand({ Bucket: scene.bucket, Key: name }))
    const path = join(fixture.cli.folder, 'copy', name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, (await Body?.transformToByteArray()) ?? '')
    return path
  }
  const path = await copy(key)
  const alone = await scene.run(['verify', path])
  expect(alone.exitCode).toBe(0)
  expect(alone.stdout).toContain('Only the certificate was checked')
  const { publication } = JSON.parse(await read(key)) as { publication: { snapshotRunId: string } }
  for (const name of ['manifest.json', 'data.json.gz']) {
    await copy(`snapshots/ledger/${publication.snapshotRunId}/${name}`)
  }
  const whole = await scene.run(['verify', path])
  expect(whole.exitCode).toBe(0)
  expect(whole.result.verified).toMatchObject([{ rows: expect.any(Number), differences: [] }])
})

test('a certificate that was changed is found, and one that cannot be read does not hide the others', async () => {
  await using other = await fixture.openScene()
  const run = async () => {
    const { result } = await other.run(['publish', 'ledger', BOOKS, '--quiet'])
    return (result.publications as [{ certificate: string }])[0].certificate
  }
  const [first, second] = [await run(), await run()]
  const place = { Bucket: other.bucket }
  const { Body } = await fixture.cli.client.send(new GetObjectCommand({ ...place, Key: first }))
  const text = (await Body?.transformToString()) ?? ''
  await fixture.cli.client.send(
    new PutObjectCommand({
      ...place,
      Key: first,
      Body: text
        .replace('"creates": 3', '"creates": 4')
        .replace(/"published": \{\s+"rows": \d+/, '"published": {"rows": 1'),
    }),
  )
  await fixture.cli.client.send(new PutObjectCommand({ ...place, Key: second, Body: '{' }))

  const verified = await other.run(['verify', first])
  expect(verified.exitCode).toBe(8)
  expect(verified.stdout).toContain('DIFFERENCES FOUND')
  const listed = await other.run(['list', 'ledger', BOOKS])
  expect(listed.exitCode).toBe(8)
  expect(listed.stdout).toContain('cannot be read')
  expect(listed.result.publications).toMatchObject([
    { error: { code: 'FILE_INVALID' } },
    { verdict: 'balanced' },
  ])
})
