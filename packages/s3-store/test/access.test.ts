import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SAMPLE_RECORD_TYPE as SAMPLE, takeSampleSnapshot } from '@findata/contracts'
import { exitCodeOf, PipelineError } from '@findata/core'
import { expect, test, vi } from 'vitest'
import { openS3Client } from '../src/open-s3-client.ts'
import { createS3SnapshotStore } from '../src/s3-snapshot-store.ts'
import { openStandIn, QUICK_RETRY, useCredentials } from './s3-place.ts'

function openElsewhere(endpoint: string, bucket = 'findata') {
  const client = openS3Client({ bucket, prefix: '', region: 'us-east-1', endpoint })
  const store = createS3SnapshotStore(client, { bucket, retry: QUICK_RETRY })
  return { client, store, [Symbol.dispose]: () => client.destroy() }
}

async function failureOf(work: Promise<unknown>): Promise<PipelineError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof PipelineError) return error
  throw error ?? new Error('It succeeded')
}

test('A12: credentials come from the default chain: the environment', async () => {
  await using place = await openStandIn()

  expect((await takeSampleSnapshot({ store: place.openStore() })).index.recordType).toBe(SAMPLE)
})

test('A12: credentials come from the default chain: a profile', async () => {
  await using place = await openStandIn()
  await using folder = await mkdtempDisposable(join(tmpdir(), 'aws-'))
  const { accessKeyId, secretAccessKey } = place.server.credentials
  const file = join(folder.path, 'credentials')
  await writeFile(
    file,
    `[finance]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
  )
  vi.stubEnv('AWS_ACCESS_KEY_ID', undefined)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined)
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file)
  vi.stubEnv('AWS_CONFIG_FILE', join(folder.path, 'config'))
  vi.stubEnv('AWS_PROFILE', 'finance')
  using elsewhere = openElsewhere(place.server.url)

  expect(await elsewhere.store.listRecordTypes()).toEqual([])
})

test('A12: the endpoint can be a local store, addressed in path style', async () => {
  await using place = await openStandIn()
  await place.openStore().listRecordTypes()

  expect(place.server.requests().map(({ bucket }) => bucket)).toEqual(['findata'])
})

test('no credentials at all are told as such, not tried again', async () => {
  await using place = await openStandIn()
  await using folder = await mkdtempDisposable(join(tmpdir(), 'aws-'))
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE'])
    vi.stubEnv(name, undefined)
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder.path, 'none'))
  vi.stubEnv('AWS_CONFIG_FILE', join(folder.path, 'none'))
  using elsewhere = openElsewhere(place.server.url)

  const error = await failureOf(elsewhere.store.readCurrent(SAMPLE))
  expect(error.code).toBe('STORE_CREDENTIALS_REFUSED')
  expect(error.message).toContain('AWS_ACCESS_KEY_ID')
})

test('a wrong secret is refused once, and not shown', async () => {
  await using place = await openStandIn()
  useCredentials({ ...place.server.credentials, secretAccessKey: 'a-wrong-secret-key' })
  using elsewhere = openElsewhere(place.server.url)

  const error = await failureOf(elsewhere.store.readCurrent(SAMPLE))
  expect(error.code).toBe('STORE_CREDENTIALS_REFUSED')
  expect(error.message).toContain('secret key does not belong')
  expect(JSON.stringify(error.details) + error.message).not.toContain('a-wrong-secret-key')
  expect(place.server.callCount()).toBe(1)
})

test('an unknown access key is refused', async () => {
  await using place = await openStandIn()
  useCredentials({ ...place.server.credentials, accessKeyId: 'AKIANOBODY0000000000' })
  using elsewhere = openElsewhere(place.server.url)

  expect((await failureOf(elsewhere.store.readCurrent(SAMPLE))).code).toBe('STORE_CREDENTIALS_REFUSED')
})

test('a bucket that is not there is named', async () => {
  await using place = await openStandIn()
  using elsewhere = openElsewhere(place.server.url, 'no-such-bucket')

  const error = await failureOf(takeSampleSnapshot({ store: elsewhere.store }))
  expect(error.code).toBe('STORE_BUCKET_MISSING')
  expect(error.message).toContain('no-such-bucket')
})

test('a bucket that may only be read is told with the key and the request id, and stays as it was', async () => {
  const writer = { accessKeyId: 'AKIAWRITER0000000000', secretAccessKey: 'writer-secret' }
  const reader = { accessKeyId: 'AKIAREADER0000000000', secretAccessKey: 'reader-secret' }
  await using place = await openStandIn({
    credentials: [writer, reader],
    buckets: [{ name: 'findata', access: { [reader.accessKeyId]: 'read-only' } }],
  })
  const good = await takeSampleSnapshot({ store: place.openStore() })
  useCredentials(reader)
  using elsewhere = openElsewhere(place.server.url)
  const store = createS3SnapshotStore(elsewhere.client, {
    bucket: 'findata',
    prefix: place.prefix,
    retry: QUICK_RETRY,
  })

  const error = await failureOf(takeSampleSnapshot({ store }))
  expect(error.code).toBe('STORE_PERMISSION_REFUSED')
  expect(exitCodeOf(error)).toBe(2)
  expect(error.details.requestId).toBeTruthy()
  expect(await store.readCurrent(SAMPLE)).toEqual(good)
})

test('a store that does not answer is told as unreachable after several attempts', async () => {
  await using place = await openStandIn()
  await place.server[Symbol.asyncDispose]()
  using elsewhere = openElsewhere(place.server.url)

  const error = await failureOf(elsewhere.store.readCurrent(SAMPLE))
  expect(error.code).toBe('STORE_UNREACHABLE')
  expect(exitCodeOf(error)).toBe(4)
  expect(error.details.attempts).toBe(QUICK_RETRY.attempts)
})

test('a region that nobody set is asked for', async () => {
  useCredentials({ accessKeyId: 'AKIA', secretAccessKey: 'secret' })
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE']) vi.stubEnv(name, undefined)
  vi.stubEnv('AWS_CONFIG_FILE', '/nowhere')
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere')
  using client = openS3Client({ bucket: 'findata', prefix: '' })
  const store = createS3SnapshotStore(client, { bucket: 'findata', retry: QUICK_RETRY })

  const error = await failureOf(store.readCurrent(SAMPLE))
  expect(error.code).toBe('ENVIRONMENT_INVALID')
  expect(error.message).toContain('Set AWS_REGION')
})

test('only findata repeats a call, the SDK does not', async () => {
  await using place = await openStandIn()
  place.server.faults.arm({ effect: { kind: 'internal-error' }, times: 'always' })

  expect((await failureOf(place.openStore().readCurrent(SAMPLE))).code).toBe('STORE_BUSY')
  expect(place.server.callCount()).toBe(QUICK_RETRY.attempts)
})

test('a web page where a store was expected is not taken for one', async () => {
  const server = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  useCredentials({ accessKeyId: 'AKIA', secretAccessKey: 'secret' })
  using elsewhere = openElsewhere(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)

  const error = await failureOf(elsewhere.store.readCurrent(SAMPLE))
  expect(error.code).toBe('FILE_INVALID')
  server.closeAllConnections()
  server.close()
})
