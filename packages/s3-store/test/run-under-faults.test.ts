import { HeadObjectCommand } from '@aws-sdk/client-s3'
import {
  readAll,
  SAMPLE_RECORD_TYPE as SAMPLE,
  sampleRunId,
  takeSampleSnapshot,
  writeSampleData,
} from '@findata/contracts'
import { exitCodeOf, PipelineError } from '@findata/core'
import { S3_FAULT_EFFECTS } from '@findata/sandbox'
import { expect, test } from 'vitest'
import { RANGE_BYTES } from '../src/read-back.ts'
import { openStandIn, type StandIn } from './s3-place.ts'
import { incompressible } from './sample-bytes.ts'
import { surviveAtEveryCall } from './survive-faults.ts'

const signal = new AbortController().signal
const TEXT = '[{"ID":"1"}]'
/** Large enough for several parts and ranges. */
const LARGE = incompressible(9 * 1024 ** 2)

function writesOf({ server, prefix }: StandIn): string[] {
  return server
    .requests()
    .filter(({ method }) => method === 'PUT' || method === 'POST')
    .map(
      ({ operation, key }) =>
        `${operation} ${key.replace(prefix, '').replace(/\d{8}T\d{6}Z-[0-9a-f]{8}/, 'RUN')}`,
    )
}

test('a run writes data, manifest, certificate, index and plain file in this order, under its lock', async () => {
  await using place = await openStandIn()
  await takeSampleSnapshot({ store: place.openStore() })

  expect(writesOf(place)).toEqual([
    'PutObject locks/sample.json',
    // Must be refused.
    'PutObject locks/sample.json',
    'PutObject snapshots/sample/RUN/data.json.gz',
    'PutObject snapshots/sample/RUN/manifest.json',
    'PutObject certificates/sample/RUN.json',
    'PutObject locks/sample.json',
    'PutObject sample.manifest.json',
    'PutObject sample.json',
    'PutObject locks/sample.json',
  ])
})

test('every object names its run and its content type', async () => {
  await using place = await openStandIn()
  const runId = sampleRunId()
  await takeSampleSnapshot({ store: place.openStore(), runId, pieces: [LARGE] })

  for (const key of await place.keys()) {
    const head = await place.bucket.head(key)
    expect(head?.runId, key).toBe(runId)
  }
  const types = await Promise.all((await place.keys()).map((key) => contentTypeOf(place, key)))
  expect(types.toSorted()).toEqual(['application/gzip', ...Array(4).fill('application/json')])
})

test.each([
  S3_FAULT_EFFECTS['lost-reply'],
  S3_FAULT_EFFECTS['slow-down'],
  S3_FAULT_EFFECTS['reset-in-response-body'],
])('$kind at any single call of a run is survived', async (effect) => {
  await surviveAtEveryCall(effect, Buffer.from(TEXT))
})

test('an error in the body of a 200 is an error', async () => {
  await using place = await openStandIn()
  place.server.faults.arm({ effect: { kind: 'error-in-200' }, operations: ['CompleteMultipartUpload'] })
  const { index } = await takeSampleSnapshot({ store: place.openStore(), pieces: [LARGE.subarray()] })

  expect(index.snapshots.length).toBe(1)
  expect(
    place.server.requests().filter(({ operation }) => operation === 'CompleteMultipartUpload').length,
  ).toBe(3)
})

test.each(['PutObject', 'CompleteMultipartUpload', 'GetObject', 'UploadPart'] as const)(
  'A7: a store that fails every %s from the middle of a run on leaves the last good file',
  async (operation) => {
    await using place = await openStandIn()
    const good = await takeSampleSnapshot({ store: place.openStore(), pieces: [Buffer.from(TEXT)] })
    place.server.faults.arm({
      effect: { kind: 'internal-error' },
      operations: [operation],
      key: 'snapshots|sample\\.json$',
      times: 'always',
    })

    const error = await takeSampleSnapshot({ store: place.openStore(), pieces: [LARGE.subarray()] }).catch(
      (reason: unknown) => reason,
    )
    place.server.faults.clear()
    expect(exitCodeOf(error)).toBe(4)
    expect(Buffer.from((await place.read('sample.json')) ?? []).toString()).toBe(TEXT)
    expect(await place.openStore().readCurrent(SAMPLE)).toEqual(good)
    expect(await place.unfinishedUploads()).toBe(0)
  },
)

test('a commit whose replies are all lost is found to be done', async () => {
  await using place = await openStandIn()
  place.server.faults.arm({
    effect: { kind: 'lost-reply' },
    operations: ['PutObject'],
    key: 'manifest\\.json$',
    times: 'always',
  })

  const { index } = await takeSampleSnapshot({ store: place.openStore() })
  expect((await place.openStore().readCurrent(SAMPLE))?.index).toEqual(index)
})

test('an own commit is not mistaken for one of somebody else who was faster', async () => {
  await using place = await openStandIn()
  const store = place.openStore()
  const before = await takeSampleSnapshot({ store })
  const runId = sampleRunId()
  await using _ = await store.lock(SAMPLE, runId, { signal })
  await place.overwrite('sample.manifest.json', Buffer.from(JSON.stringify(before.index)))
  place.server.faults.arm({
    effect: { kind: 'internal-error' },
    operations: ['PutObject'],
    key: 'sample\\.manifest\\.json$',
  })

  const error = await store
    .commit(SAMPLE, { ...before.index, committedBy: runId }, before)
    .catch((e: unknown) => e)
  expect(error).toBeInstanceOf(PipelineError)
  expect((error as PipelineError).code).toBe('STORE_CONFLICT')
})

test('two conditional writes that meet are tried again', async () => {
  await using place = await openStandIn()
  place.server.faults.arm({
    effect: { kind: 'conditional-conflict' },
    operations: ['PutObject'],
    key: 'snapshots',
  })

  expect((await takeSampleSnapshot({ store: place.openStore() })).index.snapshots.length).toBe(1)
})

test('a connection cut in the middle of a range costs that range, not the file', async () => {
  await using place = await openStandIn()
  const store = place.openStore()
  const data = await writeSampleData({ store, pieces: [LARGE.subarray()] })
  const before = place.server.callCount()
  place.server.faults.arm({
    effect: { kind: 'reset-in-response-body', afterBytes: 1_000_000 },
    operations: ['GetObject'],
    afterMatches: 1,
  })

  expect(Buffer.compare(await readAll(store.readBack(data, { signal }).chunks), LARGE)).toBe(0)
  expect(place.server.callCount() - before).toBe(Math.ceil(data.bytes / RANGE_BYTES) + 1)
})

test('data that is replaced while it is read is told as such', async () => {
  await using place = await openStandIn()
  const store = place.openStore()
  const data = await writeSampleData({ store, pieces: [LARGE.subarray()] })
  const held = place.server.faults.arm({
    effect: { kind: 'hold', at: 'before' },
    operations: ['GetObject'],
    afterMatches: 1,
  })
  const reading = readAll(store.readBack(data, { signal }).chunks).catch((reason: unknown) => reason)
  await held.arrived()
  await place.overwrite(data.key, Buffer.alloc(data.bytes))
  held.release()

  const error = (await reading) as PipelineError
  expect(error.code).toBe('FILE_INVALID')
  expect(error.message).toContain('replaced while it was read')
})

test('a plain file that a stranger writes during a run is not replaced', async () => {
  await using place = await openStandIn()
  const store = place.openStore()
  const runId = sampleRunId()
  const data = await writeSampleData({ store, runId })
  await using plainFile = store.stagePlainFile(SAMPLE, runId, data, { signal })
  for await (const _chunk of plainFile.chunks) await place.overwrite('sample.json', Buffer.from('theirs'))

  await expect(plainFile.publish()).rejects.toMatchObject({ code: 'STORE_CONFLICT' })
  expect(Buffer.from((await place.read('sample.json')) ?? []).toString()).toBe('theirs')
})

test('a bit that flips on the way is found', async () => {
  await using place = await openStandIn()
  const store = place.openStore()
  const data = await writeSampleData({ store, pieces: [Buffer.from(TEXT)] })
  place.server.faults.arm({
    effect: { kind: 'flipped-bit', atByte: 20 },
    operations: ['GetObject'],
    times: 'always',
  })

  const error = await readAll(store.readBack(data, { signal }).chunks).catch((reason: unknown) => reason)
  expect((error as PipelineError).code).toBe('FILE_INVALID')
})

test('a cancelled wait for a store that does not answer ends at once', async () => {
  await using place = await openStandIn()
  const cancel = new AbortController()
  const held = place.server.faults.arm({
    effect: { kind: 'no-answer' },
    operations: ['PutObject'],
    key: 'snapshots',
  })
  const writing = writeSampleData({ store: place.openStore(), signal: cancel.signal })
  await held.arrived()
  cancel.abort(new Error('stopped by a signal'))

  await expect(writing).rejects.toThrow('stopped by a signal')
})

async function contentTypeOf({ client, bucket }: StandIn, key: string): Promise<string | undefined> {
  const { ContentType } = await client.send(
    new HeadObjectCommand({ Bucket: bucket.name, Key: bucket.fullKey(key) }),
  )
  return ContentType
}
