import { takeSampleSnapshot } from '@findata/contracts'
import { expect, test } from 'vitest'
import { probeStore } from '../src/probe-store.ts'
import { openClientWithout, openStandIn, type StandIn, useCredentials } from './s3-place.ts'

const signal = new AbortController().signal

function probe(place: StandIn, client = place.client, bucket = 'findata') {
  return probeStore(client, { bucket, prefix: place.prefix, signal })
}

function failed(checks: Awaited<ReturnType<typeof probeStore>>) {
  return checks.filter(({ ok }) => !ok)
}

test('a store with all that a run needs passes, and nothing is left behind', async () => {
  await using place = await openStandIn()
  await takeSampleSnapshot({ store: place.openStore() })
  const listAll = async () => (await Array.fromAsync(place.bucket.list(''))).map(({ key }) => key)
  const before = await listAll()

  expect((await probe(place)).map(({ name, ok }) => `${name} ${ok}`)).toEqual([
    'credentials true',
    'bucket true',
    'read true',
    'write true',
    'conditional write true',
    'lock true',
    'delete true',
    'plain files true',
  ])
  expect(await listAll()).toEqual(before)
  expect(await place.unfinishedUploads()).toBe(0)
})

test('a wrong secret fails the credentials', async () => {
  await using place = await openStandIn()
  useCredentials({ ...place.server.credentials, secretAccessKey: 'a-wrong-secret-key' })

  const checks = await probe(place)
  expect(checks.map(({ name, ok }) => [name, ok])).toEqual([['credentials', false]])
  expect(checks[0]?.nextStep).toContain('AWS_SECRET_ACCESS_KEY')
})

test('a missing bucket fails the bucket', async () => {
  await using place = await openStandIn()

  expect(failed(await probe(place, place.client, 'no-such-bucket'))).toMatchObject([
    { name: 'bucket', nextStep: expect.stringContaining('BUCKET') },
  ])
})

test('a store that is never reached fails the bucket, and nothing is said of the credentials', async () => {
  await using place = await openStandIn()
  place.server.faults.arm({ effect: { kind: 'lost-reply' }, times: 'always' })

  expect(await probeStore(place.client, { bucket: 'findata', signal })).toEqual([
    expect.objectContaining({
      name: 'bucket',
      ok: false,
      detail: expect.stringMatching(/^Could not list bucket findata: /),
    }),
  ])
})

test.each([
  ['s3:ListBucket', 'read'],
  ['s3:PutObject', 'write'],
  ['s3:DeleteObject', 'delete'],
] as const)('without %s the check of %s fails', async (permission, name) => {
  const credentials = { accessKeyId: 'AKIALIMITED000000000', secretAccessKey: 'secret' }
  await using place = await openStandIn({
    credentials: [credentials],
    buckets: [{ name: 'findata', access: { [credentials.accessKeyId]: { denied: [permission] } } }],
  })

  expect(failed(await probe(place)).map((check) => check.name)).toEqual([name])
})

test.each(['if-none-match', 'if-match'])('a store that ignores %s is named', async (header) => {
  await using place = await openStandIn()
  using client = openClientWithout(header, place)

  expect(failed(await probe(place, client))).toMatchObject([
    { name: 'conditional write', detail: expect.stringContaining('does not refuse') },
  ])
  expect(await place.keys()).toEqual([])
})

test('a plain file that is not of the committed snapshot is named with the command that repairs it', async () => {
  await using place = await openStandIn()
  await takeSampleSnapshot({ store: place.openStore() })
  place.server.faults.arm({
    effect: { kind: 'internal-error' },
    key: 'test/sample\\.json$',
    operations: ['PutObject'],
    times: 'always',
  })
  await takeSampleSnapshot({ store: place.openStore() }).catch(() => {})
  place.server.faults.clear()

  expect(failed(await probe(place))).toEqual([
    {
      name: 'plain files',
      ok: false,
      code: 'FILE_INVALID',
      detail: expect.stringContaining('sample.json'),
      nextStep: 's3-cli extract sample',
    },
  ])
  await takeSampleSnapshot({ store: place.openStore() })
  expect(failed(await probe(place))).toEqual([])
})
